// buddy run: a package, inputs from a file, outputs to a file.
#include "CommandLine.h"
#include "Commands.h"
#include "Failure.h"
#include "Progress.h"
#include "TensorFiles.h"
#include "buddy/Package/CleanOnSignal.h"
#include "llvm/Support/JSON.h"

namespace buddy {

namespace {
struct RunOptions {
  std::string package, inputs, outputs;
  int threads = 0;
  bool json = false;
};
} // namespace

static void printJson(const RunOptions &options, size_t steps,
                      const std::vector<runtime::StoredTensor> &tensors) {
  llvm::json::OStream out(llvm::outs(), 2);
  out.object([&] {
    out.attribute("package", options.package);
    out.attribute("inputs", options.inputs);
    out.attribute("outputs", options.outputs);
    out.attribute("steps", static_cast<int64_t>(steps));
    out.attributeArray("tensors", [&] {
      for (const runtime::StoredTensor &tensor : tensors)
        out.object([&] {
          out.attribute("name", tensor.name);
          out.attribute("dtype", tensor.dtype);
          out.attributeArray("shape", [&] {
            for (int64_t size : tensor.shape)
              out.value(size);
          });
        });
    });
  });
  llvm::outs() << "\n";
}

static void run(const RunOptions &options) {
  Progress progress(Progress::Redraw::AtSteps);
  progress.step("loading");
  LoadedModel model(options.package, options.threads);
  runtime::SafetensorsFile file(options.inputs);
  std::vector<Step> steps = readSteps(file, options.inputs, model);
  std::vector<std::string> results; // the bytes of each tensor: a run overwrites the one before
  std::vector<runtime::StoredTensor> tensors;
  for (size_t i = 0; i < steps.size(); ++i) {
    Step &step = steps[i];
    progress.step(runtime::concat("step ", i + 1, " of ", steps.size()));
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
  progress.step("writing " + options.outputs);
  // A signal before the file is whole leaves nothing of it.
  CleanOnSignal cleaning(runtime::safetensorsPartialName(options.outputs));
  runtime::writeSafetensors(options.outputs, tensors);
  cleaning.release();
  progress.done();
  if (options.json)
    printJson(options, steps.size(), tensors);
}

void addRunCommand(CLI::App &app, int &status) {
  auto options = std::make_shared<RunOptions>();
  CLI::App *command = app.add_subcommand("run", "Run a package on tensors from a file");
  command->add_option("package", options->package, "The package (a folder)")
      ->type_name(value::package)
      ->required();
  command
      ->add_option("--inputs", options->inputs,
                   "safetensors file with the inputs, named as in the signature (buddy inspect "
                   "shows it) or as in a reference file (input.NAME); step0.NAME, step1.NAME, ... "
                   "are run one after the other on one state; with several entries, "
                   "prefill.NAME or step0.prefill.NAME. Where the package leaves sizes open, each "
                   "step has its own")
      ->type_name(value::file)
      ->required();
  command
      ->add_option("--outputs", options->outputs,
                   "safetensors file to write: output0, output1, ..., or step0.output0, ...")
      ->type_name(value::file)
      ->required();
  addThreadsOption(*command, options->threads);
  command->add_flag("--json", options->json, "Print what was written as JSON");
  command->footer(
      "Example:\n  buddy run layer.buddy --inputs in.safetensors --outputs out.safetensors");
  command->callback([options, &status] {
    run(*options);
    status = Done;
  });
}

} // namespace buddy
