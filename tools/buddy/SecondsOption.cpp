// How long a command is to take.
#include "Commands.h"
#include <cmath>

namespace buddy {

void addSecondsOption(CLI::App &command, const std::string &name, double &seconds,
                      const std::string &description, double most) {
  command.add_option(name, seconds, description)
      ->check(CLI::Range(0.01, most))
      // No comparison says that nan is out of a range.
      ->check([](const std::string &text) {
        double value = 0;
        bool isNumber = CLI::detail::lexical_cast(text, value) && !std::isnan(value);
        return isNumber ? std::string() : "'" + text + "' is no number of seconds";
      })
      ->type_name("SECONDS")
      ->capture_default_str();
}

} // namespace buddy
