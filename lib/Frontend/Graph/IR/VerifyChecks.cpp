// Verifiers of what a run checks.
#include "buddy/Frontend/Graph/IR/GraphOps.h"

using namespace mlir;
using namespace buddy::graph;

static LogicalResult verifyFindings(Operation *op) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (type.getShape() != ArrayRef<int64_t>({3}))
    return op->emitOpError("result must be three numbers: checks passed, place, index");
  return success();
}

LogicalResult NoFindingsOp::verify() { return verifyFindings(*this); }
LogicalResult CheckIndicesOp::verify() { return verifyFindings(*this); }
