// @forward's first argument is arg0.data: the entries of buddy.parameters back to back. Each
// graph.param is cut out of it.
#include "Patterns.h"
#include "TosaBuilder.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

namespace {

struct Slot {
  int64_t offset; // in elements
  RankedTensorType type;
};

struct Layout {
  llvm::StringMap<Slot> slots;
  int64_t elements = 0;
};

} // namespace

static FailureOr<Layout> readLayout(ModuleOp module) {
  Layout layout;
  Attribute attribute = module->getAttr("buddy.parameters");
  if (!attribute)
    return layout;
  auto list = dyn_cast<ArrayAttr>(attribute);
  if (!list)
    return module.emitError("buddy.parameters must be an array of dictionaries");
  for (auto [i, entry] : llvm::enumerate(list)) {
    auto fields = dyn_cast<DictionaryAttr>(entry);
    auto name = fields ? fields.getAs<StringAttr>("name") : StringAttr();
    auto typeAttr = fields ? fields.getAs<TypeAttr>("type") : TypeAttr();
    auto type = typeAttr ? dyn_cast<RankedTensorType>(typeAttr.getValue()) : RankedTensorType();
    if (!name || !type || !type.hasStaticShape())
      return module.emitError("buddy.parameters: entry ")
             << i << " needs a name and a type that is a tensor of static shape";
    if (!type.getElementType().isF32())
      return module.emitError("buddy.parameters: '")
             << name.getValue() << "' is " << type
             << ", only float32 parameters are supported; export the model in float32";
    if (!layout.slots.try_emplace(name.getValue(), Slot{layout.elements, type}).second)
      return module.emitError("buddy.parameters: '") << name.getValue() << "' is listed twice";
    if (llvm::AddOverflow(layout.elements, type.getNumElements(), layout.elements))
      return module.emitError("buddy.parameters: too many elements");
  }
  return layout;
}

static LogicalResult lowerParam(graph::ParamOp op, const Layout &layout, func::FuncOp forward) {
  if (op->getParentOp() != forward)
    return op.emitOpError(
        "parameters are read in @forward only; run --buddy-graph-partition before "
        "--buddy-graph-to-tosa");
  auto slot = layout.slots.find(op.getName());
  if (slot == layout.slots.end())
    return op.emitOpError("names '") << op.getName() << "', which buddy.parameters does not list";
  RankedTensorType type = slot->second.type;
  if (type != op.getType())
    return op.emitOpError("is ") << op.getType() << ", but buddy.parameters has " << type;

  OpBuilder builder(op);
  TosaBuilder tosa(builder, op.getLoc());
  Value cut = tosa.slice(forward.getArgument(0), {slot->second.offset}, {type.getNumElements()});
  op.replaceAllUsesWith(tosa.reshape(cut, type.getShape()));
  op.erase();
  return success();
}

LogicalResult buddy::frontend::lowerParams(ModuleOp module) {
  FailureOr<Layout> layout = readLayout(module);
  if (failed(layout))
    return failure();
  auto forward = module.lookupSymbol<func::FuncOp>("forward");
  if (forward && !forward.isDeclaration()) {
    // A second run would put the parameters in front again.
    auto signature = module->getAttrOfType<DictionaryAttr>("buddy.signature");
    auto inputs = signature ? signature.getAs<ArrayAttr>("inputs") : ArrayAttr();
    auto states = signature ? signature.getAs<ArrayAttr>("states") : ArrayAttr();
    size_t listed = (inputs ? inputs.size() : 0) + (states ? states.size() : 0);
    if (inputs && listed != forward.getNumArguments())
      return forward.emitError("@forward has ")
             << forward.getNumArguments() << " arguments, buddy.signature lists " << listed
             << " inputs and states; is this the fused graph (graph_fused.log)?";
    // A program without parameters keeps the calling convention: one element that nothing reads.
    int64_t elements = std::max<int64_t>(layout->elements, 1);
    auto type = RankedTensorType::get({elements}, Float32Type::get(module.getContext()));
    if (failed(forward.insertArgument(0, type, {}, forward.getLoc())))
      return forward.emitError("cannot take the parameters as its first argument");
  }
  SmallVector<graph::ParamOp> params;
  module.walk([&](graph::ParamOp op) { params.push_back(op); });
  bool ok = true;
  for (graph::ParamOp op : params)
    ok &= succeeded(lowerParam(op, *layout, forward));
  return success(ok);
}
