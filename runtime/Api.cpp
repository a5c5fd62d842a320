// The C interface: turns exceptions into statuses and keeps the last error's text.
#include "Context.h"
#include "Failure.h"
#include "Model.h"
#include "TensorCheck.h"
#include <algorithm>
#include <new>

using namespace buddy::runtime;

struct BuddyModel {
  std::shared_ptr<const Model> model;
};
struct BuddyContext {
  Context context;
};

static thread_local std::string lastError;

static BuddyStatus report(BuddyStatus status, const char *text) noexcept {
  try {
    lastError = text;
  } catch (...) {
    lastError.clear();
  }
  return status;
}

template <typename Body> static BuddyStatus guarded(Body body) noexcept {
  try {
    body();
    return BUDDY_OK;
  } catch (const Failure &failure) {
    return report(failure.status(), failure.what());
  } catch (const std::bad_alloc &) {
    return report(BUDDY_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception &error) {
    return report(BUDDY_INTERNAL, error.what());
  } catch (...) {
    return report(BUDDY_INTERNAL, "unknown error in the runtime");
  }
}

static void requireNonNull(const void *pointer, const char *name) {
  if (!pointer)
    fail(BUDDY_INVALID_ARGUMENT, "the argument '", name, "' is null");
}

template <typename Spec>
static const TensorSpec &tensorOf(const std::vector<Spec> &tensors, size_t index,
                                  const char *role) {
  if (index >= tensors.size())
    fail(BUDDY_INVALID_ARGUMENT, "there is no ", role, " ", index, ": the model has ",
         tensors.size());
  return tensors[index];
}

template <typename Spec>
static void describe(const std::vector<Spec> &tensors, size_t index, const char *role,
                     BuddyTensorInfo *info) {
  requireNonNull(info, "info");
  const TensorSpec &spec = tensorOf(tensors, index, role);
  *info = {spec.name.c_str(), dlDataType(spec.dtype), static_cast<int32_t>(spec.shape.size()),
           spec.shape.empty() ? nullptr : spec.shape.data(), spec.elements};
}

static void describeDimension(const TensorSpec &tensor, size_t dimension, const char **text) {
  requireNonNull(text, "text");
  if (dimension >= tensor.dimensions.size())
    fail(BUDDY_INVALID_ARGUMENT, "there is no dimension ", dimension, ": '", tensor.name, "' has ",
         tensor.dimensions.size());
  *text = tensor.dimensions[dimension].c_str();
}

static int64_t flopsOf(const EntrySpec &entry) { return entry.flops.constant().value_or(-1); }

static const EntrySpec &entryOf(const BuddyModel *model, size_t entry) {
  requireNonNull(model, "model");
  const std::vector<EntrySpec> &entries = model->model->manifest.entries;
  if (entry >= entries.size())
    fail(BUDDY_INVALID_ARGUMENT, "there is no entry ", entry, ": the model has ", entries.size());
  return entries[entry];
}

// The sizes of a run on these inputs; only their shapes are looked at.
static RunSizes sizesFor(const EntrySpec &entry, DLTensor *const *inputs, size_t numInputs) {
  checkList(inputs, numInputs, entry.inputs, "input");
  RunSizes sizes(entry);
  sizes.read(inputs);
  for (size_t i = 0; i < numInputs; ++i)
    checkShape(inputs[i], sizes.inputs[i], sizes);
  return sizes;
}

extern "C" {

const char *buddy_last_error(void) { return lastError.c_str(); }

const char *buddy_runtime_version(void) { return BUDDY_VERSION; }

BuddyStatus buddy_model_load(const char *folder, const BuddyLoadOptions *options,
                             BuddyModel **model) {
  return guarded([&] {
    requireNonNull(folder, "folder");
    requireNonNull(model, "model");
    *model = nullptr;
    bool always = false;
    if (options) {
      if (options->struct_size < sizeof(BuddyLoadOptions))
        fail(BUDDY_INVALID_ARGUMENT, "options.struct_size is ", options->struct_size,
             ", expected sizeof(BuddyLoadOptions)");
      always = options->always_check_params != 0;
    }
    *model = new BuddyModel{loadModel(folder, always)};
  });
}

void buddy_model_destroy(BuddyModel *model) { delete model; }

BuddyStatus buddy_model_params(const BuddyModel *model, BuddyParamsInfo *info) {
  return guarded([&] {
    requireNonNull(model, "model");
    requireNonNull(info, "info");
    const LoadedParams &params = *model->model->params;
    std::string_view bytes = params.bytes();
    auto facts = bytes.empty() ? PageFacts() : pageFactsOf(bytes.data());
    // The kernel's numbers are of whole pages.
    auto atMost = [&](size_t value) { return int64_t(std::min(value, bytes.size())); };
    *info = {int64_t(bytes.size()),
             facts ? atMost(facts->present) : -1,
             facts ? atMost(facts->huge) : -1,
             params.place().kind == ParamsPlace::Copied,
             paramsPlaceText(params.place().kind),
             params.place().why.c_str()};
  });
}

size_t buddy_model_num_entries(const BuddyModel *model) {
  return model ? model->model->manifest.entries.size() : 0;
}

BuddyStatus buddy_model_entry(const BuddyModel *model, size_t entry, BuddyEntryInfo *info) {
  return guarded([&] {
    requireNonNull(info, "info");
    const EntrySpec &spec = entryOf(model, entry);
    *info = {spec.name.c_str(), spec.inputs.size(), spec.outputs.size(), flopsOf(spec)};
  });
}

BuddyStatus buddy_model_find_entry(const BuddyModel *model, const char *name, size_t *entry) {
  return guarded([&] {
    requireNonNull(model, "model");
    requireNonNull(name, "name");
    requireNonNull(entry, "entry");
    std::string names;
    const std::vector<EntrySpec> &entries = model->model->manifest.entries;
    for (size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].name == name) {
        *entry = i;
        return;
      }
      names += (i ? ", " : "") + entries[i].name;
    }
    fail(BUDDY_INVALID_ARGUMENT, "the model has no entry '", name, "', it has ", names);
  });
}

BuddyStatus buddy_model_entry_input(const BuddyModel *model, size_t entry, size_t index,
                                    BuddyTensorInfo *info) {
  return guarded([&] { describe(entryOf(model, entry).inputs, index, "input", info); });
}

BuddyStatus buddy_model_entry_output(const BuddyModel *model, size_t entry, size_t index,
                                     BuddyTensorInfo *info) {
  return guarded([&] { describe(entryOf(model, entry).outputs, index, "output", info); });
}

size_t buddy_model_entry_num_symbols(const BuddyModel *model, size_t entry) {
  if (!model || entry >= model->model->manifest.entries.size())
    return 0;
  return model->model->manifest.entries[entry].symbols.size();
}

BuddyStatus buddy_model_entry_symbol(const BuddyModel *model, size_t entry, size_t index,
                                     BuddySymbolInfo *info) {
  return guarded([&] {
    requireNonNull(info, "info");
    const EntrySpec &spec = entryOf(model, entry);
    if (index >= spec.symbols.size())
      fail(BUDDY_INVALID_ARGUMENT, "there is no symbol ", index, ": the entry has ",
           spec.symbols.size());
    const SymbolSpec &symbol = spec.symbols[index];
    *info = {symbol.name.c_str(), symbol.min, symbol.max};
  });
}

BuddyStatus buddy_model_entry_input_dimension(const BuddyModel *model, size_t entry, size_t index,
                                              size_t dimension, const char **text) {
  return guarded([&] {
    describeDimension(tensorOf(entryOf(model, entry).inputs, index, "input"), dimension, text);
  });
}

BuddyStatus buddy_model_entry_output_dimension(const BuddyModel *model, size_t entry, size_t index,
                                               size_t dimension, const char **text) {
  return guarded([&] {
    describeDimension(tensorOf(entryOf(model, entry).outputs, index, "output"), dimension, text);
  });
}

BuddyStatus buddy_model_entry_output_shape(const BuddyModel *model, size_t entry,
                                           DLTensor *const *inputs, size_t num_inputs,
                                           size_t output_index, int64_t *shape) {
  return guarded([&] {
    const EntrySpec &spec = entryOf(model, entry);
    if (!tensorOf(spec.outputs, output_index, "output").shape.empty())
      requireNonNull(shape, "shape");
    RunSizes sizes = sizesFor(spec, inputs, num_inputs);
    const std::vector<int64_t> &wanted = sizes.outputs[output_index].shape;
    std::copy(wanted.begin(), wanted.end(), shape);
  });
}

BuddyStatus buddy_model_entry_flops_for(const BuddyModel *model, size_t entry,
                                        DLTensor *const *inputs, size_t num_inputs,
                                        int64_t *flops) {
  return guarded([&] {
    requireNonNull(flops, "flops");
    const EntrySpec &spec = entryOf(model, entry);
    RunSizes sizes = sizesFor(spec, inputs, num_inputs);
    auto value = spec.flops.evaluate(sizes.symbols.data());
    if (!value || *value < 0)
      fail(BUDDY_INVALID_TENSOR, "the number of operations does not fit in 63 bits with ",
           sizes.symbolsText());
    *flops = *value;
  });
}

size_t buddy_model_num_inputs(const BuddyModel *model) {
  return model ? model->model->manifest.entries[0].inputs.size() : 0;
}

size_t buddy_model_num_outputs(const BuddyModel *model) {
  return model ? model->model->manifest.entries[0].outputs.size() : 0;
}

BuddyStatus buddy_model_input(const BuddyModel *model, size_t index, BuddyTensorInfo *info) {
  return buddy_model_entry_input(model, 0, index, info);
}

BuddyStatus buddy_model_output(const BuddyModel *model, size_t index, BuddyTensorInfo *info) {
  return buddy_model_entry_output(model, 0, index, info);
}

size_t buddy_model_num_states(const BuddyModel *model) {
  return model ? model->model->manifest.states.size() : 0;
}

BuddyStatus buddy_model_state(const BuddyModel *model, size_t index, BuddyTensorInfo *info) {
  return guarded([&] {
    requireNonNull(model, "model");
    describe(model->model->manifest.states, index, "state", info);
  });
}

int64_t buddy_model_flops(const BuddyModel *model) {
  return model ? flopsOf(model->model->manifest.entries[0]) : 0;
}

BuddyStatus buddy_context_create(const BuddyModel *model, int threads, BuddyContext **context) {
  return guarded([&] {
    requireNonNull(model, "model");
    requireNonNull(context, "context");
    *context = nullptr;
    if (threads < 0 || threads > 4096)
      fail(BUDDY_INVALID_ARGUMENT, "threads is ", threads, ", expected 0 (all) to 4096");
    *context = new BuddyContext{Context(model->model, threads)};
  });
}

void buddy_context_destroy(BuddyContext *context) { delete context; }

BuddyStatus buddy_context_reset(BuddyContext *context) {
  return guarded([&] {
    requireNonNull(context, "context");
    context->context.reset();
  });
}

size_t buddy_model_entry_num_kernels(const BuddyModel *model, size_t entry) {
  if (!model || entry >= model->model->manifest.entries.size())
    return 0;
  return model->model->manifest.entries[entry].kernels.size();
}

BuddyStatus buddy_model_entry_kernel(const BuddyModel *model, size_t entry, size_t index,
                                     BuddyKernelInfo *info) {
  return guarded([&] {
    requireNonNull(info, "info");
    const std::vector<KernelSpec> &kernels = entryOf(model, entry).kernels;
    if (index >= kernels.size())
      fail(BUDDY_INVALID_ARGUMENT, "there is no kernel ", index, ": the entry has ",
           kernels.size());
    const KernelSpec &kernel = kernels[index];
    *info = {kernel.name.c_str(), kernel.kind.c_str(), kernel.location.c_str()};
  });
}

BuddyStatus buddy_context_profile(BuddyContext *context, int on) {
  return guarded([&] {
    requireNonNull(context, "context");
    context->context.setProfiling(on != 0);
  });
}

BuddyStatus buddy_context_kernel_times(const BuddyContext *context, const BuddyKernelTime **times,
                                       size_t *count, size_t *lost) {
  return guarded([&] {
    requireNonNull(context, "context");
    requireNonNull(times, "times");
    requireNonNull(count, "count");
    requireNonNull(lost, "lost");
    const Profile *profile = context->context.lastProfile();
    if (!profile)
      fail(BUDDY_INVALID_ARGUMENT,
           "the context takes no times: call buddy_context_profile before the run");
    *times = profile->times();
    *count = profile->count();
    *lost = profile->lost();
  });
}

BuddyStatus buddy_context_run_entry(BuddyContext *context, size_t entry, DLTensor *const *inputs,
                                    size_t num_inputs, DLTensor *const *outputs,
                                    size_t num_outputs) {
  return guarded([&] {
    requireNonNull(context, "context");
    context->context.run(entry, inputs, num_inputs, outputs, num_outputs);
  });
}

BuddyStatus buddy_context_run(BuddyContext *context, DLTensor *const *inputs, size_t num_inputs,
                              DLTensor *const *outputs, size_t num_outputs) {
  return buddy_context_run_entry(context, 0, inputs, num_inputs, outputs, num_outputs);
}

} // extern "C"
