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
    parts.resize(buddy_model_num_entries(model));
    for (size_t entry = 0; entry < parts.size(); ++entry)
      readEntry(entry);
  } catch (...) {
    buddy_context_destroy(context);
    buddy_model_destroy(model);
    throw;
  }
}

void LoadedModel::readEntry(size_t entry) {
  Part &part = parts[entry];
  BuddyEntryInfo about;
  check(buddy_model_entry(model, entry, &about));
  names.push_back(about.name);
  part.flops = about.flops;
  BuddyTensorInfo info;
  for (size_t i = 0; i < about.num_inputs; ++i) {
    check(buddy_model_entry_input(model, entry, i, &info));
    part.inputSpecs.push_back(makeSpec(info));
  }
  for (size_t i = 0; i < about.num_outputs; ++i) {
    check(buddy_model_entry_output(model, entry, i, &info));
    part.outputSpecs.push_back(makeSpec(info));
  }
  for (TensorSpec &spec : part.inputSpecs)
    part.tensors.push_back(makeTensor(spec));
  for (TensorSpec &spec : part.outputSpecs) {
    part.outputBuffers.emplace_back(spec.elements * runtime::dataTypeBytes(spec.dtype));
    part.tensors.push_back(makeTensor(spec));
    part.tensors.back().data = part.outputBuffers.back().data();
  }
  for (DLTensor &tensor : part.tensors)
    part.pointers.push_back(&tensor);
}

size_t LoadedModel::entry(const std::string &name) const {
  size_t found = 0;
  check(buddy_model_find_entry(model, name.c_str(), &found));
  return found;
}

LoadedModel::~LoadedModel() {
  buddy_context_destroy(context);
  buddy_model_destroy(model);
}

void LoadedModel::run(std::vector<Buffer> &in, size_t entry) {
  Part &part = parts[entry];
  for (size_t i = 0; i < in.size() && i < part.inputSpecs.size(); ++i)
    part.tensors[i].data = in[i].data();
  check(buddy_context_run_entry(context, entry, part.pointers.data(), in.size(),
                                part.pointers.data() + part.inputSpecs.size(),
                                part.outputSpecs.size()));
}

} // namespace buddy
