# Finds what wick needs. Afterwards WICK_MISSING is empty, or the one line that says what to install.
include_guard()

# Targets found here are named by wick's link interface, which a parent project reads.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})  # FindMinizip
set(WICK_MISSING "")

# wick_need(<name for people> <apt package> <brew package> <oldest version or ""> <package> [args])
# Any newer version will do: packages that promise compatibility within one major version only
# would turn away versions that wick builds with, so the version is compared here.
function(wick_need label apt brew oldest package)
  find_package(${package} QUIET ${ARGN})
  if(${package}_FOUND AND NOT "${${package}_VERSION}" VERSION_LESS "${oldest}")
    set(${package}_DIR "${${package}_DIR}" PARENT_SCOPE)
    set(${package}_VERSION "${${package}_VERSION}" PARENT_SCOPE)
    return()
  endif()
  if(${package}_FOUND)
    string(APPEND label " ${oldest} or newer (found ${${package}_VERSION})")
  endif()
  set(labels ${WICK_MISSING_LABELS} ${label})
  set(apts ${WICK_MISSING_APT} ${apt})
  set(brews ${WICK_MISSING_BREW} ${brew})
  list(LENGTH labels count)
  set(them it)
  if(count GREATER 1)
    set(them them)
  endif()
  list(JOIN labels ", " label_text)
  list(JOIN apts " " apt_text)
  list(JOIN brews " " brew_text)
  # The leading space keeps CMake from breaking the line.
  set(WICK_MISSING " wick needs ${label_text}: install ${them} with \"apt install ${apt_text}\"\
 or \"brew install ${brew_text}\"" PARENT_SCOPE)
  set(WICK_MISSING_LABELS "${labels}" PARENT_SCOPE)
  set(WICK_MISSING_APT "${apts}" PARENT_SCOPE)
  set(WICK_MISSING_BREW "${brews}" PARENT_SCOPE)
endfunction()

wick_need(fmt libfmt-dev fmt 8.1 fmt CONFIG)
wick_need(nlohmann-json nlohmann-json3-dev nlohmann-json 3.10 nlohmann_json CONFIG)
wick_need(Minizip "libminizip-dev zlib1g-dev" minizip "" Minizip)
wick_need(Highway libhwy-dev highway 1.0 hwy CONFIG)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  wick_need(OpenMP libomp-dev libomp "" OpenMP COMPONENTS CXX)
else()
  wick_need(OpenMP g++ libomp "" OpenMP COMPONENTS CXX)
endif()

# Debian's oneDNN was built with OpenCL, and its package files stop CMake with a message of their
# own when the OpenCL headers are not there. Ask for those first.
find_file(wick_dnnl_config dnnl-config.cmake NO_CACHE
  PATHS ${dnnl_DIR} PATH_SUFFIXES lib/cmake/dnnl lib/${CMAKE_LIBRARY_ARCHITECTURE}/cmake/dnnl
  ../lib/cmake/dnnl ../lib/${CMAKE_LIBRARY_ARCHITECTURE}/cmake/dnnl)
set(wick_dnnl_opencl "")
if(wick_dnnl_config)
  file(STRINGS ${wick_dnnl_config} wick_dnnl_opencl REGEX "DNNL_GPU_RUNTIME \"OCL\"")
endif()
if(wick_dnnl_opencl)
  wick_need("OpenCL (for oneDNN)" ocl-icd-opencl-dev opencl-headers "" OpenCL)
endif()
if(NOT wick_dnnl_opencl OR OpenCL_FOUND OR TARGET OpenCL::OpenCL)
  wick_need(oneDNN libdnnl-dev onednn 2.6 dnnl CONFIG)
endif()

if(WICK_BUILD_EXAMPLES OR WICK_BUILD_CLI)
  wick_need(CLI11 libcli11-dev cli11 2.0 CLI11 CONFIG)
endif()
if(WICK_BUILD_TESTS)
  wick_need(Catch2 catch2 catch2 2.13 Catch2 CONFIG)
endif()

set(WICK_PRIVATE_LIBRARIES DNNL::dnnl hwy::hwy Minizip::minizip OpenMP::OpenMP_CXX)
