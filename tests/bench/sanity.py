#!/usr/bin/env python3
"""sanity.py BUILD: runs a tiny case with wick alone and looks at what the JSON file says of it, so
that this suite keeps working without anybody running all of it."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def check(found, what):
    if not found:
        sys.exit(f"the JSON file is not as it should be: {what}")


def check_result(result, threads):
    name = f"{result['name']} with {result['threads']} threads"
    check(result["threads"] == threads, f"{name}, wanted {threads}")
    check(not result["problems"], f"{name}: {result['problems']}")
    check(result["same_bits"] == {"reference": True}, f"{name}: bits {result['same_bits']}")
    check(set(result["entries"]) == {"wick", "reference", "limit"}, f"{name}: {result['entries']}")
    for entry in result["entries"].values():
        check(0 < entry["smallest"] <= entry["low"] <= entry["median"] <= entry["high"] <=
              entry["largest"] < 10, f"{name}: {entry}")
        check(len(entry["rounds"]) == 3, f"{name}: {entry}")
    wick = result["entries"]["wick"]
    check(abs(wick["rate"] * wick["median"] - 8192) < 1, f"{name}: rate {wick['rate']}")
    # A block this small is far from the machine's limit, but no slower than a thousandth of it.
    check(1e-5 < result["part_of_limit"]["median"] < 1.5, f"{name}: {result['part_of_limit']}")
    check(result["ratios"]["reference"]["median"] > 0, f"{name}: {result['ratios']}")
    targets = [] if threads == 1 else ["reference >= 0.001"]  # nothing scales to one thread
    check([target["target"] for target in result["targets"]] == targets,
          f"{name}: {result['targets']}")


def run(build, *options):
    return subprocess.run([sys.executable, HERE / "run.py", "--build", build, *options],
                          capture_output=True, text=True)


def main():
    build = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.json"
        options = ["--case", "tiny", "--quick", "--only", "none", "--threads", "1,2", "--markdown"]
        done = run(build, *options, "--json", path)
        print(done.stdout + done.stderr)
        check(done.returncode == 0, f"exit status {done.returncode}")
        found = json.loads(path.read_text())
        check({"processor", "cores", "libraries"} <= set(found["machine"]), found["machine"])
        check(len(found["cases"]) == 2, "two results")
        for threads, result in enumerate(found["cases"], 1):
            check_result(result, threads)
        check("| a tiny block, for sanity.py | 2 |" in done.stdout, "the table for the README")
        again = run(build, *options, "--json", path, "--baseline", path)
        check("Changes since" in again.stdout, again.stdout + again.stderr)
        check(max(map(len, done.stdout.splitlines())) <= 100, "lines of at most 100 characters")
    done = run(build, "--case", "no-such-case")
    check(done.returncode != 0 and "no case is called" in done.stderr, done.stderr)


if __name__ == "__main__":
    main()
