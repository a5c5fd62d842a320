// Names of targets, their facts, and what LLVM is told.

#include "buddy/Target/Target.h"
#include "buddy/Target/TargetMachine.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include "gtest/gtest.h"
#include <algorithm>

using namespace buddy;

namespace {

Target mustGet(llvm::StringRef name) {
  llvm::Expected<Target> target = getTarget(name);
  if (target)
    return *target;
  ADD_FAILURE() << llvm::toString(target.takeError());
  return {};
}

std::string errorOf(llvm::StringRef name) {
  llvm::Expected<Target> target = getTarget(name);
  return target ? "" : llvm::toString(target.takeError());
}

bool has(const std::vector<std::string> &list, const std::string &item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

bool hostIsX86() { return llvm::Triple(llvm::sys::getProcessTriple()).isX86(); }

TEST(Target, NamedLevelsAreFixed) {
  Target v4 = mustGet("x86-64-v4");
  EXPECT_EQ(v4.name, "x86-64-v4");
  EXPECT_EQ(v4.triple, "x86_64-unknown-linux-gnu");
  EXPECT_EQ(v4.vectorBits, 512);
  EXPECT_EQ(v4.f32Lanes(), 16);
  EXPECT_EQ(v4.vectorRegisters, 32);
  EXPECT_EQ(v4.l1Bytes, 32 * 1024);
  EXPECT_EQ(v4.l2Bytes, 1024 * 1024);
  EXPECT_EQ(v4.l3Bytes, 32 * 1024 * 1024);
  EXPECT_EQ(v4.tuneCpu, v4.cpu);
  EXPECT_TRUE(has(v4.features, "avx512f"));

  Target v3 = mustGet("x86-64-v3");
  EXPECT_EQ(v3.vectorBits, 256);
  EXPECT_EQ(v3.vectorRegisters, 16);
  EXPECT_TRUE(has(v3.features, "fma"));
  EXPECT_FALSE(has(v3.features, "avx512f"));

  Target arm = mustGet("aarch64");
  EXPECT_EQ(arm.triple, "aarch64-unknown-linux-gnu");
  EXPECT_EQ(arm.vectorBits, 128);
}

// The feature list is what LLVM switches on for the level's CPU name, but for x87 and the names
// that stand for tuning.
TEST(Target, FeaturesAreThoseOfTheLevel) {
  for (const char *name : {"x86-64-v3", "x86-64-v4", "aarch64"}) {
    Target target = mustGet(name);
    Target bare = target;
    bare.features.clear();
    auto machine = createTargetMachine(bare, 3);
    ASSERT_TRUE(bool(machine)) << llvm::toString(machine.takeError());
    for (const std::string &feature : target.features)
      EXPECT_TRUE((*machine)->getMCSubtargetInfo()->checkFeatures("+" + feature))
          << name << " " << feature;
  }
  // And the other way round: v4's own part is complete.
  auto machine = createTargetMachine(mustGet("x86-64-v4"), 3);
  ASSERT_TRUE(bool(machine));
  for (const char *absent : {"avx512vnni", "avx512bf16", "avx512vbmi", "amx-tile", "sse4a"})
    EXPECT_FALSE((*machine)->getMCSubtargetInfo()->checkFeatures(std::string("+") + absent));
}

TEST(Target, FeaturesCanBeAdded) {
  Target target = mustGet("x86-64-v4+amx-tile+avx2+amx-int8");
  EXPECT_EQ(target.name, "x86-64-v4+amx-tile+amx-int8"); // avx2 is in v4 already
  EXPECT_TRUE(has(target.features, "amx-tile"));
  EXPECT_TRUE(has(target.features, "amx-int8"));
  EXPECT_NE(featureString(target).find(",+amx-tile,+amx-int8"), std::string::npos);
}

TEST(Target, BadNamesAreErrors) {
  std::string unknown = errorOf("pentium");
  for (const char *part : {"'pentium'", "native", "x86-64-v3", "x86-64-v4", "aarch64"})
    EXPECT_NE(unknown.find(part), std::string::npos) << unknown;
  EXPECT_NE(errorOf("").find("unknown target ''"), std::string::npos);
  EXPECT_NE(errorOf("+avx2").find("unknown target '+avx2'"), std::string::npos);
  EXPECT_NE(errorOf("x86-64-v4 ").find("unknown target"), std::string::npos);
  EXPECT_NE(errorOf("x86-64-v4+turbo").find("'turbo' is not a CPU feature"), std::string::npos);
  EXPECT_NE(errorOf("x86-64-v4+").find("'' is not a CPU feature"), std::string::npos);
  EXPECT_NE(errorOf("aarch64+avx2").find("'avx2' is not a CPU feature"), std::string::npos);
}

TEST(Target, NativeRunsHere) {
  llvm::Expected<Target> native = getTarget("native");
  if (!native) {
    // A machine below every level says what it lacks.
    std::string message = llvm::toString(native.takeError());
    EXPECT_NE(message.find(" needs "), std::string::npos) << message;
    GTEST_SKIP() << message;
  }
  EXPECT_TRUE(missingFeatures(*native).empty());
  EXPECT_NE(native->name, "native");
  EXPECT_EQ(native->features, mustGet(native->name).features);
  EXPECT_EQ(native->tuneCpu, llvm::sys::getHostCPUName().str());
  EXPECT_GE(native->cores, 1);
  EXPECT_GE(native->l1Bytes, 4 * 1024);
  EXPECT_GE(native->l2Bytes, native->l1Bytes);
  EXPECT_GE(native->l3Bytes, native->l2Bytes);
  EXPECT_FALSE(hostCpuName().empty());
}

TEST(Target, MissingFeaturesAreNamed) {
  if (!hostIsX86())
    GTEST_SKIP() << "not an x86 machine";
  // Nothing of another architecture is here.
  EXPECT_EQ(missingFeatures(mustGet("aarch64")), mustGet("aarch64").features);
  // No CPU has both AMD's SSE4a and Intel's AMX.
  Target impossible = mustGet("x86-64-v3+sse4a+amx-tile");
  std::vector<std::string> missing = missingFeatures(impossible);
  EXPECT_TRUE(has(missing, "sse4a") || has(missing, "amx-tile"));
}

TEST(TargetMachine, LevelsOfOptimization) {
  Target target = mustGet("x86-64-v3");
  for (int level : {0, 1, 2, 3})
    EXPECT_TRUE(bool(llvm::expectedToOptional(createTargetMachine(target, level))));
  auto machine = createTargetMachine(target, 4);
  ASSERT_FALSE(bool(machine));
  EXPECT_NE(llvm::toString(machine.takeError()).find("not one of 0, 1, 2, 3"), std::string::npos);
}

TEST(TargetMachine, FusesAndAssumesNothingElse) {
  auto machine = createTargetMachine(mustGet("x86-64-v4"), 3);
  ASSERT_TRUE(bool(machine));
  EXPECT_EQ((*machine)->Options.AllowFPOpFusion, llvm::FPOpFusion::Strict);
  EXPECT_FALSE((*machine)->Options.NoSignedZerosFPMath);
  EXPECT_EQ((*machine)->getRelocationModel(), llvm::Reloc::PIC_);
}

TEST(TargetMachine, ModuleAndFunctionsAreMarked) {
  Target target = mustGet("x86-64-v4");
  auto machine = createTargetMachine(target, 3);
  ASSERT_TRUE(bool(machine));

  mlir::MLIRContext mlirContext;
  mlirContext.loadDialect<mlir::LLVM::LLVMDialect>();
  mlir::OwningOpRef<mlir::ModuleOp> dialectModule =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&mlirContext));
  setTargetOnModule(*dialectModule, target, **machine);
  EXPECT_EQ((*dialectModule)->getAttrOfType<mlir::StringAttr>("llvm.target_triple").getValue(),
            target.triple);
  EXPECT_FALSE(
      (*dialectModule)->getAttrOfType<mlir::StringAttr>("llvm.data_layout").getValue().empty());

  llvm::LLVMContext context;
  llvm::Module module("m", context);
  auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), false);
  auto *defined = llvm::Function::Create(type, llvm::Function::ExternalLinkage, "f", module);
  llvm::IRBuilder<>(llvm::BasicBlock::Create(context, "", defined)).CreateRetVoid();
  auto *declared = llvm::Function::Create(type, llvm::Function::ExternalLinkage, "g", module);
  applyTargetAttributes(module, target);
  auto value = [&](const char *name) {
    return defined->getFnAttribute(name).getValueAsString().str();
  };
  EXPECT_EQ(value("target-cpu"), "x86-64-v4");
  EXPECT_EQ(value("tune-cpu"), "x86-64-v4");
  EXPECT_EQ(value("target-features"), featureString(target));
  EXPECT_EQ(value("prefer-vector-width"), "512");
  EXPECT_EQ(value("no-trapping-math"), "true");
  for (const char *assumption : {"no-nans-fp-math", "no-infs-fp-math", "unsafe-fp-math"})
    EXPECT_FALSE(defined->hasFnAttribute(assumption));
  EXPECT_FALSE(declared->hasFnAttribute("target-cpu"));
}

} // namespace
