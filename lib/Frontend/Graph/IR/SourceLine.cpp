// The Python line of a location.
#include "buddy/Frontend/Graph/IR/SourceLine.h"
#include "llvm/Support/Path.h"

using namespace mlir;

std::string buddy::sourceLine(Location location) {
  auto place = location->findInstanceOf<FileLineColLoc>();
  if (!place)
    return {};
  return (llvm::sys::path::filename(place.getFilename()) + ":" + Twine(place.getLine())).str();
}
