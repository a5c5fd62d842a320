// The option --threads of all that runs packages or measures.
#include "Commands.h"

namespace buddy {

void addThreadsOption(CLI::App &command, int &threads) {
  command.add_option("--threads", threads, "OpenMP threads; 0: all processors")
      ->check(CLI::Range(0, 4096))
      ->type_name("N")
      ->capture_default_str();
}

} // namespace buddy
