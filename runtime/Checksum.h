// CRC-32 (that of zip and zlib) and its text form in the manifest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace buddy::runtime {

uint32_t crc32Of(std::string_view bytes, uint32_t start = 0);
std::string crc32Text(uint32_t crc); // eight lower-case hexadecimal digits
std::optional<uint32_t> parseCrc32(std::string_view text);

// The checksum that a manifest's text should carry: that of the text with the value of its last
// "checksum" key empty. Nothing if the text does not end in such a key.
struct ManifestChecksum {
  uint32_t computed;
  std::string stored;
};
std::optional<ManifestChecksum> manifestChecksum(std::string_view text);

// Fills in the empty value of the last "checksum" key, or replaces the one there is.
std::optional<std::string> withManifestChecksum(std::string_view text);

} // namespace buddy::runtime
