// Numbers and places as text. What is not a number is never shown as one.
const isNumber = (x) => typeof x === "number" && Number.isFinite(x);
const notMeasured = () => make("span", { class: "none", text: "not measured" });
const numbers = new Intl.NumberFormat("en");

const count = (x) => numbers.format(x);
const several = (n, one, many = one + "s") => `${count(n)} ${n === 1 ? one : many}`;
const digits = (x, n) => x.toLocaleString("en", { minimumSignificantDigits: n, maximumSignificantDigits: n });

function milliseconds(ms) {
  if (!isNumber(ms)) return "not measured";
  if (ms === 0) return "0 ms";
  if (ms < 0.0995) return digits(ms * 1000, 2) + " µs";
  return (ms < 0.995 ? digits(ms, 2) : digits(ms, 3)) + " ms";
}
function percent(x) {
  if (!isNumber(x)) return "not measured";
  if (x > 0 && x < 0.1) return "< 0.1 %";
  return (x < 9.95 ? x.toFixed(1) : count(Math.round(x))) + " %";
}
function scaled(x, units, unit) {
  let step = 0;
  while (step + 1 < units.length && x >= 999.5) x /= 1000, ++step;
  return (step || x % 1 ? digits(x, 3) : count(x)) + " " + units[step] + unit;
}
const byteCount = (x) => scaled(x, ["", "k", "M", "G"], x < 999.5 ? "bytes" : "B");
const flopCount = (x) => scaled(x, ["", "k", "M", "G", "T"], x < 999.5 ? "operations" : "FLOP");
const rate = (gflops) => (isNumber(gflops) ? digits(gflops, 3) + " GFLOP/s" : "not measured");

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
function scientific(x) {
  if (!isNumber(x)) return "not measured";
  if (x === 0) return "0";
  const [mantissa, exponent] = x.toExponential(1).split("e");
  const power = String(Math.abs(exponent)).replace(/\d/g, (d) => superscripts[d]);
  return `${mantissa} · 10${exponent < 0 ? "⁻" : ""}${power}`;
}
const numberOr = (x, text) => (isNumber(x) ? text(x) : notMeasured());

// "lines 86 to 88", "lines 86, 91 and 92"
function lineNumbers(numbersOfLines) {
  const sorted = [...new Set(numbersOfLines)].sort((a, b) => a - b);
  const runs = [];
  for (const line of sorted) {
    const last = runs[runs.length - 1];
    if (last && last[1] + 1 === line) last[1] = line;
    else runs.push([line, line]);
  }
  const parts = runs.flatMap(([a, b]) => (b - a > 1 ? [`${a} to ${b}`] : b > a ? [`${a}`, `${b}`] : [`${a}`]));
  const list = parts.length > 1 ? parts.slice(0, -1).join(", ") + " and " + parts[parts.length - 1] : parts[0];
  return (sorted.length > 1 ? "lines " : "line ") + list;
}
// Of pairs [source, line]; names the file where there are several.
function places(pairs) {
  const bySource = new Map();
  for (const [source, line] of pairs) bySource.set(source, [...(bySource.get(source) || []), line]);
  return [...bySource]
    .map(([source, lines]) => lineNumbers(lines) + (data.sources.length > 1 ? ` of ${data.sources[source].name}` : ""))
    .join(", ");
}
function placeOf(location) {
  const where = data.locations[location];
  if (!where) return "";
  return where.lines.length ? places(where.lines) : where.module;
}
