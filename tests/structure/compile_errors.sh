#!/bin/sh
# compile_errors.sh <compiler> [flags]
# Mistakes with WICK_MODULE and WICK_OPTIONS are one error that says what to write: with the compiler
# of this build, and with clang++ where there is one.
set -u
compiler=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# compile <compiler> <file> [flags]: its errors are in $work/errors.
compile() {
  cxx=$1
  file=$2
  shift 2
  "$cxx" "$@" -std=c++20 -fsyntax-only "$file" 2>"$work/errors"
}

program() {  # <file>; the program on standard input
  { echo '#include <memory>'
    echo '#include <wick/nn/container.h>'
    echo '#include <wick/nn/linear.h>'
    echo 'namespace nn = wick::nn;'
    echo 'using wick::Tensor;'
    cat; } >"$1"
}

# check <name> <text that they must have> <most errors> <most lines> [flags]; the program on standard
# input.
check() {
  name=$1
  text=$2
  most=$3
  limit=$4
  shift 4
  program "$work/$name.cpp"
  for cxx in "$compiler" clang++; do
    command -v "$cxx" >/dev/null || continue
    if compile "$cxx" "$work/$name.cpp" "$@"; then
      echo "$name: $cxx takes it"
      failed=1
      continue
    fi
    lines=$(wc -l <"$work/errors")
    errors=$(grep -c 'error:' "$work/errors")
    if ! grep -qF "$text" "$work/errors" || [ "$lines" -gt "$limit" ] || [ "$errors" -gt "$most" ]; then
      echo "$name: $cxx gives $errors errors in $lines lines (limits $most, $limit), expected: $text"
      cat "$work/errors"
      failed=1
    fi
  done
}

# What is right compiles, so that the errors below are those that are meant.
program "$work/right.cpp" <<'EOF'
struct Net : nn::Module {
  nn::Linear fc{1, 1};
  double factor = 1;
  Tensor forward(const Tensor& x) const override { return fc(x); }
  WICK_MODULE(Net, fc, factor)
};
nn::AnyModule any = Net();
EOF
for cxx in "$compiler" clang++; do
  command -v "$cxx" >/dev/null || continue
  compile "$cxx" "$work/right.cpp" "$@" || { cat "$work/errors"; failed=1; }
done

# Fields of types that cannot be listed.
fields='list fields of these types only: nn::Parameter, nn::Buffer'
for type in int float 'std::shared_ptr<nn::Linear>' Tensor 'std::vector<int>' 'std::vector<Tensor>' \
    'std::optional<nn::Linear>' 'const double'; do
  check "field_$(echo "$type" | tr -c 'a-z\n' _)" "$fields" 1 30 "$@" <<EOF
template <class T> T make();
struct Net : nn::Module {
  nn::Linear fc{1, 1};
  $type field = make<$type>();
  Tensor forward(const Tensor& x) const override { return fc(x); }
  WICK_MODULE(Net, fc, field)
};
EOF
done
check options "$fields" 1 40 "$@" <<'EOF'
struct MyOptions {
  int64_t size = 1;
  int count = 2;
  WICK_OPTIONS(size, count)
};
struct Net : nn::Module {
  MyOptions options;
  Tensor forward(const Tensor& x) const override { return x; }
  WICK_MODULE(Net, options)
};
EOF

# The same of an optimizer, and options that are not named at all.
optimizer='
struct Own : wick::optim::OptimizerOf<MyOptions> {
  using OptimizerOf::OptimizerOf;
  using OptimizerOf::step;
  std::string_view type_name() const override { return "Own"; }
  void step() override {}
};
void use(const std::vector<Tensor>& params) { Own own(params); }'
check optimizer_field 'lists fields of these types only' 1 40 "$@" <<EOF
#include <wick/optim/optimizer.h>
struct MyOptions {
  double lr = 1;
  int count = 2;
  WICK_OPTIONS(lr, count)
};
$optimizer
EOF
check optimizer_options 'name the fields of the options struct' 1 40 "$@" <<EOF
#include <wick/optim/optimizer.h>
struct MyOptions {
  double lr = 1;
};
$optimizer
EOF

# A class without WICK_MODULE, made or put into a container.
for use in 'Net net;' 'nn::AnyModule any = Net();' 'nn::Sequential net{Net()};'; do
  check "no_macro_$(echo "$use" | tr -c 'A-Za-z\n' _)" WICK_MODULE 3 50 "$@" <<EOF
struct Net : nn::Module {
  nn::Linear fc{1, 1};
  Tensor forward(const Tensor& x) const override { return fc(x); }
};
$use
EOF
done

[ "$failed" = 0 ] && echo "compile errors: ok"
exit "$failed"
