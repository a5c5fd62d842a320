// What the page shows, as one flat object. It is mirrored in the location's hash, so that a view can
// be linked; whoever draws listens for the names that changed.
const defaults = {
  view: "stages", // a tab
  stage: data.stages[0]?.name ?? "", // of the slider
  diff: "off", // off, unified, split
  numbers: "0", // 1: numbers of values and indentation count as differences
  source: "0", // which Python file
  mark: "", // source:line, with commas between
  place: "", // or a location that has no line
  at: "", // a line of the stage, from 1
  function: "", // of the graph
  kernel: "", // of the schedules
  sort: "", // column:ascending of the table
  find: "", // what was searched for
};
const state = { ...defaults };
const listeners = [];

function readHash() {
  const fromHash = new URLSearchParams(location.hash.slice(1));
  const wanted = {};
  for (const name of Object.keys(defaults)) wanted[name] = fromHash.get(name) ?? defaults[name];
  if (!stageIndex.has(wanted.stage)) wanted.stage = defaults.stage;
  if (!["off", "unified", "split"].includes(wanted.diff)) wanted.diff = "off";
  if (!data.sources[wanted.source]) wanted.source = "0";
  wanted.mark = wanted.mark.split(",").filter((key) => /^\d+:\d+$/.test(key)).join();
  if (!data.locations[wanted.place]) wanted.place = "";
  if (!/^\d+$/.test(wanted.at)) wanted.at = "";
  return wanted;
}

function writeHash() {
  const hash = new URLSearchParams();
  for (const name of Object.keys(defaults)) if (state[name] !== defaults[name]) hash.set(name, state[name]);
  const text = "#" + hash.toString().replace(/%3A/g, ":").replace(/%2C/g, ",");
  if (text !== (location.hash || "#")) history.replaceState(null, "", text);
}

function change(patch) {
  const changed = new Set(Object.keys(patch).filter((name) => String(patch[name]) !== state[name]));
  if (!changed.size) return;
  for (const name of changed) state[name] = String(patch[name]);
  writeHash();
  for (const listener of listeners) listener(changed);
}
const onChange = (listener) => listeners.push(listener);
addEventListener("hashchange", () => change(readHash()));
