// Sets the control register for floats at the begin of a function, and back at its ends.
//
// A host may have switched subnormal numbers off (a library linked with -ffast-math does it for the
// whole thread), or round another way. OpenMP's threads take the register of the thread that starts
// them, or keep their own with KMP_INHERIT_FP_CONTROL=0: each share sets it.

#include "FloatControl.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicsAArch64.h"
#include "llvm/IR/IntrinsicsX86.h"
#include "llvm/IR/Module.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

// MXCSR: all exceptions masked, to nearest, neither flush to zero nor denormals are zero.
static constexpr uint32_t kMxcsr = 0x1f80;
// FPCR: the same is all zeros.
static constexpr uint64_t kFpcr = 0;

// What the OpenMP runtime calls in each of its threads.
static SetVector<Function *> sharesOfThreads(Module &module) {
  SetVector<Function *> shares;
  for (Function &function : module)
    if (function.getName().starts_with("__kmpc_fork_call"))
      for (User *user : function.users())
        if (auto *call = dyn_cast<CallInst>(user))
          for (Value *argument : call->args())
            if (auto *share = dyn_cast<Function>(argument->stripPointerCasts()))
              shares.insert(share);
  return shares;
}

namespace {
// One of the two registers: how it is saved and set.
struct ControlRegister {
  Module &module;
  bool isX86;

  Value *save(IRBuilder<> &b) const {
    if (!isX86)
      return b.CreateIntrinsic(Intrinsic::aarch64_get_fpcr, {});
    AllocaInst *slot = b.CreateAlloca(b.getInt32Ty(), nullptr, "caller_mxcsr");
    b.CreateIntrinsic(Intrinsic::x86_sse_stmxcsr, {slot});
    return slot;
  }
  void setOurs(IRBuilder<> &b) const {
    if (!isX86) {
      b.CreateIntrinsic(Intrinsic::aarch64_set_fpcr, {b.getInt64(kFpcr)});
      return;
    }
    AllocaInst *slot = b.CreateAlloca(b.getInt32Ty(), nullptr, "own_mxcsr");
    b.CreateStore(b.getInt32(kMxcsr), slot);
    b.CreateIntrinsic(Intrinsic::x86_sse_ldmxcsr, {slot});
  }
  void restore(IRBuilder<> &b, Value *saved) const {
    Intrinsic::ID set = Intrinsic::aarch64_set_fpcr;
    if (isX86)
      set = Intrinsic::x86_sse_ldmxcsr;
    b.CreateIntrinsic(set, {saved});
  }
};
} // namespace

void buddy::backend::controlFloats(Module &module, StringRef entry) {
  const Triple &triple = module.getTargetTriple();
  if (!triple.isX86() && !triple.isAArch64())
    return;
  ControlRegister control{module, triple.isX86()};
  SetVector<Function *> functions = sharesOfThreads(module);
  if (Function *function = module.getFunction(entry))
    functions.insert(function);
  for (Function *function : functions) {
    if (function->isDeclaration())
      continue;
    IRBuilder<> builder(module.getContext());
    builder.SetInsertPoint(&function->getEntryBlock(), function->getEntryBlock().begin());
    Value *saved = control.save(builder);
    control.setOurs(builder);
    for (BasicBlock &block : *function)
      if (auto *end = dyn_cast<ReturnInst>(block.getTerminator())) {
        builder.SetInsertPoint(end);
        control.restore(builder, saved);
      }
  }
}
