#!/bin/sh
# Usage: interop.sh <interop_dump>
# Runs interop.py with $WICK_PYTHON, or else python3.
python=${WICK_PYTHON:-python3}
if ! command -v "$python" >/dev/null; then
  echo "skipped: $python is not installed"
  exit 77
fi
exec "$python" "$(dirname "$0")/interop.py" "$1"
