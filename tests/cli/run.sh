#!/bin/sh
# wick run: inputs and outputs in every format.
. "$(dirname -- "$0")/lib.sh"
linear=$here/linear.json  # [[1, 2, 3], [-1, 0, 0.5]] x + [10, -10]

ok run "$linear" --input "$here/x.csv"
cat >want <<'END'
tensor([[24.0000, -9.5000],
        [14.5000, -9.5000]])
END
cmp out want || fail "prints something else"
ok run "$linear" --input "$here/x.csv" --output y.csv
expect_no_out
printf '24,-9.5\n14.5,-9.5\n' >want
cmp y.csv want || fail "y.csv is something else"

echo '{"type": "Identity"}' >identity.json
for format in npy npz safetensors pt; do
  ok run identity.json --input "$here/x.csv" --output "x.$format"
  ok run "$linear" --input "x.$format" --output "y-$format.csv"
  cmp "y-$format.csv" want || fail "y-$format.csv is something else"
done
# The content says which format a file has.
cp x.npy x.bin
ok run "$linear" --input x.bin --output y-bin.csv
cmp y-bin.csv want || fail "y-bin.csv is something else"

# In pieces, the last one shorter.
ok run identity.json --random 7,3 --output seven.csv
ok run "$linear" --random 7,3 --output whole.npy
for size in 1 2 3 7 100; do
  ok run "$linear" --random 7,3 --batch "$size" --output pieces.npy
  cmp whole.npy pieces.npy || fail "pieces of $size give something else"
done
echo '[{"type": "Flatten", "start_dim": 0, "end_dim": -1}]' >flat.json
bad "its outputs cannot be joined along dimension 0" run flat.json --random 4,3 --batch 2

# torch.manual_seed(0); torch.randn(2, 3)
ok run identity.json --random 2,3
cat >want <<'END'
tensor([[ 1.5410, -0.2934, -2.1788],
        [ 0.5684, -1.0845, -1.3986]])
END
cmp out want || fail "other random numbers than PyTorch's"
ok run identity.json --random 2,3 --seed 1
if cmp -s out want; then fail "the seed does not matter"; fi
# Parameters without weights are those of PyTorch after the same seed, and said to be random.
echo '[{"type": "Linear", "in_features": 3, "out_features": 2}]' >random.json
wick run random.json --random 1,3
expect_code 0
expect_err "note: random.json names no weights: the parameters are random, from seed 0"
cp out first
wick run random.json --random 1,3 --output y.npy
wick run random.json --random 1,3
cmp first out || fail "the same seed gives something else"

# What the file says of the dtype, without parameters to tell.
echo '{"dtype": "float64", "model": {"type": "Identity"}}' >wide.json
ok run wide.json -i "$here/x.csv" -o wide.npz
ok run identity.json -i "$here/x.csv" -o narrow.npz
wick diff wide.npz narrow.npz
expect_code 1
expect_out "float64 [2, 3]"
ok convert wide.json narrow.json --dtype float16
grep -q '"dtype": "float16"' narrow.json || fail "the dtype is lost"
# A link that leads to a file that is not there yet: the file is made, the link stays.
ln -s target.csv link.csv
ok run "$linear" -i "$here/x.csv" -o link.csv
[ -h link.csv ] && [ -f target.csv ] || fail "the link was replaced"

# What does not fit.
bad "error: 0 (Linear(3 -> 2)): mat1 and mat2 shapes cannot be multiplied (2x4 and 3x2)" \
  run "$linear" --random 2,4
bad "error: cannot read nowhere.npy: No such file or directory" run "$linear" --input nowhere.npy
bad "Is a directory" run "$linear" --input "$work"
bad "cannot" run "$linear" --random 2,3 --output no/such/folder/y.npy
bad "two dimensions" run identity.json --random 2,3,4 --output y.csv
printf '1,2,3\n4,five,6\n' >bad.csv
bad "error: bad.csv:2:3: must be a number, got \"five\"" run "$linear" --input bad.csv
echo "not a tensor" >bad.npy
bad "bad.npy" run "$linear" --input bad.npy
bad "has 2 tensors: say which one with --name (" \
  run "$linear" --input "$here/linear.safetensors"
ok run identity.json --input "$here/linear.safetensors" --name 0.bias
expect_out "tensor([ 10., -10.])"
bad "0.weigth" run identity.json --input "$here/linear.safetensors" --name 0.weigth

# Another dtype is converted and told.
echo '{"dtype": "float64", "model": [{"type": "Linear", "in_features": 3, "out_features": 2}]}' \
  >double.json
wick run double.json --input x.safetensors --output y.npy
expect_code 0
expect_err "converted to the model's float64"
finish
