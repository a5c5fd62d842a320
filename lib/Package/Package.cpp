// Writes a package: the files into a temporary folder, then the folder into its place.
#include "buddy/Package/Package.h"
#include "AffineSize.h"
#include "ElfNeeds.h"
#include "Errors.h"
#include "FileWriter.h"
#include "HugePages.h"
#include "ManifestWriter.h"
#include "ModelHeader.h"
#include "PackageFolder.h"
#include "Params.h"
#include "Signature.h"
#include "StackNeed.h"
#include "States.h"
#include "buddy/Frontend/Import/Import.h"
#include "buddy/Midend/Transforms/Kernels.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
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

// The rest of a last huge page would lie in small ones.
static void padToHugePages(FileWriter &params) {
  constexpr uint64_t large = 8 * runtime::hugePageBytes; // the zeros are little beside it
  if (params.size() >= large)
    params.zeros(llvm::alignTo(params.size(), runtime::hugePageBytes) - params.size());
}

// buddy.workspace_bytes, which a program with symbols has a function for.
static llvm::Expected<int64_t> readWorkspaceBytes(ModuleOp module, bool hasSymbols) {
  Attribute attribute = module->getAttr("buddy.workspace_bytes");
  auto bytes = integerAttribute(attribute);
  if (hasSymbols && attribute)
    return missingAttribute("buddy.workspace_bytes",
                            "is there, though the workspace depends on buddy.symbols");
  if (!hasSymbols && (!bytes || *bytes < 0))
    return missingAttribute("buddy.workspace_bytes", "is missing or no size");
  return bytes.value_or(0);
}

// Operations: a number, or a map with one result; 0 if they are not known. `where` is the
// attribute that holds them.
static llvm::Expected<runtime::SizeExpression> readFlops(Attribute attribute, size_t numSymbols,
                                                         llvm::StringRef where) {
  auto map = dyn_cast_or_null<AffineMapAttr>(attribute);
  if (!map)
    return integerAttribute(attribute).value_or(0);
  auto flops = sizesOf(map.getValue(), numSymbols);
  if (!flops || flops->size() != 1)
    return missingAttribute(where, "is no map of the symbols of buddy.symbols to one sum of "
                                   "products");
  return flops->front();
}

static llvm::Expected<std::vector<ManifestKernel>> readKernels(ModuleOp module, size_t numSymbols) {
  auto recorded = readRecordedKernels(module);
  if (!recorded)
    return packageError(PackageFailure::Internal, llvm::toString(recorded.takeError()));
  std::vector<ManifestKernel> kernels;
  for (RecordedKernel &kernel : *recorded) {
    kernels.push_back({kernel.name, kernel.kind, kernel.location, std::nullopt, kernel.bytes});
    if (!kernel.flops)
      continue;
    auto flops = readFlops(kernel.flops, numSymbols, kKernelsAttr);
    if (!flops)
      return flops.takeError();
    kernels.back().flops = std::move(*flops);
  }
  return kernels;
}

static llvm::Expected<ManifestEntry> readEntry(ModuleOp module) {
  ManifestEntry entry;
  auto name = module->getAttrOfType<StringAttr>(kEntryAttr);
  entry.name = name ? name.str() : "forward";
  auto signature = readPackageSignature(module);
  if (!signature)
    return signature.takeError();
  entry.signature = std::move(*signature);
  size_t numSymbols = entry.signature.symbols.size();
  auto workspace = readWorkspaceBytes(module, numSymbols != 0);
  if (!workspace)
    return workspace.takeError();
  entry.workspaceBytes = *workspace;
  entry.stackBytes = stackNeed(module);
  auto schedules = readRecordedSchedules(module);
  if (!schedules)
    return packageError(PackageFailure::Internal, llvm::toString(schedules.takeError()));
  entry.schedules = std::move(*schedules);
  auto kernels = readKernels(module, numSymbols);
  if (!kernels)
    return kernels.takeError();
  entry.kernels = std::move(*kernels);
  auto flops = readFlops(module->getAttr("buddy.flops"), numSymbols, "buddy.flops");
  if (!flops)
    return flops.takeError();
  entry.flops = std::move(*flops);
  return entry;
}

// The states of all entries, each once.
static llvm::Expected<std::vector<SignatureTensor>>
statesOf(llvm::ArrayRef<ManifestEntry> entries) {
  std::vector<SignatureTensor> states;
  for (const ManifestEntry &entry : entries)
    for (const SignatureTensor &state : entry.signature.states) {
      auto known = llvm::find_if(states, [&](const auto &one) { return one.name == state.name; });
      if (known == states.end())
        states.push_back(state);
      else if (known->dtype != state.dtype || known->shape != state.shape)
        return packageError(PackageFailure::Internal, "the entries do not agree on the type of the "
                                                      "state '" +
                                                          state.name + "'");
    }
  return states;
}

llvm::Error writePackage(llvm::ArrayRef<ModuleOp> modules, const WeightStore &weights,
                         const Target &target, llvm::StringRef library, llvm::StringRef output) {
  std::vector<ManifestEntry> entries;
  for (ModuleOp module : modules) {
    auto entry = readEntry(module);
    if (!entry)
      return entry.takeError();
    entries.push_back(std::move(*entry));
  }
  auto states = statesOf(entries);
  if (!states)
    return states.takeError();
  auto layout = readParamLayout(modules.back());
  if (!layout)
    return layout.takeError();
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
  ManifestFacts facts{target, {}, {}, std::move(*needs), *layout, entries, *states, {}};

  auto libraryWritten = writeText(**folder, "libmodel.so", (*libraryFile)->getBuffer(), 0777);
  if (!libraryWritten)
    return libraryWritten.takeError();
  facts.library = *libraryWritten;

  FileWriter params((*folder)->file("params.bin"), (*folder)->shown("params.bin"));
  if (llvm::Error error = writeParams(*layout, weights, params))
    return error;
  auto contents = writeStates(*states, weights, params);
  if (!contents)
    return contents.takeError();
  facts.contents = std::move(*contents);
  padToHugePages(params);
  auto paramsWritten = finish(params);
  if (!paramsWritten)
    return paramsWritten.takeError();
  facts.params = *paramsWritten;

  auto header = writeText(**folder, "model.h", makeModelHeader(entries));
  if (!header)
    return header.takeError();
  auto manifest = writeText(**folder, "manifest.json", makeManifest(facts));
  if (!manifest)
    return manifest.takeError();
  return (*folder)->commit();
}

} // namespace buddy
