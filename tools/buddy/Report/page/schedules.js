// How each kernel is tiled and made parallel, and what keeps it from the limit.
function buildSchedules(container) {
  if (!data.kernels.length) return void container.append(missing("This program has no kernels."));
  const cards = new Map();
  const list = make("div");
  let shown = 0;
  const more = make("button", { type: "button", onclick: () => showMore() });
  function showMore() {
    for (const kernel of data.kernels.slice(shown, (shown += rowsShown))) {
      const card = kernelCard(kernel);
      cards.set(kernel.name, card);
      list.append(card);
    }
    more.hidden = shown >= data.kernels.length;
    more.textContent = `Show more of ${count(data.kernels.length)}`;
  }
  showMore();
  container.append(make("p", { class: "note" }, "A schedule of your own: ",
    make("code", { text: `buddy inspect ${quoted(data.name)} --schedule > schedule.json` }), ", change it, and give it to ", make("code", { text: "buddy compile --schedule" }), "."), list, more);
  const mark = () => data.kernels.forEach((kernel) => cards.get(kernel.name)?.classList.toggle("marked", isMarked(kernel.location)));
  const open = (focus) => {
    if (!kernelByName.has(state.kernel)) return;
    while (!cards.has(state.kernel)) showMore();
    const card = cards.get(state.kernel);
    card.open = true;
    card.scrollIntoView({ block: "nearest" });
    if (focus) card.querySelector("summary").focus();
  };
  mark();
  open(false);
  return (changed) => {
    if (changed.has("mark") || changed.has("place")) mark();
    if (changed.has("kernel") || changed.has("view")) open(true);
  };
}

function kernelCard(kernel) {
  const card = make("details", { class: "kernel" }, make("summary", {},
    make("strong", { class: "mono", text: kernel.name }),
    make("span", { class: "muted", text: [placeOf(kernel.location), Object.entries(kernel.loops || {}).map(([name, extent]) => `${name} ${extent}`).join(" · "),
      isNumber(kernel.ms) ? milliseconds(kernel.ms) : "", isNumber(kernel.percent_of_limit) ? `${percent(kernel.percent_of_limit)} of the limit` : ""].filter(Boolean).join(" — ") })));
  card.addEventListener("toggle", () => {
    if (card.open && !card.querySelector(".inside")) card.append(kernelInside(kernel));
  });
  return card;
}

const isObject = (x) => x !== null && typeof x === "object" && !Array.isArray(x);
function kernelInside(kernel) {
  const schedule = kernel.schedule || {};
  // What a schedule says of the kernel's loops is a table; everything else a list.
  const perLoop = Object.entries(schedule).filter(([, value]) => isObject(value) && Object.keys(value).length && Object.keys(value).every((key) => key in (kernel.loops || {})));
  const others = Object.entries(schedule).filter(([name]) => !perLoop.some(([other]) => other === name));
  const loops = Object.entries(kernel.loops || {});
  const cell = (name, value) => (value === undefined ? "" : name === "parallel" ? (value ? "yes" : "") : name === "tile" && value === 0 ? "whole" : String(value));
  const facts = [
    ["Python", placeLink(kernel.location)],
    ["calls", numberOr(kernel.calls, (n) => `${count(n)} a run`)],
    ["time", numberOr(kernel.ms, milliseconds)],
    ["work", isNumber(kernel.flops) ? flopCount(kernel.flops) : make("span", { class: "none", text: "not counted" })],
    ["data", isNumber(kernel.bytes) ? byteCount(kernel.bytes) : make("span", { class: "none", text: "not counted" })],
    ["rate", numberOr(kernel.gflops, rate)],
    ["limit", isNumber(kernel.limit_ms) ? `${milliseconds(kernel.limit_ms)}${kernel.limited_by ? `, set by ${kernel.limited_by}` : ""}` : notMeasured()],
    ["threads", kernel.threads?.length ? kernel.threads.map((t) => `${t.thread}: ${milliseconds(t.busy_ms)}`).join(", ") : kernel.parallel ? notMeasured() : "one: it is serial"],
  ];
  return make("div", { class: "inside" },
    make("div", {}, make("dl", { class: "facts" }, facts.map(([name, value]) => [make("dt", { text: name }), make("dd", {}, value)])),
      kernel.why?.length ? make("ul", {}, kernel.why.map((reason) => make("li", { text: reason }))) : ""),
    make("div", {},
      loops.length ? make("table", { class: "data" },
        make("thead", {}, make("tr", {}, make("th", { scope: "col", text: "loop" }), make("th", { scope: "col", class: "number", text: "extent" }), perLoop.map(([name]) => make("th", { scope: "col", class: "number", text: name })))),
        make("tbody", {}, loops.map(([loop, extent]) => make("tr", {}, make("th", { scope: "row", text: loop }), make("td", { class: "number", text: String(extent) }),
          perLoop.map(([name, value]) => make("td", { class: "number", text: cell(name, value[loop]) })))))) : "",
      make("dl", { class: "facts" }, others.map(([name, value]) => [make("dt", { text: name.replaceAll("_", " ") }), make("dd", { class: "mono", text: plain(value) })]))));
}
function plain(value) {
  if (isObject(value)) return Object.entries(value).map(([name, inner]) => `${name} ${plain(inner)}`).join(", ");
  return Array.isArray(value) ? value.map(plain).join(" × ") : String(value);
}
