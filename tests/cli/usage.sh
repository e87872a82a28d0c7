#!/bin/sh
# Help, wrong usage, and who reads the output.
. "$(dirname -- "$0")/lib.sh"

commands="bench check convert diff graph init layers run schema summary"
ok --version
expect_out "wick $(sed -n 's/^#define WICK_VERSION_[A-Z]* \([0-9]*\)$/\1/p' \
  "$root/include/wick/version.h" | paste -sd. -)"
ok --help
for name in $commands; do expect_out "  $name "; done
expect_out "Exit codes: 0 ok, 1 the model or the data is bad, 2 wrong usage."
for name in $commands; do
  ok "$name" --help
  expect_out "Usage: wick $name"
  expect_out "Example"
  expect_out "  wick $name"
done
for name in bench check diff layers summary; do
  ok "$name" --help
  expect_out "--json"
done

# Alone, it shows its help, as git does, and has done nothing.
wick
expect_code 2
expect_no_err
expect_out "Usage: wick"
expect_out "wick help COMMAND tells more about a command."
ok help
expect_out "Usage: wick"
cp out help
ok --help
cmp out help || fail "wick help is not wick --help"
ok help help
for name in $commands; do
  ok help "$name"
  cp out help
  ok "$name" --help
  cmp out help || fail "wick help $name is not wick $name --help"
done
usage "unknown command \"sumary\"; the commands are" help sumary
for name in sumary Summary usmmary summ; do
  usage "; did you mean \"summary\"?" "$name" model.json
  usage "; did you mean \"summary\"?" "$name" --help
done
usage "; did you mean \"help\"?" hlep
usage "unknown option --josn; did you mean \"--json\"?" check --josn model.json
usage "unknown option --intput; did you mean \"--input\"?" summary model.json --intput 2,3
usage "one argument too many: \"b\"" summary a b
usage "unknown command \"chekc\"; the commands are init, check, summary," chekc model.json
usage "unknown option --josn" --josn
usage "MODEL is required" check
usage "MODEL is required" summary
usage "--josn" check --josn model.json
usage "give the input with --input FILE, or draw it with --random SHAPE" run model.json
usage "excludes" run model.json --input x.npy --random 2,2
usage "--name requires --input" run model.json --random 2,2 --name x
usage "--batch" run model.json --random 2,2 --batch 0
usage "--input: 1 required FILE missing" run model.json --input
usage "--threads" bench model.json --threads 5000
usage "--threads: must be an integer between 1 and 1024, got \"5000\"" bench model.json --threads 5000
usage "--threads: must be an integer between 1 and 1024, got \"x\"" bench model.json --threads x
usage "--repeat: must be an integer of at least 1, got \"0\"" bench model.json --repeat 0
usage "--depth: must be an integer between 0 and 1000, got \"-1\"" summary model.json --depth -1
usage "--batch: must be an integer of at least 1, got \"1.5\"" run m.json --random 2 --batch 1.5
for number in nan -nan -1 inf 1e999 abc 1e-6x '' 0x; do
  usage "must be a number of at least 0, got \"$number\"" diff a.npz b.npz --atol "$number"
  usage "--rtol" diff a.npz b.npz --rtol "$number"
done
[ "$(wc -c <err)" -lt 300 ] || fail "too many digits"
usage "--seed: must be an integer of 64 bits, got \"99999999999999999999\"" \
  run model.json --random 2,2 --seed 99999999999999999999
usage "--seed" run model.json --random 2,2 --seed 1.5
usage "--seed" run model.json --random 2,2 --seed zero
usage "\"2,x,y\" is not a shape such as 32,100,512" run model.json --random 2,x,y
usage "y.txt: tensors are written to" run model.json --random 2,2 --output y.txt
usage "w.bin: weights are written to" convert a.pt w.bin
usage "a.pt is not a model file" convert a.pt b.json
usage "must be float32, float64, bfloat16 or float16, got \"half\"" \
  convert a.pt b.npz --dtype half
usage "\"abc\" is not of the form FROM=TO" convert a.pt b.npz --rename-prefix abc
usage "--no-weights" convert model.json b.npz --no-weights
usage "unknown layer \"Lineer\"; did you mean \"Linear\"?" layers Lineer
usage "there is no starting point \"cnn\"; there are transformer-ffn, mlp, residual" init cnn
usage "there is no starting point \"mpl\"; did you mean \"mlp\"?" init mpl
usage "g.pdf: graphs are written to .dot, .svg and .png files" graph m.json --output g.pdf
usage "--format: graphs are written as .dot, .svg and .png, not as \"pdf\"" \
  graph m.json --format pdf
usage "say what the standard output gets: --format" convert a.pt -
usage "--key is for PyTorch checkpoints" convert a.json b.npz --key model
usage "only one of the model and its input" run - -i -

# Somebody who reads only the first line is not told of a broken pipe, and no signal kills wick.
("$program" schema 2>err; echo $? >code) | head -n 1 >out
code=$(cat code)
command="schema | head -n 1"
expect_code 0
expect_no_err

# A disk that is full is an error.
if [ -c /dev/full ]; then
  code=0
  command="layers >/dev/full"
  "$program" layers >/dev/full 2>err || code=$?
  expect_code 1
  expect_err "error: cannot write to standard output: No space left on device"
fi

# On a terminal there are colours, unless NO_COLOR asks for none.
if script --version >/dev/null 2>&1; then
  escape=$(printf '\033')
  script -qec "'$program' layers" /dev/null </dev/null >out 2>err
  TERM=xterm script -qec "'$program' layers" /dev/null </dev/null >out 2>err
  command="layers on a terminal"
  grep -q "$escape" out || fail "no colours on a terminal"
  NO_COLOR=1 TERM=xterm script -qec "'$program' layers" /dev/null </dev/null >out 2>err
  if grep -q "$escape" out; then fail "colours in spite of NO_COLOR"; fi
fi
finish
