// Beside its place first, then into it.

#include "buddy/Backend/WholeFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"

namespace fs = llvm::sys::fs;

namespace buddy {

using Write = llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)>;

// Writes through `write` to the open file, which is called `path`.
static llvm::Error writeOpen(int file, const std::string &path, Write write) {
  llvm::raw_fd_ostream stream(file, /*shouldClose=*/false);
  llvm::Error error = write(stream);
  stream.flush();
  std::error_code written = stream.error();
  stream.clear_error();
  if (!written)
    return error;
  // What went wrong before is of no interest: the file could not be written.
  llvm::consumeError(std::move(error));
  return llvm::createStringError(written, "cannot write '" + path + "': " + written.message());
}

llvm::Error writeWholeFile(const std::string &path, Write write) {
  auto failed = [&](std::error_code code) {
    return llvm::createStringError(code, "cannot write '" + path + "': " + code.message());
  };
  bool inPlace = fs::exists(path) && !fs::is_regular_file(path);
  // Apart from the path, in which a % is one.
  llvm::SmallString<16> digits;
  fs::createUniquePath("%%%%%%%%", digits, /*MakeAbsolute=*/false);
  std::string written = inPlace ? path : (path + ".partial-" + digits).str();
  int file = -1;
  if (std::error_code code =
          fs::openFileForWrite(written, file, inPlace ? fs::CD_OpenExisting : fs::CD_CreateNew))
    return failed(code);
  if (!inPlace)
    llvm::sys::RemoveFileOnSignal(written);
  llvm::Error error = writeOpen(file, path, write);
  llvm::sys::Process::SafelyCloseFileDescriptor(file);
  if (inPlace)
    return error;
  if (!error)
    if (std::error_code code = fs::rename(written, path))
      error = failed(code);
  if (error)
    fs::remove(written);
  llvm::sys::DontRemoveFileOnSignal(written);
  return error;
}

} // namespace buddy
