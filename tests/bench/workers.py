"""The programs that take part: found, started, and talked to (the protocol is in serve.h)."""
import os
import subprocess
import sys
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SLOWEST_ANSWER = 600  # seconds


class Skip(Exception):
    """The worker does not do this; the text says why."""


class Failure(Exception):
    """The worker said that something went wrong, or ended."""


def environment(build, keep_memory):
    """Of all workers alike. Each thread keeps to a core of its own: else the system now and then puts
    two of a team on one core, where one waits for the other, spinning, as long as its time slice is.
    libgomp's threads spin for some milliseconds when there is nothing to do and sleep then; the
    pauses between turns are longer than that. LLVM's and Intel's are told to do the same instead of
    spinning for 200 ms."""
    variables = dict(os.environ)
    if "OMP_PROC_BIND" not in variables:
        variables |= {"OMP_PROC_BIND": "close", "OMP_PLACES": "cores"}
    if keep_memory:
        variables |= {"MALLOC_TRIM_THRESHOLD_": str(1 << 40), "MALLOC_MMAP_THRESHOLD_": str(1 << 40)}
    variables.setdefault("KMP_BLOCKTIME", "5")
    variables.setdefault("TORCHINDUCTOR_CACHE_DIR", str(build / "inductor"))
    variables.setdefault("PYTHONWARNINGS", "ignore")
    return variables


class Worker:
    """A program that holds cases ready and runs them when asked."""

    def __init__(self, name, command, build, keep_memory=False):
        self.name = name
        logs = build / "bench-logs"
        logs.mkdir(parents=True, exist_ok=True)
        self.log = logs / f"{name}.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                env=environment(build, keep_memory))
        try:
            self.about = dict(word.split("=", 1) for word in self.ask("about").split())
        except (Skip, Failure):
            self.close()
            raise

    def ask(self, *words):
        """The words after `ok`."""
        timer = threading.Timer(SLOWEST_ANSWER, self.process.kill)
        timer.start()
        try:
            self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except OSError:
            line = ""
        finally:
            timer.cancel()
        status, _, rest = line.strip().partition(" ")
        if status == "ok":
            return rest
        if status == "skip":
            raise Skip(rest)
        raise Failure(rest or f"{self.name} ended or was too slow; see {self.log}")

    def alive(self):
        return self.process.poll() is None

    def close(self):
        try:
            self.process.communicate("quit\n", timeout=20)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


def torch_version(python):
    """The version of the torch that this Python has, or None. Nothing is imported."""
    code = "from importlib.metadata import version; print(version('torch'))"
    try:
        found = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None


def find_python(given, install, say):
    """The Python with the PyTorch to compare with, or None."""
    venv = ROOT / "build" / "venv"
    given = given or os.environ.get("WICK_BENCH_PYTHON")
    if given:
        if torch_version(given) is None:
            say(f"PyTorch: {given} does not have it, so it is left out")
            return None
        return given
    python = str(venv / "bin" / "python")
    if torch_version(python) is not None:
        return python
    if not install:
        say("PyTorch: not in build/venv, so it is left out (--no-install)")
        return None
    say("PyTorch: installing the newest from PyPI into build/venv (some gigabytes; once)")
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--upgrade"]
    for command in ([sys.executable, "-m", "venv", str(venv)], [*pip, "torch", "numpy"]):
        if subprocess.run(command, stdin=subprocess.DEVNULL).returncode != 0:
            say("PyTorch: could not be installed, so it is left out")
            return None
    say("PyTorch: installed; its libtorch takes part from the next build on")
    return python


SYSTEM_PYTHON = "/usr/bin/python3"


def commands(build, python):
    """Name and command of each worker that could take part, in the order of the table's columns."""
    script = str(HERE / "torch_worker.py")
    found = [("wick", [str(build / "tests/bench/wick_bench")]),
             ("machine", [str(build / "tests/bench/machine_bench")])]
    if python:
        found += [("torch", [python, script]), ("compiled", [python, script, "--compile"])]
    found.append(("libtorch", [str(build / "tests/bench/libtorch_python_bench")]))
    if torch_version(SYSTEM_PYTHON) is not None:
        found.append(("system", [SYSTEM_PYTHON, script]))
    found.append(("libtorch_system", [str(build / "tests/bench/libtorch_bench")]))
    return found


def start(build, python, only, keep_memory, say):
    """Starts what is there; says in a line what is not."""
    running = {}
    found = commands(build, python)
    if not only and "system" not in dict(found):
        say(f"system: {SYSTEM_PYTHON} has no PyTorch, so it is left out")
    for name, command in found:
        if only and name not in only and name not in ("wick", "machine"):
            continue
        if not Path(command[0]).exists():
            say(f"{name}: not built, so it is left out ({command[0]})")
            continue
        try:
            running[name] = Worker(name, command, build, keep_memory)
        except (Skip, Failure, ValueError) as problem:
            say(f"{name}: does not run, so it is left out ({problem})")
    return running
