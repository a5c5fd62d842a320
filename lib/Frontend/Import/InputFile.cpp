// Opens without waiting, looks at what it got, and only then reads.
#include "buddy/Frontend/Import/InputFile.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

using Buffer = Expected<std::unique_ptr<MemoryBuffer>>;

static Error systemError(int number) {
  std::error_code code(number, std::generic_category());
  return createStringError(code, code.message());
}

static Error refused(const Twine &what) {
  return createStringError(std::make_error_code(std::errc::invalid_argument), what);
}

static std::string kindOf(mode_t mode) {
  return S_ISDIR(mode)    ? "a folder"
         : S_ISFIFO(mode) ? "a pipe"
         : S_ISSOCK(mode) ? "a socket"
                          : "a device";
}

// O_NONBLOCK: a pipe that nobody writes to must not make us wait.
static Expected<int> openInput(StringRef path, struct stat &facts) {
  int file = ::open(path.str().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0)
    return systemError(errno);
  if (::fstat(file, &facts) == 0)
    return file;
  int error = errno;
  ::close(file);
  return systemError(error);
}

static Buffer bufferOf(int file, StringRef path, uint64_t size, bool terminated) {
  auto buffer = MemoryBuffer::getOpenFile(file, path, size, terminated);
  if (std::error_code code = buffer.getError())
    return createStringError(code, code.message());
  return std::move(*buffer);
}

Buffer buddy::mapInputFile(StringRef path) {
  struct stat facts;
  Expected<int> file = openInput(path, facts);
  if (!file)
    return file.takeError();
  scope_exit close([&] { ::close(*file); });
  if (!S_ISREG(facts.st_mode))
    return refused("it is " + kindOf(facts.st_mode) + ", not a file");
  return bufferOf(*file, path, facts.st_size, /*terminated=*/false);
}

static Error tooLong(uint64_t limit) {
  return refused("it is longer than " + Twine(limit) + " bytes, more than such a file ever has");
}

// `limit` is not beyond what memory can hold.
static Buffer readPipe(int file, StringRef path, uint64_t limit) {
  SmallVector<char, 0> text;
  for (;;) {
    size_t done = text.size();
    text.resize_for_overwrite(done + (1 << 16));
    ssize_t count = ::read(file, text.data() + done, 1 << 16);
    int error = count < 0 ? errno : 0;
    text.truncate(done + std::max<ssize_t>(count, 0));
    if (count == 0)
      break;
    if (text.size() > limit)
      return tooLong(limit);
    if (error == EAGAIN) {
      pollfd waiting = {file, POLLIN, 0};
      ::poll(&waiting, 1, -1);
    } else if (error && error != EINTR) {
      return systemError(error);
    }
  }
  if (text.empty())
    return refused("it is a pipe, and nobody writes to it");
  return std::make_unique<SmallVectorMemoryBuffer>(std::move(text), path,
                                                   /*RequiresNullTerminator=*/true);
}

Buffer buddy::readInputText(StringRef path, uint64_t limit) {
  struct stat facts;
  Expected<int> file = openInput(path, facts);
  if (!file)
    return file.takeError();
  scope_exit close([&] { ::close(*file); });
  if (S_ISFIFO(facts.st_mode))
    return readPipe(*file, path, limit);
  if (!S_ISREG(facts.st_mode))
    return refused("it is " + kindOf(facts.st_mode) + ", not a file");
  if (uint64_t(facts.st_size) > limit)
    return tooLong(limit);
  return bufferOf(*file, path, facts.st_size, /*terminated=*/true);
}
