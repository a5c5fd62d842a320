// Completion scripts for shells, made from the tree of commands itself.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace buddy::completion {

struct Option {
  std::vector<std::string> names; // "--output", "-o"
  std::string value;              // what follows it (CommandLine.h: value); empty: a flag
  std::string description;
};

struct Command {
  std::string name, description;
  std::vector<Option> options;
  std::string argument; // what the value without a name is; empty: there is none
};

// Those that people see, in the order of --help.
std::vector<Command> commandsOf(const CLI::App &app);

// The words that a value of this kind is one of, "graph fused ..."; empty: it is no such kind.
std::vector<std::string> wordsOf(const std::string &value);

std::string bashScript(const std::vector<Command> &commands);
std::string zshScript(const std::vector<Command> &commands);
std::string fishScript(const std::vector<Command> &commands);

// In single quotes for a shell, which all three read alike.
std::string quoted(const std::string &text);
std::string joined(const std::vector<std::string> &words, const char *between = " ");

} // namespace buddy::completion
