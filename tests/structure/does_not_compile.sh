#!/bin/sh
# does_not_compile.sh <compiler> [flags]
# Mistakes that the compiler finds and that no requires-expression can ask for; the others are in
# ops/dims_test.cpp. Each line below is put into a program that compiles without it.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/program.cpp" <<'END'
#include <wick/ops.h>
void f(const wick::Tensor& x) {
  auto [b, t, d] = x.sizes<3>();
  wick::zeros({b, 3, t * d});
#ifdef LINE
  LINE;
#endif
}
END

compile() { "$@" -std=c++20 -fsyntax-only "$work/program.cpp" >"$work/errors" 2>&1; }
compile "$@" || { cat "$work/errors"; echo "the program does not compile at all"; exit 1; }

for line in 'wick::zeros({3, true})' 'x.std(false)' 'auto [p, q, r] = x.shape()'; do
  if compile "$@" "-DLINE=$line"; then
    echo "this compiles: $line"
    exit 1
  fi
done
grep -q 'sizes<3>()' "$work/errors" || { cat "$work/errors"; echo "what to write is not said"; exit 1; }
echo "does_not_compile: ok"
