"""Runs wick_tests in the order in which a slip is likeliest to be noticed soon."""
from __future__ import annotations

import json
import os
import re
import shutil
import threading
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import unescape

import limits

SLOW = 1 / 300  # of the whole suite's time: from there on a test is among the last
_CASE = re.compile(r'<TestCase name="([^"]*)"[^>]*?filename="([^"]*)"')
_SECONDS = re.compile(r'<OverallResult success="(true|false)"[^>]*durationInSeconds="([^"]*)"')
# Folders whose tests are mostly those of what stands on them.
_TESTED_ELSEWHERE = ("autograd", "core", "kernels")
_ENTITIES = {"&quot;": '"', "&apos;": "'"}


class Test(NamedTuple):
    name: str
    file: str  # from tests/: core/pool_test.cpp
    seconds: float


class Outcome(NamedTuple):
    passed: bool
    test: str = ""  # the first that failed
    how: str = ""   # failed, crashed or hung


class Verdict(NamedTuple):
    passed: bool
    test: str
    how: str
    doubtful: tuple  # tests that failed once, and then no more


class Case(NamedTuple):
    test: Test
    result: str  # true, false, or nothing where the report ends in it


def read_report(text):
    """The cases of a report of Catch2 in XML, which may be cut off."""
    result = []
    for part in text.split("<TestCase ")[1:]:
        case = _CASE.match("<TestCase " + part)
        if not case:
            continue
        end = _SECONDS.search(part)
        file = unescape(case[2], _ENTITIES)
        file = file[file.rfind("/tests/") + 7:] if "/tests/" in file else Path(file).name
        test = Test(unescape(case[1], _ENTITIES), file, float(end[2]) if end else 0.0)
        result.append(Case(test, end[1] if end else ""))
    return result


class Suite:
    def __init__(self, program, tree, directory, gigabytes):
        self.tests = []
        self._program = program
        self._tree = tree
        self._directory = directory  # where the tests are run
        self._gigabytes = gigabytes
        self._noticed = {}  # how often each test did, by the file and by the folder of the slip
        self._usual = {}  # whether tests pass without a slip, by their names
        self._lock = threading.Lock()

    def measure(self, job):
        """Runs all tests as they are, unless this program has been seen before. Those that fail are
        left out, and returned."""
        known = job / "known.json"
        program = [os.stat(self._program).st_mtime_ns, os.stat(self._program).st_size]
        found = json.loads(known.read_text()) if known.exists() else {}
        if found.get("program") != program:
            job.mkdir(parents=True, exist_ok=True)
            failed = self._measure(job)
            found = {"program": program, "failed": failed, "tests": self.tests}
            known.write_text(json.dumps(found))
        self.tests = [Test(*test) for test in found["tests"]]
        return found["failed"]

    def _measure(self, job):
        report = job / "report.xml"
        ran = self._start(self._program, [], report, job, 1800)
        cases = read_report(report.read_text(errors="replace")) if report.exists() else []
        self.tests = [case.test for case in cases if case.result == "true"]
        failed = [case.test.name for case in cases if case.result != "true"]
        if not cases or (ran.code and not failed):
            failed.append(f"(the program: {ran.output[-500:].strip()})")
        understood = self._listed(job)
        failed += [test.name for test in self.tests if test.name not in understood]
        self.tests = [test for test in self.tests if test.name in understood]
        return failed

    def _listed(self, job):
        """The names that Catch2 finds again. One that is not run would look like one that fails."""
        found = set()
        for option in (["--list-test-names-only"], ["--list-tests", "--verbosity", "quiet"]):
            words = [*option, "--input-file", self._names(self.tests, job)]
            ran = self._limited([self._program, *words], job, 60)
            found |= {line.strip() for line in ran.output.splitlines()}
        return found

    def _names(self, tests, job):
        path = job / "tests.txt"
        path.write_text("".join(f"{_quoted(test.name)}\n" for test in tests))
        return path

    def _start(self, program, arguments, report, job, seconds):
        report.unlink(missing_ok=True)
        return self._limited([program, "-r", "xml", "-d", "yes", "-o", report, *arguments], job,
                             seconds)

    def _limited(self, words, job, seconds):
        temporary = job / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        environment = {"OMP_WAIT_POLICY": "passive", "TMPDIR": str(temporary)}
        return limits.run(words, self._directory, seconds, self._gigabytes, environment)

    def groups(self, path, unreached=()):
        """The tests, but for those of some files, in parts: those that are likeliest to notice a slip in that file, its folder's,
        all others, the slow ones of both."""
        folder = Path(path).parts[1]
        words = _words(path)
        with self._lock:
            seen = self._noticed.get(path, Counter()) + self._noticed.get(folder, Counter())
        likely = {name for name, _ in seen.most_common(40)}
        slow = SLOW * sum(test.seconds for test in self.tests)
        parts = first, own, others, own_slow, others_slow = [], [], [], [], []
        for test in self.tests:
            if test.file in unreached:
                continue
            own_folder = Path(test.file).parts[0] == folder
            near = words & _words(test.file) and (own_folder or folder in _TESTED_ELSEWHERE)
            likelier = near or test.name in likely
            if test.seconds >= (4 * slow if likelier else slow):
                (own_slow if own_folder or likelier else others_slow).append(test)
            elif likelier:
                first.append(test)
            else:
                (own if own_folder else others).append(test)
        return [part for part in parts if part]

    def judge(self, program, path, job, unreached):
        """Whether some test notices what is wrong with the program. One that fails is asked twice,
        as on a busy machine one may fail all the same."""
        doubtful = []
        for group in self.groups(path, unreached):
            first = self.run(program, group, job)
            if first.passed:
                continue
            alone = [test for test in group if test.name == first.test]
            for tests in [alone, group] if alone else [group]:
                second = self.run(program, tests, job)
                if not second.passed and self._usually_passes(tests, job):
                    self.learn(path, second.test)
                    return Verdict(False, second.test, second.how, tuple(doubtful))
            doubtful.append(first.test)
        return Verdict(True, "", "", tuple(doubtful))

    def _usually_passes(self, tests, job):
        """Whether these pass without a slip, in this company as well."""
        names = tuple(test.name for test in tests)
        with self._lock:
            known = self._usual.get(names)
        if known is None:
            known = self.run(self._program, tests, job).passed
            with self._lock:
                self._usual[names] = known
        return known

    def learn(self, path, test):
        """The next slips thereabouts are shown to this test first."""
        with self._lock:
            for place in (path, Path(path).parts[1]):
                self._noticed.setdefault(place, Counter())[test] += 1

    def run(self, program, tests, job):
        """Runs some tests until one fails."""
        report = job / "report.xml"
        seconds = 20 + 8 * sum(test.seconds for test in tests)
        ran = self._start(program, ["--abort", "--input-file", self._names(tests, job)], report, job,
                          seconds)
        cases = read_report(report.read_text(errors="replace")) if report.exists() else []
        failed = [case.test.name for case in cases if case.result == "false"]
        last = cases[-1].test.name if cases else "?"
        if ran.timed_out:
            return Outcome(False, last, "hung")
        if ran.code < 0 or (ran.code and not failed):
            return Outcome(False, last, "crashed")
        if failed:
            return Outcome(False, failed[0], "failed")
        # It may have left in the middle, as if all were well.
        return Outcome(True) if len(cases) >= len(tests) else Outcome(False, last, "ended")

    def run_scripts(self, program, job):
        """The tests of the program wick."""
        for script in sorted((self._tree / "tests/cli").glob("*.sh")):
            if script.stem == "lib" or script.stem.startswith("schema"):
                continue
            ran = self._limited(["sh", script, program], job, 120)
            if ran.code:
                return Verdict(False, f"cli.{script.stem}", "hung" if ran.timed_out else "failed", ())
        return Verdict(True, "", "", ())


def _words(path):
    return set(re.split("[-_.]", Path(path).stem)) - {"inl", "test", "to", "of", "and"}


def _quoted(name):
    """As Catch2 reads a name from a file."""
    return '"' + re.sub(r'([\\,"])', r"\\\1", name) + '"'
