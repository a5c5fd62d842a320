// Tensors on disk: the safetensors format (https://github.com/huggingface/safetensors), read
// strictly from a mapped file and written deterministically. For the tools; the runtime does not
// need it.
#pragma once

#include "MappedFile.h"
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace buddy::runtime {

struct StoredTensor {
  std::string name;
  std::string dtype; // the format's name: "F32", "I64", "BOOL", ...
  std::vector<int64_t> shape;
  std::string_view data; // little-endian, row-major; need not be aligned
};

// Bytes of one element of a dtype of the format; 0 if there is no such dtype.
int64_t safetensorsElementBytes(std::string_view dtype);

class SafetensorsFile {
public:
  // Throws Failure with the path and what is wrong in it.
  explicit SafetensorsFile(const std::string &path);

  const std::vector<StoredTensor> &tensors() const { return all; } // in order of their data
  const StoredTensor *find(std::string_view name) const;           // null if there is none
  const std::map<std::string, std::string> &metadata() const { return notes; }

private:
  MappedFile file;
  std::vector<StoredTensor> all;
  std::map<std::string, std::string> notes;
};

// The temporary name: for who has to remove it when the process is told to end.
std::string safetensorsPartialName(const std::string &path);

// Writes the tensors as the reference implementation does (wide dtypes first, then by name), under
// a temporary name first: the file is either whole or not there. Throws Failure:
// BUDDY_INVALID_ARGUMENT if the file cannot be written, BUDDY_INTERNAL if the tensors make no
// sense.
void writeSafetensors(const std::string &path, std::vector<StoredTensor> tensors,
                      const std::map<std::string, std::string> &metadata = {});

} // namespace buddy::runtime
