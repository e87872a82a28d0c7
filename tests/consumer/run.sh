#!/bin/sh
# run.sh static|shared <work folder> <build folder of the tests> [cmake arguments]
# Builds and runs the project in this folder with wick as a subdirectory, installs wick from there,
# and does it again with the installed package, and without CMake with pkg-config. A shared library
# must show the public API, and nothing below it.
set -eu
kind=$1
work=$2
tests=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cmake=${CMAKE:-cmake}
shared=OFF
[ "$kind" = static ] || shared=ON
rm -rf "$work"
mkdir -p "$work"
# Where wick is compiled: beside the build folder of the tests, as deep as that. Seen from both, the
# sources have the same relative paths, so that the compiler cache gives what is there.
beside=$(dirname "$(dirname "$tests")")/consumer.$kind
rm -rf "$beside"

run() {  # <program>
  output=$("$1")
  printf '%s\n' "$output"
  case $output in
    "[2, 4]"*"mat1 and mat2 shapes cannot be multiplied (2x5 and 3x4)"*) ;;
    *) echo "not what was expected"; exit 1 ;;
  esac
}

build_and_run() {  # <name> [cmake arguments]
  name=$1
  shift
  echo "== $kind, $name"
  "$cmake" -S "$here" -B "$work/$name" -DCMAKE_BUILD_TYPE=Release "$@" >"$work/$name.log" ||
    { cat "$work/$name.log"; exit 1; }
  "$cmake" --build "$work/$name" --parallel 2 >"$work/$name.log" ||
    { cat "$work/$name.log"; exit 1; }
  run "$work/$name/consumer"
  "$work/$name/consumer_cli" layers Scale | grep -q "multiplies by a constant" ||
    { echo "the layer of the project is not known"; exit 1; }
}

# Every compilation of wick's own code is optimised, with or without a word about it from the
# project, and also where the project puts sources together (CMAKE_UNITY_BUILD).
optimized() {  # <name> <yes|no> [cmake arguments]
  name=$1 wanted=$2
  shift 2
  "$cmake" -S "$here" -B "$work/$name" -DWICK_SOURCE_DIR="$root" -DWICK_BUILD_CLI=ON \
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "$@" >"$work/$name.log" ||
    { cat "$work/$name.log"; exit 1; }
  commands=$(grep '"command"' "$work/$name/compile_commands.json" | grep -- "-c $root/src/")
  all=$(printf '%s\n' "$commands" | wc -l)
  fast=$(printf '%s\n' "$commands" | grep -cE -- ' -O[23s] ' || true)
  [ "$wanted" = yes ] || all=0
  [ "$fast" = "$all" ] ||
    { echo "$kind, $name: $fast of wick's sources are optimised, expected $all"; exit 1; }
}
optimized without_a_type yes "$@" -DCMAKE_BUILD_TYPE= -DCMAKE_UNITY_BUILD=ON
optimized a_type_of_their_own yes "$@" -DCMAKE_BUILD_TYPE=Custom
optimized with_symbols yes "$@" -DCMAKE_BUILD_TYPE=RelWithDebInfo
optimized debug no "$@" -DCMAKE_BUILD_TYPE=Debug

mkdir -p "$beside"
ln -s "$beside" "$work/subdirectory"
build_and_run subdirectory "$@" -DWICK_SOURCE_DIR="$root" -DBUILD_SHARED_LIBS=$shared \
  -DWICK_INSTALL=ON -DWICK_BUILD_CLI=ON
"$cmake" --install "$work/subdirectory" --prefix "$work/prefix" >/dev/null
build_and_run package "$@" -DCMAKE_PREFIX_PATH="$work/prefix"

# A program that asks pkg-config, compiled as CMake has compiled the others.
with_pkg_config() {
  echo "== $kind, pkg-config"
  command -v pkg-config >/dev/null || { echo "pkg-config is not there: skipped"; return 0; }
  PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name wick.pc)")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
  export PKG_CONFIG_PATH
  cached() { sed -n "s/^$1:[A-Z]*=//p" "$work/package/CMakeCache.txt"; }
  compiler=$(cached CMAKE_CXX_COMPILER)
  flags="$(cached CMAKE_CXX_FLAGS) $(pkg-config --cflags --libs wick)"
  libraries=$(pkg-config --variable=libdir wick)
  # shellcheck disable=SC2086  # lists of words
  "$compiler" -std=c++20 "$here/main.cpp" $flags "-Wl,-rpath,$libraries" -o "$work/with_pkg_config"
  run "$work/with_pkg_config"
}
with_pkg_config

library=$(find "$work/prefix" -name 'libwick.so' | head -n 1)
if [ "$shared" = ON ] && [ -n "$library" ]; then
  sh "$here/symbols.sh" "$library" "$tests"
fi
