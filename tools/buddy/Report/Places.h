// Where in the user's Python things come from, as the page counts it: files, and places in them.
#pragma once

#include "mlir/IR/Location.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/JSON.h"
#include <map>
#include <set>
#include <string>
#include <vector>

namespace buddy {

// What a location says, whatever it is made of.
struct Place {
  std::set<std::pair<std::string, unsigned>> lines; // files and lines
  std::set<std::string> modules;                    // "layers.0.self_attn.q_proj"
  std::set<unsigned> values;                        // numbers of exported values

  void add(mlir::Location location);
  void add(const Place &other);
  // "q_proj + k_proj"; empty for the root module.
  std::string moduleText() const;
};

Place placeOf(mlir::Location location);

// The path of modules that all of `modules` lie in.
std::string commonModule(const std::set<std::string> &modules);

class Places {
public:
  // Missing files are also looked for below `sourceRoot`, by the ends of their paths; empty: not.
  explicit Places(std::string sourceRoot) : sourceRoot(std::move(sourceRoot)) {}

  // The place's number; -1 if it says nothing.
  int number(const Place &place);
  int number(mlir::Location location) { return number(placeOf(location)); }

  // The page's "sources" and "locations".
  void write(llvm::json::OStream &out) const;

private:
  unsigned sourceNumber(const std::string &path);
  void writeSource(llvm::json::OStream &out, const std::string &path) const;

  std::string sourceRoot;
  std::map<std::string, unsigned> sources;
  std::vector<std::string> paths; // of the sources
  struct Numbered {
    std::vector<std::pair<unsigned, unsigned>> lines;
    std::string module;
    bool operator<(const Numbered &other) const {
      return std::tie(lines, module) < std::tie(other.lines, other.module);
    }
  };
  std::map<Numbered, int> numbers;
  std::vector<Numbered> numbered;
};

} // namespace buddy
