// A loaded package.
#pragma once

#include "Library.h"
#include "Manifest.h"
#include "MappedFile.h"
#include <memory>

namespace buddy::runtime {

// The entry point of libmodel.so. docs/contracts.md, section 5.
using EntryPoint = void (*)(const void *params, const void *const *inputs, void *const *states,
                            void *const *outputs, void *workspace);

struct Model {
  Manifest manifest;
  MappedFile params;
  std::unique_ptr<Library> library;
  std::vector<EntryPoint> run; // of the manifest's entries

  const void *paramsData() const;
};

// Checks and loads the package. Throws Failure.
std::shared_ptr<const Model> loadModel(const std::string &folder, bool alwaysCheckParams);

} // namespace buddy::runtime
