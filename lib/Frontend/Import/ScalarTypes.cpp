// The codes of torch dtypes.
#include "buddy/Frontend/Import/ExportedProgram.h"

using namespace llvm;
using namespace buddy;

namespace {
struct ScalarType {
  int64_t code;
  StringLiteral name;
  std::optional<DType> dtype = std::nullopt;
};
} // namespace

// Of torch/_export/serde/schema.py.
static constexpr ScalarType kScalarTypes[] = {
    {1, "uint8", DType::U8},
    {2, "int8", DType::I8},
    {3, "int16", DType::I16},
    {4, "int32", DType::I32},
    {5, "int64", DType::I64},
    {6, "float16", DType::F16},
    {7, "float32", DType::F32},
    {8, "float64", DType::F64},
    {9, "complex32"},
    {10, "complex64"},
    {11, "complex128"},
    {12, "bool", DType::Bool},
    {13, "bfloat16", DType::BF16},
    {28, "uint16"},
    {29, "float8_e4m3fn"},
    {30, "float8_e5m2"},
    {31, "float8_e4m3fnuz"},
    {32, "float8_e5m2fnuz"},
    {33, "float8_e8m0fnu"},
    {34, "uint32"},
    {35, "uint64"},
};

static const ScalarType *find(int64_t code) {
  const ScalarType *type =
      llvm::find_if(kScalarTypes, [&](const ScalarType &known) { return known.code == code; });
  return type == std::end(kScalarTypes) ? nullptr : type;
}

std::string pt2::scalarTypeName(int64_t code) {
  const ScalarType *type = find(code);
  return type ? type->name.str() : "dtype code " + std::to_string(code);
}

std::optional<DType> pt2::scalarType(int64_t code) {
  const ScalarType *type = find(code);
  return type ? type->dtype : std::nullopt;
}
