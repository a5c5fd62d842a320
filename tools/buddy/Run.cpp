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
  std::vector<Step> steps = readSteps(file, options.inputs, model);
  std::vector<std::string> results; // the bytes of each tensor: a run overwrites the one before
  std::vector<runtime::StoredTensor> tensors;
  for (Step &step : steps) {
    model.run(step.inputs, step.entry);
    for (size_t i = 0; i < model.results(step.entry).size(); ++i) {
      const runtime::TensorSpec &spec = model.results(step.entry)[i];
      const Buffer &buffer = model.out(step.entry)[i];
      results.emplace_back(buffer.data(), buffer.size());
      tensors.push_back({step.prefix + spec.name, safetensorsName(spec.dtype), spec.shape, {}});
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
                   "are run one after the other on one state; with several entries, "
                   "prefill.NAME or step0.prefill.NAME. Where the package leaves sizes open, each "
                   "step has its own")
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
