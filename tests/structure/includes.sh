#!/bin/sh
# includes.sh <repository>
# Who may include whom. Prints every include that breaks a rule, with the rule, and fails.
#   - public headers: public headers and cheap standard ones; fmt in format.h only; those of a room
#     include those of rooms below
#   - <wick/wick.h> includes every public header but wick/cli.h, which belongs to another library
#   - src: kernels <- core <- compute <- autograd <- ops <- nn, io <- optim, data <- cli; nn, optim and data see
#     public headers and their own folder only; kernels never see a Tensor
#   - Highway and oneDNN in kernels only, OpenMP in core/threads only
set -eu
cd "$1"

found=$(
  find include src -name '*.h' -o -name '*.cpp' | sort | xargs awk '
  function bad(rule) { printf "%s:%d: %s\n    %s\n", FILENAME, FNR, $0, rule }

  # The room of a public header: that of its folder; what stands at the top belongs to ops or below,
  # but for wick.h and what is listed here.
  function room(header) {
    if (header == "wick/wick.h") return "all"
    if (header == "wick/checkpoint.h") return "optim"
    if (header == "wick/cli.h") return "cli"
    if (header !~ /^wick\/[a-z]+\// || header ~ /^wick\/fused\//) return "ops"
    sub(/^wick\//, "", header)
    sub(/\/.*/, "", header)
    return header
  }

  function check_public(inc,   here) {
    if (inc ~ /^wick\//) {
      here = FILENAME
      sub(/^include\//, "", here)
      if (index(" ops " public_sees[room(here)] " " room(here) " all ", " " room(inc) " ") == 0 &&
          room(here) != "all")
        bad("public headers of " room(here) " must not include those of " room(inc))
      return
    }
    if (inc ~ /^fmt\//) {
      if (FILENAME != "include/wick/format.h") bad("fmt belongs to wick/format.h")
    } else if (!(inc in cheap)) {
      bad("not in the list of cheap standard headers (tests/structure/includes.sh)")
    }
  }

  function check_source(inc, layer,   target) {
    if (layer == "io" && inc ~ /^wick\/(nn|optim|data|cli)/) bad("io lies below " inc)
    if (inc ~ /^hwy\// || inc ~ /dnnl/) {
      if (layer != "kernels") bad("SIMD and oneDNN live in src/kernels")
      return
    }
    if (inc ~ /^wick\//) {
      if (layer == "kernels" && !(inc in raw)) bad("kernels see raw memory and shapes only")
      if ((layer == "core" || layer == "compute") && inc ~ /^wick\/(ops|autograd)/ ||
          layer == "autograd" && inc == "wick/ops.h")
        bad(layer " lies below " inc)
      if (below[layer] != "" && inc ~ /^wick\/(nn|optim|io|data|cli)\//)
        bad(layer " lies below " inc)
      return
    }
    target = inc
    if (!sub(/\/.*/, "", target) || !(target in layers)) {
      if ($0 ~ /"/) bad("write the path from src/ or include/, or <> for other libraries")
      return
    }
    if (index(" " sees[layer] " ", " " target " ") == 0) bad(layer " must not include " target)
  }

  BEGIN {
    n = split("array atomic bit cmath compare complex concepts cstddef cstdint cstring exception " \
              "functional initializer_list iosfwd iterator limits map memory new optional span " \
              "stdexcept string string_view tuple type_traits typeindex typeinfo unordered_map " \
              "utility variant vector", names, " ")
    for (i = 1; i <= n; i++) cheap[names[i]]
    n = split("wick/dtype.h wick/shape.h wick/error.h wick/export.h wick/scalar.h " \
              "wick/fused/update_rule.h", names, " ")
    for (i = 1; i <= n; i++) raw[names[i]]

    sees["kernels"] = "kernels"
    sees["core"] = "kernels core"
    sees["compute"] = "kernels core compute"
    sees["autograd"] = "kernels core compute autograd"
    sees["ops"] = "kernels core compute autograd ops"
    sees["nn"] = "nn"
    sees["io"] = "kernels core autograd ops io"
    sees["optim"] = "optim"
    sees["data"] = "data"
    sees["cli"] = "cli"
    for (name in sees) {
      layers[name]
      sees[name] = sees[name] " text"  # of letters, without tensors
    }
    sees["text"] = "text"
    layers["text"]
    public_sees["nn"] = "io"
    public_sees["optim"] = "nn io"
    public_sees["data"] = "io"
    public_sees["cli"] = "nn io optim data"
    split("kernels core compute autograd ops", names, " ")
    for (i in names) below[names[i]] = "yes"
  }

  FNR == 1 {
    layer = ""
    if (FILENAME ~ /^src\//) { split(FILENAME, parts, "/"); layer = parts[2] }
    threads = FILENAME ~ /^src\/core\/threads\./
  }

  /^[ \t]*#[ \t]*include[ \t]*[<"]/ {
    inc = $0
    sub(/^[^<"]*[<"]/, "", inc)
    sub(/[>"].*/, "", inc)
    # The callers of oneDNN tell it to start none.
    if (inc == "omp.h" && !threads && FILENAME !~ "^src/kernels/gemm/[a-z_]*dnnl")
      bad("threads are started by src/core/threads only")
    if (layer == "") check_public(inc)
    else check_source(inc, layer)
  }

  /^[ \t]*#[ \t]*pragma[ \t]+omp/ && !threads { bad("threads are started by src/core/threads only") }
  '
  find include/wick -name '*.h' | sort | while read -r header; do
    path=${header#include/}
    [ "$path" = wick/wick.h ] || [ "$path" = wick/cli.h ] || grep -q "^#include [<\"]$path[>\"]" include/wick/wick.h ||
      echo "include/wick/wick.h: does not include $path"
  done
)
if [ -n "$found" ]; then
  printf '%s\n' "$found"
  exit 1
fi
echo "includes: ok"
