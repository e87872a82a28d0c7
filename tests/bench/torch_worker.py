"""The cases in PyTorch, behind the protocol of serve.h.

usage: torch_worker.py [--compile]     (with the Python whose torch is to be measured)

With --compile the modules and functions go through torch.compile, frozen where nothing is recorded.
Runs with PyTorch 1.13 and newer, without NumPy.
"""
import ctypes
import sys
import time

sys.dont_write_bytecode = True

import torch
from torch_cases import COMPILE, OPERATIONS, Unsupported, load, save


def prepare(words):
    options = dict(word.split("=", 1) for word in words)
    torch.set_num_threads(int(options.get("threads", "1")))
    inputs = []
    while "in%d" % len(inputs) in options:
        inputs.append(load(options["in%d" % len(inputs)]))
    if options["op"] not in OPERATIONS:
        raise Unsupported("torch_worker.py does not know " + options["op"])
    case = OPERATIONS[options["op"]](options, inputs)
    case.threads = int(options.get("threads", "1"))
    return case


def run(case, count, parts, first):
    """Nanoseconds of `count` calls, `parts` times."""
    call, times = case.call, []
    with case.guard():
        for _ in range(first):
            call()
        for _ in range(parts):
            start = time.perf_counter_ns()
            for _ in range(count):
                call()
            times.append(time.perf_counter_ns() - start)
    return times


def memory(case):
    """How far a call raises the peak of resident memory, in bytes; see serve.cpp."""
    def status(name):
        with open("/proc/self/status") as file:
            return next(1024 * int(line.split()[1]) for line in file if line.startswith(name))
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = status("VmRSS:")
    with case.guard():
        case.call()
    return max(0, status("VmHWM:") - before)


def about():
    if COMPILE:
        try:
            torch.compile(torch.relu)(torch.ones(4))
        except Exception as error:
            raise Unsupported("torch.compile fails here: " + str(error)[:80])
    words = {"name": "torch", "version": torch.__version__,
             "mkl": "yes" if torch.backends.mkl.is_available() else "no"}
    if hasattr(torch.backends, "cpu"):
        words["isa"] = torch.backends.cpu.get_cpu_capability().replace(" ", "_")
    return " ".join("%s=%s" % item for item in words.items())


def answer(slots, words):
    verb, rest = words[0], words[1:]
    if verb == "about":
        return about()
    if verb == "prepare":
        slots[rest[0]] = prepare(rest[1:])
        return slots[rest[0]].note
    if verb == "drop":
        slots.pop(rest[0], None)
        if COMPILE:
            torch._dynamo.reset()
        return ""
    case = slots[rest[0]]
    torch.set_num_threads(case.threads)
    if verb == "run":
        return " ".join(map(str, run(case, *map(int, rest[1:]))))
    if verb == "memory":
        return str(memory(case))
    if verb == "output":
        if case.output is None:
            raise Unsupported("there is no output to compare")
        save(rest[1], case.output())
        return ""
    raise ValueError("no such request: " + verb)


def main():
    if COMPILE:
        torch._inductor.config.freezing = True
    slots = {}
    out, sys.stdout = sys.stdout, sys.stderr
    for line in iter(sys.stdin.readline, ""):
        words = line.split()
        if words == ["quit"]:
            break
        try:
            reply = "ok " + answer(slots, words)
        except Unsupported as reason:
            reply = "skip " + str(reason)
        except Exception as error:
            reply = "error %s: %s" % (type(error).__name__, error)
        print(" ".join(reply.split()), file=out, flush=True)


if __name__ == "__main__":
    main()
