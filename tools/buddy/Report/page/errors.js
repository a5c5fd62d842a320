// Error of each operation against f64, beside eager PyTorch's: a picture and a table.
function buildErrors(container) {
  if (!data.errors.length)
    return void container.append(
      missing(
        "No error was measured: that needs a reference with the values of every operation, which write_reference(..., values=True) writes in Python.",
        withReference(),
      ),
    );
  const plot = errorPlot();
  const value = (name) => (e) => e[name];
  const table = dataTable({
    caption:
      "Root mean square and largest error against eager PyTorch in f64; ratio: our rms to that of eager in f32.",
    columns: [
      {
        name: "op",
        title: "operation",
        value: (e) => e.node,
        cell: (e) => [e.op, " ", make("span", { class: "muted", text: e.module || e.node })],
      },
      {
        name: "line",
        title: "Python",
        value: (e) => data.locations[e.location]?.lines[0]?.[1] ?? null,
        cell: (e) => placeLink(e.location),
      },
      data.errors.some((e) => e.call || e.function !== data.errors[0].function) && {
        name: "function",
        title: "function",
        value: (e) => e.function + " " + e.call,
        cell: (e) => e.function + (e.call ? `, call ${e.call + 1}` : ""),
      },
      {
        name: "rms",
        title: "rms",
        number: true,
        value: value("rms"),
        cell: (e) => numberOr(e.rms, scientific),
      },
      {
        name: "eager",
        title: "eager rms",
        number: true,
        value: value("eager_rms"),
        cell: (e) => numberOr(e.eager_rms, scientific),
      },
      {
        name: "ratio",
        title: "ratio",
        number: true,
        value: value("ratio"),
        cell: (e) => numberOr(e.ratio, (x) => digits(x, 2)),
      },
      {
        name: "max",
        title: "largest",
        number: true,
        value: value("max"),
        cell: (e) => numberOr(e.max, scientific),
      },
      {
        name: "eagermax",
        title: "eager largest",
        number: true,
        value: value("eager_max"),
        cell: (e) => numberOr(e.eager_max, scientific),
      },
      {
        name: "passed",
        title: "rule",
        value: (e) => (e.passed ? "holds" : "broken"),
        cell: (e) => make("span", { class: e.passed ? "good" : "bad", text: e.passed ? "holds" : "broken" }),
      },
    ].filter(Boolean),
    rows: data.errors,
    sorted: "ratio:falling",
    locationOf: (e) => e.location,
  });
  container.append(
    make("p", {
      class: "note",
      text: "The rule: our rms at most twice eager's, our largest at most four times eager's largest.",
    }),
    plot.element,
    table.element,
  );
  const redraw = redrawOn(table);
  return (changed) => {
    redraw(changed);
    if (changed.has("mark") || changed.has("place")) plot.redraw();
  };
}

function errorPlot() {
  const known = data.errors
    .map((error, index) => ({ error, index }))
    .filter(({ error }) => error.rms > 0 || error.eager_rms > 0);
  const width = 860,
    height = 190,
    left = 62,
    right = 10,
    top = 10,
    bottom = 26;
  const values = known.flatMap(({ error }) => [error.rms, error.eager_rms]).filter((x) => x > 0);
  if (!values.length)
    return { element: make("p", { class: "note", text: "All errors are zero." }), redraw() {} };
  const low = Math.floor(Math.log10(Math.min(...values))),
    high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const x = (index) => left + ((index + 0.5) / data.errors.length) * (width - left - right);
  const y = (value) => top + ((high - Math.log10(value)) / (high - low)) * (height - top - bottom);
  const dots = (name, of, cls) =>
    draw("path", {
      class: `dots ${cls}` + (known.length < 80 ? " few" : ""),
      d: known
        .filter(({ error }) => of(error) > 0)
        .map(({ error, index }) => `M${x(index).toFixed(1)} ${y(of(error)).toFixed(1)}h0`)
        .join(""),
    });
  const grid = [];
  for (let power = low; power <= high; ++power)
    grid.push(
      ...gridLevel(
        left,
        width - right,
        y(10 ** power),
        scientific(10 ** power)
          .split(joined)
          .pop(),
      ),
    );
  const chosen = draw("path", { class: "dots chosen" });
  const svg = draw(
    "svg",
    {
      class: "drawing",
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": "Errors in the order of operations; the table below has the numbers",
    },
    grid,
    chosen,
    dots("eager", (e) => e.eager_rms, "eager"),
    dots("ours", (e) => e.rms, "ours"),
    draw("text", { class: "label", x: left, y: height - 6, text: "operations, in order →" }),
  );
  svg.style.maxWidth = "1000px";
  svg.addEventListener("click", (event) => {
    const box = svg.getBoundingClientRect();
    const at = Math.floor(
      ((((event.clientX - box.left) / box.width) * width - left) / (width - left - right)) *
        data.errors.length,
    );
    if (data.errors[at]) markLocation(data.errors[at].location);
  });
  const redraw = () =>
    chosen.setAttribute(
      "d",
      known
        .filter(({ error }) => isMarked(error.location) && error.rms > 0)
        .map(({ error, index }) => `M${x(index).toFixed(1)} ${y(error.rms).toFixed(1)}h0`)
        .join(""),
    );
  redraw();
  return {
    element: make(
      "div",
      {},
      make(
        "p",
        {},
        make("span", { class: "key" }, make("i"), "ours, rms"),
        make("span", { class: "key" }, make("i", { class: "cool" }), "eager PyTorch in f32, rms"),
      ),
      svg,
    ),
    redraw,
  };
}
