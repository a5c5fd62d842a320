// What a user gets when the compiler itself is wrong: a file, and the command that repeats the
// fault.
#pragma once

#include "StageFiles.h"
#include "buddy/Pipelines/Compiler.h"

namespace buddy {

// Writes `input`, the text that stage `index` of stages() (their number: object) starts from, to a
// temporary file, and says on `errors` how to repeat that stage alone. Stages up to tosa read the
// archive's weights, so that for them the archive itself is what repeats it.
void writeReproducer(const CompileRequest &request, int index, llvm::StringRef input,
                     llvm::raw_ostream &errors);

} // namespace buddy
