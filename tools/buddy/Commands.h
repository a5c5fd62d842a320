// The subcommands of `buddy`. Each adds itself to the command line; when it is chosen it runs and
// sets `status`, the exit status, or throws runtime::Failure.
#pragma once

#include "Sizes.h"
#include <CLI/CLI.hpp>

namespace buddy {

// 0 done, 1 the input is at fault, 2 wrong usage, 3 a verification failed, 70 our own fault
enum ExitStatus : int { Done = 0, BadInput = 1, WrongUsage = 2, NotVerified = 3, OurFault = 70 };

// The option --size NAME=N, which may be given several times and not beside `reference`.
void addSizeOption(CLI::App &command, CLI::Option *reference, Sizes &sizes);

// An option of that name, from 0.01 to `most` seconds.
void addSecondsOption(CLI::App &command, const std::string &name, double &seconds,
                      const std::string &description, double most = 3600);

// The option --threads.
void addThreadsOption(CLI::App &command, int &threads);

void addRunCommand(CLI::App &app, int &status);
void addVerifyCommand(CLI::App &app, int &status);
void addBenchCommand(CLI::App &app, int &status);
void addLimitsCommand(CLI::App &app, int &status);
void addInspectCommand(CLI::App &app, int &status);
void addTuneCommand(CLI::App &app, int &status);
void addReportCommand(CLI::App &app, int &status);
void addDoctorCommand(CLI::App &app, int &status);
void addCompletionCommand(CLI::App &app, int &status);
void addManCommand(CLI::App &app, int &status);

} // namespace buddy
