"""What using a library costs besides the time of its operations."""
import json
import os
import statistics
import subprocess
import time

import report
from measure import spread
from targets import judge, targets_of
from workers import Failure, Skip, Worker, commands

MEGABYTE = 1e6
NAMES = ("compile", "start", "size", "memory")


class Costs:
    def __init__(self, args, workers, files, say):
        self.args, self.workers, self.files, self.say = args, workers, files, say
        self.rounds = 1 if args.quick else 3
        path = args.build / "tests/bench/paths.json"
        self.paths = json.loads(path.read_text()) if path.exists() else {}
        self.found = {}

    def run(self, wanted):
        """Measures those of compile, start, size and memory that are wanted."""
        if wanted:
            self.say("-- compiling, starting, size, memory")
        for name in wanted:
            getattr(self, name)()
        return self.found

    def note(self, name, text, values=None, **numbers):
        """Prints and keeps a finding; `values` are what the target's quantity is judged by."""
        targets = []
        for target in targets_of(name) if values else ():
            low, median, high = spread(values)
            targets.append({"target": str(target), "met": judge(target, low, median, high),
                            "low": low, "median": median, "high": high})
        verdict = "".join(f"  {t['met']} ({t['target'].split(' ', 1)[1]})" for t in targets)
        self.say(f"  {text}{verdict}")
        self.found.setdefault(name, []).append(numbers | {"text": text, "targets": targets})

    # -- Compiling ---------------------------------------------------------------------------

    def compiler(self, source, includes):
        return [self.paths["compiler"], "-std=c++20", "-O2", *(f"-I{path}" for path in includes),
                str(self.paths["source"] + "/" + source)]

    def lines(self, command):
        out = subprocess.run([*command, "-E"], capture_output=True, text=True, check=True).stdout
        return sum(1 for line in out.splitlines() if line.strip()[:1] not in ("", "#"))

    def compile(self):
        """The README's program, and the same in libtorch, in turn."""
        programs = {"wick": self.compiler("hello.cpp", self.paths["wick"])}
        if self.paths["libtorch"]:
            programs["libtorch"] = self.compiler("programs/torch_hello.cpp", self.paths["libtorch"])
        times = {name: [] for name in programs}
        lines = {name: self.lines(command) for name, command in programs.items()}
        for _ in range(self.rounds):
            for name, command in programs.items():
                start = time.perf_counter()
                subprocess.run([*command, "-c", "-o", os.devnull], check=True,
                               stderr=subprocess.DEVNULL)
                times[name].append(time.perf_counter() - start)
        for name, values in times.items():
            low, median, high = spread(values)
            parts = []
            if name == "wick" and "libtorch" in times:
                parts = [ours / theirs for ours, theirs in zip(values, times["libtorch"])]
            share = f", 1/{1 / spread(parts)[1]:.0f} of libtorch's" if parts else ""
            self.note("compile", f"{'compile hello.cpp, ' + name:28}"
                      f"{report.duration(median, (high - low) / 2):>8}, {lines[name]} lines{share}",
                      parts, library=name, seconds=values, lines=lines[name])

    # -- Starting ----------------------------------------------------------------------------

    def start_once(self, program):
        """Seconds until the first output and until the end, and the peak of resident memory in
        bytes."""
        out = subprocess.run([self.paths["launch"], program], capture_output=True, text=True).stdout
        first, end, kilobytes, status = map(int, out.split())
        if status != 0:
            raise Failure(f"{program} failed")
        return 1e-9 * first, 1e-9 * end, 1024 * kilobytes

    def start(self):
        """A program that prints a tensor against an empty one that is linked to the same."""
        pairs = {name: pair for name, pair in self.paths["start"].items()
                 if all(os.path.exists(path) for path in pair)}
        runs = {name: ([], []) for name in pairs}
        for _ in range(5 if self.args.quick else 21):
            for name, pair in pairs.items():
                for program, into in zip(pair, runs[name]):
                    into.append(self.start_once(program))
        for name, (full, empty) in runs.items():
            first, end, memory = (statistics.median(run[i] for run in full) for i in range(3))
            over = [1e3 * (ours[1] - theirs[1]) for ours, theirs in zip(full, empty)]
            low, median, high = spread(over)
            alone, bare = (statistics.median(run[i] for run in empty) for i in (1, 2))
            self.note("start" if name.startswith("wick") else "start of libtorch",
                      f"{'start, ' + name:28}{report.duration(first):>8} to the output, "
                      f"{report.duration(end)} in all, {memory / MEGABYTE:.0f} MB",
                      program=name, first_output=first, end=end, memory=memory)
            self.note("start" if name.startswith("wick") else "start of libtorch",
                      f"{'  over an empty program':28}"
                      f"{report.digits(median, (high - low) / 2):>5} ms over "
                      f"{report.duration(alone)}, {bare / MEGABYTE:.0f} MB", over, program=name,
                      empty_end=alone, empty_memory=bare)

    # -- Size --------------------------------------------------------------------------------

    def size(self):
        for name, path in self.paths["shared"].items():
            if not os.path.exists(path):
                continue
            copy = self.args.build / "stripped.so"
            subprocess.run(["strip", "-o", str(copy), os.path.realpath(path)], check=True)
            size = copy.stat().st_size / MEGABYTE
            copy.unlink()
            self.note("size" if name == "wick" else "size of libtorch",
                      f"{'shared library, ' + name:28}{report.digits(size, 0):>5} MB, stripped",
                      [size], library=name, megabytes=size)

    # -- Memory ------------------------------------------------------------------------------

    def memory(self):
        """How far one call of the feed-forward block, after a call with 64 tokens that packs weights
        and starts threads, raises the peak of resident memory, less its output."""
        import cases
        import machine
        threads, inputs = machine.cores(), cases.feed_forward_inputs("32x100")
        words = [f"in{i}={self.files.path(text)}" for i, text in enumerate(inputs)]
        output = 4 * 3200 * 512
        for name, command in commands(self.args.build, self.args.python):
            if name in ("machine", "compiled") or name not in self.workers:
                continue
            worker = Worker(f"{name}-memory", command, self.args.build)
            try:
                worker.ask("prepare", "main", f"threads={threads}", "op=ffn", "warm=1", *words)
                extra = (int(worker.ask("memory", "main")) - output) / MEGABYTE
                again = (int(worker.ask("memory", "main")) - output) / MEGABYTE
            except (Skip, Failure) as problem:
                self.say(f"  memory of {name}: {problem}")
                continue
            finally:
                worker.close()
            self.note("memory" if name == "wick" else "memory of others",
                      f"{'memory, ffn, ' + name:28}{extra:5.1f} MB, again {again:.1f} MB, "
                      f"{threads} thread{'s' * (threads > 1)}", [extra / threads],
                      library=name, threads=threads, megabytes=extra, again=again)
