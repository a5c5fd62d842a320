// Beside its place first, then into it.
#include "WriteFile.h"
#include "Failure.h"
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace buddy {

std::string writeFile(const std::string &path, const std::string &text) {
  // A device or a pipe is written to and stays what it is.
  struct stat facts = {};
  bool inPlace =
      ::stat(path.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode);
  std::string temporary = path + ".XXXXXX";
  int file = inPlace ? ::open(path.c_str(), O_WRONLY | O_CLOEXEC) : ::mkstemp(temporary.data());
  auto failed = [&](const char *what) {
    std::string problem = runtime::concat("cannot ", what, " '", path, "': ", runtime::errnoText());
    if (file >= 0) {
      ::close(file);
      if (!inPlace)
        ::unlink(temporary.c_str());
    }
    return problem;
  };
  if (file < 0)
    return failed("write");
  size_t done = 0;
  while (done < text.size()) {
    ssize_t count = ::write(file, text.data() + done, text.size() - done);
    if (count < 0 && errno != EINTR)
      return failed("write");
    done += count > 0 ? count : 0;
  }
  if (inPlace)
    return ::close(std::exchange(file, -1)) == 0 ? "" : failed("write");
  // mkstemp's file is its owner's alone; this one is as any other.
  mode_t mask = ::umask(0);
  ::umask(mask);
  if (::fchmod(file, 0666 & ~mask) != 0 || ::fsync(file) != 0)
    return failed("write");
  if (::rename(temporary.c_str(), path.c_str()) != 0)
    return failed("replace");
  ::close(file);
  return "";
}

} // namespace buddy
