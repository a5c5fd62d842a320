// The text of a stage alone, or what is different from the stage before: unified or side by side.
const comparer = new Helper("jsdiff", "compare");
const comparisons = new Map();
const context = 3; // unchanged lines that stay beside a change
const secondsToCompare = 20;

// The promise of { runs: [kind, from, to, count], coarse: lines compared only as a whole, why }.
function compareWithBefore(stage) {
  const key = stage + state.numbers;
  if (!comparisons.has(key)) {
    const whole = (why) => ({ runs: [["-", 0, 0, stageLines(stage - 1).length], ["+", 0, 0, stageLines(stage).length]], coarse: 0, why });
    const [before, after] = [data.stages[stage - 1], data.stages[stage]];
    comparisons.set(key, before.syntax !== after.syntax
      ? Promise.resolve(whole(`${after.name} is another language than ${before.name}: every line is new. Marks still join them.`))
      : comparer.ask({ before: before.text, after: after.text, ignoreNumbers: state.numbers === "0" }, secondsToCompare)
        .catch((error) => whole(`The two texts could not be compared (${error.message}), so all of it counts as replaced.`)));
  }
  return comparisons.get(key);
}

function buildDiffTools() {
  const radio = (value, label) => make("label", {},
    make("input", { type: "radio", name: "diff", value, onchange: () => change({ diff: value }) }), label);
  const numbers = make("input", { type: "checkbox", id: "count-numbers", onchange: () => change({ numbers: numbers.checked ? 1 : 0 }) });
  const numbersLabel = make("label", { title: "%12 and %13, or two depths of indentation, then make two lines different" }, numbers, "count renumbering");
  const note = make("span", { id: "diff-note", class: "muted", role: "status" });
  const marks = make("span", { id: "mark-count", class: "muted" });
  const next = make("button", { type: "button", "aria-label": "Next marked line", "aria-keyshortcuts": "n", text: "↓", onclick: () => stagePane.step(1) });
  const last = make("button", { type: "button", "aria-label": "Marked line before", "aria-keyshortcuts": "p", text: "↑", onclick: () => stagePane.step(-1) });
  const element = make("div", { class: "tools" },
    make("fieldset", { class: "choice", "aria-label": "Difference to the stage before" }, radio("off", "text"), radio("unified", "unified diff"), radio("split", "side by side")),
    numbersLabel, note);
  return {
    element, note, marks: make("span", { class: "end" }, marks, last, next),
    update(stage) {
      for (const input of element.querySelectorAll("[name=diff]")) input.checked = input.value === state.diff;
      numbers.checked = state.numbers === "1";
      numbersLabel.hidden = state.diff === "off";
      marks.textContent = anyMarked ? `${count(markCounts[stage])} marked` : "";
      next.disabled = last.disabled = !anyMarked || !markCounts[stage];
      next.hidden = last.hidden = !anyMarked;
    },
  };
}

// Rows of a difference: { kind: = - + / fold, a, b: lines of the two texts, -1 for none }
function diffRows(runs, opened, split) {
  const rows = [];
  for (let at = 0; at < runs.length; ++at) {
    const [kind, a, b, length] = runs[at];
    if (kind === "=") {
      const head = at === 0 ? 0 : context, tail = at === runs.length - 1 ? 0 : context;
      const folded = length > head + tail + 4 && !opened.has(at);
      for (let i = 0; i < length; ++i) {
        if (folded && i === head) {
          rows.push({ kind: "fold", run: at, count: length - head - tail, a: a + i, b: b + i });
          i = length - tail - 1;
        } else {
          rows.push({ kind, a: a + i, b: b + i });
        }
      }
    } else {
      const other = runs[at + 1];
      const paired = kind === "-" && other && other[0] === "+" ? other[3] : 0;
      if (split && paired) {
        for (let i = 0; i < Math.max(length, paired); ++i)
          rows.push({ kind: "/", a: i < length ? a + i : -1, b: i < paired ? other[2] + i : -1 });
        ++at;
      } else {
        for (let i = 0; i < length; ++i)
          rows.push({ kind, a: kind === "-" ? a + i : -1, b: kind === "+" ? b + i : -1, pair: kind === "-" && i < paired ? other[2] + i : -1 });
        if (paired) {
          for (let i = 0; i < paired; ++i) rows.push({ kind: "+", a: -1, b: other[2] + i, pair: i < length ? a + i : -1 });
          ++at;
        }
      }
    }
  }
  return rows;
}

// What of `text` is not at the start or end of `other`: the words that make two lines different.
function changedRange(text, other) {
  const most = Math.min(text.length, other.length);
  let head = 0, tail = 0;
  while (head < most && text[head] === other[head]) ++head;
  while (tail < most - head && text[text.length - 1 - tail] === other[other.length - 1 - tail]) ++tail;
  // Lines that have little in common are two lines, not one that changed.
  const alike = head + tail >= 0.4 * Math.max(text.trim().length, other.trim().length);
  return alike && head < text.length - tail ? [[head, text.length - tail]] : [];
}

class StageText {
  constructor(pane, tools) {
    this.pane = pane;
    this.tools = tools;
  }

  async show(fresh) {
    const stage = (this.stage = stageIndex.get(state.stage));
    const asked = (this.asked = {});
    this.tools.update(stage);
    this.tools.note.textContent = "";
    if (state.diff === "off" || stage === 0) {
      if (state.diff !== "off") this.tools.note.textContent = "The first stage has none before it.";
      this.showText(stage, fresh);
      return this.settle(stage);
    }
    this.tools.note.textContent = "comparing …";
    const { runs, coarse, why } = await compareWithBefore(stage);
    if (asked !== this.asked) return; // another stage was chosen meanwhile
    const total = (kind) => runs.reduce((sum, run) => sum + (run[0] === kind ? run[3] : 0), 0);
    const [added, removed] = [total("+"), total("-")];
    this.tools.note.textContent = why ||
      (added || removed ? `${count(added)} added, ${count(removed)} removed since ${data.stages[stage - 1].name}` : `the same as ${data.stages[stage - 1].name}`) +
      (coarse ? `; ${count(coarse)} lines differ too much to be compared one by one` : "");
    this.showDiff(stage, runs, new Set(), fresh);
    this.settle(stage);
  }

  settle() {
    if (state.at) this.goTo(Number(state.at) - 1);
    else if (anyMarked) this.pane.revealMarks();
  }

  refresh(reveal) {
    this.tools.update(this.stage);
    this.marks = null;
    this.pane.refresh();
    if (reveal) this.pane.revealMarks();
  }

  // To a line of the stage's text, wherever the difference has it.
  goTo(line) {
    const row = this.rows ? this.rows.findIndex(({ kind, b, count: folded }) => (kind === "fold" ? line >= b && line < b + folded : b === line)) : line;
    if (row < 0) return;
    if (this.rows?.[row].kind === "fold") {
      this.pane.content.choose(row);
      return this.goTo(line);
    }
    this.pane.found = row;
    this.pane.move(row, true);
    this.pane.refresh();
  }

  choose(stage, line) {
    const location = stageLocations(stage)[line];
    if (stage === this.stage) change({ at: line + 1 });
    markLocation(location);
  }

  findMarks(rows) {
    if (this.marks) return this.marks;
    const after = stageLocations(this.stage), before = this.stage && this.rows ? stageLocations(this.stage - 1) : null;
    const found = [];
    if (anyMarked)
      for (let i = 0; i < (this.rows ? this.rows.length : after.length); ++i)
        if (this.rows ? this.rowMarked(this.rows[i], before, after) : isMarked(after[i])) found.push(i);
    return (this.marks = found);
  }
  rowMarked({ a, b }, before, after) {
    return (b >= 0 && isMarked(after[b])) || (a >= 0 && isMarked(before[a]));
  }

  showText(stage, fresh) {
    const lines = stageLines(stage), locations = stageLocations(stage), { syntax } = data.stages[stage];
    this.rows = this.marks = null;
    this.pane.set({
      count: lines.length, chars: longest(stage),
      row(row, at) {
        row.classList.toggle("marked", isMarked(locations[at]));
        row.classList.toggle("idle", locations[at] < 0);
        row.append(make("span", { class: "number", text: at + 1 }),
          make("span", { class: "code" }, codeSpans(lines[at], syntax, { ranges: findRanges(lines[at], finder()) })));
      },
      choose: (at) => this.choose(stage, at),
      marks: () => this.findMarks(),
      whole: (at) => lines[at],
    }, { keepPlace: !fresh });
  }

  showDiff(stage, runs, opened, fresh) {
    const split = state.diff === "split";
    const rows = (this.rows = diffRows(runs, opened, split));
    this.marks = null;
    const texts = [stageLines(stage - 1), stageLines(stage)];
    const locations = [stageLocations(stage - 1), stageLocations(stage)];
    const side = (which, line, other, name) => {
      const text = texts[which][line];
      const found = findRanges(text, finder());
      const changed = other >= 0 ? changedRange(text, texts[1 - which][other]) : [];
      return codeSpans(text, data.stages[stage - 1 + which].syntax,
        found.length ? { ranges: found } : { ranges: changed, tag: "span", name: "word" });
    };
    const number = (line) => make("span", { class: "number", text: line >= 0 ? line + 1 : "" });
    this.pane.set({
      count: rows.length, chars: Math.max(longest(stage - 1), longest(stage)) + 14, split,
      row: (row, at) => {
        const { kind, a, b, pair, count: folded } = rows[at];
        if (kind === "fold") {
          row.classList.add("fold");
          row.append(make("span", { class: "code", text: `⋯ ${several(folded, "unchanged line")}` }));
        } else if (split) {
          const half = (which, line, other) => {
            if (line < 0) return make("span", { class: "half none" });
            const changed = kind === "=" ? "" : which ? " added" : " removed";
            const marked = isMarked(locations[which][line]) ? " marked" : "";
            return make("span", { class: "half" + changed + marked, "data-side": which }, number(line),
              make("span", { class: "code" }, side(which, line, kind === "=" ? -1 : other)));
          };
          row.append(make("span", { class: "row sides" }, half(0, a, b), half(1, b, a)));
        } else {
          const which = kind === "-" ? 0 : 1, line = which ? b : a;
          row.classList.add(kind === "-" ? "removed" : kind === "+" ? "added" : "same");
          row.classList.toggle("marked", isMarked(locations[which][line]));
          row.append(make("span", { class: "number", text: line + 1 }), make("span", { class: "sign", text: kind === "=" ? " " : kind === "-" ? "−" : "+" }),
            make("span", { class: "code" }, side(which, line, pair ?? -1)));
        }
      },
      choose: (at, event) => {
        const { kind, a, b, run } = rows[at];
        if (kind === "fold") {
          opened.add(run);
          return this.showDiff(stage, runs, opened, false);
        }
        const left = event?.target.closest(".half")?.dataset.side === "0";
        if (b < 0 || (left && a >= 0)) this.choose(stage - 1, a);
        else this.choose(stage, b);
      },
      marks: () => this.findMarks(),
      whole: (at) => [rows[at].a >= 0 && texts[0][rows[at].a], rows[at].b >= 0 && rows[at].kind !== "=" && texts[1][rows[at].b]].filter((t) => t !== false).join("\n\n"),
    }, { keepPlace: !fresh });
  }
}

function longest(stage) {
  const cache = stageCaches[stage];
  return (cache.longest ??= stageLines(stage).reduce((most, line) => Math.max(most, line.length), 0));
}
