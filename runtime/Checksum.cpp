// CRC-32 of data and of a manifest's text.
#include "Checksum.h"
#include <charconv>
#include <zlib.h>

namespace buddy::runtime {

uint32_t crc32Of(std::string_view bytes, uint32_t start) {
  return static_cast<uint32_t>(
      ::crc32_z(start, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size()));
}

std::string crc32Text(uint32_t crc) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text(8, '0');
  for (int i = 7; i >= 0; --i, crc >>= 4)
    text[i] = digits[crc & 15];
  return text;
}

std::optional<uint32_t> parseCrc32(std::string_view text) {
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != 8 || error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

namespace {
// Where the value of the last "checksum" key begins and ends in the text.
struct Span {
  size_t begin, end;
};
} // namespace

static std::optional<Span> checksumSpan(std::string_view text) {
  constexpr std::string_view key = "\"checksum\": \"";
  size_t at = text.rfind(key);
  if (at == std::string_view::npos)
    return std::nullopt;
  size_t begin = at + key.size();
  size_t end = text.find('"', begin);
  if (end == std::string_view::npos)
    return std::nullopt;
  return Span{begin, end};
}

std::optional<ManifestChecksum> manifestChecksum(std::string_view text) {
  auto span = checksumSpan(text);
  if (!span)
    return std::nullopt;
  uint32_t crc = crc32Of(text.substr(0, span->begin));
  crc = crc32Of(text.substr(span->end), crc);
  return ManifestChecksum{crc, std::string(text.substr(span->begin, span->end - span->begin))};
}

std::optional<std::string> withManifestChecksum(std::string_view text) {
  auto span = checksumSpan(text);
  auto sum = manifestChecksum(text);
  if (!span || !sum)
    return std::nullopt;
  return std::string(text.substr(0, span->begin)) + crc32Text(sum->computed) +
         std::string(text.substr(span->end));
}

} // namespace buddy::runtime
