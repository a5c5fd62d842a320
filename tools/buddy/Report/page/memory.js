// The memory plan: what lies where in the workspace, and from when to when; the parameters.
function buildMemory(container) {
  const { memory } = data;
  if (!memory) return void container.append(missing("The memory plan is not known.", reportCommand()));
  const functions = [...new Set(memory.slots.map((slot) => slot.function))];
  container.append(make("p", {},
    make("strong", { text: isNumber(memory.workspace_bytes) ? byteCount(memory.workspace_bytes) : "An unknown size" }), " of workspace, for what is computed on the way; ",
    make("strong", { text: isNumber(memory.params_bytes) ? byteCount(memory.params_bytes) : "an unknown size" }), " of parameters, mapped read-only and shared between processes."));
  if (!functions.length) container.append(missing("No value needs a place in the workspace: all of them fit in registers or in the outputs."));
  const pictures = functions.map((name) => memoryPicture(name, memory.slots.filter((slot) => slot.function === name)));
  container.append(...pictures.map((picture) => picture.element));
  if (memory.params.length) {
    const table = dataTable({
      caption: "Parameters, as they lie in params.bin.",
      columns: [
        { name: "name", title: "parameter", value: (p) => p.name, cell: (p) => make("code", { text: p.name }) },
        { name: "offset", title: "offset", number: true, value: (p) => p.offset, cell: (p) => numberOr(p.offset, count) },
        { name: "bytes", title: "size", number: true, value: (p) => p.bytes, cell: (p) => (isNumber(p.bytes) ? [meter((100 * p.bytes) / (memory.params_bytes || p.bytes), true), " ", byteCount(p.bytes)] : notMeasured()) },
        { name: "layout", title: "layout", value: (p) => p.layout, cell: (p) => p.layout || "" },
      ],
      rows: memory.params, sorted: "offset:rising",
    });
    container.append(table.element);
    return (changed) => {
      if (changed.has("sort")) table.redraw();
      if (changed.has("mark") || changed.has("place")) pictures.forEach((picture) => picture.redraw());
    };
  }
  return (changed) => {
    if (changed.has("mark") || changed.has("place")) pictures.forEach((picture) => picture.redraw());
  };
}

function memoryPicture(name, slots) {
  const steps = Math.max(...slots.map((slot) => slot.last)) + 1;
  const top = Math.max(...slots.map((slot) => slot.offset + slot.bytes), 1);
  const width = 900, height = 330, left = 74, right = 8, low = 26;
  const x = (step) => left + (step / steps) * (width - left - right);
  const y = (offset) => height - low - (offset / top) * (height - low - 8);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => [
    draw("line", { class: "axis", x1: left, x2: width - right, y1: y(part * top), y2: y(part * top) }),
    draw("text", { class: "label", x: left - 8, y: y(part * top) + 4, "text-anchor": "end", text: part ? byteCount(Math.round(part * top)) : "0" })]);
  const shapes = slots.map((slot) => {
    const box = { x: x(slot.first), width: x(slot.last + 1) - x(slot.first), y: y(slot.offset + slot.bytes), height: y(slot.offset) - y(slot.offset + slot.bytes) };
    const label = `${slot.name}, ${byteCount(slot.bytes)} at ${count(slot.offset)}, from kernel ${slot.first + 1} to ${slot.last + 1}${placeOf(slot.location) ? `, ${placeOf(slot.location)}` : ""}`;
    const choose = () => markLocation(slot.location);
    const fits = box.height > 15 && box.width > slot.name.length * 6.8 + 10;
    return draw("g", { class: "slot", role: "button", tabindex: -1, "aria-label": label, onclick: choose, onkeydown: onEnter(choose) },
      draw("rect", { ...box, height: Math.max(1.5, box.height - 1), width: Math.max(1.5, box.width - 1), rx: 2 }), titled(label),
      fits && draw("text", { class: "mono", x: box.x + 6, y: box.y + Math.min(box.height / 2 + 4, 16), text: slot.name }));
  });
  const svg = draw("svg", { class: "drawing", viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `Memory of ${name}: kernels from left to right, addresses from below` },
    grid, shapes, draw("text", { class: "label", x: left, y: height - 6, text: `kernels of ${name}, in order →` }));
  svg.style.maxWidth = "1050px";
  roving(svg, ".slot");
  const redraw = () => shapes.forEach((shape, index) => shape.classList.toggle("marked", isMarked(slots[index].location)));
  redraw();
  return { element: make("section", { "aria-label": name }, make("h3", { text: name }), svg), redraw };
}
