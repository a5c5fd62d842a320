// The slider through all stages, and the text of the one that it stands at.
const partNames = { frontend: "Frontend", midend: "Midend", backend: "Backend", object: "Object" };

function buildStages(container) {
  if (!data.stages.length) {
    container.append(missing("This page has no stages: the package was not compiled for it.", reportCommand()));
    return null;
  }
  container.style.setProperty("--stages", data.stages.length);
  const stops = data.stages.map((stage, index) =>
    make("button", { type: "button", class: "stop", tabindex: -1, "aria-hidden": "true", onclick: () => goToStage(index) }, make("i", {}, make("b"))));
  const slider = make("input", {
    type: "range", id: "slider", min: 0, max: data.stages.length - 1, step: 1, "aria-label": "Stage",
    oninput: () => goToStage(Number(slider.value)),
  });
  const title = make("h2", { id: "stage-name" }), facts = make("span", { class: "facts-line" });
  const summary = make("p", { class: "muted" }), passes = make("details", { class: "passes", id: "passes" });
  const before = make("button", { type: "button", "aria-label": "The stage before", "aria-keyshortcuts": "[", text: "‹", onclick: () => stepStage(-1) });
  const after = make("button", { type: "button", "aria-label": "The stage after", "aria-keyshortcuts": "]", text: "›", onclick: () => stepStage(1) });
  const tools = buildDiffTools();
  const host = make("div", { class: "pane", id: "stage-pane" });
  container.append(
    make("div", { class: "stages" },
      make("div", { class: "rail" }, stops), slider, make("div", { class: "parts", "aria-hidden": "true" }, partLabels()),
      make("div", { class: "stage-head" }, title, facts, tools.marks, before, after), summary, passes),
    tools.element, host);
  const pane = new Lines(host, "Stage");
  stagePane = pane;
  const text = new StageText(pane, tools);

  function drawStage() {
    const index = stageIndex.get(state.stage), stage = data.stages[index];
    slider.value = index;
    slider.setAttribute("aria-valuetext", `${stage.name}, ${index + 1} of ${data.stages.length}`);
    title.textContent = stage.name;
    facts.textContent = `${index + 1} of ${data.stages.length} · ${several(stageLength(index), "line")}` +
      (isNumber(stage.seconds) ? ` · compiled in ${milliseconds(stage.seconds * 1000)}` : "");
    summary.replaceChildren(...inlineMarkdown(stage.summary || ""));
    before.disabled = index === 0;
    after.disabled = index === data.stages.length - 1;
    drawPasses(passes, stage);
    pane.list.setAttribute("aria-label", `Text of ${stage.name}`);
  }
  function drawRail() {
    const longest = Math.max(...data.stages.map((stage, index) => stageLength(index)));
    const here = stageIndex.get(state.stage);
    stops.forEach((stop, index) => {
      const lines = stageLength(index), bar = stop.firstChild;
      bar.style.height = 12 + 88 * (Math.log1p(lines) / Math.log1p(longest)) + "%";
      const share = lines ? markCounts[index] / lines : 0;
      bar.firstChild.style.height = markCounts[index] ? Math.max(10, share * 100) + "%" : "0";
      stop.toggleAttribute("data-here", index === here);
      stop.dataset.marked = markCounts[index];
      stop.title = `${data.stages[index].name}: ${several(lines, "line")}` + (anyMarked ? `, ${count(markCounts[index])} marked` : "");
    });
  }
  drawStage();
  drawRail();
  text.show(true);
  return (changed) => {
    const marks = changed.has("mark") || changed.has("place");
    if (changed.has("stage")) drawStage();
    if (changed.has("stage") || marks) drawRail();
    if (changed.has("stage") || changed.has("diff") || changed.has("numbers")) text.show(changed.has("stage"));
    else if (changed.has("at") && state.at) text.goTo(Number(state.at) - 1);
    if (marks || changed.has("find")) text.refresh(marks && !changed.has("at"));
  };
}

let stagePane = null;
function goToStage(index) {
  if (!data.stages[index]) return;
  change({ stage: data.stages[index].name, at: "" });
  announce(`${state.stage}, ${index + 1} of ${data.stages.length}` + (anyMarked ? `, ${several(markCounts[index], "line")} marked` : ""));
}
const stepStage = (by) => goToStage(stageIndex.get(state.stage) + by);

function partLabels() {
  const labels = [];
  data.stages.forEach((stage, index) => {
    const last = labels[labels.length - 1];
    if (last && last.part === stage.part) last.to = index + 2;
    else labels.push({ part: stage.part, from: index + 1, to: index + 2 });
  });
  return labels.map(({ part, from, to }) => {
    const label = make("span", { text: partNames[part] || part });
    label.style.gridColumn = `${from} / ${to}`;
    return label;
  });
}

function drawPasses(details, stage) {
  details.hidden = !stage.passes.length;
  if (details.hidden) return;
  details.replaceChildren(
    make("summary", { "aria-keyshortcuts": "x", text: `${several(stage.passes.length, "pass", "passes")}: what ${stage.passes.length > 1 ? "they do" : "it does"}` }),
    make("div", { class: "list", tabindex: 0, role: "group", "aria-label": "Passes" }, stage.passes.map((pass) => {
      const line = [make("code", { text: pass.name }), pass.summary ? " " : "", ...inlineMarkdown(pass.summary || "")];
      return pass.description
        ? make("details", {}, make("summary", {}, line), markdown(pass.description))
        : make("p", { class: "plain" }, line);
    })));
}
