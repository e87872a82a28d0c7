#!/bin/sh
# wick check: good and bad files.
. "$(dirname -- "$0")/lib.sh"

cp "$models/invalid/six_mistakes.json" .
wick check six_mistakes.json
expect_code 1
expect_no_err
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
