#!/bin/sh
# own_layer.sh <program with the layer Scale> <wick>: a program with a layer of somebody's own knows
# it wherever wick knows its own.
case $2 in /*) plain=$2 ;; *) plain=$PWD/$2 ;; esac
. "$(dirname -- "$0")/lib.sh"

echo '{"input": ["n", 3], "model": [{"type": "Scale", "factor": 2}]}' >scale.json
ok check scale.json
expect_out "scale.json: ok (0 parameters)"
ok layers
expect_out "Scale        multiplies by a constant"
ok layers Scale
ok schema
expect_out '"type.Scale"'
ok run scale.json --input "$here/x.csv" --output y.csv
ok summary scale.json
expect_out "Scale"
ok help
expect_out "Usage: wick"
wick
expect_code 2
printf '[{"type": "scale"}]' >case.json
wick check case.json
expect_code 1
expect_out 'unknown layer "scale"; did you mean "Scale"?'

# Wick itself does not know it, and says what to do.
program=$plain
wick check scale.json
expect_code 1
expect_out 'unknown layer "Scale". If it is one of your own, the program that reads the file has to'
expect_out "wick::cli::main"
finish
