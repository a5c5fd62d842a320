// What a request asks for: the stages to run, and with what.
#pragma once

#include "buddy/Pipelines/Compiler.h"
#include "buddy/Pipelines/Pipelines.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

namespace buddy {

struct CompilePlan {
  int first = 0, last = 0; // stages to run; `last` is stages().size() for object
  bool toPackage = false;
  StageOptions options;
};

// Before minutes of work: also whether the result can be put where it is wanted.
CompileStatus planCompilation(const CompileRequest &request, CompilePlan &plan,
                              llvm::raw_ostream &errors);

// Says on `errors` what is wrong. A PackageError knows the status itself.
CompileStatus fail(llvm::raw_ostream &errors, CompileStatus status, const llvm::Twine &text);
CompileStatus fail(llvm::raw_ostream &errors, CompileStatus status, llvm::Error error);

} // namespace buddy
