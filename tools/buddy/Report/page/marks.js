// Which locations are marked: those that share a line with what was chosen, in every stage.
let markedFlags = new Uint8Array(data.locations.length);
let anyMarked = false;
let markCounts = []; // marked lines of each stage

function computeMarks() {
  markedFlags = new Uint8Array(data.locations.length);
  for (const key of markedLines()) for (const index of locationsOfLine.get(key) || []) markedFlags[index] = 1;
  if (state.place !== "") markedFlags[state.place] = 1;
  anyMarked = state.mark !== "" || state.place !== "";
  markCounts = data.stages.map((stage) =>
    stage.lines.reduce((sum, [length, location]) => sum + (location >= 0 && markedFlags[location] ? length : 0), 0));
}
const markedLines = () => (state.mark ? state.mark.split(",") : []);
const isMarked = (location) => location >= 0 && markedFlags[location] === 1;

function markedPairs() {
  return markedLines().map((key) => key.split(":").map(Number));
}
// Choosing the same again takes the mark away.
function markLines(pairs) {
  const mark = [...new Set(pairs.map(([source, line]) => lineKey(source, line)))].sort(byPlace).join();
  change({ mark: mark === state.mark ? "" : mark, place: "" });
  announceMarks();
}
function markLocation(index) {
  const where = data.locations[index];
  if (!where) return announce("Nothing of the source is known to have made this.");
  if (where.lines.length) return markLines(where.lines);
  change({ mark: "", place: state.place === String(index) ? "" : index });
  announceMarks();
}
const clearMarks = () => change({ mark: "", place: "", find: "" });
function byPlace(a, b) {
  const [x, y] = [a.split(":"), b.split(":")];
  return x[0] - y[0] || x[1] - y[1];
}
function markTitle() {
  if (state.mark) return places(markedPairs());
  return state.place !== "" ? data.locations[state.place].module : "";
}
function announceMarks() {
  if (!anyMarked) return announce("Nothing is marked.");
  const here = stageIndex.get(state.stage);
  announce(`Marked ${markTitle()}: ${several(markCounts[here] ?? 0, "line")} of ${state.stage}.`);
}

// First among the listeners: the others draw what it finds.
onChange((changed) => {
  if (changed.has("mark") || changed.has("place")) computeMarks();
});
