// Reads safetensors. The format: a little-endian u64 with the header's length, the header (JSON:
// name -> dtype, shape, data_offsets), then the data without holes.
#include "Safetensors.h"
#include "DataType.h"
#include "Failure.h"
#include <algorithm>
#include <set>
#include <simdjson.h>
#include <tuple>

namespace buddy::runtime {

constexpr uint64_t longestHeader = 100'000'000; // the reference implementation's limit

int64_t safetensorsElementBytes(std::string_view dtype) {
  static const std::map<std::string_view, int64_t> sizes = {
      {"F64", 8},  {"I64", 8},     {"U64", 8},     {"F32", 4}, {"I32", 4},
      {"U32", 4},  {"F16", 2},     {"BF16", 2},    {"I16", 2}, {"U16", 2},
      {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"I8", 1},  {"U8", 1}};
  auto found = sizes.find(dtype);
  return found == sizes.end() ? 0 : found->second;
}

namespace {

struct Header {
  std::vector<StoredTensor> tensors;
  std::map<std::string, std::string> metadata;
};

// Reads the header's JSON against the data that follows it.
class HeaderReader {
public:
  HeaderReader(const std::string &path, std::string_view data) : path(path), data(data) {}

  Header read(std::string_view text) {
    // A copy: simdjson wants spare bytes behind the text.
    simdjson::padded_string padded(text);
    simdjson::dom::element document;
    simdjson::dom::object object;
    if (text.empty() || text.front() != '{')
      wrong("its header does not begin with '{'");
    if (auto error = parser.parse(padded).get(document))
      wrong("its header is not valid JSON: ", simdjson::error_message(error));
    if (document.get_object().get(object))
      wrong("its header is not a JSON object");
    std::set<std::string_view> names;
    for (auto [name, value] : object) {
      if (!names.insert(name).second)
        wrong("its header has \"", name, "\" twice");
      if (name == "__metadata__")
        readMetadata(value);
      else
        readTensor(name, value);
    }
    checkLayout();
    return std::move(header);
  }

private:
  template <typename... Parts> [[noreturn]] void wrong(const Parts &...parts) const {
    fail(BUDDY_DAMAGED, path, ": is not a valid safetensors file: ", parts...);
  }

  void readMetadata(simdjson::dom::element value) {
    simdjson::dom::object object;
    if (value.get_object().get(object))
      wrong("__metadata__ is not an object");
    for (auto [key, note] : object) {
      std::string_view text;
      if (note.get_string().get(text))
        wrong("__metadata__ \"", key, "\" is not a string");
      header.metadata.emplace(key, text);
    }
  }

  void readTensor(std::string_view name, simdjson::dom::element value) {
    StoredTensor tensor;
    tensor.name = name;
    std::string_view dtype;
    simdjson::dom::array shape, offsets;
    if (value["dtype"].get_string().get(dtype) || value["shape"].get_array().get(shape) ||
        value["data_offsets"].get_array().get(offsets))
      wrong("tensor \"", name, "\" lacks dtype, shape or data_offsets");
    tensor.dtype = dtype;
    int64_t elementBytes = safetensorsElementBytes(dtype);
    if (!elementBytes)
      wrong("tensor \"", name, "\" has the unknown dtype \"", dtype, "\"");
    for (simdjson::dom::element item : shape) {
      int64_t size;
      if (item.get_int64().get(size) || size < 0)
        wrong("tensor \"", name, "\" has a size that is not a number from 0");
      tensor.shape.push_back(size);
    }
    uint64_t bounds[2];
    if (offsets.size() != 2 || offsets.at(0).get_uint64().get(bounds[0]) ||
        offsets.at(1).get_uint64().get(bounds[1]))
      wrong("tensor \"", name, "\": data_offsets are not two numbers");
    if (bounds[0] > bounds[1] || bounds[1] > data.size())
      wrong("tensor \"", name, "\" lies at bytes ", bounds[0], " to ", bounds[1], " of ",
            data.size(), " bytes of data");
    auto elements = elementCount(tensor.shape, elementBytes);
    if (!elements || static_cast<uint64_t>(*elements * elementBytes) != bounds[1] - bounds[0])
      wrong("tensor \"", name, "\" of dtype ", dtype, " and shape ", shapeText(tensor.shape),
            " does not have ", bounds[1] - bounds[0], " bytes");
    tensor.data = data.substr(bounds[0], bounds[1] - bounds[0]);
    header.tensors.push_back(std::move(tensor));
  }

  // The data of all tensors fill the file without overlaps and holes.
  void checkLayout() {
    auto before = [](const StoredTensor &a, const StoredTensor &b) {
      return std::tuple(a.data.data(), a.data.size(), std::string_view(a.name)) <
             std::tuple(b.data.data(), b.data.size(), std::string_view(b.name));
    };
    std::sort(header.tensors.begin(), header.tensors.end(), before);
    const char *end = data.data();
    for (const StoredTensor &tensor : header.tensors) {
      if (tensor.data.data() != end)
        wrong("the data of tensor \"", tensor.name, "\" ",
              tensor.data.data() < end ? "overlaps another tensor's" : "follows a hole");
      end += tensor.data.size();
    }
    if (end != data.data() + data.size())
      wrong(data.data() + data.size() - end, " bytes at its end belong to no tensor");
  }

  const std::string &path;
  std::string_view data;
  simdjson::dom::parser parser;
  Header header;
};

} // namespace

SafetensorsFile::SafetensorsFile(const std::string &path) : file(path) {
  std::string_view bytes = file.bytes();
  if (bytes.size() < 8)
    fail(BUDDY_DAMAGED, path, ": is not a safetensors file: it has only ", bytes.size(), " bytes");
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i)
    length = length << 8 | static_cast<uint8_t>(bytes[i]);
  if (length > longestHeader || length > bytes.size() - 8)
    fail(BUDDY_DAMAGED, path, ": is not a safetensors file: a header of ", length,
         " bytes in a file of ", bytes.size());
  Header header = HeaderReader(path, bytes.substr(8 + length)).read(bytes.substr(8, length));
  all = std::move(header.tensors);
  notes = std::move(header.metadata);
}

const StoredTensor *SafetensorsFile::find(std::string_view name) const {
  auto found = std::find_if(all.begin(), all.end(),
                            [&](const StoredTensor &tensor) { return tensor.name == name; });
  return found == all.end() ? nullptr : &*found;
}

} // namespace buddy::runtime
