#!/bin/sh
# discovery.sh <test program> <its build folder>
# ctest knows as many tests as the program has. Discovery drops what it cannot read without a word.
set -eu
program=$1
folder=$2

# Catch2 2 exits with the number of tests here, so the status says nothing.
names=$("$program" --list-test-names-only 2>/dev/null) || true
if [ -z "$names" ]; then  # Catch2 3
  names=$("$program" --list-tests --verbosity quiet)
fi
if printf '%s\n' "$names" | grep -q '^error:'; then
  "$program" --list-test-names-only || true
  exit 1
fi
expected=$(printf '%s\n' "$names" | grep -c .)
known=$(cat "$folder"/wick_tests_tests-*.cmake "$folder"/wick_tests-*_tests.cmake 2>/dev/null |
  grep -c '^ *add_test(') || true
if [ "$expected" != "$known" ] || [ "$expected" = 0 ]; then
  echo "$program has $expected tests, ctest knows $known of them"
  exit 1
fi
echo "$known tests"
