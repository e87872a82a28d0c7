# The version, which stands in include/wick/version.h: wick_version is "0.1.0".
set(wick_version_header ${CMAKE_CURRENT_LIST_DIR}/../include/wick/version.h)
file(READ ${wick_version_header} wick_version_text)
set(wick_version "")
foreach(part MAJOR MINOR PATCH)
  if(NOT wick_version_text MATCHES "#define WICK_VERSION_${part} ([0-9]+)\n")
    message(FATAL_ERROR "${wick_version_header} has no line \"#define WICK_VERSION_${part} <number>\"")
  endif()
  list(APPEND wick_version ${CMAKE_MATCH_1})
endforeach()
list(JOIN wick_version "." wick_version)
# A version that has changed is read again by the next build.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${wick_version_header})
