# Part of the installation of the component `wheel` (Wheel.cmake): the programs, and every library that
# they or the extension need, but for those of the C and C++ runtimes, which any Linux has that runs
# PyTorch.
#
# Needs buddy_programs, buddy_extension and buddy_patchelf.

set(package "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/buddy_attention")
file(GET_RUNTIME_DEPENDENCIES
  EXECUTABLES ${buddy_programs}
  MODULES ${buddy_extension}
  RESOLVED_DEPENDENCIES_VAR libraries
  UNRESOLVED_DEPENDENCIES_VAR missing
  PRE_EXCLUDE_REGEXES
    "^ld-linux" "^libc\\.so" "^libm\\.so" "^libdl\\.so" "^libpthread\\.so" "^librt\\.so"
    "^libgcc_s\\.so" "^libstdc\\+\\+\\.so")
if(missing)
  message(FATAL_ERROR "not found, and the wheel needs them inside: ${missing}")
endif()

file(MAKE_DIRECTORY "${package}/bin" "${package}/lib")
foreach(library ${libraries})
  # Under the name it is asked for by; wheels have no links.
  get_filename_component(name "${library}" NAME)
  file(REAL_PATH "${library}" file)
  file(COPY_FILE "${file}" "${package}/lib/${name}")
endforeach()

# buddy_set_rpath(file folder): where the file, and the libraries that it loads, look for libraries. A
# DT_RPATH, for DT_RUNPATH would not hold for what the libraries themselves need.
function(buddy_set_rpath file folder)
  execute_process(COMMAND "${buddy_patchelf}" --force-rpath --set-rpath "${folder}" "${file}"
                  RESULT_VARIABLE status ERROR_VARIABLE problem)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "patchelf cannot change ${file}: ${problem}${status}")
  endif()
endfunction()

foreach(program ${buddy_programs})
  get_filename_component(name "${program}" NAME)
  file(REAL_PATH "${program}" file)
  file(COPY_FILE "${file}" "${package}/bin/${name}")
  buddy_set_rpath("${package}/bin/${name}" "\$ORIGIN/../lib")
endforeach()
get_filename_component(name "${buddy_extension}" NAME)
buddy_set_rpath("${package}/${name}" "\$ORIGIN/lib")
file(GLOB runtime "${package}/lib/libbuddy_runtime.so*")
buddy_set_rpath("${runtime}" "\$ORIGIN")
