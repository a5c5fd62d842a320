// The parameters of a loaded package: params.bin, in huge pages where that is possible.
#pragma once

#include "HugePages.h"
#include "MachineMemory.h"
#include "MappedFile.h"
#include <string>
#include <string_view>

namespace buddy::runtime {

// Where parameters lie, or would lie.
struct ParamsPlace {
  enum Kind {
    Mapped,     // the file, shared with everybody who maps it, in pages of 4 KiB
    MappedHuge, // the same in pages of 2 MiB, at least half of it
    Copied,     // a copy in pages of 2 MiB that is this process' own
  } kind = Mapped;
  std::string why; // if not MappedHuge
};

// "mapped", "mapped in huge pages", "copied to huge pages"
const char *paramsPlaceText(ParamsPlace::Kind kind);

// Whether a copy of so many bytes may be made: not where it could push out what others need.
bool mayCopyParams(int64_t bytes, const MachineMemory &memory);

class LoadedParams {
public:
  // `use` is the environment's wish. Throws Failure as MappedFile does.
  LoadedParams(int directory, const std::string &path, const std::string &shown, HugePageUse use);
  LoadedParams(const LoadedParams &) = delete;
  ~LoadedParams();

  std::string_view bytes() const { return copy ? std::string_view(copy, size) : file.bytes(); }

  // Where they should lie. Looks at some places of the file, or at all that has been read of it.
  ParamsPlace choose() const;
  // Puts them there: to be called once, before anybody keeps a pointer into bytes().
  void settle();
  const ParamsPlace &place() const { return chosen; }

private:
  bool makeCopy();

  MappedFile file;
  HugePageUse use = HugePageUse::Never;
  const char *copy = nullptr;
  size_t size = 0; // of the copy
  ParamsPlace chosen;
};

} // namespace buddy::runtime
