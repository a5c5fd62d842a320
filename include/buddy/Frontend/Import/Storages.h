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

  // `name` is a view of `of`, or the same tensor; if not `isCertain`, it may be a copy.
  void share(Scope &scope, llvm::StringRef name, Scope &ofScope, llvm::StringRef of,
             bool isCertain = true);

  // `name` has been changed in place to `value`: it and everything that shares its memory gets its
  // new value; what may share it or not has no known value any more. Fails if `name` is a view that
  // cannot be written through, as one made by expand.
  mlir::LogicalResult write(mlir::OpBuilder &builder, mlir::Location loc, Scope &scope,
                            llvm::StringRef name, mlir::Value value);

  // Whether what `name` stands for is not known: what may be its memory, or that of a copy of it,
  // has been changed.
  bool isStale(const Scope &scope, llvm::StringRef name) const;

  // Whether `value` is `of` behind reshapes, permutations, slices and broadcasts.
  static bool isView(mlir::Value value, mlir::Value of);

private:
  using Key = std::pair<const Scope *, std::string>;
  struct Member {
    Scope *scope;
    std::string name;
    bool isStale = false;
  };
  struct Storage {
    std::vector<Member> members; // the first one owns the memory
    std::vector<size_t> perhaps; // storages that may be this one
  };
  std::vector<Storage> storages;
  std::map<Key, std::pair<size_t, size_t>> places; // storage and member

  size_t storageOf(Scope &scope, llvm::StringRef name);
};

} // namespace buddy
