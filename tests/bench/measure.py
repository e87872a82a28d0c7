"""Runs a case: all libraries in turn, round after round, one at a time."""
import math
import statistics
import time
from dataclasses import dataclass, field

from workers import Failure, Skip

PAUSE = 0.02           # seconds between two turns, in which the threads of the last one fall asleep
PARTS = 9              # of a turn
SLOW = 0.4             # seconds; what is slower takes part in a few rounds only
LIMITS = {"fma": ("op=fma",), "copy": ("op=copy", "op=stream")}
COPIED = "normal:3200x2048:1"


@dataclass
class Settings:
    rounds: int = 9
    batch: float = 0.03    # seconds that a turn takes at least
    slow_rounds: int = 2


QUICK = Settings(rounds=3, batch=0.005, slow_rounds=1)


@dataclass
class Entry:
    """A call that takes part in the rounds."""
    worker: object
    slot: str
    note: str = ""
    work: float = 0
    count: int = 1             # calls that are timed together
    parts: int = 1             # how many such times make a turn
    seconds: float = 0         # of one call, roughly
    times: dict = field(default_factory=dict)  # of one call in seconds, by round


@dataclass
class Result:
    """What was found out about a case at a number of threads."""
    case: object
    threads: int
    entries: dict = field(default_factory=dict)
    skipped: dict = field(default_factory=dict)   # library: why
    problems: list = field(default_factory=list)  # outputs that do not agree, failures
    bits: dict = field(default_factory=dict)      # library: whether its output is wick's, bit by bit
    difference: dict = field(default_factory=dict)

    def ratios(self, other):
        """How many times as fast as `other` wick was, in each round that both were in."""
        ours, theirs = self.entries.get("wick"), self.entries.get(other)
        if not ours or not theirs:
            return []
        return [theirs.times[i] / t for i, t in ours.times.items() if i in theirs.times]

    def parts_of_limit(self):
        """wick's rate as a part of the machine's, in each round."""
        ours, limit = self.entries.get("wick"), self.entries.get("limit")
        if not ours or not limit or not self.case.work:
            return []
        return [self.case.work / t / (limit.work / limit.times[i]) for i, t in ours.times.items()
                if i in limit.times]


def spread(values):
    """Lower quartile, median, upper quartile."""
    if len(values) < 2:
        return (values[0],) * 3
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, median, high


class Measurement:
    """The rounds of one case."""

    def __init__(self, workers, files, settings):
        self.workers = workers
        self.files = files
        self.settings = settings

    def run(self, case, threads):
        result = Result(case, threads)
        self.prepare(result)
        if "wick" in result.entries:
            self.check(result)
            self.rounds(result)
        for entry in result.entries.values():
            if entry.worker.alive():
                entry.worker.ask("drop", entry.slot)
        return result

    def turn(self, entry, count, parts=1, first=None):
        """Seconds of one call: the median of some parts, so that short interruptions do not count,
        after some calls that do not either: the caches hold what the library before this one used,
        and the threads are asleep."""
        if first is None:
            first = 0 if entry.seconds > SLOW else max(1, count * parts // 4)
        time.sleep(PAUSE)
        times = entry.worker.ask("run", entry.slot, count, parts, first).split()
        return 1e-9 * statistics.median(map(int, times)) / count

    def make(self, worker, slot, call, threads):
        words = [f"in{i}={self.files.path(words)}" for i, words in enumerate(call.inputs)]
        note = worker.ask("prepare", slot, f"threads={call.threads or threads}", call.words, *words)
        entry = Entry(worker, slot, note)
        self.calibrate(entry)
        return entry

    def calibrate(self, entry):
        """How many calls make a turn, and a part of it."""
        batch = self.settings.batch
        count, seconds = 1, self.turn(entry, 1, 1, 0)
        if seconds < SLOW or entry.worker.name == "compiled":  # whose first call compiles
            seconds = self.turn(entry, 1, 1, 1)
        while seconds * count < batch / 8:
            count = min(100 * count, math.ceil(batch / 4 / max(seconds, 1e-9)))
            seconds = self.turn(entry, count)
        entry.seconds = seconds
        entry.parts = min(PARTS, max(1, math.ceil(batch / seconds)))
        entry.count = max(1, math.ceil(batch / seconds / entry.parts))

    def prepare(self, result):
        case, threads = result.case, result.threads
        for name, worker in self.workers.items():
            if name == "machine" or name in case.without or not worker.alive():
                continue
            self.attempt(result, name, lambda: self.make(worker, "main", case.call, threads))
        if case.reference:
            self.attempt(result, "reference", lambda: self.make(
                self.workers["wick"], "reference", case.reference, threads))
        if case.limit and "machine" in self.workers:
            self.attempt(result, "limit", lambda: self.limit(case, threads))

    def attempt(self, result, name, make):
        try:
            result.entries[name] = make()
        except Skip as reason:
            result.skipped[name] = str(reason)
        except Failure as problem:
            result.problems.append(f"{name}: {problem}")

    def limit(self, case, threads):
        """The fastest way in which this machine does nothing but that."""
        machine, best = self.workers["machine"], None
        for words in LIMITS[case.limit]:
            inputs = "" if case.limit == "fma" else f"in0={self.files.path(COPIED)}"
            slot = words.removeprefix("op=")
            note = machine.ask("prepare", slot, f"threads={threads}", words, inputs)
            entry = Entry(machine, slot, words, float(note.removeprefix("work=")))
            self.calibrate(entry)
            if best is None or entry.seconds < best.seconds:
                best, entry = entry, best
            if entry is not None:
                machine.ask("drop", entry.slot)
        return best

    def check(self, result):
        """All outputs against wick's."""
        if result.case.check == "none":
            return
        wick = self.workers["wick"]
        ours = self.files.output("wick")
        try:
            wick.ask("output", "main", ours)
        except Failure as problem:
            result.problems.append(f"wick: {problem}")
            return
        for name, entry in result.entries.items():
            if name in ("wick", "limit") or (name == "reference" and not result.case.same):
                continue
            theirs = self.files.output(name)
            try:
                entry.worker.ask("output", entry.slot, theirs)
                self.compare(result, name, wick.ask("compare", ours, theirs))
            except Skip:
                pass
            except Failure as problem:
                result.problems.append(f"{name}: {problem}")

    @staticmethod
    def compare(result, name, answer):
        found = {key: float(value) for key, value in (word.split("=") for word in answer.split())}
        result.bits[name] = found["same_bits"] == 1
        part = found["largest"] / found["scale"] if found["scale"] else found["largest"]
        result.difference[name] = part
        if name == "reference":
            if not result.bits[name]:
                result.problems.append("the reference does not give the same bits")
        elif result.case.check == "close" and (part > result.case.tolerance or found["other"]):
            result.problems.append(f"{name}: outputs differ by {part:.1e} of the largest, and in "
                                   f"{found['other']:.0f} nan or infinite elements")

    def rounds(self, result):
        names = list(result.entries)
        for i in range(self.settings.rounds):
            for name in names[i % len(names):] + names[:i % len(names)]:
                entry = result.entries[name]
                if entry.seconds > SLOW and i >= self.settings.slow_rounds:
                    continue
                try:
                    entry.times[i] = self.turn(entry, entry.count, entry.parts)
                except Failure as problem:
                    result.problems.append(f"{name}: {problem}")
                    entry.seconds = math.inf
        for name in names:
            if not result.entries[name].times:
                del result.entries[name]
