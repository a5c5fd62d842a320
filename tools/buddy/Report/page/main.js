// The views, and the start of everything.
const views = [
  { name: "stages", title: "Stages", build: buildStages },
  { name: "graph", title: "Graph", build: buildGraph },
  { name: "times", title: "Times", build: buildTimes, padded: true },
  { name: "errors", title: "Errors", build: buildErrors, padded: true },
  { name: "memory", title: "Memory", build: buildMemory, padded: true },
  { name: "schedules", title: "Schedules", build: buildSchedules, padded: true },
  { name: "roofline", title: "Roofline", build: buildRoofline, padded: true },
];
let updateView = null;

function showView() {
  const view = views.find(({ name }) => name === state.view) || views[0];
  for (const tab of byId("tabs").children) {
    const chosen = tab.dataset.view === view.name;
    tab.setAttribute("aria-selected", chosen);
    tab.setAttribute("tabindex", chosen ? 0 : -1);
  }
  const container = byId("view");
  container.className = view.padded ? "padded" : "";
  container.setAttribute("aria-labelledby", "tab-" + view.name);
  container.replaceChildren();
  container.scrollTo(0, 0);
  stagePane = null;
  updateView = view.build(container);
}

function buildTabs() {
  byId("tabs").append(...views.map(({ name, title }, index) =>
    make("button", { type: "button", role: "tab", id: "tab-" + name, "data-view": name, "aria-controls": "view", "aria-keyshortcuts": index + 1, text: title, onclick: () => change({ view: name }) })));
  roving(byId("tabs"), "[role=tab]");
}

function start() {
  Object.assign(state, readHash());
  computeMarks();
  buildTheme();
  buildSummary();
  buildTabs();
  buildSource();
  buildHelp();
  const openSearch = buildSearch();
  showView();
  drawChosen();
  listenToKeys(openSearch);
  onChange((changed) => {
    if (changed.has("view")) showView();
    else updateView?.(changed);
    if (changed.has("mark") || changed.has("place")) drawChosen();
  });
  for (const link of document.querySelectorAll("[data-skip]"))
    link.addEventListener("click", (event) => {
      event.preventDefault();
      if (link.dataset.skip === "source") sourcePane.list.focus();
      else focusView();
    });
  document.documentElement.dataset.ready = "true";
}
start();
