// params.bin: what is in it, and its bytes streamed from the mapped weights.
#pragma once

#include "FileWriter.h"
#include "buddy/Frontend/Import/WeightStore.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <set>
#include <string>
#include <vector>

namespace buddy {

// One entry of buddy.params. docs/contracts.md, section 4.
struct ParamRecipe {
  enum class Kind { Panels, Plain } kind = Kind::Plain;
  std::vector<std::string> sources;
  int64_t rows = 0, cols = 0, tile = 0; // panels
  bool transposed = false;              // panels
  int64_t elements = 0;                 // plain
  int64_t offset = 0, bytes = 0;
};

struct ParamLayout {
  std::vector<ParamRecipe> recipes; // by offset, without overlap
  int64_t bytes = 0;                // a multiple of 4096
};

// buddy.params and buddy.params_bytes
llvm::Expected<ParamLayout> readParamLayout(mlir::ModuleOp module);

// Streams tensors of the store in a given order. The checksum of each archive entry is checked
// before the first element of it is written.
class WeightStreamer {
public:
  WeightStreamer(const WeightStore &weights, FileWriter &writer)
      : weights(weights), writer(writer) {}

  // The weight's elements, row-major. It must be f32.
  llvm::Error plain(llvm::StringRef name);
  // packed[p][c][l] = stacked[p * tile + l][c], zeros beyond the rows.
  llvm::Error panels(const ParamRecipe &recipe);

  llvm::Expected<const Weight *> find(llvm::StringRef name);

private:
  const WeightStore &weights;
  FileWriter &writer;
  std::set<const char *> checkedFiles;
};

// Writes params.bin. Needs memory for one panel, whatever the weights' size.
llvm::Error writeParams(const ParamLayout &layout, const WeightStore &weights, FileWriter &writer);

} // namespace buddy
