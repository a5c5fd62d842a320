// The tensors of an exported program, mapped from its archive and never copied as a whole.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace buddy {

enum class DType { F32, F64, F16, BF16, I64, I32, I16, I8, U8, Bool };
llvm::StringRef dtypeName(DType dtype); // "f32", "i64", "bool", ...
int64_t dtypeBytes(DType dtype);

// Whether the strides are those of a dense row-major tensor of the sizes; both have one length.
bool isRowMajor(llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> strides);

struct Weight {
  std::string name; // as in the signature: "q_proj.weight"
  DType dtype = DType::F32;
  std::vector<int64_t> sizes;
  std::vector<int64_t> strides; // in elements; a weight can be a view of its file
  int64_t storageOffset = 0;    // in elements
  llvm::ArrayRef<char> file;    // the archive entry's bytes, mapped
  uint32_t fileCrc32 = 0;       // as the archive's directory has it
  std::string fileName;         // the entry's name in the archive, for messages

  int64_t elements() const;
  // Whether both are one tensor of one file, or hold the same bytes in the same order as far as
  // sizes and checksums tell.
  bool isSameStorage(const Weight &other) const;
  bool isSameContent(const Weight &other) const;
  // Whether both may have an element of one file.
  bool overlaps(const Weight &other) const;
};

class WeightStore {
public:
  // Adds a weight whose view has been checked to lie inside its file.
  void add(Weight weight);
  // Null if there is none of that name.
  const Weight *lookup(llvm::StringRef name) const;
  // The name of a weight that is one with `weight` (isSameStorage); empty if there is none.
  std::string findSameStorage(const Weight &weight) const;

  // The weight's elements, row-major and contiguous, into `out` (elements * dtypeBytes bytes).
  // Checks the entry's CRC the first time a file is read: a flipped byte is an error that names the
  // file.
  llvm::Error read(llvm::StringRef name, llvm::MutableArrayRef<char> out) const;

  // Keeps the mapping alive as long as the store.
  std::shared_ptr<void> mapping;

private:
  llvm::StringMap<Weight> weights;
  mutable llvm::StringMap<bool> checkedFiles;
};

} // namespace buddy
