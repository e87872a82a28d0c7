#!/bin/sh
# symbols.sh <libwick.so> <build folder of the tests>
# The shared library shows nothing of its inside, and everything of the public API that the test
# programs use.
set -eu
library=$1
tests=$2
headers=$(cd "$(dirname "$0")/../../include" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

inside='wick::(kernels|core|compute|ops|utf8|nn::detail|nn::model|cli)::|dnnl::|nlohmann::|hwy::'
nm -D --defined-only "$library" | awk '{print $NF}' | sort -u >"$work/shown"
c++filt <"$work/shown" | grep -E "^(vtable for |typeinfo for |typeinfo name for )?($inside)" \
  >"$work/suspects" || true
# What a public header marks in nn::detail is needed by classes of users and by templates: a base
# class, a function.
while read -r symbol; do
  class=$(printf '%s\n' "$symbol" | sed -n 's/.*nn::detail::\([A-Za-z]*\).*/\1/p')
  function=$(printf '%s\n' "$symbol" | sed -n 's/^wick::nn::detail::\([a-z_]*\)(.*/\1/p')
  [ -n "$class" ] && grep -rqE "(class|struct) WICK_API $class\>" "$headers" ||
    { [ -n "$function" ] && grep -rqE "^WICK_API [^;(]*\<$function\(" "$headers"; } ||
    printf '%s\n' "$symbol"
done <"$work/suspects" >"$work/leaks"
if [ -s "$work/leaks" ]; then
  echo "$library shows its inside:"
  head -n 20 "$work/leaks"
  exit 1
fi

find "$tests" -name '*.o' -path '*wick_tests.dir*' -exec nm -u {} + 2>/dev/null |
  awk 'NF == 2 && $1 == "U" {print $2}' | sort -u >"$work/used"
comm -23 "$work/used" "$work/shown" | c++filt |
  grep -E '^(vtable for |typeinfo for )?wick::' | grep -vE "$inside" |
  while read -r symbol; do  # what no public header names is for the white-box tests
    name=$(printf '%s\n' "$symbol" | sed 's/(.*//; s/.*:://')
    class=$(printf '%s\n' "$symbol" | sed 's/(.*//; s/::[^:]*$//; s/.*:://')
    case $class in [A-Z]*) grep -rqwF -e "$class" "$headers" || continue ;; esac
    if grep -rqwF -e "$name" "$headers"; then printf '%s\n' "$symbol"; fi
  done >"$work/hidden" || true
if [ -s "$work/hidden" ]; then
  echo "public, yet not marked WICK_API:"
  cat "$work/hidden"
  exit 1
fi
echo "$(wc -l <"$work/shown") symbols shown"
