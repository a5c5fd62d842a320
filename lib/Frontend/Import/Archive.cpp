// Walks the zip's central directory with minizip and points into the mapped file.
#include "buddy/Frontend/Import/Archive.h"
#include "buddy/Frontend/Import/InputFile.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Endian.h"
#include <algorithm>
#include <cstring>
#include <minizip/unzip.h>
#include <optional>
#include <zlib.h>

using namespace llvm;
using namespace buddy;

// Of an entry that is read as a whole, JSON: there are weights of any size.
constexpr size_t kLongestText = size_t(1) << 30;

//===----------------------------------------------------------------------===//
// minizip reads through these, so that it sees the same bytes as the mapping even if the file on
// disk is replaced meanwhile.
//===----------------------------------------------------------------------===//

namespace {
struct MappedStream {
  StringRef data;
  uint64_t position = 0;
};
} // namespace

static voidpf openStream(voidpf opaque, const void *, int) { return opaque; }

static uLong readStream(voidpf, voidpf stream, void *out, uLong size) {
  auto *mapped = static_cast<MappedStream *>(stream);
  uint64_t left = mapped->data.size() - std::min<uint64_t>(mapped->position, mapped->data.size());
  uint64_t count = std::min<uint64_t>(size, left);
  if (count)
    std::memcpy(out, mapped->data.data() + mapped->position, count);
  mapped->position += count;
  return count;
}

static ZPOS64_T tellStream(voidpf, voidpf stream) {
  return static_cast<MappedStream *>(stream)->position;
}

static long seekStream(voidpf, voidpf stream, ZPOS64_T offset, int origin) {
  auto *mapped = static_cast<MappedStream *>(stream);
  uint64_t base = origin == ZLIB_FILEFUNC_SEEK_CUR   ? mapped->position
                  : origin == ZLIB_FILEFUNC_SEEK_END ? mapped->data.size()
                                                     : 0;
  // Unsigned wrap-around makes a negative target large, so one comparison rejects both ends.
  if (base + offset > mapped->data.size())
    return -1;
  mapped->position = base + offset;
  return 0;
}

static int closeStream(voidpf, voidpf) { return 0; }
static int streamError(voidpf, voidpf) { return 0; }

static unzFile openMapped(MappedStream &stream) {
  zlib_filefunc64_def functions = {};
  functions.zopen64_file = openStream;
  functions.zread_file = readStream;
  functions.ztell64_file = tellStream;
  functions.zseek64_file = seekStream;
  functions.zclose_file = closeStream;
  functions.zerror_file = streamError;
  functions.opaque = &stream;
  return unzOpen2_64("", &functions);
}

//===----------------------------------------------------------------------===//
// Archive
//===----------------------------------------------------------------------===//

Error Archive::error(const Twine &message) const {
  return createStringError(inconvertibleErrorCode(), Twine(path) + ": " + message);
}

// Where an entry lies in the file, from the record of the directory at `record` and the entry's own
// header. minizip 1.1 compares a 32-bit field with a 64-bit -1 and so never reads the 64-bit sizes
// and offsets of archives beyond 4 GiB; the two headers are read here instead. .ZIP File Format
// Specification (APPNOTE.TXT) 6.3.10, sections 4.3.7, 4.3.12 and 4.5.3.
static std::optional<ArrayRef<char>> locateEntry(StringRef data, uint64_t record) {
  using namespace support::endian;
  constexpr uint64_t kRecordSize = 46, kHeaderSize = 30;
  if (record > data.size() || !data.substr(record).starts_with("PK\1\2") ||
      data.size() - record < kRecordSize)
    return std::nullopt;
  const char *fields = data.data() + record;
  uint64_t inflated = read32le(fields + 24), size = read32le(fields + 20),
           offset = read32le(fields + 42);
  StringRef extra =
      data.substr(record + kRecordSize + read16le(fields + 28), read16le(fields + 30));
  for (size_t length; extra.size() >= 4; extra = extra.substr(length)) {
    length = 4 + read16le(extra.data() + 2);
    StringRef values = extra.substr(0, length).drop_front(4);
    if (read16le(extra.data()) != 1)
      continue;
    // Only those that do not fit into 32 bits, in this order.
    for (uint64_t *value : {&inflated, &size, &offset}) {
      if (*value != UINT32_MAX)
        continue;
      if (values.size() < 8)
        return std::nullopt;
      *value = read64le(values.data());
      values = values.drop_front(8);
    }
  }
  if (offset > data.size() || !data.substr(offset).starts_with("PK\3\4") ||
      data.size() - offset < kHeaderSize)
    return std::nullopt;
  const char *header = data.data() + offset;
  uint64_t begin = offset + kHeaderSize + read16le(header + 26) + read16le(header + 28);
  if (begin > data.size() || size > data.size() - begin)
    return std::nullopt;
  return ArrayRef<char>(data.data() + begin, size);
}

// The entry minizip stands at. Fails only if the directory contradicts the file.
static Expected<ArchiveEntry> readEntry(unzFile zip, StringRef data, const Archive &archive) {
  auto damaged = [&](const Twine &what) {
    return archive.error("the zip is damaged: " + what + "; copy or export the file again");
  };
  unz_file_info64 info;
  if (unzGetCurrentFileInfo64(zip, &info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK)
    return damaged("its directory cannot be read");
  ArchiveEntry entry;
  entry.name.resize(info.size_filename);
  if (unzGetCurrentFileInfo64(zip, &info, entry.name.data(), entry.name.size(), nullptr, 0, nullptr,
                              0) != UNZ_OK)
    return damaged("its directory cannot be read");
  entry.crc32 = info.crc;
  if (info.flag & 1)
    entry.unreadable = "is encrypted";
  else if (info.compression_method != 0)
    entry.unreadable = "is compressed";
  if (!entry.unreadable.empty())
    return entry;

  std::optional<ArrayRef<char>> bytes = locateEntry(data, unzGetOffset64(zip));
  if (!bytes)
    return damaged("entry '" + entry.name + "' is not where the directory says");
  entry.bytes = *bytes;
  return entry;
}

Expected<std::shared_ptr<Archive>> Archive::open(StringRef path) {
  auto archive = std::make_shared<Archive>();
  archive->path = path.str();
  Expected<std::unique_ptr<MemoryBuffer>> buffer = mapInputFile(path);
  if (!buffer)
    return archive->error("cannot be opened: " + toString(buffer.takeError()));
  archive->file = std::move(*buffer);
  StringRef data = archive->file->getBuffer();
  if (data.empty())
    return archive->error("is empty; expected an archive written by torch.export.save");

  MappedStream stream{data};
  unzFile zip = openMapped(stream);
  if (!zip) {
    if (data.starts_with("PK"))
      return archive->error("is a truncated or damaged zip (its directory, at the end of the file, "
                            "is missing); copy or export the file again");
    return archive->error("is not a zip; expected an archive written by torch.export.save");
  }
  llvm::scope_exit close([&] { unzClose(zip); });

  int status = unzGoToFirstFile(zip);
  for (; status == UNZ_OK; status = unzGoToNextFile(zip)) {
    Expected<ArchiveEntry> entry = readEntry(zip, data, *archive);
    if (!entry)
      return entry.takeError();
    if (!archive->byName.try_emplace(entry->name, archive->entries.size()).second)
      return archive->error("the zip is damaged: it has two entries '" + entry->name + "'");
    archive->entries.push_back(std::move(*entry));
  }
  if (status != UNZ_END_OF_LIST_OF_FILE)
    return archive->error(
        "is a truncated or damaged zip (its directory ends early); copy or export "
        "the file again");

  // Everything lies under one folder, named after the file when it was written.
  if (!archive->entries.empty()) {
    StringRef first = archive->entries.front().name;
    if (size_t slash = first.find('/'); slash != StringRef::npos)
      archive->folder = first.substr(0, slash + 1).str();
  }
  if (archive->find("byteorder")) {
    Expected<ArrayRef<char>> order = archive->read("byteorder");
    if (!order)
      return order.takeError();
    if (StringRef(order->data(), order->size()).trim() != "little")
      return archive->error("was written on a big-endian machine, whose weights have another byte "
                            "order; export the model on a little-endian one");
  }
  return archive;
}

const ArchiveEntry *Archive::find(StringRef name) const {
  auto found = byName.find(folder + name.str());
  return found == byName.end() ? nullptr : &entries[found->second];
}

Expected<ArrayRef<char>> Archive::read(StringRef name) const {
  const ArchiveEntry *entry = find(name);
  if (!entry)
    return error("has no entry '" + name + "'; the archive is incomplete, export the model again");
  if (!entry->unreadable.empty())
    return error("entry '" + entry->name + "' " + entry->unreadable +
                 "; torch.export.save stores entries as they are, so the archive was repacked: "
                 "use the original, or pack it with `zip -0`");
  if (entry->bytes.size() > kLongestText)
    return error("entry '" + entry->name + "' has " + Twine(entry->bytes.size()) +
                 " bytes, more than such an entry ever has; export the model again");
  uint32_t crc =
      crc32_z(0, reinterpret_cast<const Bytef *>(entry->bytes.data()), entry->bytes.size());
  if (crc != entry->crc32)
    return error("entry '" + entry->name +
                 "' is damaged (its checksum does not match); copy or "
                 "export the file again");
  return entry->bytes;
}
