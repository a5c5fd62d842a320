// The checked view of simdjson's document.
#include "buddy/Frontend/Import/Json.h"
#include "llvm/ADT/Twine.h"
#include <limits>

using namespace llvm;
using namespace buddy;
namespace dom = simdjson::dom;

Expected<std::unique_ptr<JsonFile>> JsonFile::parse(StringRef name, ArrayRef<char> text,
                                                    StringRef advice) {
  auto file = std::make_unique<JsonFile>();
  file->name = name.str();
  file->advice = advice.str();
  simdjson::padded_string padded(text.data(), text.size());
  simdjson::error_code error = file->parser.parse(padded).get(file->document);
  if (error == simdjson::DEPTH_ERROR)
    return createStringError(inconvertibleErrorCode(), Twine(name) + " is nested more than " +
                                                           Twine(file->parser.max_depth()) +
                                                           " levels deep; " + advice);
  if (error)
    return createStringError(inconvertibleErrorCode(), Twine(name) + " is not valid JSON (" +
                                                           simdjson::error_message(error) + "); " +
                                                           advice);
  return file;
}

Json JsonFile::root() {
  Json json;
  json.file = this;
  json.element = document;
  return json;
}

Error JsonFile::takeError() const {
  if (firstError.empty())
    return Error::success();
  return createStringError(inconvertibleErrorCode(),
                           Twine(name) + ": " + firstError + "; " + adviceOfError);
}

void Json::fail(const Twine &message) const {
  if (file)
    refuse(message, file->advice);
}

void Json::refuse(const Twine &message, const Twine &whatToDo) const {
  if (!file || !file->firstError.empty())
    return;
  file->firstError = ((path.empty() ? "the document" : "'" + path + "'") + " " + message).str();
  file->adviceOfError = whatToDo.str();
}

Json Json::get(StringRef key) const {
  Json member;
  if (!element)
    return member;
  member.file = file;
  member.path = path.empty() ? key.str() : path + "." + key.str();
  dom::object object;
  if (element->get(object)) {
    fail("must be an object");
    return member;
  }
  dom::element value;
  if (!object.at_key(std::string_view(key.data(), key.size())).get(value) && !value.is_null())
    member.element = value;
  return member;
}

Json Json::at(StringRef key) const {
  Json member = get(key);
  if (element && !member)
    member.fail("is missing");
  return member;
}

int64_t Json::integer() const {
  int64_t value = 0;
  if (element && element->get(value))
    fail("must be an integer of 64 bits");
  return value;
}

double Json::number() const {
  if (!element)
    return 0;
  double value = 0;
  if (!element->get(value))
    return value;
  std::string_view text;
  if (!element->get(text)) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (text == "Infinity")
      return infinity;
    if (text == "-Infinity")
      return -infinity;
    if (text == "NaN")
      return std::numeric_limits<double>::quiet_NaN();
  }
  fail("must be a number");
  return 0;
}

bool Json::boolean() const {
  bool value = false;
  if (element && element->get(value))
    fail("must be true or false");
  return value;
}

std::string Json::string() const {
  std::string_view value;
  if (element && element->get(value))
    fail("must be a string");
  return std::string(value);
}

void Json::forEachItem(function_ref<void(Json)> visit) const {
  if (!element)
    return;
  dom::array array;
  if (element->get(array))
    return fail("must be an array");
  size_t index = 0;
  for (dom::element value : array) {
    Json item;
    item.file = file;
    item.element = value;
    item.path = path + "[" + std::to_string(index++) + "]";
    visit(item);
  }
}

void Json::forEachMember(function_ref<void(StringRef, Json)> visit) const {
  if (!element)
    return;
  dom::object object;
  if (element->get(object))
    return fail("must be an object");
  for (dom::key_value_pair field : object) {
    Json member;
    member.file = file;
    member.path = (path.empty() ? "" : path + ".") + std::string(field.key);
    member.element = field.value;
    visit(StringRef(field.key.data(), field.key.size()), member);
  }
}

std::pair<std::string, Json> Json::tagged() const {
  std::pair<std::string, Json> result;
  size_t members = 0;
  forEachMember([&](StringRef key, Json value) {
    result = {key.str(), value};
    ++members;
  });
  if (element && members != 1)
    fail("must have exactly one member, has " + Twine(members));
  return result;
}
