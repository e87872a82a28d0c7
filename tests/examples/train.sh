#!/bin/sh
# train.sh <folder with the example programs> [no-times]
# The examples that train get as far as they should, and in the time they should.
set -eu
programs=$(cd "$1" && pwd)
times=${2:-times}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$(dirname "$0")/../.."

fail() {
  printf '%s\n' "$1"
  exit 1
}

"$programs/fit_sine" >"$work/sine.txt"
awk '/^step 500/ { ok = $4 < 0.004 } END { exit !ok }' "$work/sine.txt" ||
  fail "fit_sine: $(cat "$work/sine.txt")"

"$programs/train_transformer_ffn" --steps 60 >"$work/ffn.txt"
awk '/^step +60/ { ok = $6 >= 99.9 } END { exit !ok }' "$work/ffn.txt" ||
  fail "train_transformer_ffn: $(cat "$work/ffn.txt")"

"$programs/train_digits" --plot "$work/curve.svg" --save "$work/digits.json" >"$work/digits.txt"
[ "$(grep -c '^epoch' "$work/digits.txt")" = 30 ] || fail "$(cat "$work/digits.txt")"
last=$(tail -n 1 "$work/digits.txt")
printf '%s\n' "$last"
printf '%s\n' "$last" | awk '{ exit !($1 >= 97.5) }' || fail "fewer than 97.5 %"
[ "$times" = no-times ] || printf '%s\n' "$last" | awk '{ exit !($(NF - 1) <= 10) }' ||
  fail "more than 10 seconds"
grep -q '</svg>' "$work/curve.svg" || fail "curve.svg is no picture"
grep -q '"Linear"' "$work/digits.json" || fail "digits.json has no layers"

# Mistakes are told.
if "$programs/train_digits" --resume --checkpoint "$work/none" >"$work/error.txt" 2>&1; then
  fail "resumed from nothing"
fi
grep -q "^error: .*none" "$work/error.txt" || fail "$(cat "$work/error.txt")"
if "$programs/train_digits" --data "$work/digits.json" >"$work/error.txt" 2>&1; then
  fail "read a JSON file as images"
fi
grep -q "^error: " "$work/error.txt" || fail "$(cat "$work/error.txt")"
