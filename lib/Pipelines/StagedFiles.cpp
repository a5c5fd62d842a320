// Keeps files aside until all are there.
#include "StagedFiles.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace buddy;

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

static std::string join(llvm::StringRef folder, llvm::StringRef subfolder, llvm::StringRef name) {
  llvm::SmallString<128> result(folder);
  path::append(result, subfolder, name);
  return result.str().str();
}

llvm::Error StagedFiles::open(llvm::StringRef output) {
  folder = output.rtrim('/').str();
  if (folder.empty())
    folder = "/";
  // On the same file system either way: what is there is renamed.
  std::string prefix =
      fs::is_directory(folder)
          ? join(folder, "", ".partial-")
          : join(path::parent_path(folder), "", ("." + path::filename(folder) + ".partial-").str());
  return temporary.make(prefix);
}

llvm::Expected<std::string> StagedFiles::place(llvm::StringRef subfolder, llvm::StringRef name) {
  if (llvm::Error error = makeFolder(temporary.file(subfolder)))
    return std::move(error);
  std::pair<std::string, std::string> file(subfolder, name);
  if (!llvm::is_contained(files, file))
    files.push_back(std::move(file));
  return join(temporary.file(subfolder), "", name);
}

llvm::Expected<std::string> StagedFiles::add(llvm::StringRef subfolder, const StageFile &file) {
  llvm::Expected<std::string> place = this->place(subfolder, file.name);
  if (!place)
    return place.takeError();
  std::error_code code;
  llvm::raw_fd_ostream stream(*place, code);
  if (!code) {
    stream << file.text;
    stream.close();
    code = stream.error();
    stream.clear_error();
  }
  std::string shown = finalPath(subfolder, file.name);
  if (code)
    return llvm::createStringError(code, "cannot write '" + shown + "': " + code.message());
  return shown;
}

std::string StagedFiles::finalPath(llvm::StringRef subfolder, llvm::StringRef name) const {
  return join(folder, subfolder, name);
}

static bool holdTheSame(const std::string &one, const std::string &other) {
  uint64_t size = 0, otherSize = 0;
  if (fs::file_size(one, size) || fs::file_size(other, otherSize) || size != otherSize)
    return false;
  auto first = llvm::MemoryBuffer::getFile(one, false, false);
  auto second = llvm::MemoryBuffer::getFile(other, false, false);
  return first && second && (*first)->getBuffer() == (*second)->getBuffer();
}

llvm::Error StagedFiles::commit() {
  // What takes time, and what can be wrong, first.
  std::vector<std::pair<std::string, std::string>> moves;
  for (const auto &[subfolder, name] : files) {
    std::string from = join(temporary.file(subfolder), "", name), to = finalPath(subfolder, name);
    if (fs::is_directory(to))
      return llvm::createStringError("cannot write '" + to + "': it is a folder");
    if (!holdTheSame(from, to))
      moves.emplace_back(from, to);
  }
  DelaySignals delay;
  if (llvm::Error error = makeFolder(folder))
    return error;
  for (const auto &[subfolder, name] : files)
    if (llvm::Error error = makeFolder(finalPath(subfolder, "")))
      return error;
  for (const auto &[from, to] : moves)
    if (std::error_code code = fs::rename(from, to))
      return llvm::createStringError(code, "cannot write '" + to + "': " + code.message());
  return llvm::Error::success();
}
