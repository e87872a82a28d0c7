#!/usr/bin/env python3
"""Measures wick beside PyTorch: all libraries in turn, on the same inputs, with as many threads.

A time is the median of several rounds, in each of which every library ran once; a ratio is the
median of the ratios of the rounds, and says how many times as fast as that library wick is. "limit"
is the part of what the machine can do (measured in the same rounds): multiplications with additions
for the feed-forward blocks, bytes copied for what moves memory. Targets are in targets.py.
"""
import argparse
import fnmatch
import json
import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import cases
import costs
import machine
import measure
import readme
import report
import workers
from files import Files


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--case", action="append", metavar="PATTERN",
        help="only cases of this name, such as 'ffn*' (may be given several times)")
    add("--threads", help="numbers of threads, such as 1,2, in place of those of each case")
    add("--only", metavar="NAMES", help="only these besides wick, such as torch,libtorch or none; all "
        "are torch, compiled, libtorch, system, libtorch_system")
    add("--quick", action="store_true", help="few and short rounds")
    add("--keep-memory", action="store_true", help="glibc's malloc gives nothing back to the system, for "
        "any library: shows what of a time is the system's, handing out pages")
    add("--list", action="store_true", help="print the cases, each with a command that runs it alone")
    add("--json", type=Path, metavar="FILE", help="where to write everything (build/bench/bench.json)")
    add("--baseline", type=Path, metavar="FILE", help="say what changed since this --json")
    add("--markdown", action="store_true", help="print the table for the README as well")
    add("--build", type=Path, default=workers.ROOT / "build" / "bench", help="the build folder")
    add("--python", help="the Python with PyTorch (WICK_BENCH_PYTHON, or build/venv)")
    add("--no-install", action="store_true", help="do not install PyTorch where there is none")
    return parser.parse_args()


def say(text):
    print(text, flush=True)


def chosen(patterns):
    """The cases and costs that were asked for; all but the tiny case of the suite's own test by
    default."""
    if not patterns:
        return cases.all_cases(), list(costs.NAMES)
    everything = [*cases.all_cases(), *cases.tiny_cases()]
    found = [case for case in everything
             if any(fnmatch.fnmatchcase(case.name, pattern) for pattern in patterns)]
    found_costs = [name for name in costs.NAMES
                   if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
    if not found and not found_costs:
        sys.exit(f"no case is called {' or '.join(patterns)}; --list has them all")
    return found, found_costs


def thread_counts(case, given):
    everyone = machine.cores()
    if given:
        return [int(word) for word in given.split(",")]
    return {"all": [everyone], "1": [1], "both": sorted({1, everyone})}[case.threads]


def print_cases(wanted, build):
    for case in wanted:
        inputs = " ".join(f"in{i}={words}" for i, words in enumerate(case.call.inputs))
        say(f"{case.name}\n  {build}/tests/bench/wick_bench {case.call.words} {inputs} "
            f"threads={thread_counts(case, None)[-1]}")


def print_summary(results, args, running, columns):
    for title, lines in (("The machine:", report.machine_lines(results)),
                         ("Against wick itself:", report.reference_lines(results)),
                         ("Random numbers from the same seed:", report.bits_lines(results)),
                         ("Targets that were not met, and problems:", report.remarks(results))):
        if lines:
            say("\n" + title)
            say("\n".join(lines))
    if args.baseline:
        lines = report.changes(results, json.loads(args.baseline.read_text()))
        say(f"\nChanges since {args.baseline}, beyond the spread of both runs:")
        say("\n".join(lines or ["  none"]))
    if args.markdown:
        say("\n" + readme.table(results, running))


def run_cases(wanted, args, running, files, columns):
    measurement = measure.Measurement(running, files, measure.QUICK if args.quick
                                      else measure.Settings())
    results, group = [], None
    say(report.header(columns))
    for case in wanted:
        if case.group != group:
            group = case.group
            say(f"-- {group}")
        for threads in thread_counts(case, args.threads):
            results.append(measurement.run(case, threads))
            say(report.row(results[-1], columns))
    return results


def main():
    args = arguments()
    args.build = Path(os.path.abspath(args.build))
    wanted, wanted_costs = chosen(args.case)
    if args.list:
        print_cases(wanted, args.build)
        say(", ".join(wanted_costs))
        return 0
    only = args.only.split(",") if args.only else None
    wants_torch = only is None or {"torch", "compiled"} & set(only)
    args.python = wants_torch and workers.find_python(args.python, not args.no_install, say)
    running = workers.start(args.build, args.python, only, args.keep_memory, say)
    if "wick" not in running:
        sys.exit("wick_bench is needed: cmake --preset bench && cmake --build build/bench")
    try:
        description = machine.describe(running, args.build)
        say(machine.text(description))
        columns = report.headings(running)
        files = Files(args.build / "bench-inputs", running["wick"])
        results = run_cases(wanted, args, running, files, columns) if wanted else []
        found = costs.Costs(args, running, files, say).run(wanted_costs)
    finally:
        for worker in running.values():
            worker.close()
    print_summary(results, args, running, columns)
    path = args.json or args.build / "bench.json"
    path.write_text(json.dumps(machine.record(description, results, found), indent=1))
    say(f"\nEverything is in {path}")
    return 1 if any(result.problems for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
