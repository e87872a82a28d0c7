#!/bin/sh
# wick convert and wick diff.
. "$(dirname -- "$0")/lib.sh"
weights=$here/linear.safetensors
linear=$here/linear.json

# Through every format and back.
ok convert "$weights" w.pt
expect_out "w.pt: 2 tensors, 8 numbers, float32, 0.0 MB"
ok convert w.pt w.npz
ok convert w.npz w.safetensors
ok diff "$weights" w.safetensors
expect_out "The same: 2 tensors"
ok diff w.pt w.npz --json
json 'j["same"] and j["tensors"] == []'

# A model's weights, and a model with and without them.
ok convert "$linear" from_model.npz
ok diff from_model.npz "$weights"
mkdir sub
ok convert "$linear" sub/model.json
expect_out "sub/model.json: a model with weights"
expect_out "sub/model.safetensors: 2 tensors"
ok diff "$linear" sub/model.json
ok check sub/model.json
ok convert "$linear" bare.json --no-weights
expect_out "bare.json: a model without weights"
ok check bare.json
expect_out "bare.json: ok (8 parameters)"
[ ! -e bare.safetensors ] || fail "weights in spite of --no-weights"
bad "bare.json names no weights" convert bare.json w.npz
ok convert bare.json again.json --weights w.pt
ok diff again.json "$linear"

# Tests and the schema are found from the new place.
ok run "$linear" --input "$here/x.csv" --output y.npy
echo '{"type": "Identity"}' >identity.json
ok run identity.json --input "$here/x.csv" --output x.npy
cat >tested.json <<'END'
{"$schema": "wick-model.schema.json", "input": ["n", 3], "weights": "w.pt",
 "model": [{"type": "Linear", "in_features": 3, "out_features": 2}],
 "tests": [{"input": "x.npy", "output": "./y.npy"}], "metadata": {"author": "somebody"}}
END
ok convert tested.json sub/tested.json
ok check sub/tested.json
expect_out "1 test passed"
grep -q '"../wick-model.schema.json"' sub/tested.json || fail "the schema is lost"
grep -q '"somebody"' sub/tested.json || fail "the metadata is lost"

# Another dtype.
ok convert "$linear" half.json --dtype float16
expect_out "half.safetensors: 2 tensors, 8 numbers, float16"
ok check half.json
wick diff half.json "$linear"
expect_code 1
expect_out "The layers differ"
expect_out "float16 [2, 3]"

ok diff half.json "$linear" --values-only

# A part of a checkpoint.
two=$root/tests/golden/io/torch1_two_models.pt
bad "say which one with wick convert FROM TO --key KEY" convert "$two" part.npz
bad "--key" diff "$two" w.npz
bad "--key" run identity.json --input "$two"
ok convert "$two" part.npz --key generator
bad "it has no \"genertor\"" convert "$two" part.npz --key genertor
ok help convert
expect_out "--key"

# Names.
ok convert "$weights" renamed.safetensors --rename-prefix 0.=fc1. --rename-regex 'fc([0-9])=lin$1'
ok convert renamed.safetensors back.npz --rename-prefix lin1.=0.
ok diff back.npz "$weights"
bad "two tensors would be called \"x\"" convert "$weights" x.npz --rename-regex '.+=x'
bad "lin1.weight" convert bare.json x.json --weights renamed.safetensors
ok convert bare.json x.json --weights renamed.safetensors --rename-prefix lin1=0
ok diff x.json "$linear"
usage "(" convert "$weights" x.npz --rename-regex '(=x'
cp "$weights" before.safetensors
wick diff before.safetensors renamed.safetensors
expect_code 1
expect_no_err
expect_file out diff_names.txt

# Numbers.
printf '1,2,3\n0.5,-1,2\n' >a.csv
printf '1,2,3\n0.5,-1.25,2\n' >b.csv
ok run identity.json --input a.csv --output a.npz
ok run identity.json --input b.csv --output b.npz
wick diff a.npz b.npz
expect_code 1
expect_file out diff_numbers.txt
wick diff a.npz b.npz --json
expect_code 1
json 'j["tensors"][0]["max_abs"] == 0.25 and j["tensors"][0]["different"] == 1'
# Other dtypes and shapes: the numbers are compared all the same.
ok convert a.npz half.npz --dtype float16
wick diff a.npz half.npz
expect_code 1
expect_file out diff_dtypes.txt
ok diff a.npz half.npz --values-only
echo '[{"type": "Flatten", "start_dim": 0}]' >flat.json
ok run flat.json --input b.csv --output flat.npz
wick diff a.npz flat.npz
expect_code 1
expect_file out diff_shapes.txt
wick diff a.npz flat.npz --values-only
expect_code 1
ok diff a.npz flat.npz --values-only --atol 0.25
ok diff a.npz b.npz --atol 0.25
ok diff a.npz b.npz --rtol 0.2
wick diff "$configs/transformer_ffn.json" "$configs/mlp_classifier.json"
expect_code 1
expect_out '- '
expect_out '+ '

# What is not there, and a file that must stay as it was.
bad "cannot read nowhere.pt: No such file or directory" convert nowhere.pt w.npz
bad "Is a directory" diff "$work" w.npz
cp w.npz before
bad "nowhere" convert nowhere.json w.npz
cmp before w.npz || fail "w.npz has changed"
bad "cannot" convert w.pt no/such/folder/w.npz
# Onto itself.
ok convert w.safetensors w.safetensors
ok diff w.safetensors "$weights"
finish
