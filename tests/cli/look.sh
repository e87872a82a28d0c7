#!/bin/sh
# wick summary, bench, graph, layers, schema and init.
. "$(dirname -- "$0")/lib.sh"
ffn=$configs/transformer_ffn.json

ok summary "$ffn"
expect_file out summary.txt
ok summary "$ffn" --input 32,100,512 --json
json 'j["input"] == [32, 100, 512] and j["parameters"] == 2099712'
json 'j["layers"][1]["name"] == "linear1" and j["layers"][1]["output"] == [32, 100, 2048]'
json 'j["multiply_adds"] == 2 * 3200 * 512 * 2048'
bad "error: linear1 (Linear(512 -> 2048)): mat1 and mat2 shapes cannot be multiplied" \
  summary "$ffn" --input 2,500
echo '[{"type": "GELU"}]' >gelu.json
usage "give one with --input" summary gelu.json
usage "give one with --input" bench gelu.json
ok summary gelu.json --input 2,3
ok summary gelu.json -i 2,3
# How deep.
deep=$configs/residual_ffn_stack.json
ok summary "$deep" --depth 0
expect_out "Sequential"
if grep -q "─" out; then fail "layers in spite of --depth 0"; fi
grep '^Sequential' out | grep -q '[0-9],[0-9]' || fail "the parameters of what is inside are lost"
ok summary "$deep" --json
cp out all
ok summary "$deep" --depth 1 --json
json 'max(l["depth"] for l in j["layers"]) == 1'
json 'sum(l["parameters"] for l in j["layers"]) == j["parameters"] == sum(
  l["parameters"] for l in json.load(open("all"))["layers"])'
# Nothing is allocated: this would be a terabyte.
echo '{"input": [1000000, 1000000], "model": {"type": "GELU"}}' >huge.json
ok summary huge.json
echo '{"weights": "gone.pt", "input": [1], "model": {"type": "GELU"}, "tests": []}' >no_weights.json
ok summary no_weights.json

ok bench "$ffn" --input 2,512 --threads 1 --repeat 2
expect_out "Input [2, 512] float32, 1 thread, median of 2 runs"
for word in linear1 activation linear2 "GFLOP/s" "100.0 %"; do expect_out "$word"; done
ok bench "$ffn" --input 2,512 --repeat 3 --json
json 'j["repeats"] == 3 and [l["name"] for l in j["layers"]][-1] == "linear2"'
json 'abs(sum(l["share"] for l in j["layers"]) + j["between_layers_share"] - 1) < 1e-9'
json 'j["total"]["multiply_adds"] == 2 * 2 * 512 * 2048 and j["total"]["milliseconds"] > 0'
ok bench gelu.json --input 5 --repeat 1
# The shares that are printed are 100 % together.
ok bench "$configs/residual_ffn_stack.json" --repeat 2
sed -n 's/.* \([0-9.]*\) %$/\1/p' out | sed '$d' | awk '{ sum += $1 } END { exit sum < 99.95 || sum > 100.05 }' ||
  fail "the shares are not 100 % together"
ok bench "$configs/residual_ffn_stack.json" --repeat 1
bad "cannot be multiplied" bench "$ffn" --input 2,500 --repeat 1
bad "gone.pt" bench no_weights.json --repeat 1
ok bench no_weights.json --repeat 1 --no-weights

ok graph "$ffn"
expect_file out graph.txt
ok graph "$configs/residual_ffn_stack.json" --output g.dot
expect_no_out
[ -s g.dot ] || fail "no g.dot"
ok graph "$ffn" --input 2,512
expect_out 'label=" [2, 2048]"'
ok graph "$configs/residual_ffn_stack.json" --depth 1
[ "$(grep -c subgraph out)" = 1 ] || fail "layers in spite of --depth 1"
ok graph "$ffn" -o - --format dot
expect_file out graph.txt
printf '[{"name": "a\\"b\\\\", "type": "GELU"}]' >names.json
ok graph names.json
expect_out 'label="a\"b\\: GELU'
command="graph --output g.svg, without Graphviz"
code=0
env PATH=/nowhere "$program" graph "$ffn" --output g.svg >out 2>err || code=$?
expect_code 1
expect_err "Install it (apt install graphviz"
[ ! -e g.svg ] || fail "a picture without the program that draws it"
if command -v dot >/dev/null; then
  ok graph "$configs/residual_ffn_stack.json" --output g.svg
  grep -q "</svg>" g.svg || fail "no picture"
  grep -q "blocks: Repeat" g.svg || fail "the picture has no name of a layer"
fi

ok layers
expect_out "Linear       x W^T + b on the last dimension"
ok layers --json
json 'len(j) >= 16 and [l["name"] for l in j] == sorted(l["name"] for l in j)'
ok layers FeedForward
expect_file out layers_feed_forward.txt
ok layers Linear --json
json 'j["options"][0] == {"name": "in_features", "type": "integer", "required": True, "minimum": 0.0}'
ok layers Identity
expect_out "It has no options."
ok schema
json 'j["$schema"] == "https://json-schema.org/draft/2020-12/schema"'

for name in transformer-ffn mlp residual; do
  ok init "$name"
  cp out "$name.json"
  ok init "$name" --output "$name-file.json"
  expect_out "$name-file.json: "
  cmp "$name.json" "$name-file.json" || fail "--output writes something else"
  bad "error: $name-file.json exists; --force replaces it" init "$name" --output "$name-file.json"
  ok init "$name" --output "$name-file.json" --force
  ok check "$name.json"
  ok summary "$name.json"
  wick run "$name.json" --random "$(sed -n 's/"batch"/1/;s/"positions"/2/;s/"input": \[\(.*\)\],/\1/p' \
    "$name.json" | tr -d ' ')"
  expect_code 0
done
finish
