// The archive's two weight configurations to a WeightStore.
#include "buddy/Frontend/Import/Weights.h"
#include "buddy/Frontend/Import/ExportedProgram.h"
#include "buddy/Frontend/Import/Json.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace buddy;

// The number of elements from the start of the storage to the view's last one, or nothing if a size
// or stride is negative or a product does not fit.
static std::optional<int64_t> extentOfView(const Weight &weight) {
  int64_t last = weight.storageOffset, elements = 1;
  if (last < 0 || weight.sizes.size() != weight.strides.size())
    return std::nullopt;
  bool empty = false;
  for (auto [size, stride] : llvm::zip_equal(weight.sizes, weight.strides)) {
    if (size < 0 || stride < 0)
      return std::nullopt;
    empty |= size == 0;
    int64_t span;
    if (MulOverflow(elements, std::max<int64_t>(size, 1), elements) ||
        MulOverflow(std::max<int64_t>(size - 1, 0), stride, span) || AddOverflow(last, span, last))
      return std::nullopt;
  }
  int64_t bytes;
  if (empty)
    return 0; // nothing of the file
  if (AddOverflow<int64_t>(last, 1, last) || MulOverflow(last, dtypeBytes(weight.dtype), bytes) ||
      MulOverflow(elements, dtypeBytes(weight.dtype), bytes))
    return std::nullopt;
  return last;
}

static Error addWeight(const Archive &archive, StringRef folder, StringRef name, StringRef fileName,
                       const pt2::TensorMeta &meta, WeightStore &store) {
  auto error = [&](const Twine &what) { return archive.error("weight '" + name + "' " + what); };
  std::optional<DType> dtype = pt2::scalarType(meta.scalarType);
  if (!dtype)
    return error("has the dtype " + pt2::scalarTypeName(meta.scalarType) +
                 ", which is not supported (f32 for now); export the model in float32 "
                 "(`model.float()`)");
  if (!meta.unreadable.empty())
    return error("has a symbolic size (" + meta.unreadable + "); the archive is damaged");
  constexpr int64_t kStrided = 7;
  if (meta.layout != kStrided)
    return error("is sparse or in another layout than strided; only strided ones are supported");

  const ArchiveEntry *entry = archive.find((folder + fileName).str());
  if (!entry)
    return error("is missing: the archive has no entry '" + folder + fileName +
                 "'; export the model again");
  if (!entry->unreadable.empty())
    return error("cannot be mapped: entry '" + entry->name + "' " + entry->unreadable +
                 "; torch.export.save stores entries as they are, so the archive was repacked: "
                 "use the original, or pack it with `zip -0`");

  Weight weight;
  weight.name = name.str();
  weight.dtype = *dtype;
  // They were read without symbols: all are numbers.
  auto number = [](Size size) { return size.getNumber(); };
  llvm::append_range(weight.sizes, llvm::map_range(meta.sizes, number));
  llvm::append_range(weight.strides, llvm::map_range(meta.strides, number));
  weight.storageOffset = meta.storageOffset.getNumber();
  weight.file = entry->bytes;
  weight.fileCrc32 = entry->crc32;
  weight.fileName = entry->name;
  std::optional<int64_t> extent = extentOfView(weight);
  if (!extent)
    return error("has sizes and strides that are not a view of anything (negative, or too large); "
                 "the archive is damaged");
  int64_t have = int64_t(entry->bytes.size()) / dtypeBytes(*dtype);
  if (*extent > have)
    return error("needs " + Twine(*extent) + " elements of entry '" + entry->name +
                 "', which has " + Twine(have) +
                 "; the archive is damaged, export the model again");
  if (store.lookup(name))
    return error("is listed twice; the archive is damaged");
  store.add(std::move(weight));
  return Error::success();
}

static Error readConfig(const Archive &archive, StringRef folder, StringRef config,
                        WeightStore &store) {
  std::string path = (folder + config).str();
  Expected<ArrayRef<char>> text = archive.read(path);
  if (!text)
    return text.takeError();
  Expected<std::unique_ptr<JsonFile>> file =
      JsonFile::parse(archive.getPath().str() + ": " + path, *text);
  if (!file)
    return file.takeError();

  Error error = Error::success();
  (*file)->root().at("config").forEachMember([&](StringRef name, Json payload) {
    if (error)
      return;
    std::string fileName = payload.at("path_name").string();
    if (payload.at("use_pickle").boolean()) {
      error = archive.error("weight '" + name +
                            "' is stored as a pickle, which is Python code and is never read; "
                            "export a model of plain tensors (no tensor subclasses or custom "
                            "objects)");
      return;
    }
    pt2::TensorMeta meta = pt2::readTensorMeta(payload.at("tensor_meta"), {});
    if ((error = (*file)->takeError()))
      return;
    error = addWeight(archive, folder, name, fileName, meta, store);
  });
  if (error)
    return error;
  return (*file)->takeError();
}

Expected<std::shared_ptr<WeightStore>> buddy::readWeights(std::shared_ptr<Archive> archive,
                                                          StringRef name) {
  auto store = std::make_shared<WeightStore>();
  store->mapping = archive;
  if (Error error =
          readConfig(*archive, "data/weights/", (name + "_weights_config.json").str(), *store))
    return std::move(error);
  if (Error error =
          readConfig(*archive, "data/constants/", (name + "_constants_config.json").str(), *store))
    return std::move(error);
  return store;
}
