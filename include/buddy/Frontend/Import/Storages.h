// Which of a program's tensors share memory, so that an operation that changes one in place is seen
// by the others: what PyTorch calls functionalization.
#pragma once

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"
#include <map>
#include <string>
#include <vector>

namespace buddy {

class Storages {
public:
  using Scope = llvm::StringMap<mlir::Value>; // one a graph: what its names stand for now

  // `name` is a view of `of` (or the same tensor); if not `isCertain`, it may be a copy.
  void share(Scope &scope, llvm::StringRef name, Scope &ofScope, llvm::StringRef of,
             bool isCertain = true);

  // `name` has been changed in place to `value`: it and everything that shares its memory gets its
  // new value. Fails if `name` is a view that cannot be written through, as one made by expand.
  mlir::LogicalResult write(mlir::OpBuilder &builder, mlir::Location loc, Scope &scope,
                            llvm::StringRef name, mlir::Value value);

  // Whether what `name` stands for is not known: it was made by something that copies only at
  // times, and what it was made of has been changed since.
  bool isStale(const Scope &scope, llvm::StringRef name) const;

  // Whether `value` is `of` behind reshapes, permutations, slices and broadcasts.
  static bool isView(mlir::Value value, mlir::Value of);

private:
  using Key = std::pair<const Scope *, std::string>;
  struct Member {
    Scope *scope;
    std::string name;
    bool isCertain, isStale;
  };
  // The first member owns the memory.
  std::vector<std::vector<Member>> storages;
  std::map<Key, std::pair<size_t, size_t>> places; // storage and member

  size_t storageOf(Scope &scope, llvm::StringRef name);
};

} // namespace buddy
