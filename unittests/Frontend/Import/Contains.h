// EXPECT_CONTAINS(text, "part", ...): every part occurs in the text. (Debian has gmock apart.)
#pragma once

#include "llvm/ADT/StringRef.h"
#include <gtest/gtest.h>
#include <initializer_list>
#include <string>

namespace buddy::test {

// "" if all are there, else what is missing and the text.
inline std::string missingParts(llvm::StringRef text,
                                std::initializer_list<llvm::StringRef> parts) {
  std::string missing;
  for (llvm::StringRef part : parts)
    if (!text.contains(part))
      missing += "missing: " + part.str() + "\n";
  return missing.empty() ? missing : missing + "in: " + text.str();
}

} // namespace buddy::test

#define EXPECT_CONTAINS(text, ...) EXPECT_EQ(buddy::test::missingParts(text, {__VA_ARGS__}), "")
