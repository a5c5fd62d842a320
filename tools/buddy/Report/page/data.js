// The data, and the tables that join its parts.
const data = JSON.parse(byId("data").textContent);

const lineKey = (source, line) => source + ":" + line;
const locationsOfLine = new Map();
data.locations.forEach((location, index) => {
  for (const [source, line] of location.lines) {
    const key = lineKey(source, line);
    if (!locationsOfLine.has(key)) locationsOfLine.set(key, []);
    locationsOfLine.get(key).push(index);
  }
});

const kernelByName = new Map(data.kernels.map((kernel) => [kernel.name, kernel]));
const timesKnown = data.kernels.some((kernel) => isNumber(kernel.ms));

// A line that was compiled, of a source whose text is there or not.
function sourceText(source, line) {
  const text = data.sources[source]?.text;
  return typeof text === "string" ? (sourceLines(source)[line - 1] ?? "") : "";
}
const splitSources = [];
const sourceLines = (source) => (splitSources[source] ??= data.sources[source].text.split("\n"));

// A stage's text is split when it is first looked at: a whole model has 15 MB of it.
const stageIndex = new Map(data.stages.map((stage, index) => [stage.name, index]));
const stageCaches = data.stages.map(() => ({}));
const stageLines = (stage) => (stageCaches[stage].lines ??= data.stages[stage].text.split("\n"));
const stageLength = (stage) => (stageCaches[stage].length ??= data.stages[stage].lines.reduce((n, run) => n + run[0], 0));
function stageLocations(stage) {
  const cache = stageCaches[stage];
  if (!cache.locations) {
    cache.locations = new Int32Array(stageLines(stage).length).fill(-1);
    let at = 0;
    for (const [length, location] of data.stages[stage].lines) {
      cache.locations.fill(location, at, at + length);
      at += length;
    }
  }
  return cache.locations;
}

// Kernels that were made from the same lines, the costliest first: what a line of Python costs.
const lineGroups = (() => {
  const groups = new Map();
  for (const kernel of data.kernels) {
    const lines = data.locations[kernel.location]?.lines || [];
    const key = lines.length ? lines.map(([s, l]) => lineKey(s, l)).sort().join() : "";
    if (!groups.has(key)) groups.set(key, { lines, kernels: [], ms: null });
    const group = groups.get(key);
    group.kernels.push(kernel);
    if (isNumber(kernel.ms)) group.ms = (group.ms ?? 0) + kernel.ms;
  }
  return [...groups.values()].sort((a, b) => (b.ms ?? -1) - (a.ms ?? -1));
})();
const sumKnown = (items, of) => (items.length && items.every((item) => isNumber(of(item))) ? items.reduce((sum, item) => sum + of(item), 0) : null);

// What all times are a share of: the run as measured, or what its parts sum up to.
const runTime = data.run && isNumber(data.run.median_ms) ? data.run.median_ms : null;
const shareOf = (ms) => (isNumber(ms) && runTime ? (100 * ms) / runTime : null);
const kernelShare = (kernel) => (isNumber(kernel.percent) ? kernel.percent : shareOf(kernel.ms));
