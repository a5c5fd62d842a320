// Loads a package: everything is checked before any of its code can run.
#include "Model.h"
#include "Checksum.h"
#include "CpuFeatures.h"
#include "OpenFolder.h"
#include <climits>
#include <cstdlib>

namespace buddy::runtime {

// Above this the parameters' checksum is left to those who ask for it.
constexpr int64_t paramsCheckedUpTo = int64_t(256) << 20;

const void *Model::paramsData() const {
  // A model without parameters still gets a valid pointer.
  alignas(64) static const char none[64] = {};
  return params->bytes().empty() ? none : params->bytes().data();
}

static void checkCpu(const Manifest &manifest, const std::string &folder) {
  std::string architecture = manifest.triple.substr(0, manifest.triple.find('-'));
  if (architecture != hostArchitecture())
    fail(BUDDY_WRONG_CPU, folder, ": was compiled for ", manifest.targetName, " (", architecture,
         "), this machine is ", hostArchitecture(), ": compile it with --target=native here");
  std::string missing;
  for (const std::string &feature : missingCpuFeatures(manifest.features))
    missing += (missing.empty() ? "" : ", ") + feature;
  if (!missing.empty())
    fail(BUDDY_WRONG_CPU, folder, ": was compiled for ", manifest.targetName,
         ", this machine's CPU does not have: ", missing, "; compile it with --target=native here");
}

static void checkFile(std::string_view bytes, const std::string &path, const FileSpec &spec,
                      bool checkSum) {
  if (bytes.size() != static_cast<uint64_t>(spec.bytes))
    fail(BUDDY_DAMAGED, path, ": has ", bytes.size(), " bytes, the manifest says ", spec.bytes,
         ": the package is damaged; compile the layer again");
  if (!checkSum)
    return;
  uint32_t crc = crc32Of(bytes);
  if (crc != spec.crc32)
    fail(BUDDY_DAMAGED, path, ": its checksum is ", crc32Text(crc), ", the manifest says ",
         crc32Text(spec.crc32), ": the package is damaged; compile the layer again");
}

static std::shared_ptr<const Model> load(const OpenFolder &opened, bool alwaysCheckParams) {
  const std::string &folder = opened.path();
  auto model = std::make_shared<Model>();
  model->manifest = readManifest(opened);
  const Manifest &manifest = model->manifest;
  if (!compatibleVersions(manifest.compiler, BUDDY_VERSION))
    fail(BUDDY_WRONG_VERSION, folder, ": was made by compiler ", manifest.compiler,
         ", this runtime is ", BUDDY_VERSION, ": compile the layer again with version ",
         BUDDY_VERSION);
  checkCpu(manifest, folder);

  std::string paramsPath = folder + "/" + manifest.params.file;
  model->params.emplace(opened.descriptor(), manifest.params.file, paramsPath, hugePageUse());
  checkFile(model->params->bytes(), paramsPath, manifest.params,
            alwaysCheckParams || manifest.params.bytes <= paramsCheckedUpTo);
  std::string libraryPath = folder + "/" + manifest.library.file;
  MappedFile libraryFile(opened.descriptor(), manifest.library.file, libraryPath);
  checkFile(libraryFile.bytes(), libraryPath, manifest.library, true);
  for (const std::string &name : manifest.needs)
    requireLibrary(name, folder);

  // By absolute path: dlopen would look a plain name up in its search path.
  char *absolute = ::realpath(folder.c_str(), nullptr);
  if (!absolute)
    fail(BUDDY_NOT_A_PACKAGE, folder, ": cannot resolve the path: ", errnoText());
  std::string path = std::string(absolute) + "/" + manifest.library.file;
  std::free(absolute);
  model->library = std::make_unique<Library>(path, libraryFile.device(), libraryFile.inode());
  auto find = [&](const std::string &symbol) {
    void *address = model->library->symbol(symbol);
    if (!address)
      fail(BUDDY_DAMAGED, path, ": has no symbol ", symbol);
    return address;
  };
  model->params->settle();
  for (const EntrySpec &entry : manifest.entries) {
    model->run.push_back(reinterpret_cast<EntryPoint>(find(entry.symbol)));
    model->workspace.push_back(entry.symbols.empty()
                                   ? nullptr
                                   : reinterpret_cast<WorkspaceFunction>(find(entry.workspace)));
    model->profile.push_back(
        entry.kernels.empty() ? nullptr : reinterpret_cast<ProfileHook *>(find(entry.profile)));
  }
  return model;
}

std::shared_ptr<const Model> loadModel(const std::string &folder, bool alwaysCheckParams) {
  return whileItStays(folder,
                      [&](const OpenFolder &opened) { return load(opened, alwaysCheckParams); });
}

} // namespace buddy::runtime
