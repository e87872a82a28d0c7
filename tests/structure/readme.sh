#!/bin/sh
# readme.sh <repository> <program>
# The README's first C++ block is tests/bench/hello.cpp, of which <program> was built, and the block
# of text after it is what that program prints. Files and folders that the README links to exist.
set -eu
cd "$1"
program=$2
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

grep -o '](\([^)]*\))' README.md | sed 's/](\(.*\))/\1/' | grep -v '^[a-z]*:' | while read -r path; do
  [ -e "$path" ] || { echo "the README links to $path, which does not exist"; exit 1; }
done
echo "README: ok"
