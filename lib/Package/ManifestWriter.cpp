// Writes manifest.json: keys in a fixed order, the checksum last.
#include "ManifestWriter.h"
#include "Checksum.h"
#include "Manifest.h"
#include "buddy/Midend/Transforms/Kernels.h"
#include "buddy/Package/SizeJson.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace json = llvm::json;

namespace buddy {

// JSON is UTF-8, and names come from the user's program.
static std::string utf8(llvm::StringRef text) {
  return json::isUTF8(text) ? text.str() : json::fixUTF8(text);
}

static void writeTexts(json::OStream &out, llvm::StringRef key,
                       const std::vector<std::string> &texts) {
  out.attributeArray(key, [&] {
    for (const std::string &text : texts)
      out.value(utf8(text));
  });
}

static void writeFile(json::OStream &out, llvm::StringRef name, const PackageFile &file) {
  out.attribute("file", name);
  out.attribute("crc32", runtime::crc32Text(file.crc32));
  out.attribute("bytes", file.bytes);
}

static void writeRecipe(json::OStream &out, const ParamRecipe &recipe) {
  bool panels = recipe.kind == ParamRecipe::Kind::Panels;
  out.object([&] {
    out.attribute("kind", panels ? "panels" : "plain");
    writeTexts(out, "sources", recipe.sources);
    if (panels) {
      out.attribute("rows", recipe.rows);
      out.attribute("cols", recipe.cols);
      out.attribute("tile", recipe.tile);
      if (recipe.transposed)
        out.attribute("transposed", true);
    } else {
      out.attribute("elements", recipe.elements);
    }
    out.attribute("offset", recipe.offset);
    out.attribute("bytes", recipe.bytes);
  });
}

static void writeSymbol(json::OStream &out, const SignatureSymbol &symbol) {
  out.object([&] {
    out.attribute("name", symbol.name);
    out.attribute("min", symbol.min);
    if (symbol.max)
      out.attribute("max", *symbol.max);
  });
}

static void writeRange(json::OStream &out, const IndexRange &range,
                       const std::vector<std::string> &symbols) {
  out.object([&] {
    out.attribute("first", range.first);
    if (range.count >= 0)
      out.attribute("count", range.count);
    out.attribute("lowest", sizeJson(range.lowest, symbols));
    out.attribute("highest", sizeJson(range.highest, symbols));
  });
}

static void writeSizes(json::OStream &out, llvm::StringRef key,
                       const std::vector<runtime::SizeExpression> &sizes,
                       const std::vector<std::string> &symbols) {
  out.attributeArray(key, [&] {
    for (const runtime::SizeExpression &size : sizes)
      out.value(sizeJson(size, symbols));
  });
}

static void writeCheck(json::OStream &out, const SignatureCheck &check,
                       const std::vector<std::string> &symbols) {
  out.object([&] {
    out.attribute("op", utf8(check.op));
    if (!check.location.empty())
      out.attribute("location", utf8(check.location));
    out.attribute("lowest", sizeJson(check.lowest, symbols));
    out.attribute("highest", sizeJson(check.highest, symbols));
    writeSizes(out, "shape", check.shape, symbols);
  });
}

static void writeTensor(json::OStream &out, const SignatureTensor &tensor,
                        const std::vector<std::string> &symbols) {
  out.attribute("name", utf8(tensor.name));
  out.attribute("dtype", tensor.dtype);
  if (tensor.stored != tensor.dtype)
    out.attribute("stored", tensor.stored);
  writeSizes(out, "shape", tensor.shape, symbols);
  if (!tensor.ranges.empty())
    out.attributeArray("ranges", [&] {
      for (const IndexRange &range : tensor.ranges)
        writeRange(out, range, symbols);
    });
}

static void writeTensors(json::OStream &out, llvm::StringRef key,
                         const std::vector<SignatureTensor> &tensors,
                         const std::vector<std::string> &symbols) {
  out.attributeArray(key, [&] {
    for (const SignatureTensor &tensor : tensors)
      out.object([&] { writeTensor(out, tensor, symbols); });
  });
}

static void writeStates(json::OStream &out, const ManifestFacts &facts) {
  out.attributeArray("states", [&] {
    for (auto [tensor, content] : llvm::zip_equal(facts.states, facts.contents))
      out.object([&] {
        writeTensor(out, tensor, {});
        if (content.offset)
          out.attribute("initial", *content.offset);
      });
  });
}

static void writeNumbers(json::OStream &out, llvm::StringRef key, const NamedNumbers &numbers) {
  out.attributeObject(key, [&] {
    for (const auto &[name, number] : numbers)
      out.attribute(name, number);
  });
}

static void writeSchedule(json::OStream &out, const RecordedSchedule &schedule) {
  out.object([&] {
    out.attribute("op", utf8(schedule.op));
    out.attribute("kind", schedule.kind);
    if (!schedule.location.empty())
      out.attribute("location", utf8(schedule.location));
    writeNumbers(out, "loops", schedule.loops);
    out.attributeObject("schedule", [&] {
      for (const OverrideField &field : schedule.fields)
        if (field.number)
          out.attribute(field.name, *field.number);
        else
          writeNumbers(out, field.name, field.elements);
    });
  });
}

static void writeKernel(json::OStream &out, const ManifestKernel &kernel,
                        const std::vector<std::string> &symbols) {
  out.object([&] {
    out.attribute("name", utf8(kernel.name));
    out.attribute("kind", kernel.kind);
    if (!kernel.location.empty())
      out.attribute("location", utf8(kernel.location));
    if (kernel.flops)
      out.attribute("flops", sizeJson(*kernel.flops, symbols));
    if (kernel.bytes)
      out.attribute("bytes", *kernel.bytes);
  });
}

static void writeEntry(json::OStream &out, const ManifestEntry &entry) {
  std::vector<std::string> symbols = symbolNames(entry.signature);
  out.object([&] {
    out.attribute("name", entry.name);
    out.attribute("symbol", "buddy_entry_" + entry.name);
    out.attributeArray("symbols", [&] {
      for (const SignatureSymbol &symbol : entry.signature.symbols)
        writeSymbol(out, symbol);
    });
    if (symbols.empty())
      out.attribute("workspace_bytes", entry.workspaceBytes);
    else
      out.attribute("workspace", "buddy_workspace_" + entry.name);
    out.attribute("stack_bytes", entry.stackBytes);
    writeTensors(out, "inputs", entry.signature.inputs, symbols);
    writeTensors(out, "outputs", entry.signature.outputs, symbols);
    out.attributeArray("states", [&] {
      for (const SignatureTensor &state : entry.signature.states)
        out.value(utf8(state.name));
    });
    if (!entry.signature.checks.empty())
      out.attributeArray("checks", [&] {
        for (const SignatureCheck &check : entry.signature.checks)
          writeCheck(out, check, symbols);
      });
    out.attributeArray("schedules", [&] {
      for (const RecordedSchedule &schedule : entry.schedules)
        writeSchedule(out, schedule);
    });
    out.attributeArray("kernels", [&] {
      for (const ManifestKernel &kernel : entry.kernels)
        writeKernel(out, kernel, symbols);
    });
    if (!entry.kernels.empty())
      out.attribute("profile", profileSymbol(entry.name));
    out.attribute("flops", sizeJson(entry.flops, symbols));
  });
}

std::string makeManifest(const ManifestFacts &facts) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  json::OStream out(stream, /*IndentSize=*/1);
  out.object([&] {
    out.attribute("magic", llvm::StringRef(runtime::manifestMagic));
    out.attribute("version", runtime::manifestVersion);
    out.attribute("compiler", BUDDY_VERSION " (LLVM " LLVM_VERSION_STRING ")");
    out.attributeObject("target", [&] {
      out.attribute("name", facts.target.name);
      out.attribute("triple", facts.target.triple);
      writeTexts(out, "features", facts.target.features);
    });
    out.attributeObject("library", [&] {
      writeFile(out, "libmodel.so", facts.library);
      writeTexts(out, "needs", facts.needs);
    });
    out.attributeObject("params", [&] {
      writeFile(out, "params.bin", facts.params);
      out.attributeArray("layout", [&] {
        for (const ParamRecipe &recipe : facts.layout.recipes)
          writeRecipe(out, recipe);
      });
    });
    out.attributeArray("entries", [&] {
      for (const ManifestEntry &entry : facts.entries)
        writeEntry(out, entry);
    });
    writeStates(out, facts);
    out.attribute("checksum", "");
  });
  stream << "\n";
  return runtime::withManifestChecksum(text).value_or(text);
}

} // namespace buddy
