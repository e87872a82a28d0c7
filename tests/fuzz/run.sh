#!/bin/sh
# run.sh <seconds> [target...]
# Runs the fuzzers of build/asan-ubsan (all, unless some are named) for that many seconds each, two at a
# time, from the golden files and what earlier runs collected in build/fuzz/corpus. Fails if one
# finds anything; what it found is then in build/fuzz/findings/<target>, and belongs, once mended,
# into tests/fuzz/findings/<target>.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
seconds=$1
shift
[ $# -gt 0 ] || set -- model_json safetensors npy npz zip pickle torch csv

export ASAN_OPTIONS="detect_stack_use_after_return=1:allocator_may_return_null=1"
export UBSAN_OPTIONS="print_stacktrace=1"
export LSAN_OPTIONS="suppressions=$root/cmake/sanitizers/lsan.supp:print_suppressions=0"
export OMP_NUM_THREADS=1

# fuzz <target>: prints one line, and what was found.
fuzz() {
  work=$root/build/fuzz/corpus/$1
  found=$root/build/fuzz/findings/$1
  log=$root/build/fuzz/$1.log
  mkdir -p "$work" "$found"
  dictionary=""
  [ ! -f "$root/tests/fuzz/$1.dict" ] || dictionary="-dict=$root/tests/fuzz/$1.dict"
  seeds="$root/tests/golden/io"
  [ "$1" != model_json ] ||
    seeds="$root/tests/golden/models/valid $root/tests/golden/models/invalid
      $root/tests/golden/models/unfit $root/examples/configs"
  [ "$1" != csv ] || seeds=$root/tests/cli
  # shellcheck disable=SC2086  # lists of words
  if "$root/build/asan-ubsan/tests/fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=2048 -max_len=16384 $dictionary -artifact_prefix="$found/" "$work" $seeds \
    >"$log" 2>&1; then
    echo "fuzz $1: clean, $(tail -n 1 "$log")"
  else
    echo "fuzz $1: FOUND something, see $found"
    grep -v '^#[0-9]' "$log" | tail -n 60
    return 1
  fi
}

failed=0
while [ $# -gt 0 ]; do
  fuzz "$1" &
  first=$!
  shift
  if [ $# -gt 0 ]; then
    fuzz "$1" || failed=1
    shift
  fi
  wait "$first" || failed=1
done
exit $failed
