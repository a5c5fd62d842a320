// buddy inspect layer.buddy: the manifest, for people and for programs. Works for packages that
// this machine cannot run.
#include "Checksum.h"
#include "Commands.h"
#include "CpuFeatures.h"
#include "Failure.h"
#include "Inspect.h"
#include "LoadedParams.h"
#include "Manifest.h"
#include "ScheduleText.h"
#include "TensorFiles.h"
#include "buddy/Package/SizeJson.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdio>
#include <fcntl.h>

namespace json = llvm::json;

namespace buddy {

using namespace runtime;

// Why the package cannot run here; empty if it can, as far as the CPU goes.
static std::string obstacle(const Manifest &manifest) {
  std::string architecture = manifest.triple.substr(0, manifest.triple.find('-'));
  if (architecture != hostArchitecture())
    return runtime::concat("no, this machine is ", hostArchitecture());
  std::string missing;
  for (const std::string &feature : missingCpuFeatures(manifest.features))
    missing += (missing.empty() ? "no, this CPU lacks " : ", ") + feature;
  return missing;
}

// Where a load of the package would put the parameters now; nothing if it would fail.
static std::optional<ParamsPlace> placeOf(const std::string &folder, const Manifest &manifest) {
  std::string path = folder + "/" + manifest.params.file;
  HugePageUse use = hugePageUse();
  try {
    LoadedParams params(AT_FDCWD, path, path, use);
    if (params.bytes().size() != static_cast<uint64_t>(manifest.params.bytes))
      return std::nullopt;
    return params.choose();
  } catch (const Failure &) {
    return std::nullopt;
  }
}

static std::string joined(const std::vector<std::string> &texts) {
  std::string result;
  for (const std::string &text : texts)
    result += (result.empty() ? "" : ", ") + text;
  return result;
}

static void printTensor(const char *what, const TensorSpec &spec,
                        const std::vector<std::string> &symbols) {
  std::printf("  %-7s %-20s %s", what, spec.name.c_str(), typeText(spec).c_str());
  if (spec.stored != spec.dtype)
    std::printf(", computed as %s", std::string(dataTypeName(spec.stored)).c_str());
  for (const IndexRange &range : spec.ranges) {
    std::printf(", from %s to %s", range.lowest.text(symbols).c_str(),
                range.highest.text(symbols).c_str());
    if (range.count >= 0 && range.count != spec.elements)
      std::printf(" in elements %lld to %lld", static_cast<long long>(range.first),
                  static_cast<long long>(range.first + range.count - 1));
  }
  std::printf("\n");
}

static void printSymbols(const EntrySpec &entry) {
  for (const SymbolSpec &symbol : entry.symbols)
    std::printf("  %-7s %-20s %s\n", "symbol", symbol.name.c_str(), rangeText(symbol).c_str());
}

// The indices that each run looks at.
static void printChecks(const EntrySpec &entry) {
  std::vector<std::string> symbols = symbolNames(entry);
  for (const IndexCheck &check : entry.checks)
    std::printf("  %-7s %-20s indices from %s to %s%s%s\n", "check", check.op.c_str(),
                check.lowest.text(symbols).c_str(), check.highest.text(symbols).c_str(),
                check.location.empty() ? "" : ", ", check.location.c_str());
}

// Of an entry with symbols, the function that says it.
static std::string workspaceText(const EntrySpec &entry) {
  return entry.symbols.empty() ? runtime::concat(entry.workspaceBytes, " bytes")
                               : "by " + entry.workspace;
}

static void printWork(const EntrySpec &entry) {
  auto flops = entry.flops.constant();
  if (!flops)
    std::printf("  work    %s FLOP a run\n", entry.flops.text(symbolNames(entry)).c_str());
  else if (*flops)
    std::printf("  work    %.6f GFLOP a run\n", *flops / 1e9);
}

static void printTensors(const char *what, const std::vector<TensorSpec> &tensors,
                         const std::vector<std::string> &symbols) {
  for (const TensorSpec &spec : tensors)
    printTensor(what, spec, symbols);
}

static void printText(const std::string &folder, const Manifest &manifest) {
  std::string why = obstacle(manifest);
  std::printf("package    %s (format %lld, compiler %s)\n", folder.c_str(),
              static_cast<long long>(manifest.version), manifest.compiler.c_str());
  std::printf("target     %s (%s)\n", manifest.targetName.c_str(), manifest.triple.c_str());
  std::printf("features   %s\n", joined(manifest.features).c_str());
  std::printf("runs here  %s\n", why.empty() ? "yes" : why.c_str());
  std::printf("library    %s, %lld bytes, crc32 %s; needs %s\n", manifest.library.file.c_str(),
              static_cast<long long>(manifest.library.bytes),
              crc32Text(manifest.library.crc32).c_str(),
              manifest.needs.empty() ? "nothing" : joined(manifest.needs).c_str());
  for (const EntrySpec &entry : manifest.entries) {
    std::printf("entry      %s (%s), workspace %s\n", entry.name.c_str(), entry.symbol.c_str(),
                workspaceText(entry).c_str());
    printSymbols(entry);
    printTensors("input", entry.inputs, symbolNames(entry));
    printTensors("output", entry.outputs, symbolNames(entry));
    for (size_t state : entry.states)
      printTensor("state", manifest.states[state], {});
    printChecks(entry);
    printWork(entry);
  }
  std::printf("params     %s, %lld bytes, crc32 %s\n", manifest.params.file.c_str(),
              static_cast<long long>(manifest.params.bytes),
              crc32Text(manifest.params.crc32).c_str());
  if (auto place = placeOf(folder, manifest))
    std::printf("  loaded  %s%s\n", paramsPlaceText(place->kind),
                place->why.empty() ? "" : (": " + place->why).c_str());
  for (const ParamBlock &block : manifest.layout) {
    std::printf("  at %-10lld %10lld bytes  %s ", static_cast<long long>(block.offset),
                static_cast<long long>(block.bytes), block.kind.c_str());
    if (block.kind == "panels")
      std::printf("[%lld, %lld] by %lld%s", static_cast<long long>(block.rows),
                  static_cast<long long>(block.cols), static_cast<long long>(block.tile),
                  block.transposed ? " transposed" : "");
    else
      std::printf("[%lld]", static_cast<long long>(block.elements));
    std::printf("  %s\n", joined(block.sources).c_str());
  }
  for (const EntrySpec &entry : manifest.entries) {
    std::string of = manifest.entries.size() > 1 ? " of " + entry.name : "";
    std::printf("schedules  %zu%s, `buddy inspect --schedule` prints them as a file to edit\n",
                entry.schedules.size(), of.c_str());
    std::fflush(stdout);
    printSchedules(llvm::outs(), entry.schedules);
    llvm::outs().flush();
  }
}

static void writeTexts(json::OStream &out, llvm::StringRef key,
                       const std::vector<std::string> &texts) {
  out.attributeArray(key, [&] {
    for (const std::string &text : texts)
      out.value(text);
  });
}

static void writeTensor(json::OStream &out, const TensorSpec &spec,
                        const std::vector<std::string> &symbols) {
  out.attribute("name", spec.name);
  out.attribute("dtype", llvm::StringRef(dataTypeName(spec.dtype)));
  out.attribute("stored", llvm::StringRef(dataTypeName(spec.stored)));
  out.attributeArray("shape", [&] {
    for (size_t i = 0; i < spec.shape.size(); ++i)
      if (spec.shape[i] >= 0)
        out.value(spec.shape[i]);
      else
        out.value(spec.dimensions[i]);
  });
  if (spec.ranges.empty())
    return;
  out.attributeArray("ranges", [&] {
    for (const IndexRange &range : spec.ranges)
      out.object([&] {
        out.attribute("first", range.first);
        if (range.count >= 0)
          out.attribute("count", range.count);
        out.attribute("lowest", sizeJson(range.lowest, symbols));
        out.attribute("highest", sizeJson(range.highest, symbols));
      });
  });
}

static void writeTensors(json::OStream &out, llvm::StringRef key,
                         const std::vector<TensorSpec> &tensors,
                         const std::vector<std::string> &symbols) {
  out.attributeArray(key, [&] {
    for (const TensorSpec &spec : tensors)
      out.object([&] { writeTensor(out, spec, symbols); });
  });
}

// As in the manifest: "max" is left out where there is no limit.
static void writeSymbols(json::OStream &out, const EntrySpec &entry) {
  out.attributeArray("symbols", [&] {
    for (const SymbolSpec &symbol : entry.symbols)
      out.object([&] {
        out.attribute("name", symbol.name);
        out.attribute("min", symbol.min);
        if (symbol.max != SymbolSpec::unbounded)
          out.attribute("max", symbol.max);
      });
  });
  if (entry.symbols.empty())
    out.attribute("workspace_bytes", entry.workspaceBytes);
  else
    out.attribute("workspace", entry.workspace);
  out.attribute("stack_bytes", entry.stackBytes);
}

static void writeChecks(json::OStream &out, const EntrySpec &entry) {
  std::vector<std::string> symbols = symbolNames(entry);
  out.attributeArray("checks", [&] {
    for (const IndexCheck &check : entry.checks)
      out.object([&] {
        out.attribute("op", check.op);
        out.attribute("location", check.location);
        out.attribute("lowest", sizeJson(check.lowest, symbols));
        out.attribute("highest", sizeJson(check.highest, symbols));
      });
  });
}

static void writeFile(json::OStream &out, const FileSpec &file) {
  out.attribute("file", file.file);
  out.attribute("bytes", file.bytes);
  out.attribute("crc32", crc32Text(file.crc32));
}

static void printJson(const std::string &folder, const Manifest &manifest) {
  json::OStream out(llvm::outs(), 2);
  std::string why = obstacle(manifest);
  out.object([&] {
    out.attribute("kind", "package");
    out.attribute("version", manifest.version);
    out.attribute("compiler", manifest.compiler);
    out.attributeObject("target", [&] {
      out.attribute("name", manifest.targetName);
      out.attribute("triple", manifest.triple);
      writeTexts(out, "features", manifest.features);
      out.attribute("runs_here", why.empty());
      out.attribute("obstacle", why);
    });
    out.attributeObject("library", [&] {
      writeFile(out, manifest.library);
      writeTexts(out, "needs", manifest.needs);
    });
    out.attributeObject("params", [&] {
      writeFile(out, manifest.params);
      auto place = placeOf(folder, manifest);
      out.attribute("loaded", place ? json::Value(paramsPlaceText(place->kind)) : nullptr);
      out.attribute("loaded_why", place ? place->why : "");
      out.attributeArray("layout", [&] {
        for (const ParamBlock &block : manifest.layout)
          out.object([&] {
            out.attribute("kind", block.kind);
            writeTexts(out, "sources", block.sources);
            if (block.kind == "panels") {
              out.attribute("rows", block.rows);
              out.attribute("cols", block.cols);
              out.attribute("tile", block.tile);
              out.attribute("transposed", block.transposed);
            } else {
              out.attribute("elements", block.elements);
            }
            out.attribute("offset", block.offset);
            out.attribute("bytes", block.bytes);
          });
      });
    });
    out.attributeArray("entries", [&] {
      for (const EntrySpec &entry : manifest.entries)
        out.object([&] {
          out.attribute("name", entry.name);
          out.attribute("symbol", entry.symbol);
          writeSymbols(out, entry);
          writeTensors(out, "inputs", entry.inputs, symbolNames(entry));
          writeTensors(out, "outputs", entry.outputs, symbolNames(entry));
          writeChecks(out, entry);
          out.attributeArray("states", [&] {
            for (size_t state : entry.states)
              out.value(manifest.states[state].name);
          });
          writeSchedules(out, entry.schedules);
          if (auto flops = entry.flops.constant())
            out.attribute("flops", *flops);
          else
            out.attribute("flops", entry.flops.text(symbolNames(entry)));
        });
    });
    out.attributeArray("states", [&] {
      for (const StateSpec &state : manifest.states)
        out.object([&] {
          writeTensor(out, state, {});
          out.attribute("zero", !state.initial);
        });
    });
  });
  llvm::outs() << "\n";
  llvm::outs().flush();
}

int inspectPackage(const std::string &folder, InspectForm form) {
  Manifest manifest = readManifest(folder);
  if (form == InspectForm::Schedule) {
    if (manifest.entries.size() > 1)
      fail(BUDDY_INVALID_ARGUMENT, folder, ": has ", manifest.entries.size(),
           " entries, and a file of schedules is of one program");
    llvm::outs() << scheduleFileText(manifest.entries[0].schedules);
    llvm::outs().flush();
  } else if (form == InspectForm::Json)
    printJson(folder, manifest);
  else
    printText(folder, manifest);
  return Done;
}

} // namespace buddy
