// Locations taken apart; Python files read.
#include "Places.h"
#include "buddy/Frontend/Import/InputFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace buddy {

constexpr size_t longestSource = 16 << 20;

void Place::add(Location location) {
  if (auto line = dyn_cast<FileLineColLoc>(location)) {
    lines.emplace(line.getFilename().str(), line.getLine());
    if (line.getColumn())
      values.insert(line.getColumn());
  } else if (auto named = dyn_cast<NameLoc>(location)) {
    add(named.getChildLoc());
    // A name around a line is a module's; alone it is a parameter's or a function's.
    if (!isa<UnknownLoc>(named.getChildLoc()))
      modules.insert(named.getName().str());
  } else if (auto fused = dyn_cast<FusedLoc>(location)) {
    for (Location part : fused.getLocations())
      add(part);
  } else if (auto call = dyn_cast<CallSiteLoc>(location)) {
    add(call.getCallee());
  }
}

void Place::add(const Place &other) {
  lines.insert(other.lines.begin(), other.lines.end());
  modules.insert(other.modules.begin(), other.modules.end());
  values.insert(other.values.begin(), other.values.end());
}

std::string Place::moduleText() const { return llvm::join(modules, " + "); }

Place placeOf(Location location) {
  Place place;
  place.add(location);
  return place;
}

std::string commonModule(const std::set<std::string> &modules) {
  if (modules.empty())
    return "";
  llvm::SmallVector<StringRef> common;
  StringRef(*modules.begin()).split(common, '.');
  for (const std::string &module : modules) {
    llvm::SmallVector<StringRef> parts;
    StringRef(module).split(parts, '.');
    size_t same = 0;
    while (same < common.size() && same < parts.size() && common[same] == parts[same])
      ++same;
    common.resize(same);
  }
  return llvm::join(common, ".");
}

unsigned Places::sourceNumber(const std::string &path) {
  auto [at, isNew] = sources.try_emplace(path, paths.size());
  if (isNew)
    paths.push_back(path);
  return at->second;
}

int Places::number(const Place &place) {
  Numbered key{{}, place.moduleText()};
  for (const auto &[file, line] : place.lines)
    key.lines.emplace_back(sourceNumber(file), line);
  if (key.lines.empty() && key.module.empty())
    return -1;
  auto [at, isNew] = numbers.try_emplace(key, int(numbered.size()));
  if (isNew)
    numbered.push_back(key);
  return at->second;
}

// Its name is the archive's word for it: what is no source is passed over.
static std::unique_ptr<llvm::MemoryBuffer> readSource(llvm::StringRef path) {
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> file = mapInputFile(path);
  if (!file)
    llvm::consumeError(file.takeError());
  else if ((*file)->getBufferSize() <= longestSource)
    return std::move(*file);
  return nullptr;
}

// The file's text, there or below the root: /a/b/model.py as ROOT/b/model.py or ROOT/model.py.
static std::unique_ptr<llvm::MemoryBuffer> findSource(const std::string &path,
                                                      const std::string &root) {
  if (auto file = readSource(path))
    return file;
  if (root.empty())
    return nullptr;
  for (auto part = llvm::sys::path::begin(path), end = llvm::sys::path::end(path); part != end;
       ++part) {
    llvm::SmallString<128> candidate(root);
    for (auto rest = part; rest != end; ++rest)
      if (*rest != "/")
        llvm::sys::path::append(candidate, *rest);
    if (auto file = readSource(candidate))
      return file;
  }
  return nullptr;
}

void Places::writeSource(llvm::json::OStream &out, const std::string &path) const {
  std::unique_ptr<llvm::MemoryBuffer> file = findSource(path, sourceRoot);
  out.object([&] {
    out.attribute("path", llvm::json::fixUTF8(path));
    out.attribute("name", llvm::json::fixUTF8(llvm::sys::path::filename(path)));
    if (file) {
      out.attribute("text", llvm::json::fixUTF8(file->getBuffer()));
      out.attribute("why_missing", "");
    } else {
      out.attribute("text", nullptr);
      out.attribute(
          "why_missing",
          sourceRoot.empty()
              ? "the file is not on this machine; --source-root names a folder that has it"
              : "the file is not on this machine, nor below " + llvm::json::fixUTF8(sourceRoot));
    }
  });
}

void Places::write(llvm::json::OStream &out) const {
  out.attributeArray("sources", [&] {
    for (const std::string &path : paths)
      writeSource(out, path);
  });
  out.attributeArray("locations", [&] {
    for (const Numbered &place : numbered)
      out.object([&] {
        out.attributeArray("lines", [&] {
          for (auto [source, line] : place.lines)
            out.array([&] {
              out.value(int64_t(source));
              out.value(int64_t(line));
            });
        });
        out.attribute("module", llvm::json::fixUTF8(place.module));
      });
  });
}

} // namespace buddy
