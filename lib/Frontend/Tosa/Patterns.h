// The parts of graph -> TOSA, by family. Each set of patterns stands in the file of its name.
#pragma once

#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace buddy::frontend {

// Reports everything in `module` that TOSA cannot express, each at its own location.
llvm::LogicalResult checkExpressible(mlir::ModuleOp module);

// Why these values cannot be a tosa.const, or an empty string: no data.
std::string constantProblem(mlir::ElementsAttr values);
std::string arangeProblem(graph::ArangeOp op);

// Gives @forward the parameters as its first argument and cuts them out of it.
llvm::LogicalResult lowerParams(mlir::ModuleOp module);

// graph.attention, rope, rms_norm and swiglu -> calls of private functions that hold their meaning.
llvm::LogicalResult outlineComposites(mlir::ModuleOp module);

void populateConstantsToTosa(mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateElementwiseToTosa(mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateComparisonsToTosa(mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateViewsToTosa(mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateChecksToTosa(mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateIndexingToTosa(mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateReductionsToTosa(mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateContractionsToTosa(mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);

} // namespace buddy::frontend
