// From a Target's facts to LLVM: a code generator for it, and the attributes its functions carry.
#pragma once

#include "buddy/Target/Target.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm
namespace mlir {
class ModuleOp;
} // namespace mlir

namespace buddy {

// "+avx2,+fma": the target's features as LLVM's -mattr takes them.
std::string featureString(const Target &target);

// A position-independent code generator for `target`; optLevel 0 to 3. a*b+c may be rounded once;
// nothing is assumed about NaN, infinity or the sign of zero. An error if this LLVM has no such
// backend.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(const Target &target,
                                                                         int optLevel);

// Writes the target's triple and data layout on a module of the LLVM dialect. The translation of
// OpenMP reads both, so they are set before it.
void setTargetOnModule(mlir::ModuleOp module, const Target &target,
                       const llvm::TargetMachine &machine);

// Gives every function defined in `module` the target's CPU, tuning, features and vector width.
void applyTargetAttributes(llvm::Module &module, const Target &target);

} // namespace buddy
