// Reads a file of schedules.
#include "buddy/Midend/Schedules/ScheduleFile.h"
#include "buddy/Frontend/Import/InputFile.h"
#include "buddy/Frontend/Import/Json.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;
using namespace buddy;

static constexpr StringLiteral kAdvice =
    "`buddy inspect layer.buddy --schedule` prints a file of the right form";

constexpr uint64_t kLongestFile = 64 << 20;

// Visits the members of an object, each name once.
static void forEachMember(const Json &object, function_ref<void(StringRef, const Json &)> visit) {
  StringSet<> seen;
  object.forEachMember([&](StringRef key, Json value) {
    if (!seen.insert(key).second)
      return value.fail("is there twice");
    visit(key, value);
  });
}

static NamedNumbers readNumbers(const Json &object) {
  NamedNumbers numbers;
  forEachMember(object, [&](StringRef key, const Json &value) {
    numbers.emplace_back(key.str(), value.integer());
  });
  return numbers;
}

static ScheduleOverride readOverride(const Json &entry) {
  ScheduleOverride result;
  result.op = entry.at("op").string();
  entry.at("schedule");
  forEachMember(entry, [&](StringRef key, const Json &value) {
    if (key == "kind") {
      result.kind = value.string();
    } else if (key == "loops") {
      result.loops = readNumbers(value);
    } else if (key == "schedule") {
      forEachMember(value, [&](StringRef name, const Json &field) {
        OverrideField read{name.str(), std::nullopt, {}};
        if (field.isObject())
          read.elements = readNumbers(field);
        else
          read.number = field.integer();
        result.fields.push_back(std::move(read));
      });
    } else if (key != "op" && key != "location") { // a location is for people
      value.fail("is not known; an entry has op, kind, location, loops and schedule");
    }
  });
  return result;
}

Expected<ScheduleFile> buddy::parseScheduleFile(StringRef name, StringRef text) {
  auto json = JsonFile::parse(name, ArrayRef(text.data(), text.size()), kAdvice);
  if (!json)
    return json.takeError();
  ScheduleFile file{name.str(), {}, false};
  Json root = (*json)->root();
  if (Json version = root.at("version"); version && version.integer() != kScheduleFileVersion)
    version.fail("must be " + Twine(kScheduleFileVersion));
  StringSet<> ops;
  root.at("schedules").forEachItem([&](Json entry) {
    file.overrides.push_back(readOverride(entry));
    if (!ops.insert(file.overrides.back().op).second)
      entry.at("op").fail("is \"" + Twine(file.overrides.back().op) +
                          "\", which has an entry already");
  });
  forEachMember(root, [&](StringRef key, const Json &value) {
    if (key != "version" && key != "schedules" && key != "note") // a note is for people
      value.fail("is not known; the file has version, note and schedules");
  });
  if (Error error = (*json)->takeError())
    return std::move(error);
  return file;
}

Expected<ScheduleFile> buddy::readScheduleFile(StringRef path) {
  auto text = readInputText(path, kLongestFile);
  if (!text)
    return createStringError("cannot read the schedules in '" + path +
                             "': " + toString(text.takeError()));
  return parseScheduleFile(path, (*text)->getBuffer());
}
