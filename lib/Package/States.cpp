// The states' first values, from the archive.
#include "States.h"
#include "Errors.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>
#include <limits>

namespace buddy {

constexpr int64_t pageBytes = 4096;
constexpr int64_t alignment = 64;

// int64 as int32 and bool as 0 or 1, as the compiled code has them.
static llvm::Error narrow(const SignatureTensor &state, std::vector<char> &bytes) {
  if (state.dtype == "bool")
    for (char &byte : bytes)
      byte = byte != 0;
  if (state.dtype != "i64")
    return llvm::Error::success();
  std::vector<int64_t> wide(bytes.size() / sizeof(int64_t));
  std::memcpy(wide.data(), bytes.data(), bytes.size());
  std::vector<int32_t> narrowed;
  for (int64_t value : wide) {
    if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max())
      return packageError(PackageFailure::Input,
                          "the buffer '" + state.name + "', which the program changes, holds " +
                              llvm::Twine(value) + "; int64 is computed in 32 bits");
    narrowed.push_back(static_cast<int32_t>(value));
  }
  bytes.resize(narrowed.size() * sizeof(int32_t));
  std::memcpy(bytes.data(), narrowed.data(), bytes.size());
  return llvm::Error::success();
}

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
    if (llvm::Error error = narrow(state, bytes))
      return std::move(error);
    writer.zeros(llvm::alignTo(writer.size(), alignment) - writer.size());
    content.offset = writer.size();
    writer.write({bytes.data(), bytes.size()});
  }
  writer.zeros(llvm::alignTo(writer.size(), pageBytes) - writer.size());
  return contents;
}

} // namespace buddy
