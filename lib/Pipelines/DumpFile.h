// A stage's dump, for --from: text that people edit.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBuffer.h"

namespace buddy {

// The module in the file; null if there is none, and then the context has the error. "-" is the
// standard input.
mlir::OwningOpRef<mlir::ModuleOp> readDump(llvm::StringRef path, mlir::MLIRContext &context);

// The same of a text that is there already, and ends with a null character.
mlir::OwningOpRef<mlir::ModuleOp> parseDump(std::unique_ptr<llvm::MemoryBuffer> text,
                                            mlir::MLIRContext &context);

} // namespace buddy
