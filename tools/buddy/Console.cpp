// A stream of whole lines, and one line that comes and goes.
#include "Console.h"
#include "llvm/ADT/StringRef.h"
#include <cstdlib>
#include <mutex>
#include <sys/ioctl.h>
#include <unistd.h>

namespace buddy {

static std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

// no-color.org: any value but the empty one turns colours off.
static bool wantsColor() {
  static const bool wants = hasProgressLine() && environment("NO_COLOR").empty();
  return wants;
}

bool hasProgressLine() {
  static const bool has =
      ::isatty(STDERR_FILENO) && !environment("TERM").empty() && environment("TERM") != "dumb";
  return has;
}

static void writeAll(llvm::StringRef bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(STDERR_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR)
      return; // nobody is left to be told
    bytes = bytes.drop_front(count > 0 ? count : 0);
  }
}

// As clang does it: the kind in colour, the rest as it is.
static std::string colored(llvm::StringRef line) {
  struct Kind {
    llvm::StringRef word, color;
  };
  llvm::StringRef rest = line;
  if (!wantsColor() || !rest.consume_front("buddy: "))
    return line.str();
  for (auto [word, color] : {Kind{"error:", "31"}, Kind{"warning:", "35"}, Kind{"note:", "36"}})
    if (rest.consume_front(word))
      return ("buddy: \033[1;" + color + "m" + word + "\033[0m" + rest).str();
  return line.str();
}

namespace {
class Console : public llvm::raw_ostream {
public:
  Console() : raw_ostream(/*unbuffered=*/true) {}
  ~Console() override {
    if (!line.empty())
      writeAll(colored(line));
  }

  void showStatus(llvm::StringRef text) {
    std::lock_guard<std::mutex> guard(mutex);
    winsize size = {};
    size_t width = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
    // The last column is left free: some terminals wrap when it is filled.
    writeAll(("\r\033[K" + text.take_front(width - 1)).str());
    hasStatus = true;
  }

  void clearStatus() {
    std::lock_guard<std::mutex> guard(mutex);
    eraseStatus();
  }

private:
  void eraseStatus() {
    if (hasStatus)
      writeAll("\r\033[K");
    hasStatus = false;
  }

  void write_impl(const char *bytes, size_t size) override {
    position += size;
    line.append(bytes, size);
    std::lock_guard<std::mutex> guard(mutex);
    for (size_t end; (end = line.find('\n')) != std::string::npos; line.erase(0, end + 1)) {
      eraseStatus();
      writeAll(colored(llvm::StringRef(line).take_front(end + 1)));
    }
  }
  uint64_t current_pos() const override { return position; }

  std::string line; // what has no end yet
  uint64_t position = 0;
  std::mutex mutex;
  bool hasStatus = false;
};
} // namespace

static Console &theConsole() {
  static Console console;
  return console;
}

llvm::raw_ostream &console() { return theConsole(); }

int error(const std::string &text, int status) {
  console() << "buddy: error: " << text << "\n";
  return status;
}

void showProgressLine(const std::string &text) {
  if (hasProgressLine())
    theConsole().showStatus(text);
}

void clearProgressLine() {
  if (hasProgressLine())
    theConsole().clearStatus();
}

} // namespace buddy
