// Symbols from shapes, shapes from symbols.
#include "RunSizes.h"
#include "Failure.h"
#include "TensorCheck.h"
#include <limits>

namespace buddy::runtime {

static std::vector<RunTensor> runTensors(const std::vector<TensorSpec> &specs, const char *role) {
  std::vector<RunTensor> tensors;
  for (const TensorSpec &spec : specs)
    tensors.push_back({&spec, role, tensors.size(), spec.shape, spec.elements});
  return tensors;
}

RunSizes::RunSizes(const EntrySpec &entry)
    : symbols(entry.symbols.size()), inputs(runTensors(entry.inputs, "input")),
      outputs(runTensors(entry.outputs, "output")), entry(&entry) {}

void RunSizes::read(const DLTensor *const *given) {
  for (size_t i = 0; i < symbols.size(); ++i) {
    const SymbolSpec &symbol = entry->symbols[i];
    const RunTensor &source = inputs[symbol.input];
    checkRank(given[symbol.input], source);
    symbols[i] = given[symbol.input]->shape[symbol.dimension];
    if (symbols[i] < symbol.min || symbols[i] > symbol.max)
      fail(BUDDY_INVALID_TENSOR, tensorLabel(source), ": dimension ", symbol.dimension, " (",
           symbol.name, ") is ", symbols[i], ", must be ", rangeText(symbol));
    // Compiled code counts on it where the program names no largest size.
    if (symbols[i] > std::numeric_limits<int32_t>::max())
      fail(BUDDY_INVALID_TENSOR, tensorLabel(source), ": dimension ", symbol.dimension, " (",
           symbol.name, ") is ", symbols[i], ", no run takes more than ",
           std::numeric_limits<int32_t>::max());
  }
  if (symbols.empty())
    return;
  for (RunTensor &tensor : inputs)
    compute(tensor);
  for (RunTensor &tensor : outputs)
    compute(tensor);
}

void RunSizes::compute(RunTensor &tensor) const {
  const TensorSpec &spec = *tensor.spec;
  for (size_t i = 0; i < spec.sizes.size(); ++i) {
    auto size = spec.sizes[i].evaluate(symbols.data());
    if (!size || *size < 0)
      fail(BUDDY_INVALID_TENSOR, tensorLabel(tensor), ": dimension ", i, " (", spec.dimensions[i],
           ") would be ", size ? "negative" : "beyond 63 bits", " with ", symbolsText(spec));
    tensor.shape[i] = *size;
  }
  auto elements = elementCount(tensor.shape, dataTypeBytes(spec.dtype));
  if (!elements)
    fail(BUDDY_INVALID_TENSOR, tensorLabel(tensor), ": its shape ", shapeText(spec),
         " would be too large with ", symbolsText(spec));
  tensor.elements = *elements;
}

std::string RunSizes::symbolsText(const TensorSpec &spec) const {
  std::string text;
  for (size_t i = 0; i < symbols.size(); ++i) {
    bool used = false;
    for (const SizeExpression &size : spec.sizes)
      used |= size.uses(i);
    const SymbolSpec &symbol = entry->symbols[i];
    if (used)
      text += concat(text.empty() ? "" : ", ", symbol.name, " = ", symbols[i], " (from ",
                     tensorLabel(inputs[symbol.input]), ", dimension ", symbol.dimension, ")");
  }
  return text;
}

std::string RunSizes::symbolsText() const {
  std::string text;
  for (size_t i = 0; i < symbols.size(); ++i)
    text += concat(i ? ", " : "", entry->symbols[i].name, " = ", symbols[i]);
  return text;
}

} // namespace buddy::runtime
