// A value of manifest.json that says where it stands when it is not what it should be.
#pragma once

#include "Failure.h"
#include <simdjson.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace buddy::runtime {

// A JSON value and where it stands, so that a message can say "entries[0].inputs[1].shape".
class Value {
public:
  Value(simdjson::dom::element element, std::string where, const std::string &file)
      : element(element), where(std::move(where)), file(file) {}

  [[noreturn]] void wrong(std::string_view expected) const {
    fail(BUDDY_DAMAGED, file, ": ", where, " ", expected);
  }

  Value operator[](std::string_view key) const {
    simdjson::dom::object object;
    if (element.get_object().get(object))
      wrong("should be an object");
    simdjson::dom::element found;
    if (object.at_key(key).get(found))
      wrong(concat("has no \"", key, "\""));
    return {found, where.empty() ? std::string(key) : concat(where, ".", key), file};
  }

  bool has(std::string_view key) const {
    simdjson::dom::element found;
    return !element.at_key(key).get(found);
  }

  std::vector<Value> list() const {
    simdjson::dom::array array;
    if (element.get_array().get(array))
      wrong("should be a list");
    std::vector<Value> values;
    for (simdjson::dom::element item : array)
      values.emplace_back(item, concat(where, "[", values.size(), "]"), file);
    return values;
  }

  // The members of an object, in their order.
  std::vector<std::pair<std::string, Value>> members() const {
    simdjson::dom::object object;
    if (element.get_object().get(object))
      wrong("should be an object");
    std::vector<std::pair<std::string, Value>> values;
    for (simdjson::dom::key_value_pair field : object)
      values.emplace_back(field.key, Value(field.value, concat(where, ".", field.key), file));
    return values;
  }

  bool isObject() const { return element.is_object(); }
  bool isText() const { return element.is_string(); }

  std::string text() const {
    std::string_view value;
    if (element.get_string().get(value))
      wrong("should be a string");
    // Names end up in C strings.
    if (value.find('\0') != std::string_view::npos)
      wrong("has a null character");
    return std::string(value);
  }

  int64_t count() const {
    int64_t value;
    if (element.get_int64().get(value) || value < 0)
      wrong("should be a number from 0");
    return value;
  }

  int64_t integer() const {
    int64_t value;
    if (element.get_int64().get(value))
      wrong("should be a whole number");
    return value;
  }

  bool boolean() const {
    bool value;
    if (element.get_bool().get(value))
      wrong("should be true or false");
    return value;
  }

  std::vector<std::string> texts() const {
    std::vector<std::string> result;
    for (const Value &item : list())
      result.push_back(item.text());
    return result;
  }

private:
  simdjson::dom::element element;
  std::string where;
  const std::string &file;
};

} // namespace buddy::runtime
