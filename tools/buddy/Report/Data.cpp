// One JSON object.
#include "Data.h"
#include "ErrorPlaces.h"
#include "Limits.h"
#include "ScheduleText.h"
#include "buddy/Target/Target.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

namespace json = llvm::json;

namespace buddy {

namespace {

// null where nothing is known.
json::Value known(double value) { return value > 0 ? json::Value(value) : json::Value(nullptr); }

std::string utf8(llvm::StringRef text) { return json::fixUTF8(text); }

class Writer {
public:
  Writer(ReportFacts &facts, json::OStream &out)
      : facts(facts), entry(facts.manifest.entries[facts.entry]), out(out) {}

  void write() {
    std::vector<PlacedError> errors =
        placeErrors(facts.errors, facts.recording.exported, facts.recording.graph);
    assignKernels();
    out.object([&] {
      out.attribute("format", 1);
      out.attribute("name", utf8(facts.name));
      out.attribute("compiler", facts.manifest.compiler);
      out.attribute("target", facts.manifest.targetName);
      out.attribute("entry", entry.name);
      writeMachine();
      writeRun();
      writeTensors("inputs", entry.inputs);
      writeTensors("outputs", entry.outputs);
      writeStages();
      writeGraph();
      writeKernels();
      writeErrors(errors);
      writeMemory();
      facts.recording.places.write(out); // last: all the others number places
    });
  }

private:
  // A node belongs to the kernels in which something runs that computes its values; what has none,
  // to those of its line.
  void assignKernels() {
    for (GraphFunction &function : facts.recording.graph)
      for (GraphNode &node : function.nodes)
        for (const KernelPlace &kernel : facts.recording.kernels)
          if (kernel.function == function.name && llvm::any_of(node.values, [&](unsigned value) {
                return kernel.place.values.count(value) != 0;
              }))
            node.kernels.push_back(kernel.name);
  }

  void writeMachine() {
    if (!facts.measured)
      return out.attribute("machine", nullptr);
    const Measurements &measured = *facts.measured;
    out.attributeObject("machine", [&] {
      out.attribute("cpu", hostCpuName());
      out.attribute("threads", measured.threads);
      out.attribute("fma_gflops", known(measured.fma.gflops));
      out.attribute("fma_instructions", measured.fma.instructions);
      out.attribute("read_gb_per_s", known(measured.readGbPerSecond));
    });
  }

  void writeRun() {
    if (!facts.measured)
      return out.attribute("run", nullptr);
    const Measurements &measured = *facts.measured;
    const Profile &profile = measured.profile;
    double limit = measured.fma.gflops;
    out.attributeObject("run", [&] {
      out.attribute("verified", measured.verified);
      out.attribute("runs", int64_t(profile.runs));
      out.attribute("median_ms", profile.plainMs);
      out.attribute("mad_ms", profile.plainMadMs);
      out.attribute("flops", known(measured.flops));
      out.attribute("gflops", known(measured.gflops()));
      out.attribute("percent_of_limit", known(limit > 0 ? 100 * measured.gflops() / limit : 0));
      out.attributeObject("sizes", [&] {
        for (const auto &[name, value] : measured.sizes)
          out.attribute(name, value);
      });
      out.attribute("unaccounted_ms", profile.outsideMs);
      out.attribute("profile_overhead_percent", profile.overheadPercent());
    });
  }

  void writeTensors(llvm::StringRef key, const std::vector<runtime::TensorSpec> &tensors) {
    out.attributeArray(key, [&] {
      for (const runtime::TensorSpec &tensor : tensors)
        out.object([&] {
          out.attribute("name", utf8(tensor.name));
          out.attribute("dtype", llvm::StringRef(runtime::dataTypeName(tensor.dtype)));
          out.attributeArray("shape", [&] {
            for (size_t i = 0; i < tensor.shape.size(); ++i)
              if (tensor.shape[i] >= 0)
                out.value(tensor.shape[i]);
              else
                out.value(tensor.dimensions[i]);
          });
        });
    });
  }

  void writeStages() {
    out.attributeArray("stages", [&] {
      for (const RecordedStage &stage : facts.recording.stages)
        out.object([&] {
          out.attribute("name", stage.name);
          out.attribute("part", stage.part);
          out.attribute("summary", stage.summary);
          out.attribute("seconds", known(stage.seconds));
          out.attributeArray("passes", [&] {
            for (const RecordedPass &pass : stage.passes)
              out.object([&] {
                out.attribute("name", pass.name);
                out.attribute("summary", pass.summary);
                out.attribute("description", pass.description);
              });
          });
          out.attribute("syntax", stage.syntax);
          writeStageText(out, stage.text);
        });
    });
  }

  void writeNode(const GraphNode &node, size_t id) {
    out.object([&] {
      out.attribute("id", int64_t(id));
      out.attribute("op", node.op);
      out.attribute("name", utf8(node.name));
      out.attribute("type", node.type);
      out.attribute("location", node.place);
      out.attribute("module", utf8(node.module));
      out.attribute("kind", node.kind);
      out.attribute("callee", node.callee.empty() ? json::Value(nullptr) : node.callee);
      out.attributeArray("inputs", [&] {
        for (size_t input : node.inputs)
          out.value(int64_t(input));
      });
      out.attributeArray("kernels", [&] {
        for (const std::string &kernel : node.kernels)
          out.value(kernel);
      });
      out.attributeArray("errors", [&] {
        for (size_t error : node.errors)
          out.value(int64_t(error));
      });
    });
  }

  void writeGraph() {
    out.attributeObject("graph", [&] {
      out.attributeArray("functions", [&] {
        for (const GraphFunction &function : facts.recording.graph)
          out.object([&] {
            out.attribute("name", function.name);
            out.attribute("calls", int64_t(function.calls));
            out.attributeArray("nodes", [&] {
              for (auto [id, node] : llvm::enumerate(function.nodes))
                writeNode(node, id);
            });
          });
      });
    });
  }

  void writeSchedule(const std::string &name) {
    auto found = llvm::find_if(entry.schedules, [&](const auto &one) { return one.op == name; });
    out.attributeObject("loops", [&] {
      if (found != entry.schedules.end())
        for (const auto &[loop, extent] : found->loops)
          out.attribute(loop, extent);
    });
    out.attributeObject("schedule", [&] {
      if (found == entry.schedules.end())
        return;
      for (const runtime::OpSchedule::Field &field : found->fields)
        if (field.number)
          out.attribute(field.name, *field.number);
        else
          out.attributeObject(field.name, [&] {
            for (const auto &[element, value] : field.elements)
              out.attribute(element, value);
          });
    });
  }

  void writeTimes(const KernelProfile *kernel) {
    const Measurements *measured = facts.measured ? &*facts.measured : nullptr;
    KernelLimit limit = kernel ? limitOf(*kernel, *measured) : KernelLimit();
    double run = measured ? measured->profile.runMs : 0;
    out.attribute("calls", kernel ? json::Value(int64_t(kernel->calls)) : json::Value(nullptr));
    out.attribute("ms", known(kernel ? kernel->ms : 0));
    out.attribute("percent", known(kernel && run > 0 ? 100 * kernel->ms / run : 0));
    out.attribute("flops", known(kernel ? kernel->flops : 0));
    out.attribute("bytes", known(kernel ? kernel->bytes : 0));
    out.attribute("gflops", known(kernel ? kernel->gflops() : 0));
    out.attribute("limit_ms", known(limit.ms));
    out.attribute("limited_by", limit.what.empty() ? json::Value(nullptr) : limit.what);
    out.attribute("percent_of_limit",
                  known(kernel && kernel->ms > 0 ? 100 * limit.ms / kernel->ms : 0));
    out.attribute("parallel", kernel ? json::Value(kernel->parallel) : json::Value(nullptr));
    out.attributeArray("threads", [&] {
      if (kernel)
        for (auto [thread, busy] : llvm::enumerate(kernel->busyMs))
          out.object([&] {
            out.attribute("thread", int64_t(thread));
            out.attribute("busy_ms", busy);
          });
    });
    out.attributeArray("why", [&] {
      if (kernel)
        for (const std::string &reason : reasonsOf(*kernel, *measured))
          out.value(utf8(reason));
    });
  }

  void writeKernels() {
    llvm::StringMap<const KernelProfile *> times;
    if (facts.measured)
      for (const KernelProfile &kernel : facts.measured->profile.kernels)
        times[kernel.name] = &kernel;
    llvm::StringMap<const KernelPlace *> places;
    for (const KernelPlace &kernel : facts.recording.kernels)
      places[kernel.name] = &kernel;
    out.attributeArray("kernels", [&] {
      for (const runtime::KernelSpec &kernel : entry.kernels)
        out.object([&] {
          out.attribute("name", utf8(kernel.name));
          out.attribute("kind", kernel.kind);
          const KernelPlace *place = places.lookup(kernel.name);
          out.attribute("location", place ? facts.recording.places.number(place->place) : -1);
          writeSchedule(kernel.name);
          writeTimes(times.lookup(kernel.name));
        });
    });
  }

  void writeErrors(const std::vector<PlacedError> &errors) {
    out.attributeArray("errors", [&] {
      for (const PlacedError &error : errors)
        out.object([&] {
          const OutputReport &report = error.report;
          out.attribute("node", utf8(report.name));
          out.attribute("function", error.function);
          out.attribute("call", int64_t(error.call));
          out.attribute("location", facts.recording.places.number(error.place));
          out.attribute("module", utf8(error.place.moduleText()));
          out.attribute("op", error.op);
          out.attribute("rms", report.rms);
          out.attribute("max", report.largest);
          out.attribute("eager_rms", report.eagerRms);
          out.attribute("eager_max", report.eagerLargest);
          out.attribute("ratio", known(report.rmsRatio()));
          out.attribute("passed", report.passed());
        });
    });
  }

  void writeMemory() {
    out.attributeObject("memory", [&] {
      out.attribute("workspace_bytes", entry.symbols.empty() ? json::Value(entry.workspaceBytes)
                                                             : json::Value(nullptr));
      out.attribute("params_bytes", facts.manifest.params.bytes);
      out.attributeArray("slots", [&] {
        for (const MemorySlot &slot : facts.recording.slots)
          out.object([&] {
            out.attribute("name", slot.type);
            out.attribute("function", slot.function);
            out.attribute("offset", slot.offset);
            out.attribute("bytes", slot.bytes);
            out.attribute("first", int64_t(slot.first));
            out.attribute("last", int64_t(slot.last));
            out.attribute("location", slot.place);
          });
      });
      out.attributeArray("params", [&] {
        for (const runtime::ParamBlock &block : facts.manifest.layout)
          out.object([&] {
            out.attribute("name", utf8(llvm::join(block.sources, "+")));
            out.attribute("offset", block.offset);
            out.attribute("bytes", block.bytes);
            out.attribute("layout", block.kind);
          });
      });
    });
  }

  ReportFacts &facts;
  const runtime::EntrySpec &entry;
  json::OStream &out;
};

} // namespace

std::string reportData(ReportFacts &facts) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  json::OStream out(stream);
  Writer(facts, out).write();
  return text;
}

} // namespace buddy
