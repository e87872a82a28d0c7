#!/bin/sh
# line_budget.sh <lines> <own lines> <compiler> [flags]
# What <wick/wick.h> pulls in, counted after preprocessing without blank lines: a stand-in for the
# time it takes to compile that is the same on every machine with this standard library. Most of it
# is the standard library's; wick's own lines have a budget of their own, so that they cannot grow
# unseen in its shadow.
set -eu
budget=$1
own_budget=$2
shift 2
echo '#include <wick/wick.h>' | "$@" -std=c++20 -x c++ -E - | awk -v budget="$budget" -v own_budget="$own_budget" '
  /^# [0-9]+ "/ { own = $3 ~ /include\/wick\//; next }
  /^[ \t]*[^# \t]/ { ++lines; if (own) ++own_lines }
  END {
    printf "<wick/wick.h>: %d lines, budget %d; own lines %d, budget %d\n", lines, budget, own_lines,
           own_budget
    exit !(own_lines > 1000 && own_lines <= own_budget && lines <= budget)
  }'
