// Synthesizes archives with minizip's writer.
#include "TestArchive.h"
#include "buddy/Frontend/Graph/IR/GraphDialect.h"
#include "buddy/Frontend/Import/Import.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>
#include <minizip/zip.h>
#include <zlib.h>

using namespace llvm;
using namespace buddy::test;

TestArchive::TestArchive() {
  SmallString<128> path;
  EXPECT_FALSE(sys::fs::createUniqueDirectory("buddy-import", path));
  folder = std::string(path);
}
TestArchive::~TestArchive() { (void)sys::fs::remove_directories(folder); }

TestArchive &TestArchive::add(StringRef name, StringRef bytes, bool compressed) {
  std::string full = ("layer/" + name).str();
  llvm::erase_if(entries, [&](const Entry &entry) { return entry.name == full; });
  entries.push_back({full, bytes.str(), compressed});
  return *this;
}

TestArchive &TestArchive::addFrame() {
  return add("byteorder", "little")
      .add("data/weights/model_weights_config.json", R"({"config": {}})")
      .add("data/constants/model_constants_config.json", R"({"config": {}})");
}

std::string TestArchive::write() {
  std::string path = folder + "/layer.pt2";
  zipFile zip = zipOpen64(path.c_str(), APPEND_STATUS_CREATE);
  EXPECT_TRUE(zip != nullptr);
  for (const Entry &entry : entries) {
    zip_fileinfo info = {};
    EXPECT_EQ(zipOpenNewFileInZip64(zip, entry.name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr,
                                    entry.compressed ? Z_DEFLATED : 0, 6, 0),
              ZIP_OK);
    zipWriteInFileInZip(zip, entry.bytes.data(), entry.bytes.size());
    zipCloseFileInZip(zip);
  }
  zipClose(zip, nullptr);
  return path;
}

std::string TestArchive::writeRaw(StringRef bytes) {
  // A new file each time: overwriting one waits for the disk.
  std::string path = folder + "/raw" + std::to_string(rawFiles++) + ".pt2";
  std::error_code error;
  raw_fd_ostream(path, error) << bytes;
  EXPECT_FALSE(error);
  return path;
}

std::string buddy::test::readFile(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static std::string symInts(StringRef list) {
  SmallVector<StringRef> items;
  list.split(items, ',', -1, /*KeepEmpty=*/false);
  std::vector<std::string> result;
  for (StringRef item : items)
    result.push_back("{\"as_int\": " + item.trim().str() + "}");
  return "[" + llvm::join(result, ", ") + "]";
}

std::string buddy::test::tensorMeta(StringRef sizes, int dtype, StringRef strides, int64_t offset) {
  std::string contiguous;
  if (strides.empty()) {
    SmallVector<StringRef> items;
    sizes.split(items, ',', -1, /*KeepEmpty=*/false);
    int64_t stride = 1;
    for (StringRef item : llvm::reverse(items)) {
      int64_t size = 0;
      item.trim().getAsInteger(10, size);
      contiguous = std::to_string(stride) + (contiguous.empty() ? "" : ",") + contiguous;
      stride *= size;
    }
    strides = contiguous;
  }
  return R"({"dtype": )" + std::to_string(dtype) + R"(, "sizes": )" + symInts(sizes) +
         R"(, "requires_grad": false, "device": {"type": "cpu", "index": null}, "strides": )" +
         symInts(strides) + R"(, "storage_offset": {"as_int": )" + std::to_string(offset) +
         R"(}, "layout": 7})";
}

std::string buddy::test::weightConfig(StringRef name, StringRef file, StringRef meta, bool pickle) {
  return "\"" + name.str() + R"(": {"path_name": ")" + file.str() +
         R"(", "is_param": true, "use_pickle": )" + (pickle ? "true" : "false") +
         R"(, "tensor_meta": )" + meta.str() + "}";
}

std::string buddy::test::tensorArg(StringRef parameter, StringRef value) {
  return R"({"name": ")" + parameter.str() + R"(", "arg": {"as_tensor": {"name": ")" + value.str() +
         R"("}}, "kind": 1})";
}

std::string buddy::test::node(StringRef target, StringRef inputs, StringRef output, int line,
                              StringRef source) {
  std::string trace =
      R"(File \"/home/me/model.py\", line )" + std::to_string(line) + R"(, in forward\n    )" +
      source.str() +
      R"(\n  File \"/venv/lib/site-packages/torch/nn/functional.py\", line 9, in f)" +
      R"(\n    return torch.f(x))";
  return R"({"target": ")" + target.str() + R"(", "inputs": [)" + inputs.str() +
         R"(], "outputs": [{"as_tensor": {"name": ")" + output.str() +
         R"("}}], "metadata": {"stack_trace": ")" + trace +
         R"(", "nn_module_stack": "L__self__,,Layer;L__self___attn,attn,Attention"}, "name": ")" +
         output.str() + R"("})";
}

std::string ProgramJson::str() const {
  std::string values = R"("x": )" + inputMeta;
  if (!tensorValues.empty())
    values += ", " + tensorValues;
  std::string inputs, specs;
  if (withWeight) {
    values += R"(, "p_w": )" + tensorMeta("4,3");
    inputs = R"({"as_tensor": {"name": "p_w"}}, )";
    specs = R"({"parameter": {"arg": {"name": "p_w"}, "parameter_name": "w"}}, )";
  }
  std::string outputArg = R"({"as_tensor": {"name": ")" + output + R"("}})";
  return R"({"schema_version": {"major": )" + schemaMajor +
         R"(, "minor": 20}, "torch_version": "2.13.0", "range_constraints": {)" + ranges +
         R"(}, "graph_module": {"graph": {"inputs": [)" + inputs +
         R"({"as_tensor": {"name": "x"}}], "outputs": [)" + outputArg + R"(], "nodes": [)" + nodes +
         R"(], "tensor_values": {)" + values + R"(}}, "signature": {"input_specs": [)" + specs +
         R"({"user_input": {"arg": {"as_tensor": {"name": "x"}}}}], "output_specs": [)" +
         (outputSpec.empty() ? R"({"user_output": {"arg": )" + outputArg + "}}" : outputSpec) +
         "]}}}";
}

ImportOutcome buddy::test::import(StringRef path) {
  mlir::MLIRContext context;
  context.loadDialect<buddy::graph::GraphDialect, mlir::func::FuncDialect>();
  ImportOutcome outcome;
  raw_string_ostream text(outcome.diagnostics);
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    text << diagnostic.getLocation() << ": " << diagnostic.str() << "\n";
    for (mlir::Diagnostic &note : diagnostic.getNotes())
      text << note.getLocation() << ": note: " << note.str() << "\n";
  });
  mlir::FailureOr<buddy::ImportedProgram> program = buddy::importPt2(&context, path);
  if (mlir::succeeded(program)) {
    raw_string_ostream module(outcome.module);
    mlir::OpPrintingFlags flags;
    flags.enableDebugInfo();
    (*program->module)->print(module, flags);
  }
  return outcome;
}
