// The graph as a picture that can be folded by module, moved and zoomed.
const layouter = new Helper("dagre", "layout");
const secondsToLayOut = 15;
const foldings = new Map();

function buildGraph(container) {
  const functions = data.graph?.functions?.filter((fn) => fn.nodes.length) || [];
  if (!functions.length) return void container.append(missing("This page has no graph.", reportCommand()));
  const chooser = make("select", { "aria-label": "Function", onchange: () => change({ function: chooser.value }) },
    functions.map((fn) => make("option", { value: fn.name, text: `${fn.name}, ${several(fn.calls, "call")} a run` })));
  const constants = make("input", { type: "checkbox", onchange: () => show() });
  const button = (text, label, onclick) => make("button", { type: "button", "aria-label": label, title: label, text, onclick });
  const picture = new GraphPicture();
  container.append(make("div", { class: "tools flat" }, chooser,
    make("label", {}, constants, "parameters and constants"),
    button("Fold all", "Fold all modules", () => picture.foldAll()),
    button("Unfold all", "Unfold all modules", () => picture.unfoldAll()),
    make("span", { class: "end" }, button("−", "Zoom out", () => picture.zoom(0.8)), button("+", "Zoom in", () => picture.zoom(1.25)), button("Fit", "Fit into the window", () => picture.fit()))),
    picture.element);
  function show() {
    const largest = functions.reduce((a, b) => (b.nodes.length > a.nodes.length ? b : a));
    const fn = functions.find((f) => f.name === state.function) || largest;
    chooser.value = fn.name;
    const key = fn.name + constants.checked;
    if (!foldings.has(key)) foldings.set(key, new Folding(fn, constants.checked));
    picture.show(foldings.get(key));
  }
  show();
  return (changed) => {
    if (changed.has("function")) show();
    if (changed.has("mark") || changed.has("place")) picture.mark(true);
  };
}

const shorten = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

class GraphPicture {
  constructor() {
    this.scene = draw("g");
    this.svg = draw("svg", { role: "group", "aria-label": "Graph; arrows move between operations, Enter marks one or unfolds a module, Backspace folds" },
      draw("defs", {}, draw("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, draw("path", { class: "arrow", d: "M0 1L7 4L0 7z" }))),
      this.scene);
    this.status = make("div", { class: "status", role: "status" });
    this.element = make("div", { class: "graph", id: "graph" }, this.svg, this.status);
    this.view = { x: 0, y: 0, scale: 1 };
    this.shapes = new Map();
    this.listen();
  }

  async show(folding, anchor = null) {
    const fresh = folding !== this.folding;
    this.folding = folding;
    const { nodes, frames, edges } = folding.visible();
    if (nodes.length > nodesAtMost) {
      this.status.textContent = `${count(nodes.length)} operations are too many for one picture.`;
      return;
    }
    const items = nodes.map((item) => ({ ...item, ...this.describe(item) }));
    const asked = (this.asked = {});
    this.status.textContent = "drawing …";
    let layout;
    try {
      layout = await layouter.ask({
        nodes: items.map(({ id, width, height, parent }) => ({ id, width, height, parent })),
        frames: frames.map(({ id, parent }) => ({ id, parent })), edges,
      }, secondsToLayOut);
    } catch (error) {
      if (asked === this.asked) this.status.textContent = `The graph could not be drawn (${error.message}): fold a module.`;
      return;
    }
    if (asked !== this.asked) return;
    const before = anchor && this.position(anchor);
    this.place(items, frames, layout);
    const hidden = folding.nodes.length - nodes.filter((item) => item.node).length;
    this.status.textContent = hidden ? `${count(hidden)} operations are inside of folded modules` : "";
    const after = before && this.position(anchor);
    if (after) this.view.x += before.x - after.x, this.view.y += before.y - after.y;
    if (fresh) this.fit();
    else this.apply();
  }

  // The text of a card, and how large that makes it.
  describe(item) {
    const all = this.folding.nodesOf(item);
    const kernels = [...new Set(all.flatMap((node) => node.kernels || []))].map((name) => kernelByName.get(name)).filter(Boolean);
    const ms = kernels.reduce((sum, kernel) => (isNumber(kernel.ms) ? (sum ?? 0) + kernel.ms : sum), null);
    const share = shareOf(ms);
    const worst = all.flatMap((node) => node.errors || []).map((index) => data.errors[index]?.ratio).filter(isNumber).reduce((a, b) => Math.max(a, b), 0);
    const { node, module } = item;
    const title = module ? `▸ ${module.name}` : node.kind === "call" ? `call ${node.callee}` : node.kind === "op" ? node.op : node.name || node.op;
    const under = module ? several(module.size, "operation") : [node.kind === "op" && node.name !== node.op ? node.name : "", node.type].filter(Boolean).join("  ");
    const shown = { title: shorten(title, 30), under: shorten(under, 38), share: isNumber(share) ? percent(share) : ms !== null ? milliseconds(ms) : "" };
    const width = Math.max(74, 22 + Math.max((shown.title.length + (shown.share ? shown.share.length + 2 : 0)) * 7.4, shown.under.length * 6.5));
    const label = [title.replace("▸", "module"), under, ms !== null ? `${milliseconds(ms)}${isNumber(share) ? `, ${percent(share)} of a run` : ""}` : "",
      worst ? `error ${digits(worst, 2)} times eager's` : "", module ? "folded" : placeOf(node.location)].filter(Boolean).join(", ");
    return { all, shown, label, share, width, height: shown.under ? 42 : 28 };
  }

  place(items, frames, layout) {
    const focused = this.current;
    const places = new Map([...layout.nodes, ...layout.frames].map((place) => [place.id, place]));
    this.size = layout;
    this.items = new Map(items.map((item) => [item.id, { ...item, ...places.get(item.id) }]));
    this.edges = layout.edges.map(({ from, to, points }) => ({
      from, to,
      shape: draw("path", { class: "edge", "marker-end": "url(#arrow)", d: smooth(points) }),
    }));
    const frameShapes = frames.map((frame) => {
      const { x, y, width, height } = places.get(frame.id);
      return draw("g", { class: "frame", onclick: () => this.fold(frame.module) },
        draw("rect", { x, y, width, height, rx: 8 }), draw("text", { x: x + 8, y: y + 14, text: `▾ ${frame.module.name}` }), titled(`Fold ${frame.module.path}`));
    });
    this.shapes = new Map([...this.items.values()].map((item) => [item.id, this.card(item)]));
    this.scene.replaceChildren(...frameShapes, ...this.edges.map((edge) => edge.shape), ...this.shapes.values());
    this.current = this.shapes.has(focused) ? focused : items[0]?.id;
    this.shapes.get(this.current)?.setAttribute("tabindex", 0);
    this.mark(false);
  }

  card(item) {
    const { shown, width, height } = item;
    const act = () => (item.module ? this.unfold(item.module) : this.choose(item.node));
    const shape = draw("g", {
      class: `node ${item.module ? "group" : item.node.kind}`, transform: `translate(${item.x} ${item.y})`, role: "button", tabindex: -1,
      "data-id": item.id, "aria-label": item.label, "aria-expanded": item.module ? "false" : null, onclick: act,
    },
    draw("rect", { class: "box", width, height, rx: 6 }),
    draw("text", { class: "name", x: 11, y: 18, text: shown.title }),
    shown.share && draw("text", { class: "share", x: width - 9, y: 18, "text-anchor": "end", text: shown.share }),
    shown.under && draw("text", { class: "under", x: 11, y: 34, text: shown.under }),
    isNumber(item.share) && draw("rect", { class: "heated", x: 0.5, y: height - 3, height: 2.5, rx: 1, width: Math.max(2, ((width - 1) * Math.min(100, item.share)) / 100) }),
    titled(item.label));
    shape.addEventListener("focus", () => this.focused(item.id));
    return shape;
  }

  choose(node) {
    if (node.kind === "call" && this.foldingOf(node.callee)) return change({ function: node.callee });
    markLocation(node.location);
  }
  foldingOf(name) {
    return data.graph.functions.some((fn) => fn.name === name && fn.nodes.length);
  }
  unfold(module) {
    this.folding.open.add(module);
    announce(`Unfolded ${module.path}.`);
    return this.show(this.folding, module);
  }
  fold(module) {
    this.folding.open.delete(module);
    this.current = "module:" + module.path;
    announce(`Folded ${module.path}.`);
    return this.show(this.folding, module).then(() => this.shapes.get(this.current)?.focus());
  }
  foldAll() {
    this.folding.foldAll();
    this.show(this.folding).then(() => this.fit());
  }
  unfoldAll() {
    if (this.folding.unfoldAll()) this.show(this.folding).then(() => this.fit());
    else this.status.textContent = `${count(this.folding.nodes.length)} operations are too many for one picture: unfold one module at a time.`;
  }

  mark(reveal) {
    if (!this.items) return;
    let first = null;
    for (const [id, item] of this.items) {
      const marked = item.all.some((node) => isMarked(node.location));
      this.shapes.get(id).classList.toggle("marked", marked);
      if (marked) first ??= item;
    }
    if (reveal && first) this.reveal(first);
  }
  focused(id) {
    this.shapes.get(this.current)?.setAttribute("tabindex", -1);
    this.current = id;
    this.shapes.get(id).setAttribute("tabindex", 0);
    for (const edge of this.edges) edge.shape.classList.toggle("near", edge.from === id || edge.to === id);
    this.reveal(this.items.get(id));
  }

  // Where a module stands, folded or as a frame, in the window.
  position(module) {
    const place = this.items?.get("module:" + module.path) || this.size?.frames.find((frame) => frame.id === "frame:" + module.path);
    return place && { x: place.x * this.view.scale + this.view.x, y: place.y * this.view.scale + this.view.y };
  }

  apply() {
    this.scene.setAttribute("transform", `translate(${this.view.x} ${this.view.y}) scale(${this.view.scale})`);
  }
  fit() {
    if (!this.size) return;
    const { clientWidth, clientHeight } = this.svg;
    const whole = Math.min(clientWidth / this.size.width, clientHeight / this.size.height);
    // Readable first: a tall graph begins at its top.
    const scale = Math.min(1.15, Math.max(whole, Math.min(0.72, clientWidth / this.size.width)));
    this.view = { scale, x: Math.max(8, (clientWidth - this.size.width * scale) / 2), y: whole < scale ? 6 : Math.max(6, (clientHeight - this.size.height * scale) / 2) };
    this.apply();
  }
  zoom(by, at = { x: this.svg.clientWidth / 2, y: this.svg.clientHeight / 2 }) {
    const scale = Math.min(3, Math.max(0.05, this.view.scale * by)), real = scale / this.view.scale;
    this.view = { scale, x: at.x - (at.x - this.view.x) * real, y: at.y - (at.y - this.view.y) * real };
    this.apply();
  }
  reveal({ x, y, width, height }) {
    const { scale } = this.view, margin = 24;
    const shift = (low, high, room) => (high - low > room - 2 * margin ? margin - low : low < margin ? margin - low : high > room - margin ? room - margin - high : 0);
    const left = x * scale + this.view.x, top = y * scale + this.view.y;
    this.view.x += shift(left, left + width * scale, this.svg.clientWidth);
    this.view.y += shift(top, top + height * scale, this.svg.clientHeight);
    this.apply();
  }

  listen() {
    this.svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      const box = this.svg.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey || !event.shiftKey) this.zoom(Math.exp(-event.deltaY * 0.0015), { x: event.clientX - box.left, y: event.clientY - box.top });
      else this.view.x -= event.deltaY, this.apply();
    }, { passive: false });
    let from = null, moved = false;
    this.svg.addEventListener("pointerdown", (event) => {
      if (event.button === 0) from = { x: event.clientX - this.view.x, y: event.clientY - this.view.y, startX: event.clientX, startY: event.clientY };
      moved = false;
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (!from || !event.buttons) return;
      if (!moved && Math.hypot(event.clientX - from.startX, event.clientY - from.startY) < 4) return;
      if (!moved) this.svg.setPointerCapture(event.pointerId);
      moved = true;
      this.svg.classList.add("moving");
      this.view.x = event.clientX - from.x;
      this.view.y = event.clientY - from.y;
      this.apply();
    });
    addEventListener("pointerup", () => {
      from = null;
      this.svg.classList.remove("moving");
    });
    this.svg.addEventListener("click", (event) => moved && (event.stopPropagation(), (moved = false)), { capture: true });
    this.svg.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const item = this.items?.get(this.current);
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const directions = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };
    if (directions[event.key]) this.shapes.get(this.neighbour(item, ...directions[event.key]))?.focus();
    else if (event.key === "Enter" || event.key === " ") this.shapes.get(this.current).dispatchEvent(new MouseEvent("click", { bubbles: true }));
    else if (event.key === "Backspace") {
      const frame = item.parent && this.size.frames.find(({ id }) => id === item.parent);
      const module = frame && [...this.folding.open].find((open) => "frame:" + open.path === frame.id);
      if (module) this.fold(module);
    } else if (event.key === "+" || event.key === "=") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Up and down follow edges where there are any; sideways goes to what stands nearest.
  neighbour(item, dx, dy) {
    const centre = (other) => ({ x: other.x + other.width / 2, y: other.y + other.height / 2 });
    const here = centre(item);
    const linked = dy && this.edges.filter((edge) => (dy > 0 ? edge.from : edge.to) === item.id).map((edge) => (dy > 0 ? edge.to : edge.from));
    const candidates = linked?.length ? linked : [...this.items.keys()];
    let best = null, distance = Infinity;
    for (const id of candidates) {
      if (id === item.id) continue;
      const there = centre(this.items.get(id));
      const along = (there.x - here.x) * dx + (there.y - here.y) * dy, across = Math.abs((there.x - here.x) * dy + (there.y - here.y) * dx);
      if (along <= 1) continue;
      if (along + 2.5 * across < distance) distance = along + 2.5 * across, best = id;
    }
    return best;
  }
}

function smooth(points) {
  if (points.length < 3) return "M" + points.map(({ x, y }) => `${x} ${y}`).join("L");
  let path = `M${points[0].x} ${points[0].y}`;
  for (let i = 1; i < points.length - 1; ++i) {
    const next = points[i + 1], last = i === points.length - 2;
    const end = last ? next : { x: (points[i].x + next.x) / 2, y: (points[i].y + next.y) / 2 };
    path += `Q${points[i].x} ${points[i].y} ${end.x} ${end.y}`;
  }
  return path;
}
