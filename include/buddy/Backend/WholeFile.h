// Files that are there whole or not at all.
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace buddy {

// Writes a file through `write`: it appears under its name when it is whole. What is there and is
// no file, a device or a pipe, is written to and stays what it is. An error has the system's code.
llvm::Error writeWholeFile(const std::string &path,
                           llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> write);

} // namespace buddy
