#!/bin/sh
# Runs schema_validator.py with $WICK_PYTHON, or else python3.
python=${WICK_PYTHON:-python3}
if ! command -v "$python" >/dev/null; then
  echo "skipped: $python is not installed"
  exit 77
fi
exec "$python" -B "$(dirname "$0")/schema_validator.py"
