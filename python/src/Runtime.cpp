// buddy_attention._runtime: the C interface of the runtime for Python, and nothing more. Tensors
// come as DLPack; what is convenient (names, torch's tensors, pools of contexts) is in model.py.
#include "buddy/runtime.h"
#include "VerifyRule.h"
#include <cstring>
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace nb = nanobind;
using namespace nb::literals;

namespace {

// A package that cannot be loaded, or a fault of the runtime.
struct RuntimeFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void check(BuddyStatus status) {
  switch (status) {
  case BUDDY_OK:
    return;
  case BUDDY_INVALID_ARGUMENT:
  case BUDDY_INVALID_TENSOR:
    throw nb::value_error(buddy_last_error());
  case BUDDY_INDEX_OUT_OF_RANGE:
    throw nb::index_error(buddy_last_error());
  case BUDDY_OUT_OF_MEMORY:
    throw std::bad_alloc();
  default:
    throw RuntimeFailure(buddy_last_error());
  }
}

using Shape = std::vector<int64_t>;

struct Model {
  Model(const std::string &folder, bool alwaysCheckParams) {
    BuddyLoadOptions options = {sizeof(BuddyLoadOptions), alwaysCheckParams};
    nb::gil_scoped_release release;
    check(buddy_model_load(folder.c_str(), &options, &model));
  }
  Model(const Model &) = delete;
  ~Model() { buddy_model_destroy(model); }

  BuddyModel *model = nullptr;
};

struct Context {
  Context(const Model &model, int threads) {
    check(buddy_context_create(model.model, threads, &context));
  }
  Context(const Context &) = delete;
  ~Context() { buddy_context_destroy(context); }

  void reset() { check(buddy_context_reset(context)); }

  BuddyContext *context = nullptr;
};

std::string dtypeName(DLDataType dtype) {
  std::string bits = std::to_string(dtype.bits);
  switch (dtype.code) {
  case kDLInt:
    return "i" + bits;
  case kDLUInt:
    return "u" + bits;
  case kDLFloat:
    return "f" + bits;
  case kDLBfloat:
    return "bf" + bits;
  case BUDDY_DL_BOOL:
    return "bool";
  default:
    throw RuntimeFailure("the runtime named a dtype that it does not have");
  }
}

//===----------------------------------------------------------------------===//
// Descriptions, as plain tuples
//===----------------------------------------------------------------------===//

// (name, dtype, sizes as text); the sizes are numbers, or what they are of the symbols.
template <typename DimensionText>
nb::tuple describe(const BuddyTensorInfo &info, DimensionText dimensionText) {
  nb::list sizes;
  for (int32_t i = 0; i < info.ndim; ++i) {
    if (info.shape[i] >= 0)
      sizes.append(info.shape[i]);
    else
      sizes.append(dimensionText(i));
  }
  return nb::make_tuple(info.name, dtypeName(info.dtype), nb::tuple(sizes));
}

nb::tuple tensorOf(const BuddyModel *model, size_t entry, size_t index, bool isInput) {
  BuddyTensorInfo info;
  check((isInput ? buddy_model_entry_input : buddy_model_entry_output)(model, entry, index, &info));
  return describe(info, [&](size_t dimension) {
    const char *text;
    check((isInput ? buddy_model_entry_input_dimension
                   : buddy_model_entry_output_dimension)(model, entry, index, dimension, &text));
    return text;
  });
}

// (name, inputs, outputs, symbols), a symbol being (name, least, most).
nb::tuple entryOf(const BuddyModel *model, size_t number) {
  BuddyEntryInfo entry;
  check(buddy_model_entry(model, number, &entry));
  nb::list inputs, outputs, symbols;
  for (size_t i = 0; i < entry.num_inputs; ++i)
    inputs.append(tensorOf(model, number, i, true));
  for (size_t i = 0; i < entry.num_outputs; ++i)
    outputs.append(tensorOf(model, number, i, false));
  for (size_t i = 0; i < buddy_model_entry_num_symbols(model, number); ++i) {
    BuddySymbolInfo symbol;
    check(buddy_model_entry_symbol(model, number, i, &symbol));
    nb::object most = symbol.max == INT64_MAX ? nb::none() : nb::object(nb::int_(symbol.max));
    symbols.append(nb::make_tuple(symbol.name, symbol.min, most));
  }
  return nb::make_tuple(entry.name, inputs, outputs, symbols);
}

nb::list entries(const Model &model) {
  nb::list all;
  for (size_t i = 0; i < buddy_model_num_entries(model.model); ++i)
    all.append(entryOf(model.model, i));
  return all;
}

nb::list states(const Model &model) {
  nb::list all;
  for (size_t i = 0; i < buddy_model_num_states(model.model); ++i) {
    BuddyTensorInfo info;
    check(buddy_model_state(model.model, i, &info));
    all.append(describe(info, [](size_t) { return "?"; })); // states are static
  }
  return all;
}

// (bytes, of them present, of them in huge pages, copied, place, why)
nb::tuple params(const Model &model) {
  BuddyParamsInfo info;
  check(buddy_model_params(model.model, &info));
  return nb::make_tuple(info.bytes, info.present_bytes, info.huge_bytes, info.copied != 0,
                        info.place, info.why);
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

// The shapes of an entry's outputs for these shapes of its inputs.
nb::list outputShapes(const Model &model, size_t entry, std::vector<Shape> inputs) {
  std::vector<DLTensor> tensors(inputs.size());
  std::vector<DLTensor *> pointers;
  for (size_t i = 0; i < inputs.size(); ++i) {
    tensors[i].ndim = static_cast<int32_t>(inputs[i].size());
    tensors[i].shape = inputs[i].data();
    pointers.push_back(&tensors[i]);
  }
  BuddyEntryInfo info;
  check(buddy_model_entry(model.model, entry, &info));
  nb::list shapes;
  for (size_t i = 0; i < info.num_outputs; ++i) {
    BuddyTensorInfo output;
    check(buddy_model_entry_output(model.model, entry, i, &output));
    Shape shape(output.ndim);
    check(buddy_model_entry_output_shape(model.model, entry, pointers.data(), pointers.size(), i,
                                         shape.data()));
    nb::list sizes;
    for (int64_t size : shape)
      sizes.append(size);
    shapes.append(nb::tuple(sizes));
  }
  return shapes;
}

using Tensor = nb::ndarray<>;

// The runtime's view of the tensors; it has its own header of DLPack, of the same layout.
struct Views {
  explicit Views(std::vector<Tensor> &tensors) : views(tensors.size()) {
    for (size_t i = 0; i < tensors.size(); ++i) {
      const Tensor &tensor = tensors[i];
      nb::dlpack::dtype dtype = tensor.dtype();
      views[i].data = const_cast<void *>(static_cast<const void *>(tensor.data()));
      views[i].device = {static_cast<DLDeviceType>(tensor.device_type()), tensor.device_id()};
      views[i].ndim = static_cast<int32_t>(tensor.ndim());
      views[i].dtype = {dtype.code, dtype.bits, dtype.lanes};
      views[i].shape = const_cast<int64_t *>(tensor.shape_ptr());
      views[i].strides = const_cast<int64_t *>(tensor.stride_ptr());
      pointers.push_back(&views[i]);
    }
  }

  std::vector<DLTensor> views;
  std::vector<DLTensor *> pointers;
};

void run(Context &context, size_t entry, std::vector<Tensor> inputs, std::vector<Tensor> outputs) {
  Views in(inputs), out(outputs);
  nb::gil_scoped_release release;
  check(buddy_context_run_entry(context.context, entry, in.pointers.data(), in.pointers.size(),
                                out.pointers.data(), out.pointers.size()));
}

//===----------------------------------------------------------------------===//
// The numbers rule
//===----------------------------------------------------------------------===//

using Array = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;

// What `buddy verify` says of one output, by the names of its JSON. `exact` is f64, `noise` f32 of
// one dimension more; they may be None. Shapes and dtypes are the caller's business.
nb::dict judge(const Array &ours, const Array &eager, std::optional<Array> exact,
               std::optional<Array> noise) {
  nb::dlpack::dtype dtype = ours.dtype();
  std::optional<buddy::runtime::DataType> type =
      buddy::runtime::parseDataType(dtypeName({dtype.code, dtype.bits, dtype.lanes}));
  if (!type || !buddy::isComparable(*type) || (buddy::isFloat(*type) && !exact))
    throw nb::value_error("values of this dtype cannot be compared");
  buddy::runtime::TensorSpec spec;
  spec.dtype = *type;
  spec.elements = static_cast<int64_t>(ours.size());
  spec.shape.assign(ours.shape_ptr(), ours.shape_ptr() + ours.ndim());
  auto data = [](const auto &array) { return static_cast<const char *>(array.data()); };
  buddy::Compared compared{spec, data(ours), data(eager)};
  if (exact)
    compared.exact = data(*exact);
  if (noise) {
    compared.noise = data(*noise);
    compared.runs = static_cast<int64_t>(noise->shape(0));
  }
  buddy::OutputReport report = buddy::compareOutput(compared);
  nb::dict verdict;
  verdict["reason"] = report.reason;
  verdict["note"] = report.note();
  verdict["mismatches"] = report.mismatches;
  verdict["undetermined"] = report.undetermined;
  verdict["rms"] = report.rms;
  verdict["eager_rms"] = report.eagerRms;
  verdict["rms_limit"] = report.rmsLimit;
  verdict["largest"] = report.largest;
  verdict["eager_largest"] = report.eagerLargest;
  verdict["largest_limit"] = report.largestLimit;
  return verdict;
}

//===----------------------------------------------------------------------===//
// Noticing that memory has changed
//===----------------------------------------------------------------------===//

// A hash of samples of several pieces of memory: of all of a small one, of places spread evenly
// over a large one. The caller keeps the memory alive.
class Samples {
public:
  explicit Samples(const std::vector<std::pair<uintptr_t, size_t>> &pieces) {
    for (auto [address, bytes] : pieces) {
      const char *begin = reinterpret_cast<const char *>(address);
      size_t words = bytes / sizeof(uint64_t);
      size_t count = bytes <= wholeUpTo ? words : mostSamples;
      for (size_t i = 0; i < count; ++i)
        places.push_back({begin + (words * i / count) * sizeof(uint64_t), sizeof(uint64_t)});
      if (bytes % sizeof(uint64_t))
        places.push_back({begin + words * sizeof(uint64_t), bytes % sizeof(uint64_t)});
    }
  }

  uint64_t hash() const {
    uint64_t hash = 0x9e3779b97f4a7c15;
    for (auto [place, bytes] : places) {
      uint64_t value = 0;
      std::memcpy(&value, place, bytes);
      hash = (hash ^ value) * 0xff51afd7ed558ccd;
      hash ^= hash >> 32;
    }
    return hash;
  }

private:
  static constexpr size_t wholeUpTo = 1024, mostSamples = 64;
  std::vector<std::pair<const char *, size_t>> places;
};

} // namespace

NB_MODULE(_runtime, module) {
  // torch.compile's caches outlive the interpreter's own clean-up.
  nb::set_leak_warnings(false);
  nb::exception<RuntimeFailure>(module, "RuntimeFailure", PyExc_RuntimeError);
  module.def("version", &buddy_runtime_version);
  nb::class_<Model>(module, "Model")
      .def(nb::init<const std::string &, bool>(), "folder"_a, "always_check_params"_a = false)
      .def("entries", &entries)
      .def("states", &states)
      .def("params", &params)
      .def("output_shapes", &outputShapes, "entry"_a, "inputs"_a);
  // The runtime keeps what a context needs of its model alive.
  nb::class_<Context>(module, "Context")
      .def(nb::init<const Model &, int>(), "model"_a, "threads"_a = 0)
      .def("reset", &Context::reset)
      .def("run", &run, "entry"_a, "inputs"_a, "outputs"_a);
  module.def("judge", &judge, "ours"_a, "eager"_a, "exact"_a.none(), "noise"_a.none());
  nb::class_<Samples>(module, "Samples")
      .def(nb::init<const std::vector<std::pair<uintptr_t, size_t>> &>(), "pieces"_a)
      .def("hash", &Samples::hash);
}
