// How the runtime's own code reports an error: thrown inside, turned into a status at the C
// interface.
#pragma once

#include "buddy/runtime.h"
#include <cerrno>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>

namespace buddy::runtime {

class Failure : public std::runtime_error {
public:
  Failure(BuddyStatus status, const std::string &text)
      : std::runtime_error(text), statusValue(status) {}
  BuddyStatus status() const { return statusValue; }

private:
  BuddyStatus statusValue;
};

// concat("a", 1, "b") == "a1b"
template <typename... Parts> std::string concat(const Parts &...parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

template <typename... Parts> [[noreturn]] void fail(BuddyStatus status, const Parts &...parts) {
  throw Failure(status, concat(parts...));
}

inline std::string errnoText(int number = errno) { return std::strerror(number); }

} // namespace buddy::runtime
