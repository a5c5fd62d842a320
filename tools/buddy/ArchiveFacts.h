// What buddy inspect says about an exported archive.
#pragma once

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

struct ArchiveFacts {
  // Known if the program could be read as a whole.
  std::vector<NamedTensor> inputs, outputs, parameters;
  ImportReport program;
  std::vector<ArchiveProblem> problems;

  bool isSupported() const { return program.unsupported.empty() && problems.empty(); }
};

void printArchiveText(const std::string &path, const ArchiveFacts &facts);
void printArchiveJson(const ArchiveFacts &facts);

} // namespace buddy
