// Builds buddy_entry_forward.

#include "EntryPoint.h"
#include "Signature.h"
#include "buddy/Backend/Object.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

// The pointers in array[0 .. count).
static void loadPointers(OpBuilder &builder, Location loc, Value array, size_t count,
                         SmallVectorImpl<Value> &pointers) {
  Type pointer = array.getType();
  for (size_t i = 0; i < count; ++i) {
    Value slot = LLVM::GEPOp::create(builder, loc, pointer, pointer, array,
                                     ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    pointers.push_back(LLVM::LoadOp::create(builder, loc, pointer, slot));
  }
}

std::string buddy::entrySymbol(ModuleOp module) {
  auto name = module->getAttrOfType<StringAttr>("buddy.entry");
  return "buddy_entry_" + (name ? name.str() : std::string("forward"));
}

llvm::Error buddy::backend::checkLlvmForward(ModuleOp module) {
  auto forward = module.lookupSymbol<LLVM::LLVMFuncOp>("forward");
  if (!forward || forward.isExternal())
    return llvm::createStringError("there is no llvm.func 'forward' with a body");
  llvm::Expected<Signature> signature = readSignature(module);
  if (!signature)
    return signature.takeError();
  LLVM::LLVMFunctionType type = forward.getFunctionType();
  auto isPointer = [](Type type) { return isa<LLVM::LLVMPointerType>(type); };
  if (type.getNumParams() == signature->numForwardArguments() && !type.isVarArg() &&
      isa<LLVM::LLVMVoidType>(type.getReturnType()) && llvm::all_of(type.getParams(), isPointer))
    return llvm::Error::success();
  return llvm::createStringError(
      "'forward' must take " + llvm::Twine(signature->numForwardArguments()) +
      " pointers (params, " + llvm::Twine(signature->inputs.size()) + " inputs, " +
      llvm::Twine(signature->states.size()) + " states, " + llvm::Twine(signature->outputs.size()) +
      " outputs, workspace, as buddy.signature says) and return nothing");
}

llvm::Error buddy::backend::addEntryPoint(ModuleOp module) {
  if (llvm::Error error = checkLlvmForward(module))
    return llvm::createStringError(
        "the object stage takes the IR of stage reconcile-casts; in this "
        "module " +
        llvm::toString(std::move(error)));
  std::string symbol = entrySymbol(module);
  if (module.lookupSymbol(symbol))
    return llvm::createStringError(llvm::Twine("the module defines '") + symbol +
                                   "' already; the name is reserved for the object stage");
  auto forward = module.lookupSymbol<LLVM::LLVMFuncOp>("forward");
  llvm::Expected<Signature> signature = readSignature(module);
  if (!signature)
    return signature.takeError();

  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Location loc = forward.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto nothing = LLVM::LLVMVoidType::get(module.getContext());
  auto entry = LLVM::LLVMFuncOp::create(
      builder, loc, symbol, LLVM::LLVMFunctionType::get(nothing, SmallVector<Type>(5, pointer)));
  Block *body = entry.addEntryBlock(builder);
  builder.setInsertionPointToStart(body);
  SmallVector<Value> arguments = {body->getArgument(0)};
  loadPointers(builder, loc, body->getArgument(1), signature->inputs.size(), arguments);
  loadPointers(builder, loc, body->getArgument(2), signature->states.size(), arguments);
  loadPointers(builder, loc, body->getArgument(3), signature->outputs.size(), arguments);
  arguments.push_back(body->getArgument(4));
  LLVM::CallOp::create(builder, loc, forward, arguments);
  LLVM::ReturnOp::create(builder, loc, ValueRange{});
  return llvm::Error::success();
}
