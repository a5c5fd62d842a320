// Streams weights into params.bin, in the order that the kernels read them.
#include "Params.h"
#include "Checksum.h"
#include "Errors.h"
#include "llvm/ADT/bit.h"
#include <algorithm>
#include <cstring>

namespace buddy {

static_assert(llvm::endianness::native == llvm::endianness::little,
              "archives and packages hold little-endian numbers");

constexpr int64_t elementBytes = sizeof(float);
constexpr int64_t chunkBytes = 1 << 20;

static const char *firstElement(const Weight &weight) {
  return weight.file.data() + weight.storageOffset * elementBytes;
}

static llvm::Error internal(const llvm::Twine &text) {
  return packageError(PackageFailure::Internal, text);
}

llvm::Expected<const Weight *> WeightStreamer::find(llvm::StringRef name) {
  const Weight *weight = weights.lookup(name);
  if (!weight)
    return internal("params.bin asks for the weight '" + name +
                    "', which the archive does not have");
  if (weight->dtype != DType::F32)
    return internal("params.bin asks for the weight '" + name + "', which is not f32");
  if (!checkedFiles.insert(weight->file.data()).second)
    return weight;
  uint32_t crc = runtime::crc32Of({weight->file.data(), weight->file.size()});
  if (crc != weight->fileCrc32)
    return packageError(PackageFailure::Input,
                        "the archive is damaged: " + weight->fileName + " (the weight '" + name +
                            "') has checksum " + runtime::crc32Text(crc) + ", the archive says " +
                            runtime::crc32Text(weight->fileCrc32) + "; export the layer again");
  return weight;
}

llvm::Error WeightStreamer::plain(llvm::StringRef name) {
  auto found = find(name);
  if (!found)
    return found.takeError();
  const Weight &weight = **found;
  int64_t elements = weight.elements();
  if (elements == 0)
    return llvm::Error::success();
  const char *base = firstElement(weight);
  if (isRowMajor(weight.sizes, weight.strides)) {
    writer.write({base, static_cast<size_t>(elements * elementBytes)});
    return llvm::Error::success();
  }
  // An odometer over the indices; a view's elements lie where its strides say.
  std::vector<int64_t> index(weight.sizes.size());
  std::vector<char> buffer(std::min(chunkBytes, elements * elementBytes));
  size_t filled = 0;
  for (int64_t offset = 0, i = 0; i < elements; ++i) {
    std::memcpy(buffer.data() + filled, base + offset * elementBytes, elementBytes);
    filled += elementBytes;
    if (filled == buffer.size()) {
      writer.write({buffer.data(), filled});
      filled = 0;
    }
    for (size_t d = index.size(); d-- > 0;) {
      offset += weight.strides[d];
      if (++index[d] < weight.sizes[d])
        break;
      offset -= weight.strides[d] * weight.sizes[d];
      index[d] = 0;
    }
  }
  writer.write({buffer.data(), filled});
  return llvm::Error::success();
}

namespace {
// One row of the stacked matrix.
struct Row {
  const char *begin;
  int64_t step; // bytes from one column to the next
};
} // namespace

llvm::Error WeightStreamer::panels(const ParamRecipe &recipe) {
  std::vector<Row> rows;
  for (const std::string &name : recipe.sources) {
    auto found = find(name);
    if (!found)
      return found.takeError();
    const Weight &weight = **found;
    size_t rowDim = recipe.transposed ? 1 : 0, colDim = 1 - rowDim;
    if (weight.sizes.size() != 2 || weight.sizes[colDim] != recipe.cols)
      return internal("params.bin packs the weight '" + name + "' in " + llvm::Twine(recipe.cols) +
                      " columns, which it does not have");
    for (int64_t r = 0; r < weight.sizes[rowDim]; ++r)
      rows.push_back({firstElement(weight) + r * weight.strides[rowDim] * elementBytes,
                      weight.strides[colDim] * elementBytes});
  }
  if (static_cast<int64_t>(rows.size()) != recipe.rows)
    return internal("params.bin packs " + llvm::Twine(rows.size()) + " rows as " +
                    llvm::Twine(recipe.rows));

  int64_t tile = recipe.tile;
  int64_t chunkCols = std::clamp<int64_t>(chunkBytes / (tile * elementBytes), 1, recipe.cols);
  std::vector<char> buffer(chunkCols * tile * elementBytes);
  for (int64_t first = 0; first < recipe.rows; first += tile) {
    int64_t used = std::min(tile, recipe.rows - first);
    for (int64_t col = 0; col < recipe.cols; col += chunkCols) {
      int64_t count = std::min(chunkCols, recipe.cols - col);
      if (used < tile)
        std::fill(buffer.begin(), buffer.end(), 0);
      for (int64_t c = 0; c < count; ++c)
        for (int64_t l = 0; l < used; ++l) {
          const Row &row = rows[first + l];
          std::memcpy(buffer.data() + (c * tile + l) * elementBytes,
                      row.begin + (col + c) * row.step, elementBytes);
        }
      writer.write({buffer.data(), static_cast<size_t>(count * tile * elementBytes)});
    }
    if (writer.failed())
      break;
  }
  return llvm::Error::success();
}

llvm::Error writeParams(const ParamLayout &layout, const WeightStore &weights, FileWriter &writer) {
  WeightStreamer streamer(weights, writer);
  for (const ParamRecipe &recipe : layout.recipes) {
    if (writer.failed()) // finish() says why
      return llvm::Error::success();
    writer.zeros(recipe.offset - writer.size());
    if (recipe.kind == ParamRecipe::Kind::Panels) {
      if (llvm::Error error = streamer.panels(recipe))
        return error;
    } else {
      int64_t elements = 0;
      for (const std::string &name : recipe.sources) {
        auto weight = streamer.find(name);
        if (!weight)
          return weight.takeError();
        elements += (*weight)->elements();
      }
      if (elements != recipe.elements)
        return internal("params.bin has " + llvm::Twine(recipe.elements) + " elements for '" +
                        recipe.sources.front() + "' and what follows it, which have " +
                        llvm::Twine(elements));
      for (const std::string &name : recipe.sources)
        if (llvm::Error error = streamer.plain(name))
          return error;
    }
    if (writer.failed())
      return llvm::Error::success();
    writer.zeros(recipe.offset + recipe.bytes - writer.size());
  }
  if (!writer.failed())
    writer.zeros(layout.bytes - writer.size());
  return llvm::Error::success();
}

} // namespace buddy
