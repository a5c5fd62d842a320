// A loaded package.
#pragma once

#include "Library.h"
#include "LoadedParams.h"
#include "Manifest.h"
#include <memory>
#include <optional>

namespace buddy::runtime {

// The entry point of libmodel.so. docs/contracts.md, section 5.
using EntryPoint = void (*)(const void *params, const void *const *inputs, void *const *states,
                            void *const *outputs, void *workspace, const int64_t *symbols);
// The bytes of workspace that a run of these sizes needs.
using WorkspaceFunction = int64_t (*)(const int64_t *symbols);

// What the marks of kernels call while it is not null; docs/contracts.md, section 5.
using ProfileHook = int64_t (*)(int64_t token, int32_t kernel, int32_t event);

struct Model {
  Manifest manifest;
  std::optional<LoadedParams> params; // always there once it is loaded
  std::unique_ptr<Library> library;
  std::vector<EntryPoint> run;              // of the manifest's entries
  std::vector<WorkspaceFunction> workspace; // of them as well; null for one without symbols
  std::vector<ProfileHook *> profile;       // of them as well; null for one without kernels

  const void *paramsData() const;
};

// Checks and loads the package. Throws Failure.
std::shared_ptr<const Model> loadModel(const std::string &folder, bool alwaysCheckParams);

} // namespace buddy::runtime
