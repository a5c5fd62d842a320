// The stages in order.
#include "buddy/Pipelines/Pipelines.h"
#include "buddy/Backend/Stages.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Tosa/Passes.h"
#include "buddy/Midend/Stages.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace buddy;

// The archive has been read; what is left is to write sizes as people read them.
static void buildGraph(OpPassManager &pm, const StageOptions &) {
  pm.addPass(graph::createNameSizesPass());
}

// The largest meanings first: a mask is recognized before its constants are evaluated, attention
// and RoPE before the projections are joined.
static void buildFused(OpPassManager &pm, const StageOptions &options) {
  pm.addPass(graph::createBindSizesPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  // Positions become numbers, so that indices and masks made of them can be read.
  pm.addPass(graph::createEvaluateConstantsPass(options.readBuffer, /*masks=*/false));
  pm.addNestedPass<func::FuncOp>(graph::createIndicesToViewsPass());
  pm.addNestedPass<func::FuncOp>(graph::createFuseAttentionPass());
  pm.addNestedPass<func::FuncOp>(graph::createFuseRopePass());
  // An RMSNorm of what is centred is a LayerNorm.
  pm.addNestedPass<func::FuncOp>(graph::createFuseLayerNormPass());
  pm.addNestedPass<func::FuncOp>(graph::createFuseRmsNormPass());
  pm.addNestedPass<func::FuncOp>(graph::createFuseSwigluPass());
  pm.addNestedPass<func::FuncOp>(graph::createFuseGeluPass());
  pm.addNestedPass<func::FuncOp>(graph::createFuseSharedInputLinearsPass());
  pm.addPass(graph::createEvaluateConstantsPass(options.readBuffer, /*masks=*/true));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  if (options.observe)
    pm.addPass(graph::createObservePass());
  pm.addPass(graph::createCheckIndicesPass());
  pm.addPass(graph::createNarrowIntegersPass());
  pm.addPass(graph::createPartitionPass());
  pm.addPass(graph::createVerifyGraphContractPass());
  pm.addPass(graph::createNameSizesPass());
}

static void buildTosa(OpPassManager &pm, const StageOptions &) {
  pm.addPass(graph::createBindSizesPass());
  pm.addPass(frontend::createGraphToTosaPass());
  // Before anything folds: numbers that stand for sizes are no constants.
  pm.addPass(frontend::createDynamicSizesPass());
  pm.addPass(frontend::createDoublesToLinalgPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(frontend::createVerifyTosaContractPass());
}

// A stage that needs no options.
template <void (*build)(OpPassManager &)>
static void simple(OpPassManager &pm, const StageOptions &) {
  build(pm);
}

static void buildTensorOptimization(OpPassManager &pm, const StageOptions &options) {
  midend::buildTensorOptimizationPipeline(pm, options.target, options.schedules);
}

static constexpr llvm::StringLiteral graphIr[] = {"builtin", "func", "graph"};
// Beside TOSA stands what it has no word for: f64, and sizes that each run chooses.
static constexpr llvm::StringLiteral tosaIr[] = {"builtin", "func",   "tosa", "arith",
                                                 "tensor",  "linalg", "math", "scf"};
static constexpr llvm::StringLiteral linalgIr[] = {"builtin", "func",   "arith", "math", "linalg",
                                                   "tensor",  "affine", "attn",  "scf"};
static constexpr llvm::StringLiteral vectorTensorIr[] = {
    "builtin", "func", "arith", "math",   "linalg", "tensor",
    "affine",  "scf",  "ub",    "vector", "memref", "bufferization"};
static constexpr llvm::StringLiteral bufferIr[] = {"builtin", "func", "arith", "math",   "linalg",
                                                   "affine",  "scf",  "ub",    "vector", "memref"};
static constexpr llvm::StringLiteral ompIr[] = {"builtin", "func", "arith",  "math",   "affine",
                                                "scf",     "ub",   "vector", "memref", "omp",
                                                "llvm",    "cf",   "index"};

static constexpr Stage allStages[] = {
    {"graph", "the exported program", buildGraph, "graph", graphIr},
    {"fused", "fusions, constants, forward and subgraphs", buildFused, "graph", graphIr},
    {"tosa", "standard TOSA with composites", buildTosa, "graph", graphIr},
    {"tosa-to-linalg", "linalg on tensors", simple<midend::buildTosaToLinalgPipeline>, "tosa",
     tosaIr},
    {"arith-expansion", "arithmetic the target has", simple<midend::buildArithExpansionPipeline>,
     "linalg", linalgIr},
    {"tensor-optimization", "packed, scheduled, tiled, vectorized", buildTensorOptimization,
     "linalg", linalgIr},
    {"bufferization", "one workspace", simple<midend::buildBufferizationPipeline>, "bufferization",
     vectorTensorIr},
    {"matmul-optimization", "multiply-adds on registers",
     simple<midend::buildMatmulOptimizationPipeline>, "memref", bufferIr},
    {"affine-loops", "loops for the rest", simple<midend::buildAffineLoopsPipeline>, "memref",
     bufferIr},
    {"parallelization", "OpenMP", simple<midend::buildParallelizationPipeline>, "memref", bufferIr},
    {"vector-optimization", "single registers", simple<midend::buildVectorOptimizationPipeline>,
     "memref", ompIr},
    {"vector-to-llvm", "vectors", simple<backend::buildVectorToLlvmPipeline>, "memref", ompIr},
    {"memref-expansion", "addresses", simple<backend::buildMemrefExpansionPipeline>, "memref",
     ompIr},
    {"arith-to-llvm", "arithmetic", simple<backend::buildArithToLlvmPipeline>, "func", ompIr},
    {"cf-to-llvm", "branches", simple<backend::buildCfToLlvmPipeline>, "func", ompIr},
    {"func-to-llvm", "functions", simple<backend::buildFuncToLlvmPipeline>, "func", ompIr},
    {"reconcile-casts", "only the LLVM dialect and OpenMP",
     simple<backend::buildReconcileCastsPipeline>, "llvm", ompIr},
};

ArrayRef<Stage> buddy::stages() { return allStages; }

int buddy::stageIndex(StringRef name) {
  for (auto [i, stage] : llvm::enumerate(stages()))
    if (stage.name == name)
      return i;
  return name == kObjectStage ? stages().size() : -1;
}

LogicalResult buddy::verifyStageInput(ModuleOp module, int index) {
  static constexpr llvm::StringLiteral objectIr[] = {"builtin", "llvm", "omp"};
  bool isObject = index == int(stages().size());
  StringRef name = isObject ? StringRef(kObjectStage) : StringRef(stages()[index].name);
  ArrayRef<llvm::StringLiteral> accepts = isObject ? ArrayRef(objectIr) : stages()[index].accepts;
  StringRef startsFrom = isObject ? StringRef("llvm") : StringRef(stages()[index].startsFrom);
  bool hasStart = false;
  WalkResult walk = module.walk([&](Operation *op) {
    StringRef dialect = op->getName().getDialectNamespace();
    hasStart |= dialect == startsFrom;
    if (llvm::is_contained(accepts, dialect))
      return WalkResult::advance();
    op->emitError()
        << "'" << op->getName() << "' cannot be in the IR that stage " << name
        << " starts from; give --at the stage that follows the one that wrote this file";
    return WalkResult::interrupt();
  });
  if (walk.wasInterrupted())
    return failure();
  if (!hasStart)
    return module.emitError()
           << "there is no '" << startsFrom << "' operation: this is not IR that "
           << "stage " << name
           << " starts from; give --at the stage that follows the one that wrote "
              "this file";
  return success();
}
