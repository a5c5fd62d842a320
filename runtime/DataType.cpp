// Names, sizes and DLPack codes of element types.
#include "DataType.h"
#include "Failure.h"
#include "buddy/runtime.h"

namespace buddy::runtime {

namespace {
struct Facts {
  DataType type;
  std::string_view name;
  uint8_t code, bits;
};
constexpr Facts allFacts[] = {
    {DataType::F64, "f64", kDLFloat, 64}, {DataType::F32, "f32", kDLFloat, 32},
    {DataType::F16, "f16", kDLFloat, 16}, {DataType::BF16, "bf16", kDLBfloat, 16},
    {DataType::I64, "i64", kDLInt, 64},   {DataType::I32, "i32", kDLInt, 32},
    {DataType::I16, "i16", kDLInt, 16},   {DataType::I8, "i8", kDLInt, 8},
    {DataType::U8, "u8", kDLUInt, 8},     {DataType::Bool, "bool", BUDDY_DL_BOOL, 8},
};
} // namespace

static const Facts &factsOf(DataType type) { return allFacts[static_cast<int>(type)]; }

std::string_view dataTypeName(DataType type) { return factsOf(type).name; }
int64_t dataTypeBytes(DataType type) { return factsOf(type).bits / 8; }
DLDataType dlDataType(DataType type) { return {factsOf(type).code, factsOf(type).bits, 1}; }

std::optional<DataType> parseDataType(std::string_view name) {
  for (const Facts &facts : allFacts)
    if (facts.name == name)
      return facts.type;
  return std::nullopt;
}

std::string dlDataTypeText(DLDataType type) {
  for (const Facts &facts : allFacts)
    if (facts.code == type.code && facts.bits == type.bits && type.lanes == 1)
      return std::string(facts.name);
  return concat("code ", int(type.code), ", ", int(type.bits), " bits, ", type.lanes, " lanes");
}

std::string shapeText(const int64_t *shape, int64_t rank) {
  std::string text = "[";
  for (int64_t i = 0; i < rank; ++i)
    text += concat(i ? ", " : "", shape[i]);
  return text + "]";
}

std::string shapeText(const std::vector<int64_t> &shape) {
  return shapeText(shape.data(), static_cast<int64_t>(shape.size()));
}

std::optional<int64_t> elementCount(const std::vector<int64_t> &shape, int64_t elementBytes) {
  int64_t count = 1, bytes = 0;
  bool empty = false;
  for (int64_t size : shape) {
    if (size < 0)
      return std::nullopt;
    empty |= size == 0;
  }
  if (empty)
    return 0;
  for (int64_t size : shape)
    if (__builtin_mul_overflow(count, size, &count))
      return std::nullopt;
  if (__builtin_mul_overflow(count, elementBytes, &bytes))
    return std::nullopt;
  return count;
}

std::string indexText(const std::vector<int64_t> &shape, int64_t flat) {
  std::vector<int64_t> index(shape.size());
  for (size_t i = shape.size(); i-- > 0;) {
    index[i] = flat % shape[i];
    flat /= shape[i];
  }
  return shapeText(index);
}

} // namespace buddy::runtime
