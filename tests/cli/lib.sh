# To be sourced by the tests of the wick program, with the program as first argument: a folder of
# their own, the program's outputs in out and err, and what is expected of them.
case $1 in /*) program=$1 ;; *) program=$PWD/$1 ;; esac
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
configs=$root/examples/configs
models=$root/tests/golden/models
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
code=0
command=""
unset NO_COLOR
export OMP_NUM_THREADS=2

fail() {
  printf 'wick %s (exit code %s): %s\n' "$command" "$code" "$*"
  sed 's/^/    out: /' out | head -n 40
  sed 's/^/    err: /' err | head -n 40
  failed=1
}

# wick <arguments>: runs it. Every run must end by itself and without colours.
wick() {
  command=$*
  code=0
  "$program" "$@" >out 2>err </dev/null || code=$?
  [ "$code" -le 2 ] || fail "did not end as it should"
  if grep -q "$(printf '\033')" out err; then fail "colours, but nobody looks"; fi
}

expect_code() { [ "$code" = "$1" ] || fail "the exit code must be $1"; }
expect_out() { grep -qF -e "$1" out || fail "standard output lacks: $1"; }
expect_err() { grep -qF -e "$1" err || fail "standard error lacks: $1"; }
expect_no_out() { [ ! -s out ] || fail "standard output must be empty"; }
expect_no_err() { [ ! -s err ] || fail "standard error must be empty"; }

# expect_file <out|err> <name>: word for word what stands in expected/<name>.
expect_file() {
  diff "$here/expected/$2" "$1" >difference || { fail "differs from expected/$2"; cat difference; }
}

# ok <arguments>: must succeed and complain of nothing.
ok() {
  wick "$@"
  expect_code 0
  expect_no_err
}

# bad <text> <arguments>, usage <text> <arguments>: must be refused with that text.
bad() {
  text=$1
  shift
  wick "$@"
  expect_code 1
  expect_no_out
  expect_err "$text"
}
usage() {
  text=$1
  shift
  wick "$@"
  expect_code 2
  expect_no_out
  expect_err "$text"
  expect_err "--help shows how it is used"
}

# json <python expression on j>: the output is JSON, of which this is true. Without Python it is
# not looked at.
json() {
  command -v python3 >/dev/null || return 0
  python3 -c 'import json, sys; j = json.load(open("out")); sys.exit(not eval(sys.argv[1]))' "$1" \
    2>difference || { fail "not JSON, or not true: $1"; cat difference; }
}

finish() {
  [ "$failed" != 0 ] || echo "$(basename "$0" .sh): ok"
  exit "$failed"
}
