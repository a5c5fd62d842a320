// Packs and repairs zips. .ZIP File Format Specification (APPNOTE.TXT) 6.3.10, section 4.3.
#include "ArchiveBytes.h"
#include <cstdint>
#include <vector>
#include <zlib.h>

namespace buddy::fuzz {

static void put(std::string &out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    out += i < 8 ? char(value >> 8 * i) : 0;
}

static uint64_t get(std::string_view text, size_t at, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes && at + i < text.size(); ++i)
    value |= uint64_t(uint8_t(text[at + i])) << 8 * i;
  return value;
}

static uint32_t crcOf(std::string_view bytes) {
  return crc32_z(0, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size());
}

// Of each record of the directory whose entry is where it says.
static std::string repaired(std::string_view bytes) {
  std::string zip(bytes);
  for (size_t at = 0; (at = zip.find("PK\1\2", at)) != std::string::npos; at += 4) {
    size_t size = get(zip, at + 20, 4), header = get(zip, at + 42, 4);
    size_t begin = header + 30 + get(zip, header + 26, 2) + get(zip, header + 28, 2);
    if (at + 46 > zip.size() || begin > zip.size() || size > zip.size() - begin)
      continue;
    uint32_t crc = crcOf(std::string_view(zip).substr(begin, size));
    for (int i = 0; i < 4; ++i)
      zip[at + 16 + i] = char(crc >> 8 * i);
  }
  return zip;
}

static std::string packed(std::string_view text) {
  constexpr std::string_view mark = "=== ";
  std::string zip, directory;
  unsigned count = 0;
  while (text.starts_with(mark)) {
    size_t line = text.find('\n');
    std::string name = "layer/" + std::string(text.substr(mark.size(), line - mark.size()));
    if (line == std::string_view::npos || name.size() > 200)
      break;
    text.remove_prefix(line + 1);
    size_t next = text.starts_with(mark) ? 0 : text.find("\n=== ");
    std::string_view content = text.substr(0, next);
    text.remove_prefix(next == std::string_view::npos ? text.size() : next + (next != 0));
    // Version, flags, method, time, date, checksum, sizes, the name's length, none of the rest.
    std::string facts;
    put(facts, 20, 2);
    put(facts, 0, 8);
    put(facts, crcOf(content), 4);
    put(facts, content.size(), 4);
    put(facts, content.size(), 4);
    put(facts, name.size(), 2);
    put(facts, 0, 2);
    directory += "PK\1\2";
    put(directory, 20, 2);
    directory += facts;
    put(directory, 0, 10);
    put(directory, zip.size(), 4);
    directory += name;
    zip += "PK\3\4" + facts + name;
    zip += content;
    ++count;
  }
  size_t begin = zip.size();
  zip += directory + "PK\5\6";
  put(zip, 0, 4);
  put(zip, count, 2);
  put(zip, count, 2);
  put(zip, directory.size(), 4);
  put(zip, begin, 4);
  put(zip, 0, 2);
  return zip;
}

std::string archiveOf(std::string_view bytes) {
  return bytes.starts_with("PK") ? repaired(bytes) : packed(bytes);
}

} // namespace buddy::fuzz
