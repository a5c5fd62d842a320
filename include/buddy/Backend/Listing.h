// The LLVM IR and the assembly of a module, each line with the location of what it was made from.
#pragma once

#include "buddy/Target/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace buddy {

struct ListedText {
  std::string text;
  std::vector<int> lines; // of each line: a place in Listing::locations, or -1
};

struct Listing {
  ListedText llvmIr, assembly;
  std::vector<mlir::Location> locations;
};

// What emitObject makes of the module, at the same level of optimization, followed through LLVM by
// its debug information. The module is not changed.
llvm::Expected<Listing> listCode(mlir::ModuleOp llvmDialectModule, const Target &target,
                                 int optLevel = 3);

} // namespace buddy
