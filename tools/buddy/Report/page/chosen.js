// What is known of what is marked: below the source, whatever view is open.
function drawChosen() {
  const section = byId("chosen");
  if (!anyMarked) {
    section.replaceChildren(make("p", { class: "muted" }, "Choose a line, here or in any view, to follow it through all stages: click, or ",
      make("kbd", { text: "↑" }), " ", make("kbd", { text: "↓" }), " and ", make("kbd", { text: "Enter" }), "."));
    return;
  }
  const kernels = data.kernels.filter((kernel) => isMarked(kernel.location)).sort((a, b) => (b.ms ?? 0) - (a.ms ?? 0));
  const errors = data.errors.filter((error) => isMarked(error.location));
  const title = markTitle(), facts = [];
  const ms = kernels.reduce((sum, kernel) => (isNumber(kernel.ms) ? (sum ?? 0) + kernel.ms : sum), null);
  if (ms !== null) facts.push(["time", `${milliseconds(ms)}${isNumber(shareOf(ms)) ? `, ${percent(shareOf(ms))} of a run` : ""}`]);
  else if (kernels.length) facts.push(["time", notMeasured()]);
  const limit = sumKnown(kernels, (kernel) => kernel.limit_ms);
  if (limit > 0 && ms) facts.push(["limit", `${milliseconds(limit)}: ${percent((100 * limit) / ms)} of it reached`]);
  const worst = errors.filter((e) => isNumber(e.rms)).reduce((a, b) => (a && a.rms >= b.rms ? a : b), null);
  if (worst) facts.push(["error", `${scientific(worst.rms)} rms${isNumber(worst.ratio) ? `, ${digits(worst.ratio, 2)} times eager's` : ""}`]);
  if (kernels.length)
    facts.push([kernels.length > 1 ? "kernels" : "kernel", kernels.slice(0, 6).flatMap((kernel, index) => [index ? ", " : "",
      linkButton(kernel.name, () => change({ view: "schedules", kernel: kernel.name }), { title: "its schedule" })])
      .concat(kernels.length > 6 ? ` and ${count(kernels.length - 6)} more` : "")]);
  else facts.push(["kernels", "none of its own: it was computed at compile time, is part of others, or only moves data"]);
  const reasons = kernels[0]?.why || [];
  section.replaceChildren(
    make("div", { class: "title" }, make("h3", { text: title[0].toUpperCase() + title.slice(1) }),
      make("button", { type: "button", "aria-keyshortcuts": "Escape", onclick: clearMarks, text: "Clear" })),
    make("dl", { class: "facts" }, facts.map(([name, value]) => [make("dt", { text: name }), make("dd", {}, value)])),
    reasons.length ? make("ul", {}, reasons.map((reason) => make("li", { text: reason }))) : "");
}
