// Registers what the tools can name: dialects, passes, stages.
#include "buddy/Backend/Passes.h"
#include "buddy/Frontend/Graph/IR/GraphDialect.h"
#include "buddy/Frontend/Tosa/Passes.h"
#include "buddy/Midend/Passes.h"
#include "buddy/Pipelines/Pipelines.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

void buddy::registerDialects(DialectRegistry &registry) {
  // All of MLIR's: their interfaces to bufferization, tiling and translation come with them, and a
  // file from another tool can be read.
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registry.insert<graph::GraphDialect, attn::AttnDialect>();
}

namespace {
struct StagePipelineOptions : PassPipelineOptions<StagePipelineOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("as buddy compile --target takes it"),
                             llvm::cl::init("x86-64-v4")};
  Option<std::string> schedule{*this, "schedule",
                               llvm::cl::desc("as buddy compile --schedule takes it")};
};
} // namespace

void buddy::registerPasses() {
  registerAllPasses();
  graph::registerGraphPasses();
  frontend::registerFrontendTosaPasses();
  registerMidendPasses();
  backend::registerBackendPasses();
  // The registry keeps references to the names.
  static std::vector<std::string> names;
  for (const Stage &stage : stages().drop_front())
    names.push_back("buddy-stage-" + stage.name.str());
  for (auto [stage, name] : llvm::zip_equal(stages().drop_front(), names))
    PassPipelineRegistration<StagePipelineOptions>(
        name, stage.summary, [&stage](OpPassManager &pm, const StagePipelineOptions &options) {
          llvm::Expected<Target> target = getTarget(options.target);
          if (!target)
            llvm::report_fatal_error(target.takeError(), /*gen_crash_diag=*/false);
          std::shared_ptr<ScheduleFile> schedules;
          if (!options.schedule.empty()) {
            llvm::Expected<ScheduleFile> file = readScheduleFile(options.schedule);
            if (!file)
              llvm::report_fatal_error(file.takeError(), /*gen_crash_diag=*/false);
            schedules = std::make_shared<ScheduleFile>(std::move(*file));
          }
          stage.build(pm, {*target, schedules, nullptr});
        });
}
