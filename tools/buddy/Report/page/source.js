// The model's Python, with what each line costs beside it.
const sourceGroups = new Map(); // line -> its groups of kernels
for (const group of lineGroups)
  for (const [source, line] of group.lines) {
    const key = lineKey(source, line);
    sourceGroups.set(key, [...(sourceGroups.get(key) || []), group]);
  }
const costliest = Math.max(0, ...lineGroups.map((group) => group.ms ?? 0));

function heat(source, line) {
  const groups = (sourceGroups.get(lineKey(source, line)) || []).filter((group) => isNumber(group.ms));
  if (!groups.length) return make("span", { class: "heat" });
  const ms = groups.reduce((sum, group) => sum + group.ms, 0);
  const shared = groups.some((group) => group.lines.length > 1);
  const title = groups.map((group) =>
    `${milliseconds(group.ms)}${isNumber(shareOf(group.ms)) ? `, ${percent(shareOf(group.ms))} of a run` : ""}` +
    (group.lines.length > 1 ? `, of ${places(group.lines)} together` : "")).join("; ");
  const bar = make("i", {});
  bar.style.width = Math.max(4, Math.min(1, ms / costliest) * 100) + "%";
  return make("span", { class: "heat" + (shared ? " shared" : ""), title }, bar);
}

let sourcePane;
function buildSource() {
  sourcePane = new Lines(byId("source"), "Python source");
  const name = byId("source-name");
  if (data.sources.length > 1)
    name.replaceChildren(make("select", { "aria-label": "Python file", onchange: (e) => change({ source: e.target.value }) },
      data.sources.map((source, index) => make("option", { value: index, text: source.name }))));
  showSource();
  onChange((changed) => {
    if (changed.has("source")) showSource();
    if (changed.has("mark") || changed.has("place") || changed.has("find")) refreshSource(changed);
  });
}

function refreshSource(changed) {
  const pairs = markedPairs();
  if (changed.has("mark") && pairs.length && !pairs.some(([source]) => String(source) === state.source))
    return change({ source: pairs[0][0] });
  sourcePane.refresh();
  sourcePane.revealMarks();
}

function showSource() {
  const index = Number(state.source), source = data.sources[index], note = byId("source-note");
  const name = byId("source-name");
  if (!source) {
    byId("source").replaceChildren(missing("Nothing in this program says which Python line it came from: it was not made from an export, or the export held no stack traces."));
    return;
  }
  name.title = source.path;
  if (data.sources.length > 1) name.querySelector("select").value = index;
  else name.textContent = source.name;
  byId("left").querySelector(".missing")?.remove();
  const known = typeof source.text === "string";
  // Without the text there are still the lines that something was made from.
  const numbersKnown = known ? null : compiledLines(index);
  const lines = known ? sourceLines(index) : numbersKnown.map(() => "");
  const strings = insideStrings(lines);
  const lineOf = (row) => (known ? row + 1 : numbersKnown[row]);
  note.textContent = timesKnown && known ? "bars: time of a run" : "";
  if (!known)
    byId("source").before(missing(
      `The text of ${source.name} is not here: ${source.why_missing || "it was not read"}. Below are the lines that something was made from.`,
      withSources()));
  sourcePane.set({
    count: lines.length,
    chars: lines.reduce((most, line) => Math.max(most, line.length), 0) + 10,
    row(row, at) {
      const line = lineOf(at), made = locationsOfLine.has(lineKey(index, line));
      row.classList.toggle("idle", !made);
      row.classList.toggle("marked", markedLines().includes(lineKey(index, line)));
      row.append(make("span", { class: "number", text: line }), timesKnown ? heat(index, line) : "",
        make("span", { class: "code" }, known
          ? codeSpans(lines[at], "python", { inString: strings[at] === 1, ranges: findRanges(lines[at], finder()) })
          : make("span", { class: "none", text: "the text is not here" })));
    },
    choose(at) {
      const line = lineOf(at);
      if (!locationsOfLine.has(lineKey(index, line))) return announce(`No operation was made from line ${line}.`);
      markLines([[index, line]]);
    },
    marks: () => markedPairs().filter(([s]) => s === index).map(([, line]) => (known ? line - 1 : numbersKnown.indexOf(line)))
      .filter((at) => at >= 0 && at < lines.length),
    whole: (at) => lines[at],
  });
  if (anyMarked) sourcePane.revealMarks();
  else if (known && lineGroups[0]?.lines[0]?.[0] === index) sourcePane.reveal(lineGroups[0].lines[0][1] - 1, true);
  else if (known) sourcePane.reveal((compiledLines(index)[0] ?? 1) - 1, true);
}
const compiledLines = (source) => [...locationsOfLine.keys()].map((key) => key.split(":").map(Number))
  .filter(([s]) => s === source).map(([, line]) => line).sort((a, b) => a - b);
