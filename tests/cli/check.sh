#!/bin/sh
# wick check: good and bad files.
. "$(dirname -- "$0")/lib.sh"

cp "$models/invalid/six_mistakes.json" .
wick check six_mistakes.json
expect_code 1
expect_no_err
sed 's/There are [1-9][0-9]* layers/There are {layers} layers/' out >counted && mv counted out
expect_file out six_mistakes.txt

wick check six_mistakes.json --json
expect_code 1
expect_no_err
json 'len(j) == 1 and j[0]["file"] == "six_mistakes.json" and not j[0]["ok"]'
json 'len(j[0]["problems"]) == 6'
json 'j[0]["problems"][1]["line"] == 9 and j[0]["problems"][1]["column"] == 39'
json 'j[0]["problems"][1]["pointer"] == "/model/layers/1/approximate"'
json 'j[0]["problems"][1]["valid"] == ["none", "tanh"]'
json 'j[0]["problems"][2]["suggestion"] == "Dropout"'

ok check "$configs/transformer_ffn.json"
expect_out "transformer_ffn.json: ok (2,099,712 parameters)"
ok check "$configs"/[mrt]*.json --json
json 'len(j) == 3 and all(f["ok"] and f["problems"] == [] for f in j)'

# Each file is looked at, whatever is wrong with those before it.
wick check nowhere.json "$work" six_mistakes.json "$configs/mlp_classifier.json"
expect_code 1
expect_err "error: cannot read nowhere.json: No such file or directory"
expect_err "Is a directory"
expect_out "six_mistakes.json: 6 problems"
expect_out "mlp_classifier.json: ok"
wick check nowhere.json --json
expect_code 1
json 'not j[0]["ok"] and "No such file" in j[0]["problems"][0]["message"]'

# Other commands say the same about such a file, as an error.
bad "six_mistakes.json:9:39: /model/layers/1/approximate: must be \"none\" or \"tanh\", got \"tan\"" \
  summary six_mistakes.json
expect_err "error: six_mistakes.json has 6 problems"

# A syntax error in a long line, and one with letters that a terminal would obey.
{ printf '[%01000d, {"type" "GELU"}]' 0 | tr 0 ' '; } >long.json
wick check long.json
expect_code 1
[ "$(wc -L <out 2>/dev/null || echo 0)" -lt 200 ] || fail "a line that is too long"
printf '["\033[31m"]' >escape.json
wick check escape.json
expect_code 1

# Bytes that are none of a text's.
printf '{"model":[]}\0garbage {' >nul.json
wick check nul.json
expect_code 1
expect_out "nul.json:1:13: a NUL byte"
{ printf '{"model":[]}'; head -c 4096 /dev/zero; } >padded.json
wick check padded.json
expect_code 1
expect_out "padded.json:1:13: the file ends in 4096 NUL bytes: it seems truncated and padded"

# A layer that is misspelt, and one that nobody knows.
echo '[{"type": "relu"}]' >misspelt.json
wick check misspelt.json
expect_code 1
expect_out 'unknown layer "relu"; did you mean "ReLU"?'
if grep -q "wick::cli::main" out; then fail "a note for layers of one's own"; fi
echo '[{"type": "MyAttention"}]' >own.json
wick check own.json
expect_code 1
expect_out 'unknown layer "MyAttention". If it is one of your own'
expect_out "wick::cli::main"
bad "wick::cli::main" summary own.json
ok help check
expect_out "return wick::cli::main(argc, argv);"

# Something else in the place of a model file.
ok convert "$here/linear.safetensors" x.pt
wick check x.pt
expect_code 1
expect_out "x.pt: not a model file, which is JSON, but a PyTorch checkpoint"

# More problems than anybody reads.
{ printf '['; yes '{"type": 1},' | head -n 300 | tr -d '\n'; printf '{"type": 1}]'; } >many.json
wick check many.json
expect_code 1
expect_out "... and 201 more"
expect_out "many.json: 301 problems"

# Text out of files does not speak to the terminal: layer names, keys, paths.
printf '{"input": [2, 3], "model": [{"name": "a\\u001b[31m\\nb\302\23331m", "type": "GELU"}]}' >names.json
for command_line in "check names.json" "summary names.json" "graph names.json" \
  "bench names.json --repeat 1" "summary names.json --json" "bench names.json --repeat 1 --json"; do
  ok $command_line
  if LC_ALL=C grep -q "$(printf '\302\233')" out; then fail "a control character of C1"; fi
done
bad "cannot be multiplied" run "$here/linear.json" --random 2,4
printf '[{"name": "a\\u001b[31m", "type": "Linear", "in_features": 3, "out_features": 2}]' >esc.json
bad "cannot be multiplied" summary esc.json --input 2,4
printf '[{"type": "\\u001b[31m"}, {"type": "GELU", "\\u001b]0;x\\u0007": 1}]' >keys.json
wick check keys.json
expect_code 1

# Weights and tests.
cat >tiny.json <<'END'
{"input": ["n", 3], "weights": "tiny.safetensors",
 "model": [{"type": "Linear", "in_features": 3, "out_features": 2}],
 "tests": [{"input": "x.npy", "output": "y.npy"}]}
END
wick check tiny.json
expect_code 1
expect_out "tiny.json:1:32: /weights: "
ok check tiny.json --no-weights
expect_out "tiny.json: ok (8 parameters)"
ok run "$here/linear.json" --input "$here/x.csv" --output y.npy
ok convert "$here/linear.json" tiny.safetensors
echo '{"type": "Identity"}' >identity.json
ok run identity.json --input "$here/x.csv" --output x.npy
ok check tiny.json
expect_out "tiny.json: ok (8 parameters, weights fit, 1 test passed)"
ok check tiny.json --no-tests
expect_out "tiny.json: ok (8 parameters, weights fit)"
cp x.npy y.npy
wick check tiny.json
expect_code 1
expect_out "tiny.json:3:12: /tests/0: the output has shape"
finish
