// A package's folder, opened once: what is read is of one version, however often it is replaced.
#pragma once

#include "Failure.h"
#include <string>
#include <sys/types.h>

namespace buddy::runtime {

class OpenFolder {
public:
  // Throws Failure: BUDDY_NOT_A_PACKAGE if there is no folder at `path`.
  explicit OpenFolder(const std::string &path);
  OpenFolder(const OpenFolder &) = delete;
  ~OpenFolder();

  const std::string &path() const { return name; }
  // For openat.
  int descriptor() const { return file; }
  // Whether another folder, or none, is at the path by now.
  bool wasReplaced() const;

private:
  std::string name;
  int file = -1;
  dev_t device = 0;
  ino_t inode = 0;
};

// Does `work` with the folder at `path`. If that fails and another package has taken the folder's
// place meanwhile, whose files are gone then, it is done again with that one.
template <typename Work> auto whileItStays(const std::string &path, Work work) {
  constexpr int mostReplacements = 100; // of one load: nobody compiles as fast as that
  for (int replacement = 0;; ++replacement) {
    OpenFolder folder(path);
    try {
      return work(folder);
    } catch (const Failure &) {
      if (!folder.wasReplaced() || replacement == mostReplacements)
        throw;
    }
  }
}

} // namespace buddy::runtime
