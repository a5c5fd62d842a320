// Reads JSON that must have a known form. The first thing that is not as expected is remembered
// with its path ("graph.nodes[3].target"); everything after it reads as empty, so that a reader
// checks once, at its end.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <simdjson.h>
#include <string>

namespace buddy {

class JsonFile;

class Json {
public:
  Json() = default;

  // The member `key` of an object; it is an error if there is none.
  Json at(llvm::StringRef key) const;
  // The member `key`, or an invalid Json if it is absent or null.
  Json get(llvm::StringRef key) const;
  explicit operator bool() const { return element.has_value(); }
  bool isObject() const { return element && element->is_object(); }

  int64_t integer() const;
  // A number, or one of the strings "Infinity", "-Infinity", "NaN".
  double number() const;
  bool boolean() const;
  std::string string() const;
  void forEachItem(llvm::function_ref<void(Json)> visit) const;
  void forEachMember(llvm::function_ref<void(llvm::StringRef, Json)> visit) const;
  // A tagged union is an object with one member, whose key is the tag.
  std::pair<std::string, Json> tagged() const;

  // Records that this value is not what it must be.
  void fail(const llvm::Twine &message) const;
  // Records that this value is right, and what it asks for is not supported.
  void refuse(const llvm::Twine &message, const llvm::Twine &whatToDo) const;

private:
  friend class JsonFile;
  JsonFile *file = nullptr;
  std::optional<simdjson::dom::element> element;
  std::string path;
};

class JsonFile {
public:
  // `name` and what to do, `advice`, are said in errors. Errors: not JSON, or nested too deeply.
  static llvm::Expected<std::unique_ptr<JsonFile>>
  parse(llvm::StringRef name, llvm::ArrayRef<char> text, llvm::StringRef advice = kExportAgain);
  Json root();
  // The first thing found wrong so far, or success.
  llvm::Error takeError() const;

private:
  friend class Json;
  static constexpr llvm::StringLiteral kExportAgain =
      "the file is damaged or not of PyTorch 2.13, export the model again";
  std::string name, advice;
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  std::string firstError, adviceOfError;
};

} // namespace buddy
