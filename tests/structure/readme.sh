#!/bin/sh
# readme.sh <repository> <program> <training program> <program of signatures>
# Three C++ blocks of the README are tests/bench/hello.cpp, tests/structure/training.cpp and
# tests/structure/signatures.cpp, of which the programs were built, and the blocks of text after them
# are what the programs print.
set -eu
cd "$1"
program=$2
training=$3
signatures=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# block <language> <which one>: the text of a fenced block.
block() {
  awk -v fence="\`\`\`$1" -v which="$2" '
    /^```/ && inside { inside = 0; next }
    $0 == fence { inside = 1; if (++n == which) { wanted = 1 } else { wanted = 0 } next }
    inside && wanted' README.md
}

same() {  # <what> <file of the README's text> <other file>
  [ -s "$2" ] || { echo "the README has no $1"; exit 1; }
  diff -u "$2" "$3" || { echo "the README's $1 is not up to date"; exit 1; }
}

block cpp 1 >"$work/program"
same program "$work/program" tests/bench/hello.cpp
block text 1 >"$work/output"
"$program" >"$work/printed"
same output "$work/output" "$work/printed"

block cpp 2 >"$work/training"
same "training program" "$work/training" tests/structure/training.cpp
block text 2 >"$work/output"
OMP_WAIT_POLICY=passive "$training" >"$work/printed"
# The last digit of a loss may differ from one processor to another.
awk -v got="$work/printed" '
  { getline line < got; split(line, have, " "); d = $NF - have[4] }
  $1 != have[1] || $2 != have[2] || NF != 4 || d > 0.002 || d < -0.002 { bad = 1 }
  END { exit bad || NR != 4 }' "$work/output" || same "training output" "$work/output" "$work/printed"

block cpp 4 >"$work/signatures"
same "program of modules with several tensors" "$work/signatures" tests/structure/signatures.cpp
block text 3 >"$work/output"
"$signatures" >"$work/printed"
same "output of several tensors" "$work/output" "$work/printed"

echo "README: ok"
