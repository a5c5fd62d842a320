// Coordinate descent: for each operation, the one with the most work first, and each number of its
// schedule, every value worth trying against the best so far; again, until a round finds nothing.
#include "Search.h"
#include "../WriteFile.h"
#include "Child.h"
#include "Commands.h"
#include "Console.h"
#include "Failure.h"
#include "MachineLimits.h"
#include "ScheduleText.h"
#include "buddy/Pipelines/Compiler.h"
#include "buddy/Target/Target.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <numeric>

namespace fs = std::filesystem;

namespace buddy::tune {

using runtime::OpSchedule;
using Clock = std::chrono::steady_clock;
using End = ChildResult::End;

static constexpr double noLimit = 24 * 3600;

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Search::Search(TuneRequest asked, std::function<void(const TuneReport &, const std::string &)> tell)
    : request(std::move(asked)), progress(std::move(tell)) {
  std::error_code error;
  std::string prefix = (fs::temp_directory_path(error) / "buddy-tune-").string();
  if (error)
    runtime::fail(BUDDY_INVALID_ARGUMENT, "TMPDIR, or /tmp, is no folder: ", error.message());
  // What searches that were killed left there.
  forEachStaleFolder(prefix, [](const std::string &stale) {
    std::error_code ignored;
    fs::remove_all(stale, ignored);
  });
  do {
    folder = prefix + "XXXXXX";
    if (!::mkdtemp(folder.data()))
      runtime::fail(BUDDY_OUT_OF_MEMORY, "cannot make the folder ", folder, ": ",
                    runtime::errnoText());
  } while (!lock.take(folder));
}

Search::~Search() {
  std::error_code ignored; // a leftover in the temporary folder harms nobody
  fs::remove_all(folder, ignored);
}

double Search::left() const {
  return std::chrono::duration<double>(deadline - Clock::now()).count();
}

bool Search::isOver() const { return interrupted() || left() <= 0; }

static ChildResult compilePackage(const TuneRequest &request, const std::string &package,
                                  const std::string &schedule, double secondsLimit) {
  auto work = [&](std::string &output) {
    // What a compiler that is ended leaves behind goes with our folder.
    ::setenv("TMPDIR", fs::path(package).parent_path().c_str(), /*overwrite=*/1);
    CompileRequest compilation;
    compilation.archive = request.archive;
    compilation.output = package;
    compilation.target = request.target;
    compilation.schedule = schedule;
    CompileReport report;
    llvm::raw_string_ostream errors(output);
    return int(compile(compilation, report, errors));
  };
  return runInChild(work, secondsLimit);
}

static ChildResult comparePackages(const CompareRequest &request, double secondsLimit) {
  auto work = [&](std::string &output) {
    output = pack(compare(request));
    return 0;
  };
  return runInChild(work, secondsLimit);
}

// Parameters do not depend on schedules: as one file they are in the caches once.
static void shareParams(const std::string &from, const std::string &to) {
  std::error_code ignored;
  fs::remove(to + "/params.bin", ignored);
  fs::create_hard_link(from + "/params.bin", to + "/params.bin", ignored);
  if (ignored)
    fs::copy_file(from + "/params.bin", to + "/params.bin", ignored);
}

int Search::write(const TuneReport &report) const {
  if (std::string problem = writeFile(request.output, scheduleFileText(report.best, note));
      !problem.empty())
    return error(problem, BadInput);
  return Done;
}

int Search::start(TuneReport &report) {
  llvm::Expected<Target> target = getTarget(request.target);
  if (!target)
    return error(llvm::toString(target.takeError()), WrongUsage);
  registers = {target->f32Lanes(), target->vectorRegisters};

  progress(report, "compiling it untuned");
  auto compiling = Clock::now();
  ChildResult compiled = compilePackage(request, file("untuned"), "", noLimit);
  compileSeconds = secondsSince(compiling);
  if (compiled.end == End::Interrupted)
    return Done;
  if (compiled.end == End::Crashed)
    return error("the compiler crashed (signal " + std::to_string(compiled.status) + ")", OurFault);
  if (compiled.status != Done) {
    console() << compiled.output;
    return compiled.status;
  }
  runtime::Manifest manifest = runtime::readManifest(file("untuned"));
  if (manifest.entries.size() > 1)
    runtime::fail(BUDDY_INVALID_ARGUMENT, "the archive holds ", manifest.entries.size(),
                  " programs, and a file of schedules is of one");
  if (request.reference.empty()) {
    std::string problem;
    valuesOf(request.sizes, manifest.entries[0].symbols, problem);
    if (!problem.empty())
      return error(request.archive + ": " + problem, WrongUsage);
  }
  report.untuned = report.best = manifest.entries[0].schedules;
  seen.insert(manifest.library.crc32);

  progress(report, "measuring it untuned");
  // Beside itself: the package has to be right, and its time is wanted.
  ChildResult measured =
      comparePackages({file("untuned"), file("untuned"), file("untuned"), request.reference,
                       request.threads, std::min(1.0, request.seconds / 4), request.sizes},
                      noLimit);
  if (measured.end == End::Interrupted)
    return Done;
  if (measured.end == End::Crashed)
    return error("the untuned package crashed (signal " + std::to_string(measured.status) + ")",
                 OurFault);
  Verdict verdict = unpack(measured.output);
  if (verdict.kind == Verdict::Kind::CannotLoad)
    return error(verdict.text, BadInput);
  if (verdict.kind == Verdict::Kind::Wrong)
    return error("the untuned package fails against " + request.reference + ": " + verdict.text,
                 NotVerified);
  report.untunedMs = verdict.times.bestMs;
  int threads = request.threads ? request.threads : availableProcessors();
  note = "buddy tune: " + hostCpuName() + ", " + std::to_string(threads) +
         (threads == 1 ? " thread, " : " threads, ") + target->name;
  fs::create_directory_symlink("untuned", file("best"));
  return write(report);
}

Trial Search::attempt(TuneReport &report, size_t op, const Coordinate &coordinate, int64_t value) {
  const std::vector<OpSchedule> &best = report.best;
  Trial trial{best[op].op, coordinate.name(), valueAt(best[op], coordinate), value, "", {}, ""};
  progress(report, trial.op + " " + trial.coordinate + " " + std::to_string(trial.from) + " -> " +
                       std::to_string(value));
  std::vector<OpSchedule> candidate = best;
  setValueAt(candidate[op], coordinate, value);
  if (std::string problem = writeFile(file("candidate.json"), scheduleFileText(candidate));
      !problem.empty())
    runtime::fail(BUDDY_OUT_OF_MEMORY, problem);

  // A candidate that takes much longer to compile than the untuned schedules is none.
  double limit = std::min(10 + 5 * compileSeconds, left());
  ChildResult compiled = compilePackage(request, file("candidate"), file("candidate.json"), limit);
  if (compiled.end == End::Done && compiled.status != Done) {
    trial.outcome = "refused";
    trial.why = compiled.output;
    return trial;
  }
  if (compiled.end != End::Done) {
    trial.outcome = compiled.end == End::Crashed ? "crashed" : "too slow to compile";
    return trial;
  }
  runtime::Manifest manifest = runtime::readManifest(file("candidate"));
  if (!seen.insert(manifest.library.crc32).second) {
    trial.outcome = "same code";
    return trial;
  }
  shareParams(file("untuned"), file("candidate"));
  ChildResult measured = comparePackages({file("untuned"), file("best"), file("candidate"),
                                          request.reference, request.threads, 1.0, request.sizes},
                                         left());
  if (measured.end != End::Done) {
    trial.outcome = measured.end == End::Crashed ? "crashed" : "not faster";
    return trial;
  }
  Verdict verdict = unpack(measured.output);
  trial.why = verdict.text;
  trial.times = verdict.times;
  trial.outcome = verdict.kind != Verdict::Kind::Measured ? "wrong"
                  : verdict.times.isFaster()              ? "faster"
                                                          : "not faster";
  if (trial.outcome == "faster")
    report.best = std::move(candidate);
  return trial;
}

// Whether a value of the coordinate was faster.
bool Search::improve(TuneReport &report, size_t op, const Coordinate &coordinate) {
  bool found = false;
  for (int64_t value : coordinate.values) {
    if (isOver())
      return found;
    Trial trial = attempt(report, op, coordinate, value);
    // What the end of the time cut short says nothing.
    if (isOver() && trial.outcome != "faster")
      return found;
    if (trial.outcome == "faster") {
      found = true;
      report.ratio *= trial.times.ratio;
      fs::remove_all(file("best"));
      fs::rename(file("candidate"), file("best"));
      if (int status = write(report))
        runtime::fail(BUDDY_INVALID_ARGUMENT, "the schedules found so far are lost, status ",
                      status);
    }
    report.trials.push_back(std::move(trial));
  }
  return found;
}

void Search::descend(TuneReport &report) {
  std::vector<size_t> order(report.best.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(-estimatedWork(report.best[a]), a) <
           std::pair(-estimatedWork(report.best[b]), b);
  });
  double total = 0;
  for (const OpSchedule &schedule : report.best)
    total += estimatedWork(schedule);
  for (bool found = true; found;) {
    found = false;
    for (size_t op : order) {
      // What takes under a hundredth of the time cannot be seen to get faster.
      if (estimatedWork(report.best[op]) < 0.01 * total)
        continue;
      // Anew for each: what fits in registers depends on the others.
      std::vector<std::string> done;
      for (bool more = true; more;) {
        more = false;
        for (const Coordinate &coordinate : coordinates(report.best[op], registers)) {
          if (std::find(done.begin(), done.end(), coordinate.name()) != done.end())
            continue;
          done.push_back(coordinate.name());
          found |= improve(report, op, coordinate);
          if (isOver())
            return;
          more = true;
          break;
        }
      }
    }
  }
  report.complete = true;
}

// The whole gain at once: the product of single ones carries their errors.
void Search::finish(TuneReport &report) {
  if (report.ratio == 1 || interrupted())
    return;
  progress(report, "measuring the best beside the untuned");
  ChildResult measured =
      comparePackages({file("untuned"), file("untuned"), file("best"), request.reference,
                       request.threads, std::min(2.0, request.seconds / 4), request.sizes},
                      60 + 10 * compileSeconds);
  if (measured.end != End::Done)
    return;
  Verdict verdict = unpack(measured.output);
  if (verdict.kind == Verdict::Kind::Measured)
    report.ratio = verdict.times.ratio;
}

int Search::run(TuneReport &report) {
  begin = Clock::now();
  deadline = begin + std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(request.seconds));
  int status = start(report);
  bool hasResult = !note.empty() && status == Done;
  if (hasResult) {
    descend(report);
    finish(report);
  }
  report.interrupted = interrupted();
  report.seconds = secondsSince(begin);
  if (!hasResult && interrupted()) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    endByInterrupt();
  }
  return status;
}

} // namespace buddy::tune
