// Registration of LLVM's x86 and AArch64 backends, and questions to them.

#include "LlvmBackends.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Triple.h"
#include <mutex>

using namespace buddy;

static void registerBackends() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
  });
}

llvm::Expected<const llvm::Target *> buddy::lookupLlvmTarget(llvm::StringRef triple) {
  registerBackends();
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(llvm::Triple(triple), error);
  if (!target)
    return llvm::createStringError("this LLVM cannot generate code for " + triple.str() + ": " +
                                   error);
  return target;
}

llvm::Expected<bool> buddy::isKnownFeature(llvm::StringRef triple, llvm::StringRef feature) {
  llvm::Expected<const llvm::Target *> target = lookupLlvmTarget(triple);
  if (!target)
    return target.takeError();
  std::unique_ptr<llvm::MCSubtargetInfo> info(
      (*target)->createMCSubtargetInfo(llvm::Triple(triple), "", ""));
  if (!info)
    return llvm::createStringError("this LLVM does not describe the CPUs of " + triple.str());
  for (const llvm::SubtargetFeatureKV &known : info->getAllProcessorFeatures())
    if (feature == known.Key)
      return true;
  return false;
}
