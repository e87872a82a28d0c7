#!/bin/sh
# documents.sh <repository>
# Every file or folder that a document links to exists, and so does every one that it names in
# backticks by its path from the root (`src/nn/linear.cpp`, `tests/kernels`), or as it is included
# (`wick/ops.h`). The changelog may name what is gone.
set -eu
cd "$1"

# text <document>: outside of blocks of code, where ]( begins a lambda.
text() { awk '/^```/ { code = !code } !code' "$1"; }

missing=$(
  for document in README.md CHANGELOG.md SECURITY.md docs/*.md tests/bench/README.md; do
    folder=$(dirname "$document")
    text "$document" | grep -o '](\([^)]*\))' | sed 's/](\([^)#]*\).*/\1/' | grep -v '^[a-z]*:' |
      while read -r path; do
        [ -z "$path" ] || [ -e "$folder/$path" ] || echo "$document links to $path, which does not exist"
      done
    [ "$document" != CHANGELOG.md ] || continue
    text "$document" | grep -o '`[^` ]*`' | tr -d '`' |
      sed -nE -e '/</d' -e 's,^wick/(.*\.h)$,include/wick/\1,p' -e t \
        -e '/^(include|src|tests|cmake|docs|examples)\//p' |
      while read -r path; do
        # shellcheck disable=SC2086  # with stars in it
        ls -d $path >/dev/null 2>&1 || echo "$document names $path, which does not exist"
      done
  done
)
if [ -n "$missing" ]; then
  printf '%s\n' "$missing"
  exit 1
fi
echo "documents: ok"
