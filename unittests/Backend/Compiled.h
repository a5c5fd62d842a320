// IR in, object file or loaded library out, for the tests of the last two steps.
#pragma once

#include "buddy/Target/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include <string>
#include <vector>

// A folder that is gone when the test is over.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string operator/(const std::string &name) const { return path + "/" + name; }

private:
  std::string path;
};

// Parses IR as the midend delivers it and runs the six stages; the failure's text is in `errors`.
struct Lowered {
  explicit Lowered(const std::string &ir);
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module; // null if something failed
  std::string errors;
};

using Entry = void (*)(const void *params, const void *const *inputs, void *const *states,
                       void *const *outputs, void *workspace, const int64_t *symbols);

// A library loaded with dlopen, closed at the end.
class Library {
public:
  explicit Library(const std::string &path);
  ~Library();
  void *symbol(const char *name) const;
  Entry entry() const { return reinterpret_cast<Entry>(symbol("buddy_entry_forward")); }
  bool loaded() const { return handle; }

private:
  void *handle = nullptr;
};

// The whole text of a file, bytes as they are.
std::string readFile(const std::string &path);
