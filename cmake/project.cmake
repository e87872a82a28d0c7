# Settings of the build: warnings, visibility, sanitizers, ccache.
# What a user's project decides for itself is only set when wick is the top level.
include_guard()

if(PROJECT_IS_TOP_LEVEL)
  get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  if(NOT multi_config AND NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, ..." FORCE)
  endif()
  find_program(WICK_CCACHE ccache)
  if(WICK_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${WICK_CCACHE} CACHE STRING "Runs in front of the compiler")
  endif()
  add_compile_definitions($<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
endif()

if(WICK_SANITIZE)
  add_compile_options(-fsanitize=${WICK_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${WICK_SANITIZE})
endif()

# wick_is_optimized(<variable> <unsaid>): the generator expression that is 1 where wick's own objects
# are compiled for speed: in Release, and where the parent project says nothing about optimisation,
# having no build type or one of its own; that case alone is 1 in the second variable. Unoptimised,
# gelu takes 90 times as long.
function(wick_is_optimized variable unsaid_variable)
  get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  set(unsaid 0)
  if(NOT multi_config)
    string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
    get_directory_property(options COMPILE_OPTIONS)
    set(flags " ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}} ${options} ")
    if(NOT type STREQUAL "DEBUG" AND NOT flags MATCHES "[ ;]-O[^ ;]*[ ;]")
      set(unsaid 1)
      message(STATUS "wick: no optimisation is asked for (CMAKE_BUILD_TYPE is \"${CMAKE_BUILD_TYPE}\"):"
                     " the library is compiled with -O2 all the same")
    endif()
  endif()
  set(${variable} "$<OR:$<CONFIG:Release>,${unsaid}>" PARENT_SCOPE)
  set(${unsaid_variable} ${unsaid} PARENT_SCOPE)
endfunction()

# wick_own_code(target): the flags under which all code of this repository is compiled; to be called
# after wick_is_optimized(... wick_unsaid).
function(wick_own_code target)
  # Highway includes each of its sources once for every instruction set, from within itself: such
  # sources cannot be put together into larger ones.
  set_target_properties(${target} PROPERTIES
    UNITY_BUILD OFF
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  # Without contraction the compiler never fuses a multiplication and an addition by itself, so
  # that a number does not depend on the compiler; std::fma stands where fusion is meant.
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -ffp-contract=off "$<${wick_unsaid}:-O2>")
  if(WICK_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Wrong about instrumented code, as GCC's manual says.
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict)  # wrong about "text" + std::string
  endif()
  if(WICK_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
