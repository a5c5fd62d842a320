// Buffered writing with a running CRC.
#include "FileWriter.h"
#include "Checksum.h"
#include "Errors.h"
#include "HugePages.h"
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace buddy {

// Written in whole pieces of this size, at multiples of it, a file lies in huge pages of the
// kernel's cache where its file system has them.
constexpr size_t blockBytes = runtime::hugePageBytes;

FileWriter::FileWriter(const std::string &path, std::string name, unsigned mode)
    : shown(std::move(name)) {
  file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0)
    errorNumber = errno;
  buffer.reserve(blockBytes);
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
  while (!bytes.empty()) {
    if (buffer.empty() && bytes.size() >= blockBytes) {
      size_t whole = bytes.size() / blockBytes * blockBytes;
      put(bytes.take_front(whole));
      bytes = bytes.drop_front(whole);
      continue;
    }
    llvm::StringRef part = bytes.take_front(blockBytes - buffer.size());
    buffer.insert(buffer.end(), part.begin(), part.end());
    bytes = bytes.drop_front(part.size());
    if (buffer.size() == blockBytes)
      flush();
  }
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
  if (!errorNumber)
    runtime::leaveInHugePages(file, written);
  if (file >= 0 && ::close(file) != 0 && !errorNumber)
    errorNumber = errno;
  file = -1;
  if (errorNumber)
    return ioError(shown, "cannot write", errorNumber);
  return llvm::Error::success();
}

} // namespace buddy
