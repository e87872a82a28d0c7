"""Runs a program that may hang, eat memory or leave children behind."""
from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from typing import NamedTuple

_running = set()
_lock = threading.RLock()  # a signal may come while it is held
_stopped = threading.Event()


class Stopped(Exception):
    """The user has had enough."""


class Ran(NamedTuple):
    code: int  # negative for a signal
    output: str
    timed_out: bool


def run(command, directory, seconds, gigabytes=None, environment=None):
    """Runs it for so long at most, even if this program is killed in the meantime. Of what
    it prints a megabyte is returned."""
    words = ["timeout", "--kill-after=5", f"{max(1, round(seconds))}", *map(str, command)]
    if gigabytes:
        script = f"ulimit -c 0; ulimit -f 16777216; ulimit -v {int(gigabytes * 2 ** 20)}; exec \"$@\""
        words = ["sh", "-c", script, "sh", *words]
    # Into a file: a child that is left behind would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        with _lock:
            if _stopped.is_set():
                raise Stopped
            process = subprocess.Popen(words, cwd=directory, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=subprocess.STDOUT, start_new_session=True,
                                       env={**os.environ, **(environment or {})})
            _running.add(process)
        try:
            code = process.wait()
        finally:
            _end(process)
            with _lock:
                _running.discard(process)
        output.seek(0)
        printed = output.read(2 ** 20).decode(errors="replace")
    if _stopped.is_set():
        raise Stopped
    timed_out = code in (124, 137)  # as timeout says
    return Ran(code if code < 128 or timed_out else 128 - code, printed, timed_out)


def _end(process):
    """Whatever it started goes with it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def stop_everything():
    """From now on run() raises Stopped, in every thread."""
    _stopped.set()
    with _lock:
        for process in _running:
            _end(process)
