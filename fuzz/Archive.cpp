// A .pt2: the zip, its JSON, the index of its weights, and the weights.
#include "buddy/Frontend/Import/Archive.h"
#include "ArchiveBytes.h"
#include "GraphContext.h"
#include "MemoryFile.h"
#include "Require.h"
#include "buddy/Frontend/Import/ExportedProgram.h"
#include "buddy/Frontend/Import/Weights.h"

using namespace buddy;
using namespace llvm;

// Says what is wrong, and of which file.
static void isRefused(Error error, const fuzz::MemoryFile &file) {
  REQUIRE(StringRef(toString(std::move(error))).starts_with(file.path()));
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string zip = fuzz::archiveOf({reinterpret_cast<const char *>(data), size});
  fuzz::MemoryFile file(zip);
  auto archive = Archive::open(file.path());
  if (!archive) {
    isRefused(archive.takeError(), file);
    return 0;
  }
  for (const ArchiveEntry &entry : (*archive)->getEntries())
    REQUIRE(entry.bytes.size() <= zip.size());
  if (auto program = pt2::readProgram(&fuzz::freshGraphContext(), **archive); !program)
    isRefused(program.takeError(), file);
  auto weights = readWeights(*archive);
  if (!weights) {
    isRefused(weights.takeError(), file);
    return 0;
  }
  // Views may say that a few bytes are very many elements.
  constexpr int64_t most = 1 << 20;
  for (StringRef name : {"w", "b", "p.weight", "p.bias", "c_lifted_tensor_0"}) {
    const Weight *weight = (*weights)->lookup(name);
    if (!weight || weight->elements() > most)
      continue;
    std::vector<char> out(weight->elements() * dtypeBytes(weight->dtype));
    if (Error error = (*weights)->read(name, out))
      isRefused(std::move(error), file);
  }
  return 0;
}
