// Builds buddy_entry_forward and buddy_workspace_forward.

#include "EntryPoint.h"
#include "Signature.h"
#include "buddy/Backend/Object.h"
#include "buddy/Midend/Transforms/Kernels.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace buddy::backend;

// The values array[0 .. count), each of that type.
static void loadAll(OpBuilder &builder, Location loc, Value array, Type type, size_t count,
                    SmallVectorImpl<Value> &values) {
  for (size_t i = 0; i < count; ++i) {
    Value slot = LLVM::GEPOp::create(builder, loc, array.getType(), type, array,
                                     ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    values.push_back(LLVM::LoadOp::create(builder, loc, type, slot));
  }
}

static std::string entryName(ModuleOp module) {
  auto name = module->getAttrOfType<StringAttr>("buddy.entry");
  return name ? name.str() : "forward";
}

std::string buddy::entrySymbol(ModuleOp module) { return "buddy_entry_" + entryName(module); }

std::string buddy::workspaceSymbol(ModuleOp module) {
  return "buddy_workspace_" + entryName(module);
}

std::string buddy::profileSymbol(ModuleOp module) { return profileSymbol(entryName(module)); }

static llvm::Error checkWorkspaceFunction(ModuleOp module, size_t numSymbols) {
  auto function = module.lookupSymbol<LLVM::LLVMFuncOp>(kForwardWorkspaceBytes);
  if (!function || function.isExternal())
    return llvm::createStringError(
        "buddy.symbols is there, but no llvm.func 'forward_workspace_bytes' with a body");
  LLVM::LLVMFunctionType type = function.getFunctionType();
  if (type.getNumParams() == numSymbols && !type.isVarArg() && type.getReturnType().isInteger(64) &&
      llvm::all_of(type.getParams(), [](Type type) { return type.isInteger(64); }))
    return llvm::Error::success();
  return llvm::createStringError("'forward_workspace_bytes' must take " + llvm::Twine(numSymbols) +
                                 " i64, the symbols of buddy.symbols, and return an i64");
}

llvm::Error buddy::backend::checkLlvmForward(ModuleOp module) {
  auto forward = module.lookupSymbol<LLVM::LLVMFuncOp>("forward");
  if (!forward || forward.isExternal())
    return llvm::createStringError("there is no llvm.func 'forward' with a body");
  llvm::Expected<Signature> signature = readSignature(module);
  if (!signature)
    return signature.takeError();
  LLVM::LLVMFunctionType type = forward.getFunctionType();
  size_t numSymbols = signature->symbols.size(), firstSymbol = signature->firstSymbolArgument();
  bool isRight = type.getNumParams() == signature->numForwardArguments() && !type.isVarArg() &&
                 isa<LLVM::LLVMVoidType>(type.getReturnType());
  for (auto [index, parameter] : llvm::enumerate(type.getParams()))
    isRight &= index >= firstSymbol && index < firstSymbol + numSymbols
                   ? parameter.isInteger(64)
                   : isa<LLVM::LLVMPointerType>(parameter);
  if (!isRight) {
    std::string symbols = numSymbols ? std::to_string(numSymbols) + " symbols as i64, " : "";
    return llvm::createStringError(
        "'forward' must take " + llvm::Twine(signature->numForwardArguments() - numSymbols) +
        " pointers (params, " + llvm::Twine(signature->inputs.size()) + " inputs, " +
        llvm::Twine(signature->states.size()) + " states, " + symbols +
        llvm::Twine(signature->outputs.size()) + " outputs, workspace, as buddy.signature" +
        (numSymbols ? " and buddy.symbols say" : " says") + ") and return nothing");
  }
  return numSymbols ? checkWorkspaceFunction(module, numSymbols) : llvm::Error::success();
}

// A function of pointers with an empty body, which is where `builder` stands then.
static llvm::Expected<Block *> addFunction(OpBuilder &builder, ModuleOp module, Location loc,
                                           const std::string &name, Type result,
                                           size_t numPointers) {
  if (module.lookupSymbol(name))
    return llvm::createStringError(llvm::Twine("the module defines '") + name +
                                   "' already; the name is reserved for the object stage");
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  builder.setInsertionPointToEnd(module.getBody());
  auto function = LLVM::LLVMFuncOp::create(
      builder, loc, name,
      LLVM::LLVMFunctionType::get(result, SmallVector<Type>(numPointers, pointer)));
  Block *body = function.addEntryBlock(builder);
  builder.setInsertionPointToStart(body);
  return body;
}

llvm::Error buddy::backend::addEntryPoint(ModuleOp module) {
  if (llvm::Error error = checkLlvmForward(module))
    return llvm::createStringError(
        "the object stage takes the IR of stage reconcile-casts; in this "
        "module " +
        llvm::toString(std::move(error)));
  auto forward = module.lookupSymbol<LLVM::LLVMFuncOp>("forward");
  llvm::Expected<Signature> signature = readSignature(module);
  if (!signature)
    return signature.takeError();

  OpBuilder builder(module.getContext());
  Location loc = forward.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto nothing = LLVM::LLVMVoidType::get(module.getContext());
  Type integer = builder.getI64Type();
  auto entry = addFunction(builder, module, loc, entrySymbol(module), nothing, 6);
  if (!entry)
    return entry.takeError();
  Block &body = **entry;
  size_t numSymbols = signature->symbols.size();
  SmallVector<Value> arguments = {body.getArgument(0)};
  loadAll(builder, loc, body.getArgument(1), pointer, signature->inputs.size(), arguments);
  loadAll(builder, loc, body.getArgument(2), pointer, signature->states.size(), arguments);
  loadAll(builder, loc, body.getArgument(5), integer, numSymbols, arguments);
  loadAll(builder, loc, body.getArgument(3), pointer, signature->outputs.size(), arguments);
  arguments.push_back(body.getArgument(4));
  LLVM::CallOp::create(builder, loc, forward, arguments);
  LLVM::ReturnOp::create(builder, loc, ValueRange{});
  if (!numSymbols)
    return llvm::Error::success();

  auto workspace = addFunction(builder, module, loc, workspaceSymbol(module), integer, 1);
  if (!workspace)
    return workspace.takeError();
  SmallVector<Value> symbols;
  loadAll(builder, loc, (*workspace)->getArgument(0), integer, numSymbols, symbols);
  auto bytes = module.lookupSymbol<LLVM::LLVMFuncOp>(kForwardWorkspaceBytes);
  auto call = LLVM::CallOp::create(builder, loc, bytes, symbols);
  LLVM::ReturnOp::create(builder, loc, call.getResults());
  return llvm::Error::success();
}
