// Walks the zip's central directory with minizip and points into the mapped file.
#include "buddy/Frontend/Import/Archive.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/Twine.h"
#include <algorithm>
#include <cstring>
#include <minizip/unzip.h>
#include <zlib.h>

using namespace llvm;
using namespace buddy;

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

  if (info.compressed_size > data.size())
    return damaged("entry '" + entry.name + "' has " + Twine(info.compressed_size) +
                   " bytes, the whole file has " + Twine(data.size()));
  if (unzOpenCurrentFile(zip) != UNZ_OK)
    return damaged("entry '" + entry.name + "' is not where the directory says");
  uint64_t offset = unzGetCurrentFileZStreamPos64(zip);
  unzCloseCurrentFile(zip);
  if (offset > data.size() || info.compressed_size > data.size() - offset)
    return damaged("entry '" + entry.name + "' lies outside the file");
  entry.bytes = ArrayRef<char>(data.data() + offset, info.compressed_size);
  return entry;
}

Expected<std::shared_ptr<Archive>> Archive::open(StringRef path) {
  auto archive = std::make_shared<Archive>();
  archive->path = path.str();
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer =
      MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return archive->error("cannot be opened: " + buffer.getError().message());
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
  uint32_t crc =
      crc32_z(0, reinterpret_cast<const Bytef *>(entry->bytes.data()), entry->bytes.size());
  if (crc != entry->crc32)
    return error("entry '" + entry->name +
                 "' is damaged (its checksum does not match); copy or "
                 "export the file again");
  return entry->bytes;
}
