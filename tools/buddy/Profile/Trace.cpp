// Complete events ("X") in microseconds from the first run on.
#include "Trace.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <set>

namespace json = llvm::json;

namespace buddy {

// Rows of the trace; threads follow.
constexpr int64_t runRow = 0, kernelRow = 1, firstThreadRow = 2;

static void nameRow(json::OStream &out, int64_t row, const std::string &name) {
  out.object([&] {
    out.attribute("name", "thread_name");
    out.attribute("ph", "M");
    out.attribute("pid", 1);
    out.attribute("tid", row);
    out.attributeObject("args", [&] { out.attribute("name", name); });
  });
}

std::string traceText(const Profile &profile, const runtime::EntrySpec &spec) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  json::OStream out(stream);
  int64_t origin = profile.traceRuns.empty() ? 0 : profile.traceRuns.front().first;
  auto event = [&](const std::string &name, int64_t row, int64_t begin, int64_t end,
                   const runtime::KernelSpec *kernel) {
    out.object([&] {
      out.attribute("name", name);
      out.attribute("ph", "X");
      out.attribute("pid", 1);
      out.attribute("tid", row);
      out.attribute("ts", double(begin - origin) / 1e3);
      out.attribute("dur", double(end - begin) / 1e3);
      if (kernel)
        out.attributeObject("args", [&] {
          out.attribute("kind", kernel->kind);
          if (!kernel->location.empty())
            out.attribute("line", json::fixUTF8(kernel->location));
        });
    });
  };
  out.object([&] {
    out.attribute("displayTimeUnit", "ms");
    out.attributeArray("traceEvents", [&] {
      nameRow(out, runRow, "runs");
      nameRow(out, kernelRow, "kernels");
      std::set<int32_t> threads;
      for (const BuddyKernelTime &time : profile.trace)
        if (time.thread >= 0)
          threads.insert(time.thread);
      for (int32_t thread : threads)
        nameRow(out, firstThreadRow + thread, "thread " + std::to_string(thread));
      for (auto [begin, end] : profile.traceRuns)
        event(spec.name, runRow, begin, end, nullptr);
      for (const BuddyKernelTime &time : profile.trace) {
        const runtime::KernelSpec &kernel = spec.kernels[time.kernel];
        event(json::fixUTF8(kernel.name),
              time.thread < 0 ? kernelRow : firstThreadRow + time.thread, time.begin_ns,
              time.end_ns, &kernel);
      }
    });
  });
  stream << "\n";
  return text;
}

} // namespace buddy
