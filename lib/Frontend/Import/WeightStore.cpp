// Reading weights from the mapped archive.
#include "buddy/Frontend/Import/WeightStore.h"
#include "llvm/ADT/Twine.h"
#include <cstring>
#include <zlib.h>

using namespace llvm;
using namespace buddy;

StringRef buddy::dtypeName(DType dtype) {
  switch (dtype) {
  case DType::F32:
    return "f32";
  case DType::F64:
    return "f64";
  case DType::F16:
    return "f16";
  case DType::BF16:
    return "bf16";
  case DType::I64:
    return "i64";
  case DType::I32:
    return "i32";
  case DType::I16:
    return "i16";
  case DType::I8:
    return "i8";
  case DType::U8:
    return "u8";
  case DType::Bool:
    return "bool";
  }
  return "unknown";
}

int64_t buddy::dtypeBytes(DType dtype) {
  switch (dtype) {
  case DType::F64:
  case DType::I64:
    return 8;
  case DType::F32:
  case DType::I32:
    return 4;
  case DType::F16:
  case DType::BF16:
  case DType::I16:
    return 2;
  case DType::I8:
  case DType::U8:
  case DType::Bool:
    return 1;
  }
  return 1;
}

int64_t Weight::elements() const {
  int64_t count = 1;
  for (int64_t size : sizes)
    count *= size;
  return count;
}

void WeightStore::add(Weight weight) {
  std::string name = weight.name;
  weights.insert_or_assign(name, std::move(weight));
}

static bool isSameView(const Weight &a, const Weight &b) {
  return a.dtype == b.dtype && a.sizes == b.sizes && a.strides == b.strides &&
         a.storageOffset == b.storageOffset && a.file.size() == b.file.size();
}

bool Weight::isSameStorage(const Weight &other) const {
  return file.data() == other.file.data() && isSameView(*this, other);
}

bool Weight::isSameContent(const Weight &other) const {
  return isSameView(*this, other) && fileCrc32 == other.fileCrc32;
}

// The bytes of the file from the first element to behind the last one.
static std::pair<int64_t, int64_t> bytesOf(const Weight &weight) {
  int64_t last = weight.storageOffset;
  for (auto [size, stride] : llvm::zip_equal(weight.sizes, weight.strides))
    last += (size - 1) * stride;
  int64_t bytes = dtypeBytes(weight.dtype);
  return {weight.storageOffset * bytes, (last + 1) * bytes};
}

bool Weight::overlaps(const Weight &other) const {
  if (file.empty() || file.data() != other.file.data() || !elements() || !other.elements())
    return false;
  auto [begin, end] = bytesOf(*this);
  auto [otherBegin, otherEnd] = bytesOf(other);
  return begin < otherEnd && otherBegin < end;
}

std::string WeightStore::findSameStorage(const Weight &weight) const {
  for (const auto &entry : weights)
    if (entry.second.isSameStorage(weight))
      return entry.first().str();
  return "";
}

const Weight *WeightStore::lookup(StringRef name) const {
  auto found = weights.find(name);
  return found == weights.end() ? nullptr : &found->second;
}

// Copies dimension `dim` and those inside it; `from` points at its first element. Advances `to`.
static void copyView(const Weight &weight, size_t dim, const char *from, char *&to) {
  int64_t bytes = dtypeBytes(weight.dtype);
  if (dim == weight.sizes.size()) {
    std::memcpy(to, from, bytes);
    to += bytes;
    return;
  }
  int64_t size = weight.sizes[dim], stride = weight.strides[dim];
  if (dim + 1 == weight.sizes.size() && stride == 1) {
    std::memcpy(to, from, size * bytes);
    to += size * bytes;
    return;
  }
  for (int64_t i = 0; i < size; ++i)
    copyView(weight, dim + 1, from + i * stride * bytes, to);
}

bool buddy::isRowMajor(ArrayRef<int64_t> sizes, ArrayRef<int64_t> strides) {
  int64_t expected = 1;
  for (size_t dim = sizes.size(); dim-- > 0;) {
    if (sizes[dim] != 1 && strides[dim] != expected)
      return false;
    expected *= sizes[dim];
  }
  return true;
}

Error WeightStore::read(StringRef name, MutableArrayRef<char> out) const {
  auto error = [](const Twine &text) { return createStringError(inconvertibleErrorCode(), text); };
  const Weight *weight = lookup(name);
  if (!weight)
    return error("there is no weight '" + name + "' in the archive");
  int64_t bytes = weight->elements() * dtypeBytes(weight->dtype);
  if (int64_t(out.size()) != bytes)
    return error("weight '" + name + "' has " + Twine(bytes) +
                 " bytes, the buffer given for it has " + Twine(out.size()));

  // Several weights can be views of one file, which is summed once.
  auto [checked, isNew] = checkedFiles.try_emplace(weight->fileName, false);
  if (isNew)
    checked->second = crc32_z(0, reinterpret_cast<const Bytef *>(weight->file.data()),
                              weight->file.size()) == weight->fileCrc32;
  if (!checked->second)
    return error("weight '" + name + "' is damaged: the checksum of its file '" + weight->fileName +
                 "' in the archive does not match; copy or export the archive again");
  if (bytes == 0)
    return Error::success();

  const char *from = weight->file.data() + weight->storageOffset * dtypeBytes(weight->dtype);
  if (isRowMajor(weight->sizes, weight->strides)) {
    std::memcpy(out.data(), from, bytes);
    return Error::success();
  }
  char *to = out.data();
  copyView(*weight, 0, from, to);
  return Error::success();
}
