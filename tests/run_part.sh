#!/bin/sh
# run_part.sh <test program> <part> <parts>
# Runs every <parts>th test of the program in one process, from the <part>th on, and checks that
# so many were run. Each test's time is printed with its name, so that one that ends the process
# is the one behind the last that is named.
set -u
program=$1 part=$2 parts=$3

# Catch2 2 exits with the number of tests here, so the status says nothing.
names=$("$program" --list-test-names-only 2>/dev/null) || true
if [ -z "$names" ]; then  # Catch2 3
  exec "$program" --durations yes --shard-count "$parts" --shard-index $((part - 1))
fi
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
# What separates or excludes tests in a list of names is escaped.
printf '%s\n' "$names" | grep . | awk -v part="$part" -v parts="$parts" 'NR % parts == part - 1' |
  sed 's/[][\\,]/\\&/g' >"$folder/names"
expected=$(grep -c . "$folder/names")
"$program" --durations yes --input-file "$folder/names" >"$folder/log" 2>&1
status=$?
cat "$folder/log"
[ $status = 0 ] || exit $status
run=$(sed -n -E 's/^(All tests passed.*in|test cases:) *([0-9]+) test case.*/\2/p' "$folder/log")
if [ "$run" != "$expected" ]; then
  echo "part $part of $parts has $expected tests, ${run:-none} of them were run"
  exit 1
fi
