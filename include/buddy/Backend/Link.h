// From an object file to the shared library of a package.
#pragma once

#include "buddy/Target/Target.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace buddy {

// Links `objectPaths` to the shared library `soPath` (soname libmodel.so) with LLVM's lld. The
// library may need functions of libomp, of libm and libc's memory functions; it names libomp.so.5,
// libm.so.6 and libc.so.6 as needed only where it uses them, and no path of this machine. Any other
// undefined symbol is an error that lists them. Also an error: lld is not found or fails (with its
// output; the error code is then the system's).
llvm::Error linkShared(llvm::ArrayRef<std::string> objectPaths, const std::string &soPath,
                       const Target &target);

// The linker that linkShared runs; an error that says how to install it.
llvm::Expected<std::string> findLinker();

// The libraries that a linked `soPath` needs ("libomp.so.5"), in its own order, for the manifest.
llvm::Expected<std::vector<std::string>> neededLibraries(const std::string &soPath);

} // namespace buddy
