// What is said to people beside the results: errors, warnings, and the line that shows how far a
// long command is. All of it goes to standard error, through here.
#pragma once

#include "llvm/Support/raw_ostream.h"
#include <string>

namespace buddy {

// Standard error. On a terminal "error:" and "warning:" at the beginning of a line are coloured
// (unless NO_COLOR is set or TERM is dumb), and what is written takes the place of the progress
// line. Whole lines are written at once. To be used from one thread at a time, but for the progress
// line.
llvm::raw_ostream &console();

// Writes "buddy: error: TEXT" and gives `status` back.
int error(const std::string &text, int status);

// A line that may be redrawn: standard error is a terminal, and one that can erase.
bool hasProgressLine();
// Replaces the progress line; cut to the terminal's width. Nothing where there can be none.
void showProgressLine(const std::string &text);
void clearProgressLine();

} // namespace buddy
