// A pane of lines of which only the visible ones are in the document: a list box, whose cursor moves
// with the arrows and whose lines are chosen with Enter or a click.
const rowHeight = 19;

class Lines {
  // `content`: { count, row(element, index), choose(index), marks(): sorted indices, whole(index),
  //              chars: of the longest line, split, idle(index) }
  constructor(host, label) {
    this.rows = new Map();
    this.cursor = 0;
    this.found = -1;
    this.height = make("div", { class: "height", role: "presentation" });
    this.list = make("div", { class: "lines", role: "listbox", tabindex: 0, "aria-label": label, id: host.id + "-lines" }, this.height);
    this.ruler = make("canvas", { class: "ruler", "aria-hidden": "true" });
    host.replaceChildren(this.list, this.ruler);
    this.list.addEventListener("scroll", () => this.later());
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => this.click(event));
    this.list.addEventListener("focus", () => this.move(this.cursor, false));
    this.ruler.addEventListener("click", (event) =>
      this.reveal(Math.floor((event.offsetY / this.ruler.clientHeight) * this.content.count), true));
    new ResizeObserver(() => this.refresh()).observe(this.list);
    this.content = { count: 0, row() {}, choose() {}, marks: () => [] };
  }

  set(content, { keepPlace = false } = {}) {
    this.content = content;
    this.found = -1;
    this.cursor = Math.min(keepPlace ? this.cursor : 0, Math.max(0, content.count - 1));
    this.height.style.height = content.count * rowHeight + "px";
    this.list.classList.toggle("split", !!content.split);
    this.list.style.setProperty("--digits", Math.max(3, String(content.count).length) + "ch");
    if (!keepPlace) this.list.scrollTo(0, 0);
    this.refresh();
  }

  // Draws everything visible anew.
  refresh() {
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    const width = Math.min(this.content.chars || 0, longestShown + 40) + 14;
    this.height.style.width = this.content.split ? `calc(100% + ${Math.max(0, width - 40)}ch)` : `max(100%, ${width}ch)`;
    this.list.style.setProperty("--view-width", this.list.clientWidth + "px");
    this.update();
    this.drawRuler();
  }

  later() {
    this.list.style.setProperty("--shift", this.list.scrollLeft);
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.update();
    });
  }

  update() {
    const { scrollTop, clientHeight } = this.list;
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - 8);
    const last = Math.min(this.content.count, Math.ceil((scrollTop + clientHeight) / rowHeight) + 8);
    for (const [index, row] of this.rows)
      if (index < first || index >= last) row.remove(), this.rows.delete(index);
    for (let index = first; index < last; ++index) if (!this.rows.has(index)) this.add(index);
  }

  add(index) {
    const row = make("div", {
      class: "row", role: "option", id: `${this.list.id}-${index}`, "data-index": index,
      "aria-posinset": index + 1, "aria-setsize": this.content.count, "aria-selected": "false",
    });
    row.style.top = index * rowHeight + "px";
    this.content.row(row, index);
    row.setAttribute("aria-selected", row.classList.contains("marked"));
    row.classList.toggle("cursor", index === this.cursor);
    row.classList.toggle("found", index === this.found);
    this.rows.set(index, row);
    this.height.append(row);
  }

  drawRuler() {
    const { clientWidth: width, clientHeight: height } = this.ruler;
    if (!height) return;
    const scale = devicePixelRatio || 1;
    this.ruler.width = width * scale;
    this.ruler.height = height * scale;
    const context = this.ruler.getContext("2d");
    context.scale(scale, scale);
    context.fillStyle = getComputedStyle(this.ruler).getPropertyValue("color");
    const step = Math.min(rowHeight, height / Math.max(1, this.content.count));
    for (const index of this.content.marks()) context.fillRect(2, index * step, width - 5, Math.max(2, step));
  }

  reveal(index, centre = false) {
    const top = index * rowHeight, { scrollTop, clientHeight } = this.list;
    const visible = top >= scrollTop && top + rowHeight <= scrollTop + clientHeight;
    if (centre && !visible) this.list.scrollTop = top - clientHeight / 3;
    else if (top < scrollTop) this.list.scrollTop = top;
    else if (top + rowHeight > scrollTop + clientHeight) this.list.scrollTop = top + rowHeight - clientHeight;
    this.update();
  }

  // The first marked line comes into view unless one is there already.
  revealMarks() {
    const marks = this.content.marks();
    if (!marks.length) return;
    const first = this.list.scrollTop / rowHeight, last = first + this.list.clientHeight / rowHeight - 1;
    if (!marks.some((index) => index >= first && index <= last)) this.reveal(marks[0], true);
  }

  move(index, centre) {
    if (!this.content.count) return;
    this.rows.get(this.cursor)?.classList.remove("cursor");
    this.cursor = Math.max(0, Math.min(this.content.count - 1, index));
    this.reveal(this.cursor, centre);
    this.rows.get(this.cursor)?.classList.add("cursor");
    this.list.setAttribute("aria-activedescendant", `${this.list.id}-${this.cursor}`);
  }

  // Moves to the next (or previous) marked line; the lines between runs of marks are skipped.
  step(direction) {
    const marks = this.content.marks();
    const next = direction > 0 ? marks.find((index) => index > this.cursor) : marks.findLast((index) => index < this.cursor);
    const to = next ?? (direction > 0 ? marks[0] : marks[marks.length - 1]);
    if (to === undefined) return announce("No line is marked here.");
    this.move(to, true);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.list.clientHeight / rowHeight) - 2);
    const moves = {
      ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: page, PageUp: -page,
      Home: -this.content.count, End: this.content.count,
    };
    if (event.key in moves) this.move(this.cursor + moves[event.key], false);
    else if (event.key === "Enter" || event.key === " ") this.content.choose(this.cursor);
    else if (event.key === "w") showWholeLine(this.content.whole(this.cursor));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  click(event) {
    const row = event.target.closest(".row");
    if (!row || !getSelection().isCollapsed) return;
    const index = Number(row.dataset.index);
    this.move(index, false);
    if (event.target.closest(".cut")) showWholeLine(this.content.whole(index));
    else this.content.choose(index, event);
  }
}

function showWholeLine(text) {
  const dialog = byId("whole-line");
  dialog.replaceChildren(
    make("div", { class: "inside" },
      make("h2", { text: "The whole line" }),
      make("pre", { tabindex: 0, text: text ?? "" }),
      make("div", {}, make("button", { type: "button", text: "Close", onclick: () => dialog.close() }))));
  dialog.showModal();
}
