// The operations the importer knows: for each ATen overload its schema, with ATen's defaults, and
// the function that turns a call of it into graph ops. One source file an op family (lib/.../Ops).
#pragma once

#include "buddy/Frontend/Import/ExportedProgram.h"
#include "buddy/Frontend/Import/GraphBuilder.h"

namespace buddy {

class OpCall;

struct OpEntry {
  llvm::StringRef target; // "linear.default"; the prefix "torch.ops.aten." is left out
  // ATen's schema: "Tensor input, Tensor weight, Tensor? bias=None". Types: Tensor, Tensor[],
  // Tensor?[], int, int[], float, bool, str, dtype, Scalar, Operand (a tensor or a number), each
  // with `?` if None is allowed, and `ignored` for what cannot change the result on a CPU (device,
  // layout, ...). Size and Size[] are int and int[], and Bound is Scalar, where the importer can do
  // with a number that depends on symbols (Frontend/Graph/IR/Sizes.h); nowhere else it is one.
  llvm::StringRef schema;
  mlir::LogicalResult (*import)(OpCall &call);
};

// The entry of "torch.ops.aten.linear.default", or null. An operation that works in place ("add_")
// has that of the one that does not ("add").
const OpEntry *lookupOp(llvm::StringRef target);

// Whether the operation changes its first operand: "torch.ops.aten.add_.Tensor".
bool isInPlace(llvm::StringRef target);

// Whether it computes nothing: it moves elements, or gives them another type.
bool movesElements(const OpEntry &entry);

// Whether its result can share memory with its first operand; Sharing.h says when it does.
bool canBeView(const OpEntry &entry);

// The families.
llvm::ArrayRef<OpEntry> unaryOps();
llvm::ArrayRef<OpEntry> activationOps();
llvm::ArrayRef<OpEntry> arithmeticOps();
llvm::ArrayRef<OpEntry> comparisonOps();
llvm::ArrayRef<OpEntry> selectionOps();
llvm::ArrayRef<OpEntry> viewOps();
llvm::ArrayRef<OpEntry> sliceOps();
llvm::ArrayRef<OpEntry> joinOps();
llvm::ArrayRef<OpEntry> indexingOps();
llvm::ArrayRef<OpEntry> scanOps();
llvm::ArrayRef<OpEntry> rmsNormOps();
llvm::ArrayRef<OpEntry> creationOps();
llvm::ArrayRef<OpEntry> conversionOps();
llvm::ArrayRef<OpEntry> reductionOps();
llvm::ArrayRef<OpEntry> normalizationOps();
llvm::ArrayRef<OpEntry> convolutionOps();
llvm::ArrayRef<OpEntry> poolingOps();
llvm::ArrayRef<OpEntry> resamplingOps();
llvm::ArrayRef<OpEntry> contractionOps();
llvm::ArrayRef<OpEntry> einsumOps();
llvm::ArrayRef<OpEntry> attentionOps();
llvm::ArrayRef<OpEntry> bookkeepingOps();

// One call of an operation: its arguments, checked against the schema, and where its results go.
class OpCall {
public:
  OpCall(GraphBuilder builder) : b(builder) {}

  // Binds a node's arguments by name, or by position where they have none, and fills in defaults.
  // `resolve` gives the value of a tensor's name. Fails with a reason like an importer.
  mlir::LogicalResult bind(const OpEntry &entry, const pt2::Node &node,
                           llvm::function_ref<mlir::Value(llvm::StringRef)> resolve);

  // Arguments by their schema name; their types were checked by bind().
  bool isNone(llvm::StringRef name) const;
  mlir::Value tensor(llvm::StringRef name) const; // null for None
  llvm::ArrayRef<mlir::Value> tensors(llvm::StringRef name) const;
  int64_t integer(llvm::StringRef name) const;               // int and bool
  Size size(llvm::StringRef name) const;                     // Size, and Bound if it is an integer
  llvm::SmallVector<Size> sizes(llvm::StringRef name) const; // Size[]
  bool boolean(llvm::StringRef name) const { return integer(name) != 0; }
  double number(llvm::StringRef name) const; // float
  llvm::ArrayRef<int64_t> integers(llvm::StringRef name) const;
  llvm::StringRef string(llvm::StringRef name) const;
  Scalar scalar(llvm::StringRef name) const;
  Operand operand(llvm::StringRef name) const;
  // The element type of a dtype argument; null (and a reason is set) if the compiler has no such.
  // `otherwise` for None.
  mlir::Type dtype(llvm::StringRef name, mlir::Type otherwise);
  // The one to compute in: f32 for f16 and bf16. GraphImporter rounds what comes out.
  mlir::Type computedDtype(llvm::StringRef name, mlir::Type otherwise);

  // A dimension counted from the front, given one that may be negative, in a tensor of `rank`
  // dimensions (0 counts as 1, as in PyTorch); or failure.
  mlir::FailureOr<int64_t> dim(int64_t value, int64_t rank);
  // The same for each of a list; no dimension twice.
  mlir::FailureOr<llvm::SmallVector<int64_t>> dims(llvm::ArrayRef<int64_t> values, int64_t rank);

  // The argument `dim`, of `self`, which must have one.
  mlir::FailureOr<int64_t> dimOfSelf();
  // The sizes as messages show them.
  std::string text(Size size) const;
  std::string text(llvm::ArrayRef<Size> sizes) const;
  // The symbols of the program, for what SizeBounds.h asks.
  llvm::SmallVector<Symbol> symbols() const;
  // The product of sizes that become one, and a tensor as a list; nothing (and a reason is set) if
  // no size says how many elements that are.
  std::optional<Size> joined(llvm::ArrayRef<Size> sizes);
  mlir::Value flattened(mlir::Value value);

  // How an importer ends: with its results (a null one means that operands did not fit), or with
  // what it cannot do (`advice`: what the user can do), or with what is wrong with the archive.
  mlir::LogicalResult done(llvm::ArrayRef<mlir::Value> values);
  mlir::LogicalResult unsupported(const llvm::Twine &reason, const llvm::Twine &advice = "");
  mlir::LogicalResult invalid(const llvm::Twine &reason);

  GraphBuilder b;
  llvm::StringRef aten; // the operation's name without its overload: "linear"
  llvm::SmallVector<mlir::Value> results;
  std::string reason, advice;
  bool isInvalid = false;

private:
  struct Bound {
    llvm::StringRef name, type;
    const pt2::Argument *argument = nullptr;
    mlir::Value value;
    llvm::SmallVector<mlir::Value> values;
  };
  const Bound &find(llvm::StringRef name) const;
  mlir::LogicalResult check(Bound &bound, llvm::function_ref<mlir::Value(llvm::StringRef)> resolve);
  const pt2::Argument &keep(pt2::Argument argument);

  llvm::SmallVector<Bound> arguments;
  std::vector<std::unique_ptr<pt2::Argument>> defaults;
};

// The graph dialect's element type of a serialized dtype, or null.
mlir::Type elementTypeOfScalarType(mlir::MLIRContext *context, int64_t code);

// Why a dtype is not supported, and what to do.
std::string dtypeAdvice(int64_t code);

} // namespace buddy
