#!/bin/sh
# kill_resume.sh <folder with the example programs>
# A run of train_digits that is killed (SIGKILL) at random moments and resumed ends with the losses,
# the weights and the checkpoint, bit for bit, of one that was left alone.
set -eu
programs=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$(dirname "$0")/../.."

# The arguments of a run called $1.
arguments() {
  echo "--epochs 12 --checkpoint $work/$1.checkpoint --log $work/$1.csv --save $work/$1.json"
}

# shellcheck disable=SC2046  # the arguments are words
"$programs/train_digits" $(arguments whole) >"$work/whole.txt"

kills=0
resume=
while :; do
  "$programs/train_digits" $(arguments cut) $resume >"$work/cut.txt" 2>&1 &
  run=$!
  if [ "$kills" -lt 20 ]; then
    # From 0 to 255 thousandths of a second: it is killed at the start, in an epoch, while it
    # writes.
    sleep "0.$(od -An -N1 -tu1 /dev/urandom | awk '{ printf "%03d", $1 }')"
    kill -9 "$run" 2>/dev/null || true
  fi
  if wait "$run" 2>/dev/null; then break; else status=$?; fi
  if [ "$status" -ne 137 ]; then
    cat "$work/cut.txt"
    exit 1
  fi
  kills=$((kills + 1))
  if [ -e "$work/cut.checkpoint" ]; then resume=--resume; fi
done
[ "$kills" -gt 0 ] || { echo "nothing was killed"; exit 1; }

cmp "$work/whole.checkpoint" "$work/cut.checkpoint"
cmp "$work/whole.safetensors" "$work/cut.safetensors"
# An epoch that was done and not saved is done again: its line, the same, is there twice.
sort -u "$work/cut.csv" >"$work/cut.sorted"
sort -u "$work/whole.csv" | diff - "$work/cut.sorted"
echo "killed $kills times: same losses, same weights"
