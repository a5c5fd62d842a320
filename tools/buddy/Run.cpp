// buddy run: a package, inputs from a file, outputs to a file.
#include "Commands.h"
#include "TensorFiles.h"

namespace buddy {

namespace {
struct RunOptions {
  std::string package, inputs, outputs;
  int threads = 0;
};
} // namespace

static void run(const RunOptions &options) {
  LoadedModel model(options.package, options.threads);
  runtime::SafetensorsFile file(options.inputs);
  std::vector<std::vector<Buffer>> steps = readInputs(file, options.inputs, model.inputs());
  std::vector<std::string> prefixes = stepPrefixes(file);
  std::vector<std::string> results; // the bytes of each tensor: a run overwrites the one before
  std::vector<runtime::StoredTensor> tensors;
  for (size_t step = 0; step < steps.size(); ++step) {
    model.run(steps[step]);
    for (size_t i = 0; i < model.outputs().size(); ++i) {
      const runtime::TensorSpec &spec = model.outputs()[i];
      results.emplace_back(model.out()[i].data(), model.out()[i].size());
      tensors.push_back({prefixes[step] + spec.name, safetensorsName(spec.dtype), spec.shape, {}});
    }
  }
  for (size_t i = 0; i < tensors.size(); ++i)
    tensors[i].data = results[i];
  runtime::writeSafetensors(options.outputs, std::move(tensors));
}

void addRunCommand(CLI::App &app, int &status) {
  auto options = std::make_shared<RunOptions>();
  CLI::App *command = app.add_subcommand("run", "Run a package on tensors from a file");
  command->add_option("package", options->package, "The package (a folder)")->required();
  command
      ->add_option("--inputs", options->inputs,
                   "safetensors file with the inputs, named as in the signature (buddy inspect "
                   "shows it) or as in a reference file (input.NAME); step0.NAME, step1.NAME, ... "
                   "are run one after the other on one state")
      ->required();
  command
      ->add_option("--outputs", options->outputs,
                   "safetensors file to write: output0, output1, ..., or step0.output0, ...")
      ->required();
  command->add_option("--threads", options->threads, "OpenMP threads; 0: all processors")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  command->footer(
      "Example:\n  buddy run layer.buddy --inputs in.safetensors --outputs out.safetensors");
  command->callback([options, &status] {
    run(*options);
    status = Done;
  });
}

} // namespace buddy
