// The pass buddy-tosa-dynamic-sizes: sizes that each run chooses become values of the program.
#include "SizeValues.h"
#include "buddy/Frontend/Graph/IR/GraphDialect.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Tosa/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AttrTypeSubElements.h"

using namespace mlir;

namespace buddy::frontend {
#define GEN_PASS_DEF_DYNAMICSIZESPASS
#include "buddy/Frontend/Tosa/Passes.h.inc"

namespace {

RankedTensorType dynamicType(RankedTensorType type) {
  SmallVector<int64_t> shape(type.getShape());
  for (int64_t &size : shape)
    if (isSymbolic(size))
      size = ShapedType::kDynamic;
  return RankedTensorType::get(shape, type.getElementType());
}

bool anySymbolic(TypeRange types) {
  return llvm::any_of(types, [](Type type) { return isSymbolic(type); });
}

// The size, if a constant is one.
std::optional<int64_t> sizeOf(Operation *op) {
  auto constant = dyn_cast<arith::ConstantOp>(op);
  auto number = constant ? dyn_cast<IntegerAttr>(constant.getValue()) : IntegerAttr();
  if (!number || !isa<IndexType>(number.getType()) || !isSymbolic(number.getInt()))
    return std::nullopt;
  return number.getInt();
}

// Whether its types, its value, or where it starts are of such sizes.
bool hasSymbolicSizes(Operation *op) {
  if (anySymbolic(op->getOperandTypes()) || anySymbolic(op->getResultTypes()) || sizeOf(op))
    return true;
  auto slice = dyn_cast<tosa::SliceOp>(op);
  DenseElementsAttr start;
  return slice && matchPattern(slice.getStart(), m_Constant(&start)) &&
         llvm::any_of(start.getValues<int64_t>(), [](int64_t at) { return isSymbolic(at); });
}

bool hasSymbolicSizes(func::FuncOp func) {
  if (anySymbolic(func.getArgumentTypes()) || anySymbolic(func.getResultTypes()))
    return true;
  return func
      .walk([](Operation *op) {
        return hasSymbolicSizes(op) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

// Groups of dimensions that hold the same elements in both shapes.
struct Groups {
  SmallVector<ReassociationIndices> from, to;
};

std::optional<Groups> groupDimensions(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  using Product = unsigned __int128; // of symbols and what stands with them
  Groups groups;
  size_t i = 0, j = 0;
  while (i < from.size() && j < to.size()) {
    ReassociationIndices a = {int64_t(i)}, b = {int64_t(j)};
    Product left = from[i++], right = to[j++];
    while (left != right) {
      if (left < right) {
        if (i == from.size())
          return std::nullopt;
        left *= from[i];
        a.push_back(i++);
      } else {
        if (j == to.size())
          return std::nullopt;
        right *= to[j];
        b.push_back(j++);
      }
    }
    groups.from.push_back(a);
    groups.to.push_back(b);
  }
  if (groups.from.empty())
    return std::nullopt;
  for (; i < from.size(); ++i) { // ones at the end
    if (from[i] != 1)
      return std::nullopt;
    groups.from.back().push_back(i);
  }
  for (; j < to.size(); ++j) {
    if (to[j] != 1)
      return std::nullopt;
    groups.to.back().push_back(j);
  }
  return groups;
}

class FunctionRewriter {
public:
  FunctionRewriter(func::FuncOp func, ValueRange symbols) : func(func), sizes(func, symbols) {}

  LogicalResult run() {
    SmallVector<Operation *> ops;
    func.walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops)
      if (failed(rewrite(op)))
        return failure();
    return success();
  }

private:
  LogicalResult rewrite(Operation *op) {
    if (!hasSymbolicSizes(op))
      return success();
    if (std::optional<int64_t> size = sizeOf(op))
      return replace(op, sizes.value(*size, op->getLoc()));
    OpBuilder b(op);
    Location loc = op->getLoc();
    if (auto constant = dyn_cast<tosa::ConstOp>(op)) {
      auto splat = dyn_cast<SplatElementsAttr>(constant.getValues());
      if (!splat)
        return op->emitError("a constant of a size that each run chooses must be one number");
      Value number = arith::ConstantOp::create(b, loc, splat.getSplatValue<TypedAttr>());
      Value empty = makeEmpty(b, loc, typeOf(constant.getResult()));
      return empty ? replace(op, linalg::FillOp::create(b, loc, number, empty).getResult(0))
                   : failure();
    }
    if (auto empty = dyn_cast<tensor::EmptyOp>(op))
      return replace(op, makeEmpty(b, loc, typeOf(empty.getResult())));
    if (auto reshape = dyn_cast<tosa::ReshapeOp>(op))
      return replace(op, reshaped(b, loc, reshape.getInput1(), typeOf(op->getResult(0))));
    if (auto slice = dyn_cast<tosa::SliceOp>(op))
      return replace(op, sliced(b, slice));
    if (auto tile = dyn_cast<tosa::TileOp>(op))
      return replace(op, broadcast(b, loc, tile.getInput1(), typeOf(op->getResult(0))));
    if (auto part = dyn_cast<tensor::ExtractSliceOp>(op))
      return replace(op, tensor::ExtractSliceOp::create(b, loc, dynamicType(part.getType()),
                                                        part.getSource(), part.getMixedOffsets(),
                                                        mixed(b, loc, part.getMixedSizes()),
                                                        part.getMixedStrides()));
    if (auto insert = dyn_cast<tensor::InsertSliceOp>(op)) {
      return replace(op, tensor::InsertSliceOp::create(
                             b, loc, insert.getSource(), insert.getDest(), insert.getMixedOffsets(),
                             mixed(b, loc, insert.getMixedSizes()), insert.getMixedStrides()));
    }
    return success(); // its types alone change
  }

  static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

  LogicalResult replace(Operation *op, Value value) {
    if (!value)
      return op->emitError("has a size that is not a supported expression of the symbols");
    if (auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType()); isSymbolic(type))
      numbers[value] = type;
    op->getResult(0).replaceAllUsesWith(value);
    op->erase();
    return success();
  }

  SmallVector<OpFoldResult> mixed(OpBuilder &b, Location loc, ArrayRef<OpFoldResult> given) {
    SmallVector<OpFoldResult> result;
    for (OpFoldResult size : given) {
      std::optional<int64_t> number = getConstantIntValue(size);
      result.push_back(number ? sizes.operand(b, *number, loc) : size);
    }
    return result;
  }

  Value makeEmpty(OpBuilder &b, Location loc, RankedTensorType type) {
    SmallVector<Value> dynamic;
    for (int64_t size : type.getShape())
      if (isSymbolic(size)) {
        dynamic.push_back(sizes.value(size, loc));
        if (!dynamic.back())
          return {};
      }
    return tensor::EmptyOp::create(b, loc, dynamicType(type), dynamic);
  }

  // Both types with numbers for sizes; the value's own may be dynamic already.
  Value reshaped(OpBuilder &b, Location loc, Value value, RankedTensorType to) {
    RankedTensorType from = numbersOf(value);
    std::optional<Groups> groups = groupDimensions(from.getShape(), to.getShape());
    if (!groups)
      return {};
    if (from.getRank() != int64_t(groups->from.size())) {
      SmallVector<int64_t> joined;
      for (const ReassociationIndices &group : groups->from) {
        int64_t size = 1;
        bool isDynamic = false;
        for (int64_t dim : group)
          if (isSymbolic(from.getDimSize(dim)))
            isDynamic = true;
          else
            size *= from.getDimSize(dim);
        joined.push_back(isDynamic ? ShapedType::kDynamic : size);
      }
      value = tensor::CollapseShapeOp::create(
          b, loc, RankedTensorType::get(joined, from.getElementType()), value, groups->from);
    }
    if (to.getRank() != int64_t(groups->to.size()))
      value = tensor::ExpandShapeOp::create(b, loc, dynamicType(to), value, groups->to,
                                            sizes.operands(b, to.getShape(), loc));
    return value;
  }

  Value sliced(OpBuilder &b, tosa::SliceOp slice) {
    DenseElementsAttr start, size;
    if (!matchPattern(slice.getStart(), m_Constant(&start)) ||
        !matchPattern(slice.getSize(), m_Constant(&size)))
      return {};
    SmallVector<int64_t> starts(start.getValues<int64_t>()), extents(size.getValues<int64_t>());
    SmallVector<OpFoldResult> ones(starts.size(), b.getIndexAttr(1));
    Value result =
        tensor::ExtractSliceOp::create(b, slice.getLoc(), dynamicType(typeOf(slice.getResult())),
                                       slice.getInput1(), sizes.operands(b, starts, slice.getLoc()),
                                       sizes.operands(b, extents, slice.getLoc()), ones);
    return result;
  }

  // Dimensions of size 1 are repeated to the type's.
  Value broadcast(OpBuilder &b, Location loc, Value value, RankedTensorType to) {
    RankedTensorType from = numbersOf(value);
    SmallVector<AffineExpr> exprs;
    for (auto [i, size] : llvm::enumerate(from.getShape()))
      exprs.push_back(size == 1 && to.getDimSize(i) != 1 ? b.getAffineConstantExpr(0)
                                                         : b.getAffineDimExpr(i));
    Value empty = makeEmpty(b, loc, to);
    if (!empty)
      return {};
    SmallVector<AffineMap> maps = {AffineMap::get(to.getRank(), 0, exprs, b.getContext()),
                                   b.getMultiDimIdentityMap(to.getRank())};
    SmallVector<utils::IteratorType> parallel(to.getRank(), utils::IteratorType::parallel);
    Value result = linalg::GenericOp::create(b, loc, TypeRange{empty.getType()}, ValueRange{value},
                                             ValueRange{empty}, maps, parallel,
                                             [](OpBuilder &inner, Location l, ValueRange args) {
                                               linalg::YieldOp::create(inner, l, args[0]);
                                             })
                       .getResult(0);
    return result;
  }

  // The type with numbers for sizes, of a value that may have been rewritten.
  RankedTensorType numbersOf(Value value) {
    auto known = numbers.find(value);
    return known == numbers.end() ? typeOf(value) : known->second;
  }

  func::FuncOp func;
  SizeValues sizes;
  llvm::DenseMap<Value, RankedTensorType> numbers;
};

struct DynamicSizesPass : impl::DynamicSizesPassBase<DynamicSizesPass> {
  // The sizes of the entries of buddy.signature, which have no encoding from here on.
  void nameSignature(ModuleOp module, unsigned symbols) {
    auto signature = module->getAttrOfType<DictionaryAttr>("buddy.signature");
    if (!signature)
      return;
    NamedAttrList lists(signature);
    for (NamedAttribute list : signature) {
      auto entries = dyn_cast<ArrayAttr>(list.getValue());
      SmallVector<Attribute> named;
      for (Attribute item : entries ? entries.getValue() : ArrayRef<Attribute>()) {
        auto entry = dyn_cast<DictionaryAttr>(item);
        auto typeAttr = entry ? entry.getAs<TypeAttr>("type") : TypeAttr();
        auto type = typeAttr ? dyn_cast<RankedTensorType>(typeAttr.getValue()) : RankedTensorType();
        if (!type || !isSymbolic(type)) {
          named.push_back(item);
          continue;
        }
        NamedAttrList fields(entry);
        fields.set("sizes", AffineMapAttr::get(sizesMap(&getContext(), type.getShape(), symbols)));
        named.push_back(fields.getDictionary(&getContext()));
      }
      if (entries)
        lists.set(list.getName(), ArrayAttr::get(&getContext(), named));
    }
    module->setAttr("buddy.signature", lists.getDictionary(&getContext()));
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<Symbol> symbols = symbolsOf(module);
    if (symbols.empty())
      return;
    Builder b(&getContext());
    nameSignature(module, symbols.size());
    DenseSet<Operation *> dynamic;
    for (auto func : module.getOps<func::FuncOp>())
      if (!func.isExternal() && (hasSymbolicSizes(func) || func.getName() == "forward"))
        dynamic.insert(func);
    for (auto func : module.getOps<func::FuncOp>()) {
      if (!dynamic.contains(func))
        continue;
      // What the sizes of arguments and results are, for those who meet them without the graph.
      auto name = [&](Type type, auto set) {
        if (isSymbolic(type))
          set(AffineMapAttr::get(
              sizesMap(&getContext(), cast<RankedTensorType>(type).getShape(), symbols.size())));
      };
      for (unsigned i = 0; i < func.getNumArguments(); ++i)
        name(func.getArgument(i).getType(),
             [&](Attribute map) { func.setArgAttr(i, "buddy.sizes", map); });
      for (unsigned i = 0; i < func.getNumResults(); ++i)
        name(func.getResultTypes()[i],
             [&](Attribute map) { func.setResultAttr(i, "buddy.sizes", map); });
      for (const Symbol &symbol : symbols)
        if (failed(func.insertArgument(
                func.getNumArguments(), b.getIndexType(),
                b.getDictionaryAttr(b.getNamedAttr("buddy.symbol", b.getStringAttr(symbol.name))),
                func.getLoc())))
          return signalPassFailure();
    }
    for (auto func : module.getOps<func::FuncOp>()) {
      if (!dynamic.contains(func))
        continue;
      ValueRange values = ValueRange(func.getArguments()).take_back(symbols.size());
      func.walk([&](func::CallOp call) {
        auto callee = module.lookupSymbol<func::FuncOp>(call.getCallee());
        if (callee && dynamic.contains(callee))
          call->insertOperands(call->getNumOperands(), values);
      });
      if (failed(FunctionRewriter(func, values).run()))
        return signalPassFailure();
    }
    AttrTypeReplacer types;
    types.addReplacement([](RankedTensorType type) -> std::optional<Type> {
      if (!isSymbolic(type))
        return std::nullopt;
      return dynamicType(type);
    });
    types.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true, /*replaceLocs=*/false,
                                       /*replaceTypes=*/true);
  }
};

} // namespace
} // namespace buddy::frontend
