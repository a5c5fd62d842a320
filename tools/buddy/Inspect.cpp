// buddy inspect: what is in a package or in an exported archive.
#include "Inspect.h"
#include "Commands.h"
#include <sys/stat.h>

namespace buddy {

namespace {
struct InspectOptions {
  std::string path;
  bool json = false;
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
  command->add_option("path", options->path, "A package or an archive")->required();
  command->add_flag("--json", options->json, "Print JSON");
  command->footer("Examples:\n  buddy inspect layer.buddy\n  buddy inspect layer.pt2 --json");
  command->callback([options, &status] {
    status = isFolder(options->path) ? inspectPackage(options->path, options->json)
                                     : inspectArchive(options->path, options->json);
  });
}

} // namespace buddy
