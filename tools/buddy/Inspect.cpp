// buddy inspect: what is in a package or in an exported archive.
#include "Inspect.h"
#include "CommandLine.h"
#include "Commands.h"
#include <sys/stat.h>

namespace buddy {

namespace {
struct InspectOptions {
  std::string path;
  bool json = false, schedule = false;
};
} // namespace

static bool isFolder(const std::string &path) {
  struct stat facts;
  return ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

void addInspectCommand(CLI::App &app, int &status) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App *command = app.add_subcommand(
      "inspect", "Show what is in a package (layer.buddy) or an exported archive (layer.pt2)");
  command->add_option("path", options->path, "A package or an archive")
      ->type_name(value::model)
      ->required();
  CLI::Option *json = command->add_flag("--json", options->json, "Print JSON");
  command
      ->add_flag("--schedule", options->schedule,
                 "Print a package's schedules as a file for buddy compile --schedule")
      ->excludes(json);
  command->footer("Examples:\n  buddy inspect layer.buddy\n  buddy inspect layer.pt2 --json\n"
                  "  buddy inspect layer.buddy --schedule > schedule.json");
  command->callback([options, &status] {
    InspectForm form = options->json       ? InspectForm::Json
                       : options->schedule ? InspectForm::Schedule
                                           : InspectForm::Text;
    status = isFolder(options->path) ? inspectPackage(options->path, form)
                                     : inspectArchive(options->path, form);
  });
}

} // namespace buddy
