// What takes the time of a run, by kernel or by line of Python: a table with bars.
function buildTimes(container) {
  if (!data.kernels.length) return void container.append(missing("This program has no kernels."));
  if (!timesKnown)
    container.append(
      missing(
        `Nothing was timed: the program was not run. On a machine that runs ${data.target}:`,
        withReference(),
      ),
    );
  const radio = (value, label) =>
    make(
      "label",
      { class: "key" },
      make("input", {
        type: "radio",
        name: "by",
        value,
        checked: state.by === value,
        onchange: () => change({ by: value }),
      }),
      label,
    );
  const host = make("div");
  container.append(
    make(
      "fieldset",
      { class: "choice", "aria-label": "Rows" },
      radio("kernel", "by kernel"),
      radio("line", "by line"),
    ),
    host,
  );
  let table;
  function show() {
    table = state.by === "line" ? lineTable() : kernelTable();
    host.replaceChildren(table.element);
    for (const input of container.querySelectorAll("[name=by]")) input.checked = input.value === state.by;
  }
  show();
  return (changed) => {
    if (changed.has("by")) show();
    else redrawOn(table)(changed);
  };
}

function timesCaption(what) {
  const outside = data.run?.unaccounted_ms,
    overhead = data.run?.profile_overhead_percent;
  return [
    timesKnown ? "Time of all calls of a run, median." : what,
    isNumber(outside) ? ` Outside of kernels: ${milliseconds(outside)}.` : "",
    !isNumber(overhead)
      ? ""
      : ` Measuring them costs ${overhead < 0.05 ? "nothing that could be measured" : percent(overhead)}.`,
  ].join("");
}

// Columns of both tables; the functions take a row.
function timeColumns({ ms, share, limit, limitedBy, reached }) {
  const withMeter = (value, cool) =>
    isNumber(value) ? [meter(value, cool), " ", percent(value)] : notMeasured();
  return [
    { name: "ms", title: "time", number: true, value: ms, cell: (row) => numberOr(ms(row), milliseconds) },
    { name: "share", title: "of a run", number: true, value: share, cell: (row) => withMeter(share(row)) },
    {
      name: "limit",
      title: "limit",
      number: true,
      value: limit,
      cell: (row) => [
        numberOr(limit(row), milliseconds),
        limitedBy(row) ? make("span", { class: "muted", text: `, ${limitedBy(row)}` }) : "",
      ],
    },
    {
      name: "reached",
      title: "reached",
      number: true,
      value: reached,
      cell: (row) => withMeter(reached(row), true),
    },
  ];
}

function kernelTable() {
  const [ms, share, limit, reached] = timeColumns({
    ms: (k) => k.ms,
    share: kernelShare,
    limit: (k) => k.limit_ms,
    limitedBy: (k) => k.limited_by,
    reached: (k) => k.percent_of_limit,
  });
  const columns = [
    {
      name: "kernel",
      title: "kernel",
      value: (k) => k.name,
      cell: (k) => linkButton(k.name, () => change({ view: "schedules", kernel: k.name })),
    },
    {
      name: "line",
      title: "Python",
      value: (k) => data.locations[k.location]?.lines[0]?.[1] ?? null,
      cell: (k) => placeLink(k.location),
    },
    data.kernels.some((k) => k.calls > 1) && {
      name: "calls",
      title: "calls",
      number: true,
      value: (k) => k.calls,
      cell: (k) => numberOr(k.calls, count),
    },
    ms,
    share,
    {
      name: "rate",
      title: "GFLOP/s",
      number: true,
      value: (k) => k.gflops,
      cell: (k) =>
        isNumber(k.gflops) || isNumber(k.flops)
          ? numberOr(k.gflops, (x) => digits(x, 3))
          : make("span", { class: "none", text: "not counted" }),
    },
    limit,
    reached,
  ].filter(Boolean);
  const caption = timesCaption("The kernels of this program.");
  return dataTable({
    caption,
    columns,
    rows: data.kernels,
    sorted: "ms:falling",
    locationOf: (k) => k.location,
  });
}

function lineTable() {
  const limit = (group) => sumKnown(group.kernels, (kernel) => kernel.limit_ms);
  const columns = [
    {
      name: "line",
      title: "Python",
      value: (group) => group.lines[0]?.[1] ?? null,
      cell: (group) => placeLink(group.kernels[0].location),
    },
    {
      name: "code",
      title: "code",
      value: (group) => codeText(group.lines),
      cell: (group) => make("code", { text: shorten(codeText(group.lines), 36) }),
    },
    {
      name: "kernels",
      title: "kernels",
      number: true,
      value: (group) => group.kernels.length,
      cell: (group) => count(group.kernels.length),
    },
    ...timeColumns({
      ms: (group) => group.ms,
      share: (group) => shareOf(group.ms),
      limit,
      limitedBy: () => "",
      reached: (group) => (limit(group) > 0 && group.ms ? (100 * limit(group)) / group.ms : null),
    }),
  ];
  const caption = timesCaption("The lines of Python that became kernels.");
  return dataTable({
    caption,
    columns,
    rows: lineGroups,
    sorted: "ms:falling",
    locationOf: (group) => group.kernels[0].location,
  });
}
// The text of the first of some lines.
const codeText = (lines) => (lines.length ? sourceText(...lines[0]).trim() : "");
