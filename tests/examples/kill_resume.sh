#!/bin/sh
# kill_resume.sh <folder with the example programs>
# A run of train_digits that is killed (SIGKILL) at random moments and resumed ends with the losses,
# the weights and the checkpoint, bit for bit, of one that was left alone.
set -eu
programs=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$(dirname "$0")/../.."

train() {  # <name> [arguments]
  name=$1
  shift
  "$programs/train_digits" --epochs 12 --checkpoint "$work/$name.safetensors" \
    --log "$work/$name.csv" --save "$work/$name.json" "$@" >"$work/$name.txt" 2>&1
}

train whole
kills=0
resume=
until [ -e "$work/cut.done" ]; do
  { train cut $resume && : >"$work/cut.done"; } &
  run=$!
  # From 0 to 255 thousandths of a second, so that it is killed anywhere: at the start, in an
  # epoch, while it writes.
  delay=$(od -An -N1 -tu1 /dev/urandom | tr -d ' ')
  sleep "0.$(printf %03d "$delay")"
  child=$(pgrep -P "$run" 2>/dev/null || true)
  if [ "$kills" -lt 20 ] && [ -n "$child" ] && kill -9 $child 2>/dev/null; then
    kills=$((kills + 1))
  fi
  wait "$run" || true
  if [ -e "$work/cut.safetensors" ]; then resume=--resume; fi
  if grep -q '^error' "$work/cut.txt"; then
    cat "$work/cut.txt"
    exit 1
  fi
done
[ "$kills" -gt 0 ] || { echo "nothing was killed"; exit 1; }

cmp "$work/whole.safetensors" "$work/cut.safetensors"
cmp "$work/whole.weights.safetensors" "$work/cut.weights.safetensors" 2>/dev/null ||
  for file in "$work"/whole*.safetensors; do
    cmp "$file" "$work/cut${file#"$work"/whole}"
  done
# An epoch that was done and not saved is done again: its line is there twice.
sort -u -t, -k1,1n "$work/cut.csv" >"$work/cut.sorted"
sort -t, -k1,1n "$work/whole.csv" >"$work/whole.sorted"
if [ -n "$(sort -u "$work/cut.csv" | sort -t, -k1,1n | cmp - "$work/whole.sorted" 2>&1)" ]; then
  diff "$work/whole.sorted" "$work/cut.csv" || true
  exit 1
fi
echo "killed $kills times: same losses, same weights"
