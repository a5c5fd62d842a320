// The search for faster schedules: one number of one operation's schedule at a time.
#pragma once

#include "Compare.h"
#include "SearchSpace.h"
#include "buddy/Package/FolderLock.h"
#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace buddy::tune {

struct TuneRequest {
  std::string archive, output, reference; // reference: empty for none
  std::string target = "native";
  int threads = 0;
  double seconds = 120;
  Sizes sizes; // without a reference: what to measure at, if the archive leaves sizes open
};

// One candidate.
struct Trial {
  std::string op, coordinate; // "subgraph0.contraction0", "tile.row"
  int64_t from = 0, to = 0;
  // "faster", "not faster", "same code", "refused", "wrong", "crashed", "too slow to compile"
  std::string outcome;
  Comparison times; // of "faster" and "not faster"
  std::string why;  // of "refused" and "wrong"
};

struct TuneReport {
  std::vector<runtime::OpSchedule> untuned, best;
  std::vector<Trial> trials;
  double untunedMs = 0;
  double ratio = 1; // time of the best by that of the untuned, measured once more at the end
  double seconds = 0;
  bool complete = false;    // nothing more to try
  bool interrupted = false; // by a signal; what was found is kept
};

class Search {
public:
  // `progress` is told what is tried next.
  Search(TuneRequest request,
         std::function<void(const TuneReport &, const std::string &)> progress);
  ~Search(); // removes what was compiled
  Search(const Search &) = delete;

  // Writes `request.output` as soon as there is something to keep, and again at each improvement,
  // whole. Exit status; errors have been said. A signal before there is anything ends the process.
  int run(TuneReport &report);

private:
  // What the untuned package is, or why it cannot be tuned.
  int start(TuneReport &report);
  void descend(TuneReport &report);
  bool improve(TuneReport &report, size_t op, const Coordinate &coordinate);
  Trial attempt(TuneReport &report, size_t op, const Coordinate &coordinate, int64_t value);
  void finish(TuneReport &report);
  int write(const TuneReport &report) const;
  std::string file(const std::string &name) const { return folder + "/" + name; }
  double left() const;
  bool isOver() const;

  TuneRequest request;
  std::function<void(const TuneReport &, const std::string &)> progress;
  Registers registers;
  std::string folder, note;
  FolderLock lock;
  std::set<uint32_t> seen; // checksums of the libraries measured so far
  double compileSeconds = 0;
  std::chrono::steady_clock::time_point begin, deadline;
};

} // namespace buddy::tune
