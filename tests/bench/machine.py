"""The machine, the versions, and what goes into the JSON file."""
import json
import os
import platform
import subprocess
import textwrap
import time
from pathlib import Path

from measure import spread
from report import verdicts


def cores():
    """Physical cores that this process may use; each library gets as many threads."""
    allowed = os.sched_getaffinity(0)
    siblings = set()
    for cpu in allowed:
        path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        siblings.add(path.read_text() if path.exists() else str(cpu))
    return len(siblings)


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            found = dict([part.strip() for part in line.split(":", 1)]
                         for line in file if ":" in line)
    except OSError:
        return platform.processor(), ""
    wanted = ("avx2", "avx512f", "avx512_bf16", "amx_tile", "asimd", "sve")
    flags = (found.get("flags") or found.get("Features") or "").split()
    name = found.get("model name") or platform.machine()
    numbers = "/".join(found[key] for key in ("cpu family", "model") if key in found)
    return f"{name} ({numbers})" if numbers else name, " ".join(f for f in wanted if f in flags)


def first_line(*command):
    try:
        out = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return out.strip().split("\n")[0]


def shared_libraries(program):
    """The files that a program loads, without the C and C++ libraries: libdnnl.so.2.6, ..."""
    try:
        out = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    except OSError:
        return []
    paths = [line.split("=>")[1].split()[0] for line in out.splitlines() if "=> /" in line]
    names = {os.path.basename(os.path.realpath(path)) for path in paths}
    usual = ("libc.", "libm.", "libstdc++.", "libgcc_s.")
    return sorted(name for name in names if not name.startswith(usual))


def describe(running, build):
    paths = build / "tests/bench/paths.json"
    compiler = json.loads(paths.read_text())["compiler"] if paths.exists() else ""
    name, flags = processor()
    return {
        "processor": name, "flags": flags, "cores": cores(), "system": platform.platform(),
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "load": os.getloadavg()[0],
        "compiler": first_line(compiler, "--version") if compiler else "",
        "commit": first_line("git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"),
        "loaded_by_wick": shared_libraries(running["wick"].process.args[0]),
        "libraries": {key: worker.about for key, worker in running.items()},
    }


def text(description):
    lines = [f"{description['processor']}, {description['cores']} cores, {description['flags']}"]
    lines.append(f"  {description['compiler']}; commit {description['commit']}; loaded by wick: "
                 + ", ".join(description["loaded_by_wick"]))
    for key, about in description["libraries"].items():
        words = [about.get("version", "")] + [f"{k}={v}" for k, v in about.items()
                                              if k not in ("name", "version")]
        lines.append(f"  {key}: " + " ".join(word for word in words if word))
    if description["load"] > 0.5:
        lines.append(f"  the machine is busy (load {description['load']:.1f}): times will vary")
    return "\n".join(textwrap.fill(line, 99, subsequent_indent="    ", break_on_hyphens=False)
                     for line in lines)


def numbers(values):
    low, median, high = spread(values)
    return {"low": low, "median": median, "high": high, "smallest": min(values),
            "largest": max(values), "rounds": values}


def record_result(result):
    entries = {}
    for name, entry in result.entries.items():
        entries[name] = numbers(list(entry.times.values())) | {"note": entry.note}
        work = entry.work if name == "limit" else result.case.work
        if work and name != "reference":
            entries[name]["rate"] = work / entries[name]["median"]
    return {
        "name": result.case.name, "threads": result.threads, "call": result.case.call.words,
        "inputs": result.case.call.inputs, "work": result.case.work, "limit": result.case.limit,
        "entries": entries, "skipped": result.skipped, "problems": result.problems,
        "same_bits": result.bits, "difference": result.difference,
        "ratios": {name: numbers(result.ratios(name)) for name in result.entries
                   if name not in ("wick", "limit") and result.ratios(name)},
        "part_of_limit": numbers(result.parts_of_limit()) if result.parts_of_limit() else None,
        "targets": [{"target": str(t), "met": verdict, "low": low, "median": median, "high": high}
                    for t, verdict, low, median, high in verdicts(result)],
    }


def record(description, results, costs):
    """For the JSON file. Times are in seconds, rates in operations or bytes a second."""
    return {"machine": description, "cases": [record_result(result) for result in results],
            "costs": costs}
