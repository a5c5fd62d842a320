// Runs a package from several threads at once, each with a context of its own: raw little-endian
// files in, one a model input, and the first output as such a file out.
//
//   run_threads PACKAGE THREADS OUTPUT INPUT...
#include "buddy.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>
#include <string_view>
#include <thread>

using namespace buddy;

static Tensor readTensor(const BuddyTensorInfo &info, const std::string &path) {
  if (info.elements < 0)
    throw std::runtime_error(std::string(info.name) + " has a size that each run chooses; this "
                                                      "program takes the shapes of the package");
  Tensor tensor(info.dtype, {info.shape, info.shape + info.ndim});
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw std::runtime_error(path + ": " + std::strerror(errno));
  auto bytes = tensor.bytes();
  file.read(reinterpret_cast<char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file || file.peek() != std::ifstream::traits_type::eof())
    throw std::runtime_error(path + ": must have " + std::to_string(bytes.size()) +
                             " bytes, for the input " + info.name);
  return tensor;
}

static void writeTensor(const Tensor &tensor, const std::string &path) {
  std::ofstream file(path, std::ios::binary);
  auto bytes = tensor.bytes();
  file.write(reinterpret_cast<const char *>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  if (!file.flush())
    throw std::runtime_error(path + ": cannot be written");
}

// The outputs of all threads. What one of them throws is thrown here.
static std::vector<std::vector<Tensor>> runInThreads(const Model &model, int threads,
                                                     std::span<const Tensor> inputs) {
  std::vector<std::vector<Tensor>> outputs(static_cast<std::size_t>(threads));
  std::vector<std::exception_ptr> failures(outputs.size());
  {
    std::vector<std::jthread> workers; // joined at the end of this block
    for (std::size_t index = 0; index < outputs.size(); ++index)
      workers.emplace_back([&, index] {
        try {
          outputs[index] = Context(model, /*threads=*/1).run(inputs);
        } catch (...) {
          failures[index] = std::current_exception();
        }
      });
  }
  for (const std::exception_ptr &failure : failures)
    if (failure)
      std::rethrow_exception(failure);
  return outputs;
}

static int run(std::string_view program, std::span<char *> arguments) {
  int threads = 0;
  if (arguments.size() >= 3) {
    std::string_view text = arguments[1];
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
    if (error != std::errc() || end != text.data() + text.size())
      threads = 0;
  }
  if (threads < 1 || threads > 1024) {
    std::cerr << "usage: " << program << " PACKAGE THREADS OUTPUT INPUT...\n";
    return 2;
  }
  Model model(arguments[0]);
  if (arguments.size() - 3 != model.numInputs())
    throw std::runtime_error("the model has " + std::to_string(model.numInputs()) +
                             " inputs, and there are " + std::to_string(arguments.size() - 3) +
                             " files for them");
  std::vector<Tensor> inputs;
  for (std::size_t index = 0; index < model.numInputs(); ++index)
    inputs.push_back(readTensor(model.input(index), arguments[index + 3]));

  auto outputs = runInThreads(model, threads, inputs);
  for (const std::vector<Tensor> &others : outputs)
    for (std::size_t index = 0; index < others.size(); ++index)
      if (!std::ranges::equal(others[index].bytes(), outputs[0][index].bytes()))
        throw std::runtime_error("two threads computed different outputs");
  writeTensor(outputs[0].at(0), arguments[2]);
  std::cout << threads << " threads, equal outputs\n";
  return 0;
}

int main(int argc, char **argv) {
  std::string_view program = argc > 0 ? argv[0] : "run_threads";
  try {
    return run(program, std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
  } catch (const std::exception &error) {
    std::cerr << program << ": " << error.what() << "\n";
    return 1;
  }
}
