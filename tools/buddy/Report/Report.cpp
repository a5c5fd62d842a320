// buddy report: one HTML page that joins source, stages, times and errors of a package.
#include "../Commands.h"
#include "../Tune/WriteFile.h"
#include "Failure.h"
#include "Page.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>

namespace json = llvm::json;

namespace buddy {

namespace {
struct ReportOptions {
  std::string package;
  std::string output;
  std::string data;
};
} // namespace

constexpr int64_t dataFormat = 1;

// The data of a page from a file, as it is, if it is data of a page.
static std::string readData(const std::string &path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    runtime::fail(BUDDY_INVALID_ARGUMENT, "cannot read '", path, "': ", file.getError().message());
  llvm::StringRef text = (*file)->getBuffer();
  llvm::Expected<json::Value> value = json::parse(text);
  if (!value)
    runtime::fail(BUDDY_INVALID_ARGUMENT, "'", path,
                  "' is not JSON: ", llvm::toString(value.takeError()));
  const json::Object *object = value->getAsObject();
  if (!object || object->getInteger("format") != dataFormat)
    runtime::fail(BUDDY_INVALID_ARGUMENT, "'", path,
                  "' is not data of a report: it is no object with \"format\": ", dataFormat);
  return text.str();
}

static int report(const ReportOptions &options) {
  if (options.data.empty())
    runtime::fail(BUDDY_INVALID_ARGUMENT,
                  "there is nothing to report on: --from-data names a file");
  std::string problem = tune::writeFile(options.output, reportPage(readData(options.data)));
  if (!problem.empty())
    runtime::fail(BUDDY_INVALID_ARGUMENT, problem);
  return Done;
}

void addReportCommand(CLI::App &app, int &status) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App *command = app.add_subcommand(
      "report", "Write one HTML page: source, IR of every stage, times, errors, memory, roofline");
  CLI::Option *package = command->add_option("package", options->package, "The package");
  command->add_option("-o,--output", options->output, "The page")->required();
  // For tests of the page, and for who makes such data in another way. Hidden: an empty group.
  CLI::Option *data =
      command->add_option("--from-data", options->data, "The data of the page, JSON")->group("");
  package->excludes(data);
  data->excludes(package);
  command->callback([options, &status] { status = report(*options); });
}

} // namespace buddy
