// A table that is sorted by its heads. Long ones show their first rows, and more when asked.
const rowsShown = 200;

// columns: { name, title, value(row): to sort by, cell(row), number, falling: sorted so first }
function dataTable({ caption, columns, rows, sorted, locationOf }) {
  const heads = columns.map((column) =>
    make("th", { scope: "col", class: column.number ? "number" : null },
      make("button", { type: "button", text: column.title, onclick: () => sortBy(column) })));
  const body = make("tbody"), more = make("p");
  let shown = rowsShown;

  function order() {
    const [name, direction] = (columns.some((c) => state.sort.startsWith(c.name + ":")) ? state.sort : sorted).split(":");
    const column = columns.find((c) => c.name === name);
    return { column, rising: direction === "rising" };
  }
  function sortBy(column) {
    const now = order();
    const rising = now.column === column ? !now.rising : !column.number;
    change({ sort: `${column.name}:${rising ? "rising" : "falling"}` });
    announce(`Sorted by ${column.title}, ${rising ? "smallest" : "largest"} first.`);
  }
  function redraw() {
    const { column, rising } = order();
    heads.forEach((head, index) => {
      if (columns[index] === column) head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
    // What is not known comes last, whatever the order.
    const known = (row) => { const value = column.value(row); return value !== null && value !== undefined && value !== ""; };
    const compare = (a, b) => (known(a) !== known(b) ? (known(a) ? -1 : 1) : !known(a) ? 0
      : (rising ? 1 : -1) * (typeof column.value(a) === "string" ? column.value(a).localeCompare(column.value(b), "en", { numeric: true }) : column.value(a) - column.value(b)));
    const all = [...rows].sort(compare);
    body.replaceChildren(...all.slice(0, shown).map((row) => {
      const line = make("tr", { onclick: (event) => event.target.closest("button") || !locationOf || markLocation(locationOf(row)) },
        columns.map((c) => make("td", { class: c.number ? "number" : null }, c.cell(row))));
      line.classList.toggle("marked", !!locationOf && isMarked(locationOf(row)));
      return line;
    }));
    more.replaceChildren(all.length > shown
      ? make("button", { type: "button", text: `Show ${count(Math.min(rowsShown, all.length - shown))} more of ${count(all.length)}`, onclick: () => { shown += rowsShown; redraw(); } })
      : "");
  }
  redraw();
  const element = make("div", {}, make("table", { class: "data" }, caption && make("caption", {}, caption), make("thead", {}, make("tr", {}, heads)), body), more);
  return { element, redraw };
}
const redrawOn = (table) => (changed) => {
  if (changed.has("sort") || changed.has("mark") || changed.has("place")) table.redraw();
};

function meter(share, cool) {
  const bar = make("i");
  bar.style.width = Math.max(0, Math.min(100, share)) + "%";
  return make("span", { class: "meter" + (cool ? " cool" : ""), "aria-hidden": "true" }, bar);
}
// A place in the source, to be marked.
function placeLink(location) {
  const text = placeOf(location);
  return text ? linkButton(text, () => markLocation(location), { "aria-pressed": isMarked(location) ? "true" : "false" }) : make("span", { class: "none", text: "none" });
}
