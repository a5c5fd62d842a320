// Makes small .pt2 archives for the tests.
#pragma once

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace buddy::test {

// A zip in a temporary folder that is removed with the object.
class TestArchive {
public:
  TestArchive();
  ~TestArchive();

  // Adds "layer/<name>"; a later one of the same name takes the place of the first.
  TestArchive &add(llvm::StringRef name, llvm::StringRef bytes, bool compressed = false);
  // Adds the entries every archive has: byteorder and the two empty weight configurations.
  TestArchive &addFrame();
  // Writes the zip and gives its path.
  std::string write();
  // A file of these bytes in the same folder.
  std::string writeRaw(llvm::StringRef bytes);

private:
  struct Entry {
    std::string name, bytes;
    bool compressed;
  };
  std::string folder;
  unsigned rawFiles = 0;
  std::vector<Entry> entries;
};

std::string readFile(llvm::StringRef path);

// Pieces of JSON.
std::string tensorMeta(llvm::StringRef sizes, int dtype = 7, llvm::StringRef strides = "",
                       int64_t offset = 0);
std::string weightConfig(llvm::StringRef name, llvm::StringRef file, llvm::StringRef meta,
                         bool pickle = false);
std::string node(llvm::StringRef target, llvm::StringRef inputs, llvm::StringRef output,
                 int line = 1, llvm::StringRef source = "y = f(x)");
std::string tensorArg(llvm::StringRef parameter, llvm::StringRef value);

// A program of one input x [2, 4] and, with `withWeight`, one parameter "w" [4, 3] known as p_w.
struct ProgramJson {
  std::string schemaMajor = "8";
  std::string nodes;
  std::string tensorValues; // besides x and p_w
  std::string output = "y";
  std::string inputMeta = tensorMeta("2,4");
  std::string outputSpec; // whole spec; by default a user_output of `output`
  std::string ranges;     // members of range_constraints
  bool withWeight = false;

  std::string str() const;
};

// What importPt2 reports for the archive, all diagnostics and notes joined by newlines ("" if
// none), and the module's text if it succeeds.
struct ImportOutcome {
  std::string diagnostics;
  std::string module;
};
ImportOutcome import(llvm::StringRef path);

} // namespace buddy::test
