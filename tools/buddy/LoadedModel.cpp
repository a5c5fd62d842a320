// The tools' use of the runtime.
#include "LoadedModel.h"
#include "Failure.h"
#include <cstring>
#include <new>

namespace buddy {

using runtime::TensorSpec;

Buffer::Buffer(size_t size) : bytes(size) {
  size_t rounded = (size + 63) / 64 * 64;
  memory.reset(static_cast<char *>(std::aligned_alloc(64, rounded ? rounded : 64)));
  if (!memory)
    throw std::bad_alloc();
  std::memset(memory.get(), 0, rounded);
}

static void check(BuddyStatus status) {
  if (status != BUDDY_OK)
    throw runtime::Failure(status, buddy_last_error());
}

static TensorSpec makeSpec(const BuddyTensorInfo &info) {
  TensorSpec spec;
  spec.name = info.name;
  auto dtype = runtime::parseDataType(runtime::dlDataTypeText(info.dtype));
  if (!dtype)
    runtime::fail(BUDDY_INTERNAL, "the runtime gives '", spec.name, "' an unknown dtype");
  spec.dtype = spec.stored = *dtype;
  spec.shape.assign(info.shape, info.shape + info.ndim);
  spec.elements = info.elements;
  return spec;
}

static DLTensor makeTensor(TensorSpec &spec) {
  return {nullptr,
          {kDLCPU, 0},
          static_cast<int>(spec.shape.size()),
          dlDataType(spec.dtype),
          spec.shape.data(),
          nullptr,
          0};
}

LoadedModel::LoadedModel(const std::string &folder, int threads, bool alwaysCheckParams) {
  BuddyLoadOptions options = {sizeof(BuddyLoadOptions), alwaysCheckParams};
  check(buddy_model_load(folder.c_str(), &options, &model));
  try {
    check(buddy_context_create(model, threads, &context));
    BuddyTensorInfo info;
    for (size_t i = 0; i < buddy_model_num_inputs(model); ++i) {
      check(buddy_model_input(model, i, &info));
      inputSpecs.push_back(makeSpec(info));
    }
    for (size_t i = 0; i < buddy_model_num_outputs(model); ++i) {
      check(buddy_model_output(model, i, &info));
      outputSpecs.push_back(makeSpec(info));
    }
    for (TensorSpec &spec : inputSpecs)
      tensors.push_back(makeTensor(spec));
    for (TensorSpec &spec : outputSpecs) {
      outputBuffers.emplace_back(spec.elements * runtime::dataTypeBytes(spec.dtype));
      tensors.push_back(makeTensor(spec));
      tensors.back().data = outputBuffers.back().data();
    }
    for (DLTensor &tensor : tensors)
      pointers.push_back(&tensor);
  } catch (...) {
    buddy_context_destroy(context);
    buddy_model_destroy(model);
    throw;
  }
}

LoadedModel::~LoadedModel() {
  buddy_context_destroy(context);
  buddy_model_destroy(model);
}

void LoadedModel::run(std::vector<Buffer> &in) {
  for (size_t i = 0; i < in.size() && i < inputSpecs.size(); ++i)
    tensors[i].data = in[i].data();
  check(buddy_context_run(context, pointers.data(), in.size(), pointers.data() + inputSpecs.size(),
                          outputSpecs.size()));
}

} // namespace buddy
