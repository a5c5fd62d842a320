// Makes the tests' package by hand; the compiler's own writer is tested elsewhere.
#include "TinyPackage.h"
#include "Checksum.h"
#include "CpuFeatures.h"
#include "Failure.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace buddy::test {

using runtime::concat;

std::string readFile(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void writeFile(const std::string &path, const std::string &text) {
  // Removed first: a library that is loaded must not be changed under its users.
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary) << text;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "buddy-test-XXXXXX").string();
  if (!::mkdtemp(name.data()))
    throw std::runtime_error("cannot make a temporary folder");
  path = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

static constexpr const char *stretchEntry =
    R"({"name": "stretch", "symbol": "buddy_entry_stretch",
 "symbols": [{"name": "batch", "min": 1}, {"name": "s64", "min": 2, "max": 100}],
 "workspace": "buddy_workspace_stretch", "inputs": [
  {"name": "x", "dtype": "f32", "shape": ["batch", "s64"]},
  {"name": "ids", "dtype": "i64", "shape": ["batch", "s64"],
   "ranges": [{"first": 0, "lowest": 0, "highest": 9}]},
  {"name": "keep", "dtype": "bool", "stored": "i8", "shape": ["s64"]}],
 "outputs": [
  {"name": "output0", "dtype": "f32", "shape": ["batch", "s64 + 1"]},
  {"name": "output1", "dtype": "i64", "shape": ["batch"]}],
 "states": [], "schedules": [], "kernels": [], "flops": "2*batch*s64"}, )";

TinyPackage::TinyPackage(Symbols symbols) : folder(temporary.path + "/tiny.buddy") {
  std::filesystem::create_directory(folder);
  std::string library = readFile(TINY_MODEL);
  std::string params(4096, '\0');
  float weight = 2;
  params.replace(0, sizeof weight, reinterpret_cast<const char *>(&weight), sizeof weight);
  float bias[2] = {0.25f, -0.5f};
  params.replace(64, sizeof bias, reinterpret_cast<const char *>(bias), sizeof bias);
  auto file = [](const char *name, const std::string &bytes) {
    return concat("\"file\": \"", name, "\", \"crc32\": \"",
                  runtime::crc32Text(runtime::crc32Of(bytes)), "\", \"bytes\": ", bytes.size());
  };
  std::string manifest =
      concat(R"({"magic": "buddy-package", "version": 8, "compiler": ")", BUDDY_VERSION,
             R"x( (test)", "target": {"name": "host", "triple": ")x", runtime::hostArchitecture(),
             R"(-unknown-linux-gnu", "features": []}, "library": {)", file("libmodel.so", library),
             R"(, "needs": ["libc.so.6"]}, "params": {)", file("params.bin", params),
             R"(, "layout": []}, "entries": [)", symbols == Symbols::Yes ? stretchEntry : "",
             R"({"name": "forward", "symbol": "buddy_entry_forward", "symbols": [],
 "workspace_bytes": 256, "inputs": [
  {"name": "x", "dtype": "f32", "shape": [2, 3]},
  {"name": "position", "dtype": "i64", "shape": [2, 3]},
  {"name": "keep", "dtype": "bool", "stored": "i8", "shape": [3]}],
 "outputs": [
  {"name": "output0", "dtype": "f32", "shape": [2, 3]},
  {"name": "output1", "dtype": "i64", "shape": []}],
 "states": ["bias", "runs"],
 "schedules": [{"op": "f.contraction0", "kind": "contraction", "location": "tiny.py:3",
   "loops": {"row": 2, "column": 3}, "schedule": {"tile": {"row": 2, "column": 0}, "k_block": 7}}],
 "kernels": [{"name": "f.contraction0", "kind": "contraction", "location": "tiny.py:3", "flops": 12, "bytes": 48},
   {"name": "f.loop0", "kind": "loop"}],
 "profile": "buddy_profile_forward", "flops": 12}],
 "states": [{"name": "runs", "dtype": "i64", "shape": []},
            {"name": "bias", "dtype": "f32", "shape": [2], "initial": 64}],
 "checksum": ""})",
             "\n");
  writeFile(this->file("libmodel.so"), library);
  writeFile(this->file("params.bin"), params);
  writeFile(this->file("manifest.json"), runtime::withManifestChecksum(manifest).value());
}

void TinyPackage::editManifest(const std::string &from, const std::string &to) const {
  std::string text = readFile(file("manifest.json"));
  size_t at = text.find(from);
  if (at == std::string::npos)
    throw std::runtime_error("the manifest has no " + from);
  text.replace(at, from.size(), to);
  writeFile(file("manifest.json"), runtime::withManifestChecksum(text).value());
}

void TinyPackage::setWeight(float weight) const {
  std::string params = readFile(file("params.bin"));
  std::string before = runtime::crc32Text(runtime::crc32Of(params));
  params.replace(0, sizeof weight, reinterpret_cast<const char *>(&weight), sizeof weight);
  writeFile(file("params.bin"), params);
  editManifest(before, runtime::crc32Text(runtime::crc32Of(params)));
}

} // namespace buddy::test
