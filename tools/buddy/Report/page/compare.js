// The lines of two texts, compared. Runs in a worker: `compareTexts` is all that it is asked for.
// The bound on effort is in three steps: functions of the same name are compared with each other;
// inside them lines that occur once on both sides are fixed points; jsdiff compares what lies
// between, and where that takes too long the whole piece counts as replaced.
"use strict";

const comparisonsPerPiece = 2000000;
const linesPerPiece = 8000;
const functionStart = /^\s*(?:func\.func|llvm\.func|define)\b[^@]*@("[^"]*"|[\w.$-]+)/;

// The same line wherever it is indented to and whatever number its values, blocks and maps have.
function withoutNumbers(line) {
  return line
    .trim()
    .replace(/%([A-Za-z_$.][\w$.-]*?)?_?\d+(?=[^\w$.-]|$|[.:#])/g, (all, name) =>
      /^%c-?\d+(_|$)/.test(all) ? all.replace(/_\d+$/, "") : "%" + (name || ""))
    .replace(/#map\d+/g, "#map")
    .replace(/\^bb\d+/g, "^bb");
}

// Lines as numbers that are equal where the lines are.
function numberLines(texts, ignoreNumbers) {
  const known = new Map();
  return texts.map((lines) => Int32Array.from(lines, (line) => {
    const key = ignoreNumbers ? withoutNumbers(line) : line;
    let id = known.get(key);
    if (id === undefined) known.set(key, (id = known.size + 1));
    return id;
  }));
}

function compareTexts(before, after, ignoreNumbers) {
  const lines = [before.split("\n"), after.split("\n")];
  const [a, b] = numberLines(lines, ignoreNumbers);
  const result = { runs: [], coarse: 0 };

  function emit(kind, from, to, count) {
    if (!count) return;
    const last = result.runs[result.runs.length - 1];
    if (last && last[0] === kind) last[3] += count;
    else result.runs.push([kind, from, to, count]);
  }
  function replace(a0, a1, b0, b1) {
    emit("-", a0, b0, a1 - a0);
    emit("+", a1, b0, b1 - b0);
  }

  function jsdiff(a0, a1, b0, b1) {
    const there = new Set(a.subarray(a0, a1));
    if (!b.subarray(b0, b1).some((id) => there.has(id))) return replace(a0, a1, b0, b1);
    if (a1 - a0 + b1 - b0 > linesPerPiece) {
      result.coarse += a1 - a0 + b1 - b0;
      return replace(a0, a1, b0, b1);
    }
    let left = comparisonsPerPiece;
    const tooLong = new Error("too long");
    const comparator = (x, y) => {
      if (--left < 0) throw tooLong;
      return x === y;
    };
    let parts;
    try {
      parts = Diff.diffArrays(Array.from(a.subarray(a0, a1)), Array.from(b.subarray(b0, b1)), { comparator });
    } catch (error) {
      if (error !== tooLong) throw error;
      result.coarse += a1 - a0 + b1 - b0;
      return replace(a0, a1, b0, b1);
    }
    let i = a0, j = b0;
    for (const part of parts) {
      emit(part.added ? "+" : part.removed ? "-" : "=", i, j, part.count);
      if (!part.added) i += part.count;
      if (!part.removed) j += part.count;
    }
  }

  // Pairs of lines that occur once in each, in an order that both have: patience's fixed points.
  function fixedPoints(a0, a1, b0, b1) {
    const seen = new Map();
    for (let i = a0; i < a1; ++i) seen.set(a[i], seen.has(a[i]) ? null : { i, j: -1 });
    for (let j = b0; j < b1; ++j) {
      const entry = seen.get(b[j]);
      if (entry) entry.j = entry.j === -1 ? j : -2;
    }
    const pairs = [...seen.values()].filter((p) => p && p.j >= 0);
    // The longest subsequence in which j rises, as i does.
    const tails = [], previous = new Array(pairs.length);
    pairs.forEach((pair, at) => {
      let low = 0, high = tails.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (pairs[tails[middle]].j < pair.j) low = middle + 1;
        else high = middle;
      }
      previous[at] = low ? tails[low - 1] : -1;
      tails[low] = at;
    });
    const points = [];
    for (let at = tails.length ? tails[tails.length - 1] : -1; at >= 0; at = previous[at]) points.push(pairs[at]);
    return points.reverse();
  }

  function piece(a0, a1, b0, b1, depth) {
    let head = 0;
    while (a0 + head < a1 && b0 + head < b1 && a[a0 + head] === b[b0 + head]) ++head;
    emit("=", a0, b0, head);
    a0 += head, b0 += head;
    let tail = 0;
    while (a1 - tail > a0 && b1 - tail > b0 && a[a1 - 1 - tail] === b[b1 - 1 - tail]) ++tail;
    a1 -= tail, b1 -= tail;
    const points = depth < 8 ? fixedPoints(a0, a1, b0, b1) : [];
    if (points.length) {
      let i = a0, j = b0;
      for (const point of points) {
        piece(i, point.i, j, point.j, depth + 1);
        emit("=", point.i, point.j, 1);
        i = point.i + 1, j = point.j + 1;
      }
      piece(i, a1, j, b1, depth + 1);
    } else {
      jsdiff(a0, a1, b0, b1);
    }
    emit("=", a1, b1, tail);
  }

  const parts = lines.map((text) => {
    const starts = [{ name: "", at: 0 }];
    text.forEach((line, at) => {
      const match = functionStart.exec(line);
      if (match) starts.push({ name: match[1], at });
    });
    return starts;
  });
  const end = (side, index) =>
    index + 1 < parts[side].length ? parts[side][index + 1].at : lines[side].length;
  let i = 0, j = 0;
  for (const part of Diff.diffArrays(parts[0].map((p) => p.name), parts[1].map((p) => p.name))) {
    for (let k = 0; k < part.count; ++k) {
      if (part.removed) replace(parts[0][i].at, end(0, i), 0, 0), ++i;
      else if (part.added) replace(0, 0, parts[1][j].at, end(1, j)), ++j;
      else piece(parts[0][i].at, end(0, i), parts[1][j].at, end(1, j), 0), ++i, ++j;
    }
  }
  return settle(result);
}

// Positions follow from the counts: no run has to be believed about where the other side is.
function settle(result) {
  let i = 0, j = 0;
  for (const run of result.runs) {
    run[1] = i, run[2] = j;
    if (run[0] !== "+") i += run[3];
    if (run[0] !== "-") j += run[3];
  }
  return result;
}

if (typeof WorkerGlobalScope !== "undefined")
  onmessage = ({ data }) => postMessage(compareTexts(data.before, data.after, data.ignoreNumbers));
