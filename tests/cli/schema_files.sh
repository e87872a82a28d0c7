#!/bin/sh
# schema_files.sh <wick> <custom_layer>: the schemas in examples/configs are those that the programs
# print, and the examples load.
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
configs=$root/examples/configs
failed=0
"$1" schema | diff "$configs/wick-model.schema.json" - ||
  { echo "wick schema > examples/configs/wick-model.schema.json"; failed=1; }
"$2" --schema | diff "$configs/custom-layer.schema.json" - ||
  { echo "custom_layer --schema > examples/configs/custom-layer.schema.json"; failed=1; }
for config in "$configs"/*.json; do
  case $config in *.schema.json | */custom_layer.json) continue ;; esac
  "$1" check "$config" || failed=1
done
exit $failed
