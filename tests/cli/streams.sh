#!/bin/sh
# Standard streams and pipes in the place of files.
. "$(dirname -- "$0")/lib.sh"
linear=$here/linear.json  # [[1, 2, 3], [-1, 0, 0.5]] x + [10, -10]
printf '24,-9.5\n14.5,-9.5\n' >want.csv

# from <file> <arguments>: with that file as standard input, through a pipe.
from() {
  input=$1
  shift
  command="$* <$input"
  code=0
  cat "$input" | { "$program" "$@" >out 2>err; echo $? >code; }
  code=$(cat code)
}
ok_from() {
  from "$@"
  expect_code 0
  expect_no_err
}

# Inputs in every format.
echo '{"type": "Identity"}' >identity.json
for format in npy npz safetensors pt; do
  ok run identity.json -i "$here/x.csv" -o "x.$format"
  ok_from "x.$format" run "$linear" -i - -o y.csv
  cmp y.csv want.csv || fail "$format is read as something else"
done
ok_from "$here/x.csv" run "$linear" -i - -o y.csv
cmp y.csv want.csv || fail "csv is read as something else"
ok_from x.npy run "$linear" -i /dev/stdin -o y.csv
cmp y.csv want.csv || fail "/dev/stdin is read as something else"
# A file, not a pipe.
"$program" run "$linear" -i - -o y.csv <x.npy || fail "< x.npy"
cmp y.csv want.csv || fail "< x.npy is something else"

# Outputs in every format; npy unless another is asked for.
for format in npy npz safetensors pt; do
  ok run "$linear" -i x.npy -o - --format $format
  cp out "y.$format"
  ok run identity.json -i "y.$format" -o y.csv
  cmp y.csv want.csv || fail "$format is written as something else"
done
ok run "$linear" -i x.npy -o -
cmp out y.npy || fail "the standard output gets npy"
ok run "$linear" -i x.npy -o - --format csv
cmp out want.csv || fail "csv is written as something else"
ok run "$linear" -i x.npy -o - --format json
json 'j == {"dtype": "float32", "shape": [2, 2], "data": [[24.0, -9.5], [14.5, -9.5]]}'
ok run "$linear" -i x.npy -o y.json
cp y.json out
json 'j["data"][1] == [14.5, -9.5]'
ok run "$linear" -i x.npy -o /dev/stdout --format csv
cmp out want.csv || fail "/dev/stdout gets something else"
command="run | run"
"$program" run identity.json -i x.npy -o - | "$program" run "$linear" -i - -o - --format csv >out
cmp out want.csv || fail "two in a row give something else"

# Models.
cp "$here/linear.safetensors" .
ok_from "$linear" check -
expect_out "<stdin>: ok (8 parameters, weights fit)"
ok_from "$linear" summary - -i 2,3
ok_from "$linear" graph - -o -
ok_from "$linear" bench - -i 2,3 --repeat 1
ok_from "$linear" run - -i x.npy -o y.csv
cmp y.csv want.csv || fail "a model from the standard input is something else"
printf '[{"type": "relu"}]' >bad.json
from bad.json check -
expect_code 1
expect_out '<stdin>:1:11: /0/type: unknown layer "relu"'
expect_out '    1 | [{"type": "relu"}]'
from bad.json summary -
expect_code 1
expect_err '    1 | [{"type": "relu"}]'

# Pipes with names.
mkfifo model.pipe x.pipe y.pipe
cat "$linear" >model.pipe &
cat x.npy >x.pipe &
ok run model.pipe -i x.pipe -o y.csv
cmp y.csv want.csv || fail "pipes are read as something else"
cat y.pipe >got.csv &
reader=$!
ok run "$linear" -i x.npy -o y.pipe --format csv
wait $reader
cmp got.csv want.csv || fail "a pipe gets something else"
[ -p y.pipe ] || fail "the pipe was replaced"

# convert and diff.
ok_from linear.safetensors convert - w.npz
ok_from w.npz diff - linear.safetensors
ok_from w.npz convert - - --format pt
cp out w.pt
ok diff w.pt linear.safetensors
ok_from "$linear" convert - - --format json --no-weights
cp out bare.json
ok check bare.json
from linear.safetensors diff - "$linear"
expect_code 0
usage "only one of the two can be the standard input" diff - -
usage "the weights cannot go where the model goes" convert "$linear" - --format json
ok init mlp -o -
cp out mlp.json
ok check mlp.json

# What is no tensor, with its name.
from bad.json run "$linear" -i -
expect_code 1
expect_err "error: <stdin>: not a file of weights that wick knows"
printf '1,2\n3\n' >bad.csv
from bad.csv run "$linear" -i -
expect_code 1
expect_err "<stdin>:2"
: >empty
from empty run "$linear" -i -
expect_code 1
expect_err "<stdin>"

# Who reads only the beginning is not told of it.
("$program" run identity.json --random 1000,1000 -o - 2>err; echo $? >code) | head -c 10 >out
code=$(cat code)
command="run -o - | head -c 10"
expect_code 0
expect_no_err
# Nothing is left behind.
mkdir scratch
TMPDIR=$work/scratch "$program" run "$linear" -i - -o - <x.npy >out || fail "another TMPDIR"
rmdir scratch || fail "temporary files are left"
finish
