// An archive's facts, for people and for programs.
#include "ArchiveFacts.h"
#include "Manifest.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace json = llvm::json;

namespace buddy {

static std::string times(size_t count) {
  return count == 1 ? "once" : std::to_string(count) + " times";
}

static void printUnsupported(llvm::raw_ostream &out, const ImportReport &program) {
  size_t uses = 0;
  for (const UnsupportedOperation &operation : program.unsupported)
    uses += operation.uses.size();
  out << "not supported, " << uses << (uses == 1 ? " operation" : " operations") << "\n";
  for (const UnsupportedOperation &operation : program.unsupported) {
    out << "  " << operation.target << ", " << times(operation.uses.size()) << ": "
        << operation.reason << "\n";
    if (!operation.advice.empty())
      out << "    what to do: " << operation.advice << "\n";
    for (const UnsupportedUse &use : operation.uses) {
      out << "    ";
      if (use.source.file.empty())
        out << "node '" << use.node << "', no Python line was recorded";
      else
        out << use.source.file << ":" << use.source.line;
      if (!use.source.text.empty())
        out << ": " << use.source.text;
      if (!use.source.module.empty())
        out << "  (in " << use.source.module << ")";
      out << "\n";
    }
  }
}

static void printProblems(llvm::raw_ostream &out, const std::vector<ArchiveProblem> &problems) {
  out << "problems\n";
  for (const ArchiveProblem &problem : problems) {
    out << (problem.isNote ? "    " : "  ");
    if (!problem.file.empty())
      out << problem.file << ":" << problem.line << ": ";
    out << problem.text << "\n";
  }
}

static void printTensors(llvm::raw_ostream &out, llvm::StringRef what,
                         const std::vector<NamedTensor> &tensors) {
  for (const NamedTensor &tensor : tensors)
    out << "  " << llvm::left_justify(what, 7) << " " << llvm::left_justify(tensor.name, 20) << " "
        << tensor.type << "\n";
}

void printArchiveText(const std::string &path, const ArchiveFacts &facts) {
  llvm::raw_ostream &out = llvm::outs();
  out << "archive    " << path << "\n";
  for (const ArchiveProgram &program : facts.programs) {
    if (facts.programs.size() > 1)
      out << "program    " << program.entry << "\n";
    for (const Symbol &symbol : program.symbols) {
      runtime::SymbolSpec spec{symbol.name, symbol.min, symbol.max};
      out << "  " << llvm::left_justify("symbol", 7) << " " << llvm::left_justify(symbol.name, 20)
          << " " << runtime::rangeText(spec) << "\n";
    }
    printTensors(out, "input", program.inputs);
    printTensors(out, "output", program.outputs);
    printTensors(out, "state", program.states);
  }
  int64_t elements = 0, operations = 0;
  for (const NamedTensor &parameter : facts.parameters)
    elements += parameter.elements;
  if (!facts.parameters.empty())
    out << "parameters " << facts.parameters.size() << ", " << elements << " elements\n";
  for (const NamedTensor &parameter : facts.parameters)
    out << "  " << llvm::left_justify(parameter.kind, 10) << " "
        << llvm::left_justify(parameter.name, 30) << " " << parameter.type << "\n";
  for (const auto &[name, count] : facts.program.operations)
    operations += count;
  out << "operations " << operations << (facts.isSupported() ? ", all supported\n" : "\n");
  for (const auto &[name, count] : facts.program.operations)
    out << "  " << llvm::right_justify(std::to_string(count), 5) << "  " << name << "\n";
  if (!facts.program.unsupported.empty())
    printUnsupported(out, facts.program);
  if (!facts.problems.empty())
    printProblems(out, facts.problems);
  out.flush();
}

static void writeTensors(json::OStream &out, llvm::StringRef key,
                         const std::vector<NamedTensor> &tensors) {
  out.attributeArray(key, [&] {
    for (const NamedTensor &tensor : tensors)
      out.object([&] {
        out.attribute("name", tensor.name);
        out.attribute("type", tensor.type);
        if (!tensor.kind.empty())
          out.attribute("kind", tensor.kind);
      });
  });
}

// Python sources may hold anything; JSON holds UTF-8.
static std::string utf8(const std::string &text) { return json::fixUTF8(text); }

static void writeUnsupported(json::OStream &out, const UnsupportedOperation &operation) {
  out.object([&] {
    out.attribute("operation", operation.target);
    out.attribute("count", int64_t(operation.uses.size()));
    out.attribute("reason", utf8(operation.reason));
    out.attribute("advice", utf8(operation.advice));
    out.attributeArray("uses", [&] {
      for (const UnsupportedUse &use : operation.uses)
        out.object([&] {
          out.attribute("node", utf8(use.node));
          out.attribute("file", utf8(use.source.file));
          out.attribute("line", int64_t(use.source.line));
          out.attribute("source", utf8(use.source.text));
          out.attribute("module", utf8(use.source.module));
        });
    });
  });
}

void printArchiveJson(const ArchiveFacts &facts) {
  json::OStream out(llvm::outs(), 2);
  out.object([&] {
    out.attribute("kind", "archive");
    out.attribute("supported", facts.isSupported());
    out.attributeArray("programs", [&] {
      for (const ArchiveProgram &program : facts.programs)
        out.object([&] {
          out.attribute("entry", program.entry);
          if (!program.symbols.empty())
            out.attributeArray("symbols", [&] {
              for (const Symbol &symbol : program.symbols)
                out.object([&] {
                  out.attribute("name", symbol.name);
                  out.attribute("min", symbol.min);
                  if (symbol.max != kUnbounded)
                    out.attribute("max", symbol.max);
                });
            });
          writeTensors(out, "inputs", program.inputs);
          writeTensors(out, "outputs", program.outputs);
          writeTensors(out, "states", program.states);
        });
    });
    writeTensors(out, "parameters", facts.parameters);
    out.attributeObject("operations", [&] {
      for (const auto &[name, count] : facts.program.operations)
        out.attribute(name, count);
    });
    out.attributeArray("unsupported", [&] {
      for (const UnsupportedOperation &operation : facts.program.unsupported)
        writeUnsupported(out, operation);
    });
    out.attributeArray("problems", [&] {
      for (const ArchiveProblem &problem : facts.problems)
        out.object([&] {
          out.attribute("kind", problem.isNote ? "note" : "error");
          out.attribute("text", utf8(problem.text));
          out.attribute("file", utf8(problem.file));
          out.attribute("line", int64_t(problem.line));
        });
    });
  });
  llvm::outs() << "\n";
  llvm::outs().flush();
}

} // namespace buddy
