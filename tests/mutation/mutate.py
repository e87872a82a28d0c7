#!/usr/bin/env python3
"""Do the tests notice? Puts slips into the sources, one at a time, and runs wick_tests.

    tests/mutation/mutate.py src/core/pool.cpp          every slip of a file
    tests/mutation/mutate.py --count 300 --seed 1 src   300 by chance, as many of each folder
    tests/mutation/mutate.py --table build/mutation/results.jsonl

docs/CONTRIBUTING.md says how to read what it prints. Needs Linux, ninja and GCC or Clang.
"""
from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import limits
import results
from choose import by_folder, choose, sources
from results import BROKEN, NOTICED, PASSED, SAME
from suite import Suite, Verdict
from workshop import COMMAND, TESTS, Failure, Workshop

REPOSITORY = Path(__file__).resolve().parents[2]
_printing = threading.Lock()


def say(text):
    with _printing:
        print(text, flush=True)


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", help="files or folders from the root; src if none")
    parser.add_argument("--count", type=int, default=0, help="so many by chance instead of all")
    parser.add_argument("--seed", default="1", help="which ones (1)")
    parser.add_argument("--per-folder", default="", metavar="core=40,io=20",
                        help="so many of these folders; of others what is left of --count")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2,
                        help="slips at a time (as many as processors)")
    parser.add_argument("--most-objects", type=int, default=30,
                        help="leave out headers that more objects are made from (30)")
    parser.add_argument("--compile-limit", type=float, default=300, metavar="SECONDS",
                        help="for each object (300)")
    parser.add_argument("--memory", type=float, default=8, metavar="GIB",
                        help="address space of the tests (8)")
    parser.add_argument("--results", type=Path, help="build/mutation/results.jsonl")
    parser.add_argument("--again", default="", metavar="OUTCOME",
                        help="try those once more that passed: --again passed; or all")
    parser.add_argument("--show", default=PASSED, help="outcomes in the last table, or all (passed)")
    parser.add_argument("--list", action="store_true", help="print the slips, try none")
    parser.add_argument("--table", nargs="+", type=Path, metavar="FILE",
                        help="only print the table of these results, put together")
    parser.add_argument("--repository", type=Path, default=REPOSITORY, help="another checkout")
    parser.add_argument("--work", type=Path, default=REPOSITORY / "build/mutation",
                        help="the folder for copies and objects")
    options = parser.parse_args()
    options.repository = options.repository.resolve()
    options.work = options.work.resolve()
    options.results = options.results or options.work / "results.jsonl"
    return options


def outcomes(text):
    every = (NOTICED, PASSED, SAME, BROKEN)
    found = every if text == "all" else tuple(word.strip() for word in text.split(",") if word)
    for word in found:
        if word not in every:
            raise Failure(f"\"{word}\" is no outcome; these are: {', '.join(every)}")
    return found


def per_folder(text):
    try:
        return {name: int(count) for name, count in
                (part.split("=") for part in text.split(",") if part)}
    except ValueError:
        raise Failure(f"--per-folder expects core=40,io=20, got \"{text}\"") from None


def chosen(options, tree, usable=lambda path: True):
    folders = by_folder(sources(tree, options.paths or ["src"]),
                        lambda path: (tree / path).read_text())
    wanted = per_folder(options.per_folder)
    for name in wanted:
        if name not in folders:
            raise Failure(f"--per-folder: no file of \"{name}\" is among the paths")
    return choose(folders, options.count, wanted, options.seed, usable)


class Trial:
    """Tries slips in folders of their own, several at a time."""

    def __init__(self, workshop, suite, options):
        self.workshop = workshop
        self.suite = suite
        self.options = options
        # Names of this run's own: what one that was killed has left behind may still be writing.
        for old in workshop.folder.glob("job-*"):
            shutil.rmtree(old, ignore_errors=True)
        self._free = [workshop.folder / f"job-{os.getpid()}-{i}" for i in range(options.jobs)]
        self._lock = threading.Lock()

    def __call__(self, slip):
        with self._lock:
            job = self._free.pop()
        try:
            begin = time.monotonic()
            outcome, verdict, compiled = self._try(slip, job)
            return {"key": slip.key(), **slip._asdict(), "outcome": outcome, "test": verdict.test,
                    "how": verdict.how, "doubtful": verdict.doubtful,
                    "compile_seconds": round(compiled, 1),
                    "seconds": round(time.monotonic() - begin, 1)}
        finally:
            shutil.rmtree(job, ignore_errors=True)
            with self._lock:
                self._free.append(job)

    def _try(self, slip, job):
        begin = time.monotonic()
        nothing = Verdict(True, "", "", ())
        text = slip.apply((self.workshop.tree / slip.path).read_text())
        changed, error = self.workshop.compile(slip.path, text, job, self.options.compile_limit)
        compiled = time.monotonic() - begin
        if changed is None:
            return BROKEN, Verdict(False, "", error[-1000:], ()), compiled
        if not changed:
            return SAME, nothing, compiled
        verdict = self._judge(slip, changed, job)
        if verdict is None:
            return BROKEN, Verdict(False, "", "the linker", ()), compiled
        return PASSED if verdict.passed else NOTICED, verdict, compiled

    def _judge(self, slip, changed, job):
        verdict = None
        unreached = self.workshop.unreached_tests(slip.path)
        for program in (TESTS, COMMAND) if slip.path.startswith("src/cli/") else (TESTS,):
            made = job / Path(program).name
            if self.workshop.link(changed, program, made) is not None:
                return None
            verdict = (self.suite.judge(made, slip.path, job, unreached) if program == TESTS else
                       self.suite.run_scripts(made, job))
            if not verdict.passed:
                break
        return verdict


def within_reach(workshop, most):
    """Tells the files that can be tried from those that no test program is made from, or too much
    of it is. Names the latter once."""
    named = set()

    def usable(path):
        count = len(workshop.objects_of.get(path, []))
        if not 0 < count <= most and path not in named:
            named.add(path)
            say(f"left out: {path}, which {count} objects of wick_tests are made from")
        return 0 < count <= most
    return usable


def try_all(options):
    options.work.mkdir(parents=True, exist_ok=True)
    lock = open(options.work / "lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Failure(f"{options.work} is in use by another run; --work names another") from None
    workshop = Workshop(options.repository, options.work, say)
    workshop.prepare(options.jobs)
    found = chosen(options, workshop.tree, within_reach(workshop, options.most_objects))

    known = results.read([options.results])
    again = outcomes(options.again)
    known = {key: result for key, result in known.items() if result["outcome"] not in again}
    left = [slip for slip in found if slip.key() not in known]
    say(f"{len(found)} slips, {len(found) - len(left)} of them known from {options.results}")

    suite = Suite(workshop.build / TESTS, workshop.tree, workshop.build / "tests", options.memory)
    if left:
        failing = suite.measure(options.work / "measure")
        for name in failing:
            say(f"left out, as it fails without a slip: {name}")
        if not suite.tests:
            raise Failure("no test passes")
        total = sum(test.seconds for test in suite.tests)
        say(f"{len(suite.tests)} tests, which take {total:.0f} s")
    for result in known.values():
        if result["outcome"] == NOTICED:
            suite.learn(result["path"], result["test"])
    begin = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        trial = Trial(workshop, suite, options)
        trials = [pool.submit(trial, slip) for slip in left]
        for number, done in enumerate(as_completed(trials), 1):
            result = done.result()
            known[result["key"]] = result
            results.append(options.results, result)
            minutes = (time.monotonic() - begin) / 60
            say(f"{number}/{len(left)} {minutes:.1f} min, {result['seconds']} s: "
                f"{results.describe(result)}")
    return [known[slip.key()] for slip in found]


def main():
    options = arguments()
    try:
        shown = outcomes(options.show)
        if options.table:
            print(results.table(list(results.read(options.table).values()), shown))
            return 0
        if options.list:
            for slip in chosen(options, options.repository):
                print(results.describe({**slip._asdict(), "outcome": "slip"}))
            return 0
        print(f"\n{results.table(try_all(options), shown)}")
        return 0
    except (Failure, FileNotFoundError) as error:
        print(f"mutate.py: {error}", file=sys.stderr)
        return 2
    except (limits.Stopped, KeyboardInterrupt):
        print("mutate.py: stopped; what is known is kept, and the same command goes on",
              file=sys.stderr)
        return 130


def _stop(*_):
    limits.stop_everything()
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
