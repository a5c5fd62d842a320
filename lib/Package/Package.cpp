// Writes a package: the files into a temporary folder, then the folder into its place.
#include "buddy/Package/Package.h"
#include "ElfNeeds.h"
#include "Errors.h"
#include "FileWriter.h"
#include "ManifestWriter.h"
#include "ModelHeader.h"
#include "PackageFolder.h"
#include "Params.h"
#include "Signature.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;

namespace buddy {

static llvm::Expected<PackageFile> finish(FileWriter &writer) {
  if (llvm::Error error = writer.finish())
    return std::move(error);
  return PackageFile{static_cast<int64_t>(writer.size()), writer.crc32()};
}

static llvm::Expected<PackageFile> writeText(const PackageFolder &folder, llvm::StringRef name,
                                             llvm::StringRef text, unsigned mode = 0666) {
  FileWriter writer(folder.file(name), folder.shown(name), mode);
  writer.write(text);
  return finish(writer);
}

llvm::Error writePackage(ModuleOp module, const WeightStore &weights, const Target &target,
                         llvm::StringRef library, llvm::StringRef output) {
  auto signature = readPackageSignature(module);
  if (!signature)
    return signature.takeError();
  auto layout = readParamLayout(module);
  if (!layout)
    return layout.takeError();
  auto workspace = integerAttribute(module->getAttr("buddy.workspace_bytes"));
  if (!workspace || *workspace < 0)
    return missingAttribute("buddy.workspace_bytes", "is missing or no size");
  auto schedules = readRecordedSchedules(module);
  if (!schedules)
    return packageError(PackageFailure::Internal, llvm::toString(schedules.takeError()));
  int64_t flops = integerAttribute(module->getAttr("buddy.flops")).value_or(0);
  auto libraryFile = llvm::MemoryBuffer::getFile(library, false, false);
  if (std::error_code error = libraryFile.getError())
    return packageError(PackageFailure::Internal,
                        library + ": cannot read the linked library: " + error.message());
  auto needs = neededLibraries((*libraryFile)->getMemBufferRef());
  if (!needs)
    return needs.takeError();

  auto folder = PackageFolder::create(output);
  if (!folder)
    return folder.takeError();
  std::vector<StateContent> states;
  ManifestFacts facts{target,     {},     {},         std::move(*needs), *layout,
                      *signature, states, *schedules, *workspace,        flops};

  auto libraryWritten = writeText(**folder, "libmodel.so", (*libraryFile)->getBuffer(), 0777);
  if (!libraryWritten)
    return libraryWritten.takeError();
  facts.library = *libraryWritten;

  FileWriter params((*folder)->file("params.bin"), (*folder)->shown("params.bin"));
  if (llvm::Error error = writeParams(*layout, weights, params))
    return error;
  auto contents = writeStates(signature->states, weights, params);
  if (!contents)
    return contents.takeError();
  states = std::move(*contents);
  auto paramsWritten = finish(params);
  if (!paramsWritten)
    return paramsWritten.takeError();
  facts.params = *paramsWritten;

  auto header = writeText(**folder, "model.h", makeModelHeader("forward", *signature));
  if (!header)
    return header.takeError();
  auto manifest = writeText(**folder, "manifest.json", makeManifest(facts));
  if (!manifest)
    return manifest.takeError();
  return (*folder)->commit();
}

} // namespace buddy
