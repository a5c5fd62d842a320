// Time of each kernel: table and bars.
function buildTimes(container) {
  if (!data.kernels.length) return void container.append(missing("This program has no kernels."));
  if (!timesKnown) container.append(missing("Nothing was timed: the program was not run.", withReference()));
  const columns = [
    { name: "kernel", title: "kernel", value: (k) => k.name, cell: (k) => linkButton(k.name, () => change({ view: "schedules", kernel: k.name })) },
    { name: "line", title: "Python", value: (k) => data.locations[k.location]?.lines[0]?.[1] ?? null, cell: (k) => placeLink(k.location) },
    { name: "calls", title: "calls", number: true, value: (k) => k.calls, cell: (k) => numberOr(k.calls, count) },
    { name: "ms", title: "time", number: true, value: (k) => k.ms, cell: (k) => numberOr(k.ms, milliseconds) },
    { name: "share", title: "of a run", number: true, value: kernelShare, cell: (k) => (isNumber(kernelShare(k)) ? [meter(kernelShare(k)), " ", percent(kernelShare(k))] : notMeasured()) },
    { name: "rate", title: "GFLOP/s", number: true, value: (k) => k.gflops, cell: (k) => numberOr(k.gflops, (x) => digits(x, 3)) },
    { name: "limit", title: "limit", number: true, value: (k) => k.limit_ms, cell: (k) => [numberOr(k.limit_ms, milliseconds), k.limited_by ? make("span", { class: "muted", text: `, ${k.limited_by}` }) : ""] },
    { name: "reached", title: "of the limit", number: true, value: (k) => k.percent_of_limit, cell: (k) => (isNumber(k.percent_of_limit) ? [meter(k.percent_of_limit, true), " ", percent(k.percent_of_limit)] : notMeasured()) },
  ];
  const outside = data.run?.unaccounted_ms;
  const table = dataTable({
    caption: ["Time of all calls of a run, median.", isNumber(outside) ? ` Outside of kernels: ${milliseconds(outside)}.` : "",
      isNumber(data.run?.profile_overhead_percent) ? ` Measuring itself costs ${percent(data.run.profile_overhead_percent)}.` : ""].join(""),
    columns, rows: data.kernels, sorted: "ms:falling", locationOf: (k) => k.location,
  });
  container.append(table.element);
  return redrawOn(table);
}
