// What buddy inspect says about an exported archive.
#pragma once

#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/ImportReport.h"

namespace buddy {

struct NamedTensor {
  std::string name, type, kind;
  int64_t elements = 0;
};

// Why a program cannot be compiled, besides operations that are not supported. A note belongs to
// the problem before it.
struct ArchiveProblem {
  std::string text, file; // the Python file, where one is known
  unsigned line = 0;
  bool isNote = false;
};

// One of the archive's programs, known if it could be read as a whole.
struct ArchiveProgram {
  std::string entry;
  llvm::SmallVector<Symbol> symbols; // sizes that each run chooses
  std::vector<NamedTensor> inputs, outputs, states;
};

struct ArchiveFacts {
  std::vector<ArchiveProgram> programs;
  std::vector<NamedTensor> parameters; // of all programs
  ImportReport program;                // of all programs together
  std::vector<ArchiveProblem> problems;

  bool isSupported() const { return program.unsupported.empty() && problems.empty(); }
};

void printArchiveText(const std::string &path, const ArchiveFacts &facts);
void printArchiveJson(const ArchiveFacts &facts);

} // namespace buddy
