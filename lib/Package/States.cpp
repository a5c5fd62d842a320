// The states' first values, from the archive.
#include "States.h"
#include "Errors.h"
#include "llvm/Support/MathExtras.h"

namespace buddy {

constexpr int64_t pageBytes = 4096;
constexpr int64_t alignment = 64;

llvm::Expected<std::vector<StateContent>> writeStates(const std::vector<SignatureTensor> &states,
                                                      const WeightStore &weights,
                                                      FileWriter &writer) {
  std::vector<StateContent> contents;
  for (const SignatureTensor &state : states) {
    StateContent &content = contents.emplace_back();
    const Weight *weight = weights.lookup(state.name);
    if (!weight || !llvm::equal(weight->sizes, state.shape) ||
        dtypeName(weight->dtype) != state.dtype)
      return packageError(PackageFailure::Internal, "the state '" + state.name +
                                                        "' of buddy.signature is not a buffer of " +
                                                        "the archive, or has another type there");
    std::vector<char> bytes(weight->elements() * dtypeBytes(weight->dtype));
    if (llvm::Error error = weights.read(state.name, bytes))
      return packageError(PackageFailure::Input, llvm::toString(std::move(error)));
    if (llvm::all_of(bytes, [](char byte) { return byte == 0; }))
      continue;
    if (state.dtype == "bool") // 0 or 1, as the compiled code has them
      for (char &byte : bytes)
        byte = byte != 0;
    writer.zeros(llvm::alignTo(writer.size(), alignment) - writer.size());
    content.offset = writer.size();
    writer.write({bytes.data(), bytes.size()});
  }
  writer.zeros(llvm::alignTo(writer.size(), pageBytes) - writer.size());
  return contents;
}

} // namespace buddy
