// The keyboard, and the page that `?` opens.
const keyTable = [
  ["/", "search the source and all stages"],
  ["[ ]", "the stage before, the stage after"],
  ["d", "difference to the stage before: off, unified, side by side"],
  ["n p", "the next marked line, the one before"],
  ["x", "what the passes of this stage do"],
  ["1 … 7", "stages, graph, times, errors, memory, schedules, roofline"],
  ["s c", "to the Python source, to the view"],
  ["↑ ↓ j k, Page Up, Page Down, Home, End", "move in a pane of code"],
  ["Enter, Space", "mark this line, operation, slot or point everywhere; open a folded part"],
  ["w", "the whole line, where it is cut"],
  ["Escape", "close what is open; take marks away"],
  ["+ − 0", "in the graph: zoom in, zoom out, fit"],
  ["Backspace", "in the graph: fold the module around"],
  ["t", "theme: of the system, light, dark"],
  ["?", "this page"],
];

function buildHelp() {
  const dialog = byId("help");
  dialog.append(make("div", { class: "inside" },
    make("h2", { text: "Keys" }),
    make("table", {}, make("tbody", {}, keyTable.map(([keys, what]) => make("tr", {}, make("th", { scope: "row", class: "unseen", text: keys }), make("td", { "aria-hidden": "true" }, keys.split(", ").flatMap((k, i) => [i ? ", " : "", make("kbd", { text: k })])), make("td", { text: what }))))),
    make("p", { class: "note", text: "The address of the page holds what it shows: copy it to link to this view." }),
    make("div", {}, make("button", { type: "button", text: "Close", onclick: () => dialog.close() }))));
  byId("open-help").addEventListener("click", () => dialog.showModal());
}

function listenToKeys(openSearch) {
  const nextDiff = { off: "unified", unified: "split", split: "off" };
  const actions = {
    "/": openSearch,
    "?": () => byId("help").showModal(),
    "[": () => { change({ view: "stages" }); stepStage(-1); },
    "]": () => { change({ view: "stages" }); stepStage(1); },
    d: () => change({ view: "stages", diff: nextDiff[state.diff] }),
    n: () => { change({ view: "stages" }); stagePane?.step(1); },
    p: () => { change({ view: "stages" }); stagePane?.step(-1); },
    x: () => { change({ view: "stages" }); const passes = byId("passes"); if (passes) passes.open = !passes.open; },
    s: () => sourcePane.list.focus(),
    c: focusView,
    t: nextTheme,
    Escape: clearMarks,
  };
  views.forEach((view, index) => (actions[index + 1] = () => change({ view: view.name })));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]") || event.target.closest("input:not([type=radio], [type=checkbox], [type=range]), select, textarea")) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

function focusView() {
  const view = byId("view");
  (view.querySelector(".lines, .node[tabindex='0'], summary, th button, [tabindex='0']") || view).focus();
}
