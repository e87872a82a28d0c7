#!/bin/sh
# check.sh <folder with the example programs> [no-times]
# Each NAME.expected here is what example NAME prints, called in the root of the repository with the
# arguments in NAME.args, if there is such a file. The texts must be the same; numbers with a
# point may differ by what processors differ in. Times differ from run to run: on both sides a
# number before a unit of time, or before "threads", reads <varies>. With no-times (for builds that
# are not optimised) the line that says what is faster may say anything.
set -eu
programs=$(cd "$1" && pwd)
times=${2:-times}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here/../.."

mask() {
  sed -E 's/[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)? ?(ns|us|µs|ms|s|seconds|milliseconds|microseconds|threads?)([^A-Za-z0-9]|$)/<varies> \3\4/g' |
    if [ "$times" = no-times ]; then sed 's/^Faster: .*/Faster: <varies>/'; else cat; fi
}

# compare <want> <got> <tolerance>: line by line; prints the lines that differ.
compare() {
  awk -v got="$2" -v tolerance="$3" '
  # Splits a line into its numbers and the rest, in which a number and the blanks before it read #.
  function numbers(line, values,   n, rest) {
    n = 0
    rest = ""
    while (match(line, / *-?[0-9]+\.[0-9]+(e[-+]?[0-9]+)?/)) {
      values[++n] = substr(line, RSTART, RLENGTH) + 0
      rest = rest substr(line, 1, RSTART - 1) "#"
      line = substr(line, RSTART + RLENGTH)
    }
    values[0] = n
    return rest line
  }
  function differ(a, b,   x, y, i, d) {
    if (numbers(a, x) != numbers(b, y)) return 1
    for (i = 1; i <= x[0]; i++) {
      d = x[i] - y[i]
      if (d > tolerance || d < -tolerance) return 1
    }
    return 0
  }
  function report() { printf "  line %d\n    want %s\n    got  %s\n", FNR, $0, line; bad = 1 }
  {
    line = "(nothing)"
    if ((getline line < got) <= 0 || differ($0, line)) report()
  }
  END {
    while ((getline line < got) > 0) { print "  not expected: " line; bad = 1 }
    exit bad
  }' "$1"
}

failed=0
count=0
for expected in "$here"/*.expected; do
  [ -e "$expected" ] || continue
  name=$(basename "$expected" .expected)
  count=$((count + 1))
  arguments=$(cat "$here/$name.args" 2>/dev/null) || arguments=""
  # shellcheck disable=SC2086  # a list of words
  if ! "$programs/$name" $arguments >"$work/output" 2>&1 </dev/null; then
    echo "$name failed:"
    cat "$work/output"
    failed=1
    continue
  fi
  tolerance=1.01e-6  # neighbours in the sixth decimal
  [ "$name" != gelu_tanh_approximation ] || tolerance=1e-7
  mask <"$expected" >"$work/want"
  mask <"$work/output" >"$work/got"
  if compare "$work/want" "$work/got" "$tolerance"; then
    echo "$name: ok"
  else
    echo "$name prints something else than $expected"
    failed=1
  fi
done
if [ "$count" = 0 ]; then
  echo "no expected outputs in $here"
  exit 1
fi

# The picture of compare_activations: complete, with five curves and their names.
"$programs/compare_activations" --svg "$work/curves.svg" >/dev/null
for piece in '<svg ' '</svg>' '>GELU</text>' '>ReLU</text>' '>Sigmoid</text>' '>Tanh</text>' \
  '>SiLU</text>'; do
  grep -q "$piece" "$work/curves.svg" || { echo "the picture lacks $piece"; failed=1; }
done
if [ "$(grep -c "stroke-width='3.5'" "$work/curves.svg")" != 5 ]; then
  echo "the picture does not have five curves"
  failed=1
fi
if "$programs/compare_activations" --svg "$work/no/such/folder.svg" >/dev/null 2>"$work/error"; then
  echo "compare_activations says nothing about a file that it cannot write"
  failed=1
fi
grep -q '^error: cannot write ' "$work/error" || { cat "$work/error"; failed=1; }
exit $failed
