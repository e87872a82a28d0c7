#!/bin/sh
# line_budget.sh <lines> <compiler> [flags]
# What <wick/wick.h> pulls in, counted after preprocessing without blank lines: a stand-in for the
# time it takes to compile that is the same on every machine with this standard library.
set -eu
budget=$1
shift
text=$(echo '#include <wick/wick.h>' | "$@" -std=c++20 -x c++ -E -)
lines=$(printf '%s\n' "$text" | grep -c '^[[:space:]]*[^#[:space:]]')
echo "<wick/wick.h>: $lines lines, budget $budget"
[ "$lines" -gt 1000 ] && [ "$lines" -le "$budget" ]
