// Element types of tensors, with their names in manifests and their DLPack codes.
#pragma once

#include <cstdint>
#include <dlpack/dlpack.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace buddy::runtime {

enum class DataType { F64, F32, F16, BF16, I64, I32, I16, I8, U8, Bool };

std::string_view dataTypeName(DataType type); // "f32", "i64", "bool", ...
std::optional<DataType> parseDataType(std::string_view name);
int64_t dataTypeBytes(DataType type);
DLDataType dlDataType(DataType type);

// "f32", or for a DLPack type that has no name here "code 5, 64 bits, 1 lanes".
std::string dlDataTypeText(DLDataType type);

std::string shapeText(const int64_t *shape, int64_t rank); // "[1, 40, 1536]"
std::string shapeText(const std::vector<int64_t> &shape);

// The product of the sizes; nothing if a size is negative or the bytes do not fit in 63 bits.
std::optional<int64_t> elementCount(const std::vector<int64_t> &shape, int64_t elementBytes);

// The index of element number `flat` of a row-major tensor: "[0, 3, 17]".
std::string indexText(const std::vector<int64_t> &shape, int64_t flat);

} // namespace buddy::runtime
