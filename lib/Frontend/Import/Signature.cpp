// The checked signature of an exported program.
#include "buddy/Frontend/Import/Signature.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/GraphImporter.h"
#include "buddy/Frontend/Import/OpTable.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace buddy;
using Kind = pt2::InputSpec::Kind;

// No line of Python declares inputs, weights and outputs: messages say their names.
static InFlightDiagnostic emitError(MLIRContext *context) {
  return mlir::emitError(UnknownLoc::get(context));
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

// Nobody's memory holds a tensor with a longer dimension; and int32 positions stay far from
// overflow.
static constexpr int64_t kLongestDimension = (int64_t(1) << 24) - 1;

// The symbols with what they lie between. PyTorch's 0 is 1 here: nothing runs on no elements.
static FailureOr<SmallVector<Symbol>> readSymbols(MLIRContext *context,
                                                  const pt2::Program &program) {
  SmallVector<Symbol> symbols;
  if (program.ranges.size() > kMostSymbols) {
    InFlightDiagnostic error = emitError(context);
    error << "the program has " << program.ranges.size() << " sizes that each run may choose ("
          << llvm::join(
                 llvm::map_range(program.ranges,
                                 [](const pt2::RangeConstraint &range) { return range.symbol; }),
                 ", ")
          << "), at most " << kMostSymbols
          << " are supported; export some of them with fixed sizes";
    return failure();
  }
  for (const pt2::RangeConstraint &range : program.ranges) {
    // 2 is what torch.export says when nobody says anything; its programs take 1 all the same.
    int64_t least = range.min.value_or(1);
    Symbol symbol{range.symbol, least <= 2 ? 1 : least,
                  std::min(range.max.value_or(kLongestDimension), kLongestDimension)};
    if (symbol.min > symbol.max)
      return emitError(context) << "the size " << symbol.name << " can only be from " << symbol.min
                                << " to " << range.max.value_or(0)
                                << ", which is no size; the archive is damaged";
    symbols.push_back(symbol);
  }
  return symbols;
}

std::string buddy::adviceForSize(StringRef expression) {
  if (!pt2::dependsOnElements(expression))
    return kSizesAdvice.str();
  return "only a run knows what is read off the elements of tensors (.item(), .tolist(), "
         "nonzero(), "
         "a mask as an index); leave that a tensor, and use torch.where and masks of a fixed size";
}

static LogicalResult checkReadable(MLIRContext *context, StringRef what, StringRef name,
                                   const pt2::TensorMeta &meta) {
  if (meta.unreadable.empty())
    return success();
  return emitError(context) << what << " '" << name << "' has the size " << meta.unreadable
                            << ", which is not supported; " << adviceForSize(meta.unreadable);
}

//===----------------------------------------------------------------------===//
// Inputs, parameters, outputs
//===----------------------------------------------------------------------===//

static StringRef kindName(Kind kind) {
  switch (kind) {
  case Kind::Parameter:
    return "parameter";
  case Kind::Buffer:
    return "buffer";
  case Kind::Constant:
    return "constant";
  case Kind::UserInput:
  case Kind::ConstantInput:
    return "input";
  }
  return "input";
}

// What the user passes or gets must be a tensor the runtime knows.
static LogicalResult checkUserTensor(MLIRContext *context, StringRef what, StringRef name,
                                     const pt2::TensorMeta &meta, RankedTensorType type) {
  if (failed(checkReadable(context, what, name, meta)))
    return failure();
  if (!type || graph::isHalf(type.getElementType()))
    return emitError(context) << what << " '" << name << "' has the dtype "
                              << pt2::scalarTypeName(meta.scalarType)
                              << ", which is not supported; " << dtypeAdvice(meta.scalarType);
  if (!hasElements(type))
    return emitError(context) << what << " '" << name << "' has no elements (" << type
                              << "); export with example inputs of the sizes you want to run";
  return success();
}

static LogicalResult checkWeight(MLIRContext *context, const SignatureValue &value,
                                 const pt2::TensorMeta &meta, const WeightStore &weights) {
  std::string what = (kindName(value.kind) + " '" + value.name + "'").str();
  const Weight *weight = weights.lookup(value.name);
  if (!weight)
    return emitError(context) << what << " has no tensor in the archive; export the model again";
  if (weight->dtype != pt2::scalarType(meta.scalarType) ||
      std::vector<Size>(weight->sizes.begin(), weight->sizes.end()) != meta.sizes)
    return emitError(context) << what
                              << " has another shape or dtype in the archive's program than in "
                              << "its weights; the archive is damaged";
  // An f64 one becomes a constant, as buffers that are not f32 do.
  Type element = value.type ? value.type.getElementType() : Type();
  if (value.kind == Kind::Parameter && (!element || !(element.isF32() || element.isF64())))
    return emitError(context)
           << what << " has the dtype " << pt2::scalarTypeName(meta.scalarType)
           << ", which is not supported; f32 for now, export the model in float32 "
              "(`model.float()`)";
  return success();
}

static LogicalResult emitChange(MLIRContext *context, Kind kind, StringRef name) {
  return emitError(context) << "the program changes its " << kindName(kind) << " '" << name
                            << "', which is not supported; "
                            << (kind == Kind::Parameter
                                    ? "make what changes a buffer (register_buffer)"
                                    : "return the new value as an output instead, or keep it in a "
                                      "buffer (register_buffer)");
}

// What the package keeps from one run to the next must have a dtype it can keep.
static LogicalResult checkState(MLIRContext *context, const SignatureValue &value,
                                const pt2::TensorMeta &meta) {
  Type element = value.type ? value.type.getElementType() : Type();
  if (!element || !(element.isF32() || element.isF64() || element.isInteger(64) ||
                    element.isInteger(32) || element.isInteger(1)))
    return emitError(context)
           << "the program changes its " << kindName(value.kind) << " '" << value.name
           << "' of dtype " << pt2::scalarTypeName(meta.scalarType)
           << ", which is not supported; use float32, float64, int64, int32 or bool";
  return success();
}

static LogicalResult readOutput(MLIRContext *context, const pt2::OutputSpec &spec,
                                const pt2::Program &program, Signature &signature) {
  if (spec.kind == "buffer_mutation")
    return success(); // read with the inputs
  if (spec.kind == "parameter_mutation" || spec.kind == "user_input_mutation")
    return emitChange(context,
                      spec.kind == "parameter_mutation" ? Kind::Parameter : Kind::UserInput,
                      spec.target);
  if (spec.kind != "user_output")
    return emitError(context) << "the program has an output of kind '" << spec.kind
                              << "', which is not supported; export a model for inference";
  if (spec.value.kind == pt2::Argument::Kind::None)
    return success();
  std::string name = "output" + std::to_string(signature.outputs.size());
  if (spec.value.kind != pt2::Argument::Kind::Tensor)
    return emitError(context) << "output " << signature.outputs.size()
                              << " of the program is not a tensor (" << spec.value.tag
                              << "); return tensors only";
  auto meta = program.graph.tensorValues.find(spec.value.text);
  if (meta == program.graph.tensorValues.end())
    return emitError(context) << "the archive does not declare the shape of output '"
                              << spec.value.text << "'; it is damaged, export the model again";
  RankedTensorType type = declaredType(context, meta->second);
  signature.outputs.push_back({Kind::UserInput, spec.value.text, name, type});
  return checkUserTensor(context, "output", name, meta->second, type);
}

FailureOr<Signature> buddy::readSignature(MLIRContext *context, const pt2::Program &program,
                                          const llvm::StringSet<> &changed,
                                          const WeightStore &weights) {
  FailureOr<SmallVector<Symbol>> symbols = readSymbols(context, program);
  if (failed(symbols))
    return failure();
  Signature signature;
  signature.symbols = *symbols;
  bool ok = true;
  llvm::StringSet<> values, inputs, tensors; // an input may have the name of a buffer
  llvm::StringMap<std::string> declared;     // by the buffer's name
  for (const pt2::OutputSpec &spec : program.outputs)
    if (spec.kind == "buffer_mutation" && spec.value.kind == pt2::Argument::Kind::Tensor)
      declared[spec.target] = spec.value.text;
  for (const pt2::InputSpec &spec : program.inputs) {
    if (spec.kind == Kind::ConstantInput)
      continue;
    llvm::StringSet<> &names = spec.kind == Kind::UserInput ? inputs : tensors;
    if (!values.insert(spec.value).second || !names.insert(spec.name).second) {
      emitError(context) << "'" << spec.name
                         << "' is in the program's signature twice; the archive is damaged, export "
                         << "the model again";
      ok = false;
      continue;
    }
    auto meta = program.graph.tensorValues.find(spec.value);
    if (meta == program.graph.tensorValues.end()) {
      emitError(context) << "the archive does not declare the shape of " << kindName(spec.kind)
                         << " '" << spec.name << "'; it is damaged, export the model again";
      ok = false;
      continue;
    }
    RankedTensorType type =
        meta->second.unreadable.empty() ? declaredType(context, meta->second) : RankedTensorType();
    SignatureValue value{spec.kind, spec.value, spec.name, type};
    auto declaration = spec.kind == Kind::Buffer ? declared.find(spec.name) : declared.end();
    bool isChanged = changed.contains(spec.value) || declaration != declared.end();
    if (isChanged && (spec.kind == Kind::UserInput || spec.kind == Kind::Parameter))
      ok &= succeeded(emitChange(context, spec.kind, spec.name));
    if (spec.kind == Kind::UserInput) {
      ok &= succeeded(checkUserTensor(context, "input", spec.name, meta->second, value.type));
      signature.inputs.push_back(value);
    } else {
      ok &= succeeded(checkWeight(context, value, meta->second, weights));
      // In what has no elements nothing changes.
      bool isEmpty = value.type && !hasElements(value.type);
      if (isChanged && !isEmpty && spec.kind != Kind::Parameter) {
        ok &= succeeded(checkState(context, value, meta->second));
        signature.states.push_back(value);
        if (declaration != declared.end())
          signature.declaredChanges[spec.value] = declaration->second;
      } else {
        signature.parameters.push_back(value);
      }
    }
  }
  // Parameters, then buffers, then constants, each in the order of the signature.
  std::vector<SignatureValue> inOrder;
  for (Kind kind : {Kind::Parameter, Kind::Buffer, Kind::Constant})
    llvm::copy_if(signature.parameters, std::back_inserter(inOrder),
                  [&](const SignatureValue &value) { return value.kind == kind; });
  signature.parameters = std::move(inOrder);
  for (const pt2::OutputSpec &spec : program.outputs)
    ok &= succeeded(readOutput(context, spec, program, signature));
  if (ok && signature.outputs.empty()) {
    emitError(context) << "the program returns no tensor";
    ok = false;
  }
  signature.isSupported = ok;
  return signature;
}
