// The runtime's C interface for C++: what is opened is closed, and what fails throws. Copy this
// file into your program; it needs C++20 and nothing else.
#pragma once

#include <buddy/runtime.h>

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace buddy {

// The runtime's own explanation, and its kind.
class Error : public std::runtime_error {
public:
  explicit Error(BuddyStatus status) : std::runtime_error(buddy_last_error()), status(status) {}
  const BuddyStatus status;
};

inline void check(BuddyStatus status) {
  if (status != BUDDY_OK)
    throw Error(status);
}

// A dense, row-major tensor with its memory.
class Tensor {
public:
  Tensor(DLDataType dtype, std::vector<int64_t> shape) : dtype(dtype), sizes(std::move(shape)) {
    std::size_t elements = 1;
    for (int64_t size : sizes)
      elements *= static_cast<std::size_t>(size);
    // operator new aligns it for any element.
    memory.resize(elements * ((dtype.bits + 7) / 8));
  }

  std::span<std::byte> bytes() { return memory; }
  std::span<const std::byte> bytes() const { return memory; }
  const std::vector<int64_t> &shape() const { return sizes; }

  // How it crosses the C interface. Valid as long as the tensor is where it is; inputs are not
  // written to.
  DLTensor view() const {
    auto *data = const_cast<std::byte *>(memory.data());
    auto *shape = const_cast<int64_t *>(sizes.data());
    return {data, {kDLCPU, 0}, static_cast<int32_t>(sizes.size()), dtype, shape, nullptr, 0};
  }

private:
  DLDataType dtype;
  std::vector<int64_t> sizes;
  std::vector<std::byte> memory;
};

// A loaded package. Any number of threads may use it at once; copies are the same model.
class Model {
public:
  explicit Model(const std::string &folder) {
    BuddyModel *opened = nullptr;
    check(buddy_model_load(folder.c_str(), nullptr, &opened));
    model.reset(opened, buddy_model_destroy);
  }

  std::size_t numInputs() const { return buddy_model_num_inputs(get()); }
  std::size_t numOutputs() const { return buddy_model_num_outputs(get()); }

  BuddyTensorInfo input(std::size_t index) const {
    BuddyTensorInfo info;
    check(buddy_model_input(get(), index, &info));
    return info;
  }
  BuddyTensorInfo output(std::size_t index) const {
    BuddyTensorInfo info;
    check(buddy_model_output(get(), index, &info));
    return info;
  }

  const BuddyModel *get() const { return model.get(); }

private:
  std::shared_ptr<BuddyModel> model;
};

// The memory of a run, and the model's states: one for each thread that runs the model.
class Context {
public:
  // threads: how many a run uses; 0: all processors that this process may use.
  explicit Context(Model model, int threads = 0) : model(std::move(model)) {
    BuddyContext *made = nullptr;
    check(buddy_context_create(this->model.get(), threads, &made));
    context.reset(made);
  }

  // The model's outputs for these inputs, in signature order.
  std::vector<Tensor> run(std::span<const Tensor> inputs) {
    std::vector<DLTensor> views;
    for (const Tensor &input : inputs)
      views.push_back(input.view());
    std::vector<DLTensor *> in;
    for (DLTensor &view : views)
      in.push_back(&view);

    std::vector<Tensor> outputs;
    for (std::size_t index = 0; index < model.numOutputs(); ++index) {
      BuddyTensorInfo info = model.output(index);
      // Sizes that each run chooses follow from the inputs' shapes.
      std::vector<int64_t> shape(static_cast<std::size_t>(info.ndim));
      check(buddy_model_entry_output_shape(model.get(), 0, in.data(), in.size(), index,
                                           shape.data()));
      outputs.emplace_back(info.dtype, std::move(shape));
    }
    std::vector<DLTensor> places;
    for (const Tensor &output : outputs)
      places.push_back(output.view());
    std::vector<DLTensor *> out;
    for (DLTensor &place : places)
      out.push_back(&place);
    check(buddy_context_run(context.get(), in.data(), in.size(), out.data(), out.size()));
    return outputs;
  }

  // The states are again what they were when the model was exported.
  void reset() { check(buddy_context_reset(context.get())); }

private:
  struct Destroy {
    void operator()(BuddyContext *context) const { buddy_context_destroy(context); }
  };
  Model model; // outlives the context
  std::unique_ptr<BuddyContext, Destroy> context;
};

} // namespace buddy
