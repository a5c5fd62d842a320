// Buffered writing with a running CRC.
#include "FileWriter.h"
#include "Checksum.h"
#include "Errors.h"
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace buddy {

constexpr size_t bufferBytes = 1 << 20;

FileWriter::FileWriter(const std::string &path, std::string name, unsigned mode)
    : shown(std::move(name)) {
  file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0)
    errorNumber = errno;
  buffer.reserve(bufferBytes);
}

FileWriter::~FileWriter() {
  if (file >= 0)
    ::close(file);
}

void FileWriter::put(llvm::StringRef bytes) {
  while (!bytes.empty() && !errorNumber) {
    ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count >= 0)
      bytes = bytes.drop_front(count);
    else if (errno != EINTR)
      errorNumber = errno;
  }
}

void FileWriter::flush() {
  put({buffer.data(), buffer.size()});
  buffer.clear();
}

void FileWriter::write(llvm::StringRef bytes) {
  if (errorNumber)
    return;
  crc = runtime::crc32Of({bytes.data(), bytes.size()}, crc);
  written += bytes.size();
  if (buffer.size() + bytes.size() > bufferBytes)
    flush();
  if (bytes.size() >= bufferBytes)
    put(bytes);
  else
    buffer.insert(buffer.end(), bytes.begin(), bytes.end());
}

void FileWriter::zeros(uint64_t count) {
  static const char nothing[4096] = {};
  while (count && !errorNumber) {
    size_t part = std::min<uint64_t>(count, sizeof nothing);
    write({nothing, part});
    count -= part;
  }
}

llvm::Error FileWriter::finish() {
  flush();
  if (!errorNumber && ::fsync(file) != 0)
    errorNumber = errno;
  if (file >= 0 && ::close(file) != 0 && !errorNumber)
    errorNumber = errno;
  file = -1;
  if (errorNumber)
    return ioError(shown, "cannot write", errorNumber);
  return llvm::Error::success();
}

} // namespace buddy
