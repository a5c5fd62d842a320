# A room is one folder of lib/ and one static library. All rooms that see MLIR share one precompiled
# header: it takes the parse of MLIR's headers from ten seconds a file to two.

set(BUDDY_WARNINGS -Wall -Wextra -Wno-unused-parameter)

add_library(BuddyPch OBJECT ${PROJECT_SOURCE_DIR}/cmake/Pch.cpp)
target_compile_options(BuddyPch PRIVATE ${BUDDY_WARNINGS})
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # A system header that a package update replaced by the same text must not stop the build.
  target_compile_options(BuddyPch PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
endif()
target_precompile_headers(BuddyPch PRIVATE ${PROJECT_SOURCE_DIR}/cmake/Pch.h)

# buddy_use_mlir(target): MLIR and LLVM as shared libraries, and the precompiled header.
function(buddy_use_mlir target)
  target_compile_options(${target} PRIVATE ${BUDDY_WARNINGS})
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    # CMake compiles executables with -fPIE, which does not fit a header precompiled with -fPIC.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  target_precompile_headers(${target} REUSE_FROM BuddyPch)
  target_link_libraries(${target} PUBLIC MLIR LLVM)
endfunction()

# buddy_add_room(name SOURCES a.cpp ... [DEPENDS tablegen targets] [LINK libraries])
function(buddy_add_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  buddy_use_mlir(${name})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# buddy_add_dialect(file-stem dialect-name target): <stem>Ops.td -> ops, types, dialect declarations
function(buddy_add_dialect stem dialect target)
  set(LLVM_TARGET_DEFINITIONS ${stem}Ops.td)
  mlir_tablegen(${stem}Ops.h.inc -gen-op-decls)
  mlir_tablegen(${stem}Ops.cpp.inc -gen-op-defs)
  mlir_tablegen(${stem}Attrs.h.inc -gen-attrdef-decls -attrdefs-dialect=${dialect})
  mlir_tablegen(${stem}Attrs.cpp.inc -gen-attrdef-defs -attrdefs-dialect=${dialect})
  mlir_tablegen(${stem}Dialect.h.inc -gen-dialect-decls -dialect=${dialect})
  mlir_tablegen(${stem}Dialect.cpp.inc -gen-dialect-defs -dialect=${dialect})
  add_public_tablegen_target(${target})
endfunction()

# buddy_add_passes(name target): Passes.td -> Passes.h.inc
function(buddy_add_passes name target)
  set(LLVM_TARGET_DEFINITIONS Passes.td)
  mlir_tablegen(Passes.h.inc -gen-pass-decls -name ${name})
  add_public_tablegen_target(${target})
endfunction()
