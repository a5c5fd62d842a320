// Writes safetensors.
#include "DataType.h"
#include "Failure.h"
#include "Safetensors.h"
#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace buddy::runtime {

static std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      result += escape;
    } else {
      result += c;
    }
  }
  return result + "\"";
}

static std::string makeHeader(const std::vector<StoredTensor> &tensors,
                              const std::map<std::string, std::string> &metadata) {
  std::string header = "{";
  if (!metadata.empty()) {
    header += "\"__metadata__\":{";
    for (bool first = true; const auto &[key, value] : metadata) {
      header += concat(first ? "" : ",", quoted(key), ":", quoted(value));
      first = false;
    }
    header += "}";
  }
  uint64_t offset = 0;
  for (const StoredTensor &tensor : tensors) {
    std::string shape;
    for (int64_t size : tensor.shape)
      shape += concat(shape.empty() ? "" : ",", size);
    uint64_t end = offset + tensor.data.size();
    header +=
        concat(header.size() > 1 ? "," : "", quoted(tensor.name), ":{\"dtype\":\"", tensor.dtype,
               "\",\"shape\":[", shape, "],\"data_offsets\":[", offset, ",", end, "]}");
    offset = end;
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' '); // keeps the data aligned to eight bytes
  return header;
}

static void writeAll(int file, std::string_view bytes, const std::string &path) {
  while (!bytes.empty()) {
    ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      fail(BUDDY_INVALID_ARGUMENT, path, ": cannot write: ", errnoText());
    bytes.remove_prefix(written);
  }
}

static void check(const std::vector<StoredTensor> &tensors, const std::string &path) {
  std::set<std::string_view> names;
  for (const StoredTensor &tensor : tensors) {
    int64_t elementBytes = safetensorsElementBytes(tensor.dtype);
    auto elements = elementCount(tensor.shape, elementBytes);
    if (!elementBytes || !elements ||
        static_cast<uint64_t>(*elements * elementBytes) != tensor.data.size())
      fail(BUDDY_INTERNAL, path, ": tensor \"", tensor.name, "\" of dtype ", tensor.dtype,
           " and shape ", shapeText(tensor.shape), " does not have ", tensor.data.size(), " bytes");
    if (tensor.name == "__metadata__" || !names.insert(tensor.name).second)
      fail(BUDDY_INTERNAL, path, ": two tensors are named \"", tensor.name, "\"");
  }
}

std::string safetensorsPartialName(const std::string &path) {
  return concat(path, ".partial-", ::getpid());
}

void writeSafetensors(const std::string &path, std::vector<StoredTensor> tensors,
                      const std::map<std::string, std::string> &metadata) {
  check(tensors, path);
  std::sort(tensors.begin(), tensors.end(), [](const auto &a, const auto &b) {
    int64_t aBytes = safetensorsElementBytes(a.dtype), bBytes = safetensorsElementBytes(b.dtype);
    return aBytes != bBytes ? aBytes > bBytes : a.name < b.name;
  });
  std::string header = makeHeader(tensors, metadata);
  char length[8];
  for (int i = 0; i < 8; ++i)
    length[i] = static_cast<char>(header.size() >> (8 * i));

  // A device or a pipe is written to and stays what it is.
  struct stat facts = {};
  bool inPlace =
      ::stat(path.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode);
  std::string temporary = inPlace ? path : safetensorsPartialName(path);
  int flags = inPlace ? O_WRONLY | O_CLOEXEC : O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  int file = ::open(temporary.c_str(), flags, 0666);
  if (file < 0)
    fail(BUDDY_INVALID_ARGUMENT, path, ": cannot create: ", errnoText());
  try {
    writeAll(file, {length, 8}, path);
    writeAll(file, header, path);
    for (const StoredTensor &tensor : tensors)
      writeAll(file, tensor.data, path);
    if (::close(std::exchange(file, -1)) != 0 ||
        (!inPlace && ::rename(temporary.c_str(), path.c_str()) != 0))
      fail(BUDDY_INVALID_ARGUMENT, path, ": cannot write: ", errnoText());
  } catch (...) {
    if (file >= 0)
      ::close(file);
    if (!inPlace)
      ::unlink(temporary.c_str());
    throw;
  }
}

} // namespace buddy::runtime
