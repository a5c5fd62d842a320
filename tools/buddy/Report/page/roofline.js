// The roofline of this machine, both axes logarithmic, with each kernel as a point.
function buildRoofline(container) {
  const { machine } = data;
  if (!machine || !isNumber(machine.fma_gflops) || !isNumber(machine.read_gb_per_s))
    return void container.append(
      missing(
        machine
          ? "This CPU's rate of arithmetic or of reading memory could not be measured, so there is no roof to draw."
          : `The machine's limits were not measured: the program was not run. On a machine that runs ${data.target}:`,
        withReference(),
      ),
    );
  const points = data.kernels
    .filter((k) => k.flops > 0 && k.bytes > 0 && k.gflops > 0)
    .map((kernel) => ({ kernel, x: kernel.flops / kernel.bytes, y: kernel.gflops }));
  const without = data.kernels.length - points.length;
  if (!points.length)
    return void container.append(
      missing("No kernel has a measured time and a count of its operations and bytes.", withReference()),
    );
  const peak = machine.fma_gflops,
    slope = machine.read_gb_per_s,
    ridge = peak / slope;
  const bounds = (values) => [
    Math.floor(Math.log10(Math.min(...values)) - 0.1),
    Math.ceil(Math.log10(Math.max(...values)) + 0.1),
  ];
  const [x0, x1] = bounds([...points.map((p) => p.x), ridge / 4, ridge * 4]);
  const [y0, y1] = bounds([...points.map((p) => p.y), peak, peak / 20]);
  const width = 900,
    height = 460,
    left = 58,
    right = 14,
    top = 14,
    bottom = 44;
  const x = (value) => left + ((Math.log10(value) - x0) / (x1 - x0)) * (width - left - right);
  const y = (value) => top + ((y1 - Math.log10(value)) / (y1 - y0)) * (height - top - bottom);
  const grid = [];
  const tick = (power) => (power < 0 ? (10 ** power).toFixed(-power) : count(10 ** power));
  for (let power = x0; power <= x1; ++power)
    grid.push(
      draw("line", { class: "axis", x1: x(10 ** power), x2: x(10 ** power), y1: top, y2: height - bottom }),
      draw("text", {
        class: "label",
        x: x(10 ** power),
        y: height - bottom + 16,
        "text-anchor": "middle",
        text: tick(power),
      }),
    );
  for (let power = y0; power <= y1; ++power)
    grid.push(...gridLevel(left, width - right, y(10 ** power), tick(power)));
  const start = Math.max(10 ** x0, 10 ** y0 / slope);
  const roof = draw("path", {
    class: "roof",
    d: `M${x(start)} ${y(start * slope)}L${x(ridge)} ${y(peak)}H${width - right}`,
  });
  const biggest = Math.max(...points.map(({ kernel }) => kernel.ms || 0)) || 1;
  const named = new Set([...points].sort((a, b) => (b.kernel.ms || 0) - (a.kernel.ms || 0)).slice(0, 4));
  const labels = [];
  const shapes = points.map((point) => {
    const { kernel } = point,
      size = 4 + 8 * Math.sqrt((kernel.ms || 0) / biggest);
    const label =
      `${kernel.name}: ${rate(point.y)} at ${digits(point.x, 3)} operations a byte, ${milliseconds(kernel.ms)}` +
      (isNumber(kernel.percent_of_limit) ? `, ${percent(kernel.percent_of_limit)} of its limit` : "");
    const choose = () => markLocation(kernel.location);
    if (named.has(point)) labels.push({ x: x(point.x), y: y(point.y), size, text: kernel.name });
    return draw(
      "circle",
      {
        class: "point",
        cx: x(point.x),
        cy: y(point.y),
        r: size,
        role: "button",
        tabindex: -1,
        "aria-label": label,
        onclick: choose,
        onkeydown: onEnter(choose),
      },
      titled(label),
    );
  });
  const svg = draw(
    "svg",
    {
      class: "drawing",
      viewBox: `0 0 ${width} ${height}`,
      role: "group",
      "aria-label": "Roofline: operations a byte to the right, rate upwards",
    },
    grid,
    roof,
    draw("text", {
      class: "label",
      x: width - right - 6,
      y: y(peak) - 7,
      "text-anchor": "end",
      text: `arithmetic: ${rate(peak)}`,
    }),
    draw("text", {
      class: "label",
      x: x(start) + 12,
      y: y(start * slope) - 12,
      transform: `rotate(${(-Math.atan2(y(start * slope) - y(peak), x(ridge) - x(start)) * 180) / Math.PI} ${x(start) + 12} ${y(start * slope) - 12})`,
      text: `reading: ${digits(slope, 3)} GB/s`,
    }),
    spreadLabels(labels, width - right, [{ from: width - right - 190, to: width, y: y(peak) - 5 }]),
    shapes,
    draw("text", {
      class: "label",
      x: (left + width) / 2,
      y: height - 8,
      "text-anchor": "middle",
      text: "operations a byte",
    }),
    draw("text", { class: "label", x: left + 6, y: top + 14, text: "GFLOP/s" }),
  );
  svg.style.maxWidth = "1050px";
  roving(svg, ".point");
  container.append(
    svg,
    make(
      "p",
      { class: "note" },
      "Larger points take longer. Bytes count each operand once. The slope is what this machine reads of as much as the program works on; a point above it has its data in nearer caches. The numbers are in the table of times.",
      without
        ? ` Not here: ${several(without, "kernel")} without a measured time, or without a count of operations or bytes.`
        : "",
    ),
  );
  const redraw = () =>
    shapes.forEach((shape, index) =>
      shape.classList.toggle("marked", isMarked(points[index].kernel.location)),
    );
  redraw();
  return (changed) => {
    if (changed.has("mark") || changed.has("place")) redraw();
  };
}

// Names beside their points, below each other where points are close, to the left near the right edge.
function spreadLabels(labels, edge, placed) {
  return labels
    .sort((a, b) => a.y - b.y)
    .map((label) => {
      const width = label.text.length * 6.7,
        leftwards = label.x + label.size + width + 8 > edge;
      const from = leftwards ? label.x - label.size - 6 - width : label.x + label.size + 6;
      let at = label.y + 4;
      while (
        placed.some((other) => Math.abs(other.y - at) < 14 && from < other.to && other.from < from + width)
      )
        at += 14;
      placed.push({ from, to: from + width, y: at });
      return draw("text", { class: "mono", x: from, y: at, text: label.text });
    });
}
