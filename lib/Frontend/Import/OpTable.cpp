// All op families in one map.
#include "buddy/Frontend/Import/OpTable.h"
#include "llvm/ADT/StringMap.h"

using namespace buddy;

static llvm::StringMap<const OpEntry *> buildTable() {
  llvm::StringMap<const OpEntry *> table;
  for (llvm::ArrayRef<OpEntry> family :
       {unaryOps(), arithmeticOps(), comparisonOps(), selectionOps(), viewOps(), sliceOps(),
        joinOps(), indexingOps(), scanOps(), creationOps(), conversionOps(), reductionOps(),
        rmsNormOps(), normalizationOps(), convolutionOps(), contractionOps(), einsumOps(),
        attentionOps(), bookkeepingOps()})
    for (const OpEntry &entry : family)
      table[entry.target] = &entry;
  return table;
}

const OpEntry *buddy::lookupOp(llvm::StringRef target) {
  static const llvm::StringMap<const OpEntry *> table = buildTable();
  return target.consume_front("torch.ops.aten.") ? table.lookup(target) : nullptr;
}
