// A contraction reads its weight in panels of the width of its register tile.
#include "PackContraction.h"
#include "buddy/Midend/Schedules/Schedule.h"
#include "buddy/Midend/Transforms/Contraction.h"
#include "buddy/Midend/Transforms/Sizes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace buddy;

void buddy::packContraction(linalg::GenericOp op, Value panels) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto panelType = cast<RankedTensorType>(panels.getType());
  int64_t count = panelType.getDimSize(0), tile = panelType.getDimSize(2);
  auto resultType = cast<RankedTensorType>(op.getResult(0).getType());
  bool hasRows = resultType.getRank() == 2;
  int64_t columns = resultType.getShape().back(), padded = count * tile;
  Value init = op.getDpsInits()[0];
  if (op->hasAttr(kScheduleAttr))
    op.emitWarning() << kScheduleAttr
                     << " is for loops that packing the weight replaces by (panel, row, lane, k): "
                        "it is not kept; give a file with buddy compile --schedule";

  SmallVector<OpFoldResult> shape; // [m][p][l]
  if (hasRows)
    shape.push_back(sizeAlong(b, loc, init, 0));
  shape.append({b.getIndexAttr(count), b.getIndexAttr(tile)});
  SmallVector<ReassociationIndices> groups;
  if (hasRows)
    groups.push_back({0});
  groups.push_back(hasRows ? ReassociationIndices{1, 2} : ReassociationIndices{0, 1});

  Value start;
  if (isZeroFill(init)) {
    Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
    Value empty = tensor::EmptyOp::create(b, loc, shape, b.getF32Type());
    start = linalg::FillOp::create(b, loc, zero, empty).getResult(0);
  } else {
    Value source = init;
    // A broadcast row is padded before it is broadcast, so that it stays something to fuse.
    auto broadcast = init.getDefiningOp<linalg::GenericOp>();
    bool isRow = broadcast && hasRows && broadcast.getNumDpsInputs() == 1 &&
                 llvm::hasSingleElement(*broadcast.getBody()) &&
                 broadcast.getIndexingMapsArray()[0] ==
                     AffineMap::get(2, 0, b.getAffineDimExpr(1), b.getContext()) &&
                 isa<RankedTensorType>(broadcast.getDpsInputs()[0].getType());
    if (isRow)
      source = broadcast.getDpsInputs()[0];
    auto sourceType = cast<RankedTensorType>(source.getType());
    if (padded != columns) {
      SmallVector<int64_t> low(sourceType.getRank(), 0), high(low),
          paddedShape(sourceType.getShape());
      high.back() = padded - columns;
      paddedShape.back() = padded;
      Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
      source = tensor::PadOp::create(b, loc, RankedTensorType::get(paddedShape, b.getF32Type()),
                                     source, getAsIndexOpFoldResult(b.getContext(), low),
                                     getAsIndexOpFoldResult(b.getContext(), high), zero);
    }
    if (isRow) {
      source = tensor::ExpandShapeOp::create(b, loc,
                                             RankedTensorType::get({count, tile}, b.getF32Type()),
                                             source, ArrayRef<ReassociationIndices>{{0, 1}});
      Value empty = tensor::EmptyOp::create(b, loc, shape, b.getF32Type());
      SmallVector<AffineMap> maps = {
          AffineMap::get(3, 0, {b.getAffineDimExpr(1), b.getAffineDimExpr(2)}, b.getContext()),
          b.getMultiDimIdentityMap(3)};
      SmallVector<utils::IteratorType> parallel(3, utils::IteratorType::parallel);
      start = linalg::GenericOp::create(b, loc, TypeRange{empty.getType()}, ValueRange{source},
                                        ValueRange{empty}, maps, parallel,
                                        [](OpBuilder &builder, Location l, ValueRange args) {
                                          linalg::YieldOp::create(builder, l, args[0]);
                                        })
                  .getResult(0);
    } else {
      SmallVector<int64_t> sizes;
      if (hasRows)
        sizes.push_back(resultType.getDimSize(0));
      sizes.append({count, tile});
      start = tensor::ExpandShapeOp::create(b, loc, RankedTensorType::get(sizes, b.getF32Type()),
                                            source, groups, shape);
    }
  }

  // Loops (m, p, l, k): blocks of rows may be the outer loop of the tiles, see SelectSchedule.
  unsigned first = hasRows ? 2 : 1;
  AffineExpr m = b.getAffineDimExpr(0), p = b.getAffineDimExpr(first - 1);
  AffineExpr l = b.getAffineDimExpr(first), k = b.getAffineDimExpr(first + 1);
  SmallVector<AffineExpr> aMap, cMap;
  if (hasRows) {
    aMap.push_back(m);
    cMap.push_back(m);
  }
  aMap.push_back(k);
  cMap.append({p, l});
  unsigned loops = first + 2;
  SmallVector<AffineMap> maps = {AffineMap::get(loops, 0, aMap, b.getContext()),
                                 AffineMap::get(loops, 0, {p, k, l}, b.getContext()),
                                 AffineMap::get(loops, 0, cMap, b.getContext())};
  SmallVector<utils::IteratorType> iterators(loops - 1, utils::IteratorType::parallel);
  iterators.push_back(utils::IteratorType::reduction);
  auto packed = linalg::GenericOp::create(
      b, loc, TypeRange{start.getType()}, ValueRange{op.getDpsInputs()[0], panels},
      ValueRange{start}, maps, iterators,
      [](OpBuilder &builder, Location bodyLoc, ValueRange args) {
        Value product = arith::MulFOp::create(builder, bodyLoc, args[0], args[1]);
        linalg::YieldOp::create(
            builder, bodyLoc,
            arith::AddFOp::create(builder, bodyLoc, args[2], product).getResult());
      });
  Value result = tensor::CollapseShapeOp::create(b, loc, packed.getResult(0), groups);
  if (padded != columns) {
    SmallVector<int64_t> zeros(resultType.getRank(), 0), ones(resultType.getRank(), 1);
    SmallVector<OpFoldResult> kept;
    if (hasRows)
      kept.push_back(shape[0]);
    kept.push_back(b.getIndexAttr(columns));
    result = tensor::ExtractSliceOp::create(b, loc, resultType, result,
                                            getAsIndexOpFoldResult(b.getContext(), zeros), kept,
                                            getAsIndexOpFoldResult(b.getContext(), ones));
  }
  op.getResult(0).replaceAllUsesWith(result);
  op.erase();
}
