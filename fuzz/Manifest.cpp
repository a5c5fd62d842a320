// A manifest whose checksum is right, so that what is in it is looked at.
#include "Manifest.h"
#include "Checksum.h"
#include "Failure.h"
#include "Require.h"

using namespace buddy::runtime;

// What a run asks of the sizes.
static void evaluate(const TensorSpec &tensor, const std::vector<int64_t> &symbols) {
  for (const SizeExpression &size : tensor.sizes)
    size.evaluate(symbols.data());
  for (const IndexRange &range : tensor.ranges) {
    range.lowest.evaluate(symbols.data());
    range.highest.evaluate(symbols.data());
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string text(reinterpret_cast<const char *>(data), size);
  if (auto corrected = withManifestChecksum(text))
    text = *corrected;
  try {
    Manifest manifest = parseManifest(text, "manifest.json");
    REQUIRE(!manifest.entries.empty());
    for (const EntrySpec &entry : manifest.entries) {
      for (int64_t value : {int64_t(0), int64_t(1), int64_t(1) << 40, INT64_MAX}) {
        std::vector<int64_t> symbols(entry.symbols.size(), value);
        for (const TensorSpec &tensor : entry.inputs)
          evaluate(tensor, symbols);
        for (const TensorSpec &tensor : entry.outputs)
          evaluate(tensor, symbols);
        entry.flops.evaluate(symbols.data());
      }
      for (const SymbolSpec &symbol : entry.symbols)
        REQUIRE(symbol.dimension < entry.inputs.at(symbol.input).sizes.size());
      for (size_t state : entry.states)
        REQUIRE(state < manifest.states.size());
    }
    for (const StateSpec &state : manifest.states)
      if (state.initial)
        REQUIRE(*state.initial + state.elements * dataTypeBytes(state.stored) <=
                manifest.params.bytes);
  } catch (const Failure &failure) {
    REQUIRE(failure.status() != BUDDY_INTERNAL);
    REQUIRE(std::string_view(failure.what()).starts_with("manifest.json: "));
  }
  return 0;
}
