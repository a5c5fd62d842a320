// Reads what the compiled code found, and says it.
#include "Checks.h"
#include "Failure.h"
#include <algorithm>
#include <cstring>

namespace buddy::runtime {

// "model.py:83: embedding: "
static std::string label(const IndexCheck &check) {
  return (check.location.empty() ? "" : check.location + ": ") + check.op + ": ";
}

// What does not fit in 64 bits, no run can have.
static int64_t valueOf(const SizeExpression &size, const RunSizes &sizes) {
  auto value = size.evaluate(sizes.symbols.data());
  if (!value)
    fail(BUDDY_INVALID_TENSOR, "the sizes of this run are too large: ", sizes.symbolsText());
  return *value;
}

static std::vector<int64_t> shapeOf(const IndexCheck &check, const RunSizes &sizes) {
  std::vector<int64_t> shape;
  for (const SizeExpression &size : check.shape)
    shape.push_back(valueOf(size, sizes));
  return shape;
}

void checkDimensions(const EntrySpec &entry, const RunSizes &sizes) {
  for (const IndexCheck &check : entry.checks) {
    if (valueOf(check.lowest, sizes) <= valueOf(check.highest, sizes))
      continue;
    std::vector<int64_t> shape = shapeOf(check, sizes);
    if (std::find(shape.begin(), shape.end(), 0) == shape.end())
      fail(BUDDY_INDEX_OUT_OF_RANGE, label(check),
           "nothing can be chosen from a dimension of size 0, which it has with ",
           sizes.symbolsText());
  }
}

std::optional<std::string> indexError(const EntrySpec &entry, const RunSizes &sizes,
                                      const Findings &found) {
  auto [number, place, index] = found;
  if (place < 0)
    return std::nullopt;
  if (number < 0 || number >= static_cast<int64_t>(entry.checks.size()))
    fail(BUDDY_INTERNAL, "the entry '", entry.name, "' names the check ", number, " of ",
         entry.checks.size());
  const IndexCheck &check = entry.checks[number];
  int64_t lowest = valueOf(check.lowest, sizes), highest = valueOf(check.highest, sizes);
  std::vector<int64_t> shape = shapeOf(check, sizes);
  return concat(label(check), "index ", index, shape.empty() ? "" : " at ",
                shape.empty() ? "" : indexText(shape, place), " is outside of a dimension of size ",
                highest + 1, " (", lowest, " to ", highest, ")");
}

void spoil(const RunTensor &output, char *data) {
  // All bits set are NaN in every float format, and -1.
  if (output.elements)
    std::memset(data, output.spec->dtype == DataType::Bool ? 0 : 0xff, output.bytes());
}

} // namespace buddy::runtime
