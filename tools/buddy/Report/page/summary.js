// What the page is asked first, answered in words: which line costs most, how far from the limit it
// is, and why.
function buildSummary() {
  byId("title").textContent = data.name;
  byId("subtitle").textContent = [data.entry && data.entry !== "forward" ? `entry ${data.entry}` : "", data.target, data.compiler && `Buddy ${data.compiler}`]
    .filter(Boolean).join(" · ");
  document.title = `${data.name} · Buddy report`;
  const section = byId("summary");
  section.append(...answer());
  const rest = restOfRun();
  if (rest.length) section.append(make("p", { class: "rest" }, rest.join(" ")));
}

const codeOf = (lines) => {
  if (lines.length !== 1) return null;
  const text = sourceText(...lines[0]).trim();
  return text ? make("code", { text: text.length > 90 ? text.slice(0, 88) + " …" : text }) : null;
};
const groupName = (group) => (group.lines.length ? places(group.lines) : group.kernels.map((k) => k.name).slice(0, 3).join(", "));

function answer() {
  const group = lineGroups[0];
  if (!group || !isNumber(group.ms))
    return [missing(data.kernels.length
      ? `How long the ${several(data.kernels.length, "kernel")} of this program take was not measured` + (data.machine ? "." : ": it was not run here.")
      : "This program has no kernels to be measured.", data.kernels.length ? withReference() : null)];
  const name = groupName(group), share = shareOf(group.ms), kernel = group.kernels[0];
  const code = codeOf(group.lines);
  const shown = group.lines.length
    ? linkButton(name[0].toUpperCase() + name.slice(1), () => { if (state.mark !== group.lines.map(([s, l]) => lineKey(s, l)).sort(byPlace).join()) markLines(group.lines); })
    : make("span", { text: name });
  const sentences = [make("strong", {}, shown), code ? [" ", code, " "] : " ",
    `cost${group.lines.length > 1 ? "" : "s"} most: `, make("strong", { text: milliseconds(group.ms) }),
    runTime ? ` of the ${milliseconds(runTime)} of a run` : "", isNumber(share) ? ` (${percent(share)})` : "",
    group.lines.length > 1 ? `, as ${group.kernels.length === 1 ? `one ${group.kernels[0].kind}` : several(group.kernels.length, "kernel")}. ` : ". ",
    ...howFar(group), " ", ...why(kernel)];
  return [make("p", { class: "answer" }, sentences)];
}

function howFar(group) {
  const limit = sumKnown(group.kernels, (kernel) => kernel.limit_ms);
  if (limit === null || !(limit > 0)) return ["How far from the limit that is, is not known: the machine's limits were not measured."];
  const kernel = group.kernels[0];
  const wall = kernel.limited_by === "memory" ? "reading memory" : kernel.limited_by === "compute" ? "arithmetic" : "";
  const reached = (100 * limit) / group.ms;
  if (reached > 102)
    return [`That is less than the limit${wall ? ` of ${wall}` : ""}, ${milliseconds(limit)}: ` +
      (kernel.limited_by === "memory" ? "its data is in the caches, which are faster than the memory." : "the machine was slower while the limit was measured.")];
  return ["The machine's limit", wall ? ` for ${wall}` : "", " is ", milliseconds(limit), ": ",
    make("strong", { text: `${percent(reached)} of it is reached` }), "."];
}
const why = (kernel) => (kernel.why?.length ? [kernel.why.join(" ")] : ["What keeps it from there was not found."]);

function restOfRun() {
  const sentences = [], { run, machine } = data;
  if (run) {
    const sizes = Object.entries(run.sizes || {}).map(([name, value]) => `${name} = ${value}`).join(", ");
    if (isNumber(run.median_ms))
      sentences.push(`A run${sizes ? ` with ${sizes}` : ""} takes ${milliseconds(run.median_ms)}` + (isNumber(run.mad_ms) ? ` ± ${milliseconds(run.mad_ms)}` : "") +
        (isNumber(run.runs) ? ` (median of ${count(run.runs)})` : "") +
        (isNumber(run.gflops) ? `, ${rate(run.gflops)}` : "") + (isNumber(run.percent_of_limit) ? `, ${percent(run.percent_of_limit)} of the limit` : "") + ".");
    sentences.push(run.verified ? "Its outputs are verified against PyTorch in f64." : "Its outputs are not verified.");
  }
  const next = lineGroups.slice(1, 3).filter((group) => isNumber(group.ms));
  if (next.length)
    sentences.push(`Then come ${next.map((group) => `${groupName(group)} (${milliseconds(group.ms)})`).join(" and ")}.`);
  const worst = data.errors.filter((e) => isNumber(e.ratio)).reduce((a, b) => (a && a.ratio >= b.ratio ? a : b), null);
  if (worst) sentences.push(`The largest error beside eager PyTorch's is ${digits(worst.ratio, 2)} times eager's, in ${worst.op}${placeOf(worst.location) ? `, ${placeOf(worst.location)}` : ""}.`);
  if (machine)
    sentences.push(`Measured on ${machine.cpu || "this CPU"}, ${several(machine.threads, "thread")}` +
      (isNumber(machine.fma_gflops) ? `: at most ${rate(machine.fma_gflops)}${machine.fma_instructions ? ` with ${machine.fma_instructions}` : ""}` : "") +
      (isNumber(machine.read_gb_per_s) ? `, ${digits(machine.read_gb_per_s, 3)} GB/s from memory` : "") + ".");
  return sentences;
}
