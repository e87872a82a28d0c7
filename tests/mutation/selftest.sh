#!/bin/sh
# Runs selftest.py with $WICK_PYTHON, or else python3.
python=${WICK_PYTHON:-python3}
if ! "$python" -c 'import fcntl, sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null ||
   ! command -v timeout >/dev/null; then
  echo "skipped: needs Python 3.9 or newer, and timeout"
  exit 77
fi
exec "$python" -B "$(dirname "$0")/selftest.py"
