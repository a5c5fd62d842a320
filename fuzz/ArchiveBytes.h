// Archives out of a fuzzer's bytes, whose checksums are right, so that what is in them is looked
// at.
#pragma once

#include <string>
#include <string_view>

namespace buddy::fuzz {

// What begins as a zip is taken as one, and the checksums of its stored entries are corrected.
// Anything else is the text of an archive's entries,
//
//   === models/model.json
//   {"schema_version": ...
//   === data/weights/weight_0
//   ...
//
// each up to the next such line, and is packed.
std::string archiveOf(std::string_view bytes);

} // namespace buddy::fuzz
