// A mutator for languages: libFuzzer's own breaks words, and is led by places in the code that are
// reached, of which it sees none in a parser that is not instrumented. This one moves whole words,
// so that most of what it makes gets past the parser's first steps. The first byte stays.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

// Words with the spaces before them, and single characters.
static std::vector<std::string> split(const char *text, size_t size) {
  auto isWord = [](char c) { return std::isalnum((unsigned char)c) || c == '_' || c == '.'; };
  std::vector<std::string> tokens;
  for (size_t i = 0; i < size;) {
    size_t begin = i;
    while (i < size && std::isspace((unsigned char)text[i]))
      ++i;
    if (i < size && isWord(text[i]))
      while (i < size && isWord(text[i]))
        ++i;
    else if (i < size)
      ++i;
    tokens.emplace_back(text + begin, i - begin);
  }
  return tokens;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize,
                                          unsigned seed) {
  std::mt19937 random(seed);
  if (size < 2 || random() % 4 == 0)
    return LLVMFuzzerMutate(data, size, maxSize);
  std::vector<std::string> tokens = split(reinterpret_cast<const char *>(data) + 1, size - 1);
  static const char *const numbers[] = {"0",
                                        "1",
                                        "-1",
                                        "2",
                                        "64",
                                        "4294967296",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "-9223372036854775808",
                                        "18446744073709551616",
                                        "1.0e400",
                                        "0x7FC00000",
                                        "?",
                                        "*"};
  for (unsigned count = 1 + random() % 4; count > 0 && !tokens.empty(); --count) {
    size_t at = random() % tokens.size(), from = random() % tokens.size();
    size_t length = 1 + random() % 6, end = std::min(from + length, tokens.size());
    switch (random() % 6) {
    case 0:
      tokens[at] = std::string(tokens[from]);
      break;
    case 1:
      std::swap(tokens[at], tokens[from]);
      break;
    case 2:
      tokens.erase(tokens.begin() + from, tokens.begin() + end);
      break;
    case 3: {
      std::vector<std::string> copy(tokens.begin() + from, tokens.begin() + end);
      tokens.insert(tokens.begin() + at, copy.begin(), copy.end());
      break;
    }
    case 4: // a number, or a digit of a type
      for (size_t i = at; i < tokens.size(); ++i)
        if (size_t digit = tokens[i].find_first_of("0123456789"); digit != std::string::npos) {
          size_t digits =
              std::min(tokens[i].find_first_not_of("0123456789", digit), tokens[i].size()) - digit;
          tokens[i].replace(digit, digits, numbers[random() % std::size(numbers)]);
          break;
        }
      break;
    default:
      tokens[at] += numbers[random() % std::size(numbers)];
    }
  }
  size_t used = 1;
  for (const std::string &token : tokens) {
    size_t part = std::min(token.size(), maxSize - used);
    std::memcpy(data + used, token.data(), part);
    used += part;
  }
  return used;
}
