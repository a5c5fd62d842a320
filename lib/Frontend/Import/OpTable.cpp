// All op families in one map.
#include "buddy/Frontend/Import/OpTable.h"
#include "llvm/ADT/StringMap.h"

using namespace buddy;

static llvm::StringMap<const OpEntry *> buildTable() {
  llvm::StringMap<const OpEntry *> table;
  for (llvm::ArrayRef<OpEntry> family :
       {unaryOps(),       activationOps(), arithmeticOps(), comparisonOps(),  selectionOps(),
        viewOps(),        sliceOps(),      joinOps(),       indexingOps(),    scanOps(),
        creationOps(),    conversionOps(), reductionOps(),  rmsNormOps(),     normalizationOps(),
        convolutionOps(), poolingOps(),    resamplingOps(), contractionOps(), einsumOps(),
        attentionOps(),   bookkeepingOps()})
    for (const OpEntry &entry : family)
      table[entry.target] = &entry;
  return table;
}

bool buddy::isInPlace(llvm::StringRef target) {
  if (!target.consume_front("torch.ops.aten."))
    return false;
  llvm::StringRef name = target.split('.').first;
  // __and__ and its like are ordinary; detach_ changes what autograd knows, not the tensor.
  return name.ends_with("_") && !name.ends_with("__") && name != "detach_";
}

const OpEntry *buddy::lookupOp(llvm::StringRef target) {
  static const llvm::StringMap<const OpEntry *> table = buildTable();
  bool inPlace = isInPlace(target);
  if (!target.consume_front("torch.ops.aten."))
    return nullptr;
  if (!inPlace)
    return table.lookup(target);
  auto [name, overload] = target.split('.');
  return table.lookup((name.drop_back() + "." + overload).str());
}

bool buddy::movesElements(const OpEntry &entry) {
  for (llvm::ArrayRef<OpEntry> family : {viewOps(), sliceOps(), conversionOps(), bookkeepingOps()})
    if (&entry >= family.begin() && &entry < family.end())
      return true;
  return false;
}

bool buddy::canBeView(const OpEntry &entry) {
  llvm::StringRef name = entry.target.split('.').first;
  // Among operations that are views these always copy.
  for (llvm::StringRef copies :
       {"clone", "flip", "repeat", "tile", "repeat_interleave", "lift_fresh_copy", "_to_copy"})
    if (name == copies)
      return false;
  return movesElements(entry);
}
