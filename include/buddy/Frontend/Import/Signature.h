// The exported program's inputs, parameters and outputs, and what of them is not supported.
#pragma once

#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/ExportedProgram.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace buddy {

struct SignatureValue {
  pt2::InputSpec::Kind kind;
  std::string value;           // the name nodes use; for outputs the value that is returned
  std::string name;            // the user's: "hidden_states", "q_proj.weight", "output0"
  mlir::RankedTensorType type; // null if the compiler has no such dtype
};

// What to do about a size that is none of the supported expressions.
inline constexpr llvm::StringLiteral kSizesAdvice =
    "sums of numbers and of products of one or two symbols are; export with fixed sizes, or choose "
    "the "
    "dimensions that are dynamic (dynamic_shapes) so that none is divided or compared";

// What to do about that size or number.
std::string adviceForSize(llvm::StringRef expression);

struct Signature {
  llvm::SmallVector<Symbol> symbols;      // sizes that each run chooses
  std::vector<SignatureValue> inputs;     // what the user passes
  std::vector<SignatureValue> parameters; // parameters, then buffers, then lifted constants
  std::vector<SignatureValue> outputs;    // tensors; None is left out and not counted
  // Buffers and constants that the program changes; none of them is in `parameters`. Their `value`
  // is the name they have before the program runs.
  std::vector<SignatureValue> states;
  // The names of their new values, for those whose change the signature declares: a program that
  // was made functional (run_decompositions) returns them.
  llvm::StringMap<std::string> declaredChanges; // by the state's value
  bool isSupported = true;                      // false: something wrong was emitted
};

// Works out the signature and checks parameters, buffers and constants against `weights`. `changed`
// are the names of those that operations change in place. Everything wrong is emitted: sizes
// that are not supported, unsupported dtypes, changed parameters and inputs, outputs that are not
// tensors, weights that are missing or have another shape. Fails only where it makes no sense to
// look at the operations as well; else `isSupported` says whether there was an error.
mlir::FailureOr<Signature> readSignature(mlir::MLIRContext *context, const pt2::Program &program,
                                         const llvm::StringSet<> &changed,
                                         const WeightStore &weights);

} // namespace buddy
