// Registration of the graph dialect.
#include "buddy/Frontend/Graph/IR/GraphDialect.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace buddy::graph;

#include "buddy/Frontend/Graph/IR/GraphDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "buddy/Frontend/Graph/IR/GraphAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "buddy/Frontend/Graph/IR/GraphOps.cpp.inc"

void GraphDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "buddy/Frontend/Graph/IR/GraphOps.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "buddy/Frontend/Graph/IR/GraphAttrs.cpp.inc"
      >();
}

Operation *GraphDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type,
                                             Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, type, elements);
}
