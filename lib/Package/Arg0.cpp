// Writes arg0.data.
#include "Errors.h"
#include "FileWriter.h"
#include "Params.h"
#include "Signature.h"
#include "buddy/Package/Package.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"
#include <cerrno>
#include <cstdio>
#include <unistd.h>

using namespace mlir;

namespace buddy {

static llvm::Error writeParameters(const std::vector<Parameter> &parameters,
                                   const WeightStore &weights, FileWriter &writer) {
  WeightStreamer streamer(weights, writer);
  for (const Parameter &parameter : parameters) {
    auto weight = streamer.find(parameter.name);
    if (!weight)
      return weight.takeError();
    if ((*weight)->sizes != parameter.shape)
      return packageError(PackageFailure::Internal,
                          "arg0.data: the shape of '" + parameter.name +
                              "' in buddy.parameters is not the weight's");
    if (llvm::Error error = streamer.plain(parameter.name))
      return error;
    if (writer.failed())
      break;
  }
  return writer.finish();
}

llvm::Error writeArg0(ModuleOp module, const WeightStore &weights, llvm::StringRef path) {
  auto parameters = readParameters(module);
  if (!parameters)
    return parameters.takeError();
  std::string temporary = (path + ".partial-" + llvm::Twine(::getpid())).str();
  ::unlink(temporary.c_str());
  llvm::sys::RemoveFileOnSignal(temporary);
  FileWriter writer(temporary, path.str());
  llvm::Error error = writeParameters(*parameters, weights, writer);
  if (!error && std::rename(temporary.c_str(), path.str().c_str()) != 0)
    error = ioError(path, "cannot write", errno);
  if (error)
    ::unlink(temporary.c_str());
  llvm::sys::DontRemoveFileOnSignal(temporary);
  return error;
}

} // namespace buddy
