// A package around TinyModel.c in a temporary folder, to be damaged by tests.
#pragma once

#include <string>

namespace buddy::test {

std::string readFile(const std::string &path);
void writeFile(const std::string &path, const std::string &text);

// A folder that is removed with all that is in it.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string path;
};

// Its entry "forward"; with Symbols::Yes "stretch" is before it, whose sizes are symbols.
enum class Symbols { No, Yes };

class TinyPackage {
  TemporaryFolder temporary;

public:
  explicit TinyPackage(Symbols symbols = Symbols::No);

  std::string folder;
  std::string file(const std::string &name) const { return folder + "/" + name; }

  // Replaces `from`, which must be there, by `to` in the manifest and makes its checksum anew, as a
  // person with another compiler would have it.
  void editManifest(const std::string &from, const std::string &to) const;

  // Another version of the model: its weight is 2 otherwise.
  void setWeight(float weight) const;
};

} // namespace buddy::test
