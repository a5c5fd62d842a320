// Search over the source and all stages. Small letters match both; what is found is also marked in
// the panes until Escape.
const hitsShown = 25;

// What is being searched for, as an expression that matches all of it; null for nothing.
function finder(term = state.find) {
  if (!term) return null;
  return new RegExp(term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), /[A-Z]/.test(term) ? "g" : "gi");
}

function textsToSearch() {
  const sources = data.sources.flatMap((source, index) => (typeof source.text === "string"
    ? [{ title: source.name, lines: () => sourceLines(index), text: source.text, go: (line) => { change({ source: index }); sourcePane.found = line; sourcePane.move(line, true); sourcePane.refresh(); sourcePane.list.focus(); } }] : []));
  const stages = data.stages.map((stage, index) => ({
    title: stage.name, lines: () => stageLines(index), text: stage.text,
    go: (line) => { change({ view: "stages", stage: stage.name, at: line + 1 }); stagePane.list.focus(); },
  }));
  return [...sources, ...stages];
}

// { total, hits: [line, ...] of the first few }
function searchText({ text, lines }, matcher) {
  const hits = [];
  let total = 0;
  if (!matcher.test(text)) return { total, hits };
  lines().forEach((line, index) => {
    matcher.lastIndex = 0;
    if (!matcher.test(line)) return;
    ++total;
    if (hits.length < hitsShown) hits.push(index);
  });
  return { total, hits };
}

function buildSearch() {
  const dialog = byId("search");
  const field = make("input", { type: "search", role: "combobox", "aria-label": "Search source and stages", "aria-controls": "hits", "aria-expanded": "true", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", placeholder: "Search the source and all stages" });
  const list = make("ul", { class: "hits", id: "hits", role: "listbox", "aria-label": "Found lines" });
  const status = make("p", { class: "muted", role: "status" });
  dialog.append(make("div", { class: "inside" }, field, status, list));
  let asked = null, options = [], current = -1;

  function select(index) {
    options[current]?.element.setAttribute("aria-selected", "false");
    current = Math.max(0, Math.min(options.length - 1, index));
    const option = options[current];
    if (!option) return field.removeAttribute("aria-activedescendant");
    option.element.setAttribute("aria-selected", "true");
    option.element.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", option.element.id);
  }
  function accept(option) {
    if (!option) return;
    change({ find: field.value });
    dialog.close();
    option.go();
  }
  // A text at a time, so that typing goes on meanwhile.
  async function search() {
    const mine = (asked = {}), term = field.value;
    options = [];
    current = -1;
    list.replaceChildren();
    field.removeAttribute("aria-activedescendant");
    if (!term.trim()) return void (status.textContent = "");
    const matcher = finder(term);
    let total = 0;
    for (const text of textsToSearch()) {
      await new Promise((done) => setTimeout(done));
      if (mine !== asked) return;
      matcher.lastIndex = 0;
      const found = searchText(text, matcher);
      total += found.total;
      status.textContent = `${several(total, "line")} so far …`;
      if (!found.total) continue;
      const all = text.lines();
      list.append(make("li", { role: "presentation", text: `${text.title}: ${several(found.total, "line")}` + (found.total > found.hits.length ? `, the first ${found.hits.length}` : "") }));
      for (const line of found.hits) {
        const option = { go: () => text.go(line) };
        option.element = make("li", { role: "option", id: `hit-${options.length}`, "aria-selected": "false", onclick: () => accept(option) },
          make("b", { text: line + 1 }), make("span", {}, excerpt(all[line], matcher)));
        options.push(option);
        list.append(option.element);
      }
      if (current < 0) select(0);
    }
    status.textContent = total ? `${several(total, "line")}. Enter goes there, arrows choose.` : "No line has that.";
  }
  function excerpt(line, matcher) {
    const text = line.trim();
    const [first] = findRanges(text, matcher);
    const from = first && first[0] > 60 ? first[0] - 40 : 0;
    const part = (from ? "… " : "") + text.slice(from, from + 160);
    return codeSpans(part, "mlir", { ranges: findRanges(part, matcher) });
  }

  field.addEventListener("input", search);
  field.addEventListener("keydown", (event) => {
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    if (moves[event.key]) select(current + moves[event.key]);
    else if (event.key === "Enter") accept(options[current]);
    else return;
    event.preventDefault();
  });
  byId("open-search").addEventListener("click", openSearch);
  function openSearch() {
    dialog.showModal();
    field.focus();
    field.select();
  }
  return openSearch;
}
