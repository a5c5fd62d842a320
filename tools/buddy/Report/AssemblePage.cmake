# Puts the page's files and its two libraries into the one file that `buddy` carries:
#   cmake -DPAGE_DIR=... -DJSDIFF=... -DDAGRE=... -DSCRIPTS=a.js,b.js -DSTYLES=... -DOUTPUT=... -P AssemblePage.cmake
# The data's place, @DATA@, stays: `buddy report` fills it.

cmake_minimum_required(VERSION 3.25) # else "@CSS@" would be a variable

function(join_files variable names)
  string(REPLACE "," ";" names "${names}")
  set(text "")
  foreach(name IN LISTS names)
    file(READ "${PAGE_DIR}/${name}" part)
    string(APPEND text "${part}\n")
  endforeach()
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

join_files(CSS "${STYLES}")
join_files(JS "${SCRIPTS}")
join_files(COMPARE compare.js)
join_files(LAYOUT layout.js)
join_files(LICENSES licenses.txt)
file(READ "${JSDIFF}" JSDIFF_TEXT)
file(READ "${DAGRE}" DAGRE_TEXT)
file(READ "${PAGE_DIR}/page.html" page)

# A script that holds the end of a script would end there.
foreach(part JS COMPARE LAYOUT JSDIFF_TEXT DAGRE_TEXT)
  string(TOLOWER "${${part}}" lower)
  string(FIND "${lower}" "</script" at)
  if(NOT at EQUAL -1)
    message(FATAL_ERROR "a script of the report's page holds </script: ${part}")
  endif()
endforeach()

string(REPLACE "@CSS@" "${CSS}" page "${page}")
string(REPLACE "@LICENSES@" "${LICENSES}" page "${page}")
string(REPLACE "@JSDIFF@" "${JSDIFF_TEXT}" page "${page}")
string(REPLACE "@DAGRE@" "${DAGRE_TEXT}" page "${page}")
string(REPLACE "@COMPARE@" "${COMPARE}" page "${page}")
string(REPLACE "@LAYOUT@" "${LAYOUT}" page "${page}")
string(REPLACE "@JS@" "${JS}" page "${page}")
file(WRITE "${OUTPUT}" "${page}")
