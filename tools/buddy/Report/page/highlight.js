// Colours for code. A line at a time, as only what is visible is drawn.
const longestShown = 800;
const pythonWords =
  "and as assert async await break class continue def del elif else except False finally for from global if import " +
  "in is lambda None nonlocal not or pass raise return self True try while with yield match case";
const grammars = {
  python: new RegExp(
    `(?<c>#.*)|(?<s>[rRbBfFuU]{0,2}(?:"(?:[^"\\\\]|\\\\.)*"?|'(?:[^'\\\\]|\\\\.)*'?))` +
      `|(?<k>\\b(?:${pythonWords.replaceAll(" ", "|")})\\b)|(?<f>@[\\w.]+|(?<=\\b(?:def|class) )\\w+)` +
      `|(?<n>\\b\\d[\\w.]*)`, "g"),
  mlir: /(?<c>\/\/.*)|(?<s>"(?:[^"\\]|\\.)*")|(?<f>@[\w$.-]+)|(?<t>!?\b(?:tensor|memref|vector|index|[su]?i\d+|b?f\d+)\b(?=[<>\s,)}\]:;x]|$)|![\w.]+)|(?<k>#[\w.]+|\^\w+|\b(?:module|func\.func|llvm\.func|return|attributes|private|to|step|loc)\b)|(?<o>(?<![\w%.@#])[a-z_]\w*\.[\w.]+)|(?<n>(?<![\w%])-?\d[\w.+-]*)/g,
  llvm: /(?<c>;.*)|(?<s>c?"[^"]*")|(?<f>@[\w$.-]+)|(?<t>\b(?:ptr|float|double|void|half|i\d+|x)\b)|(?<k>[#!][\w.]+|\b(?:define|declare|internal|private|constant|global|label|align|noalias|nonnull|tail)\b)|(?<o>(?<=^\s+(?:%[\w.]+ = )?)[a-z]\w+)|(?<n>(?<![\w%.])-?(?:0x[0-9A-F]+|\d[\d.e+-]*))/g,
  asm: /(?<c>#.*)|(?<s>"[^"]*")|(?<f>^[\w.$@]+:)|(?<k>^\s+\.[\w.]+)|(?<o>^\s+[a-z][\w.]*)|(?<t>%[a-z]\w*|\{[^}]*\})|(?<n>\$?-?\b(?:0x[0-9a-f]+|\d+)\b)/g,
};

// Which lines begin inside of a string with three quotes.
function insideStrings(lines) {
  const flags = new Uint8Array(lines.length);
  let open = "";
  lines.forEach((line, index) => {
    flags[index] = open ? 1 : 0;
    const quotes = line.replace(/^\s*#.*/, "").match(/"""|'''/g) || [];
    for (const quote of quotes) if (!open) open = quote; else if (open === quote) open = "";
  });
  return flags;
}

function tokens(text, syntax, inString) {
  if (inString || (syntax === "python" && /^\s*[rRbBfF]?("""|''')/.test(text))) return [[text, "s"]];
  const result = [];
  let at = 0;
  for (const match of text.matchAll(grammars[syntax])) {
    if (!match[0]) continue;
    if (match.index > at) result.push([text.slice(at, match.index), ""]);
    result.push([match[0], Object.keys(match.groups).find((name) => match.groups[name] !== undefined)]);
    at = match.index + match[0].length;
  }
  if (at < text.length) result.push([text.slice(at), ""]);
  return result;
}

// Ranges [from, to) of `text` that match what was searched for.
function findRanges(text, matcher) {
  if (!matcher) return [];
  return [...text.matchAll(matcher)].filter((m) => m[0]).map((m) => [m.index, m.index + m[0].length]);
}

// The spans of a line; `ranges` of it become elements `tag` (found words, words of a difference).
function codeSpans(whole, syntax, { inString = false, ranges = [], tag = "mark", name = "" } = {}) {
  const text = whole.length > longestShown ? whole.slice(0, longestShown) : whole;
  const spans = [];
  let start = 0;
  for (const [token, kind] of tokens(text, syntax, inString)) {
    const end = start + token.length;
    const cuts = [start, end];
    for (const range of ranges) for (const cut of range) if (cut > start && cut < end) cuts.push(cut);
    cuts.sort((a, b) => a - b);
    for (let i = 0; i + 1 < cuts.length; ++i) {
      const part = text.slice(cuts[i], cuts[i + 1]);
      const inside = ranges.some(([from, to]) => cuts[i] >= from && cuts[i + 1] <= to);
      const node = kind ? make("span", { class: kind, text: part }) : document.createTextNode(part);
      spans.push(inside ? make(tag, { class: name || null }, node) : node);
    }
    start = end;
  }
  if (text.length < whole.length)
    spans.push(make("span", { class: "cut", text: ` … ${count(whole.length - text.length)} more characters (w shows all)` }));
  return spans;
}
