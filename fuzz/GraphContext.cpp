// Made anew now and then.
#include "GraphContext.h"
#include "buddy/Frontend/Graph/IR/GraphDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <memory>

namespace buddy::fuzz {

mlir::MLIRContext &freshGraphContext() {
  static std::unique_ptr<mlir::MLIRContext> context;
  static int uses = 0;
  if (!context || ++uses % 5000 == 0) {
    context = std::make_unique<mlir::MLIRContext>(mlir::MLIRContext::Threading::DISABLED);
    context->loadDialect<graph::GraphDialect>();
  }
  return *context;
}

} // namespace buddy::fuzz
