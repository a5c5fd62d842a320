// The option --size of buddy bench and buddy tune.
#include "Commands.h"

namespace buddy {

void addSizeOption(CLI::App &command, CLI::Option *reference, Sizes &sizes) {
  auto check = [](const std::string &text) {
    return parseSize(text) ? "" : "'" + text + "' is not NAME=N, as in s64=40";
  };
  command
      .add_option_function<std::vector<std::string>>(
          "--size",
          [&sizes](const std::vector<std::string> &texts) {
            for (const std::string &text : texts)
              if (auto size = parseSize(text))
                sizes.push_back(*size);
          },
          "Without a reference: a size that the package leaves open, as s64=40 (buddy inspect "
          "shows which); once for each")
      ->type_name("NAME=N")
      ->allow_extra_args(false)
      ->check(check)
      ->excludes(reference);
}

} // namespace buddy
