#!/bin/sh
# Sets everything up and runs all tests. Safe to run again. Arguments go to ctest.
. "$(dirname -- "$0")/setup.sh"

configure release
build release
say "running the tests"
exec ctest --preset release --parallel "$(processors)" "$@"
