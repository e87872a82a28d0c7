"""What became of the slips: one JSON object a line, so that a run that is cut off can go on."""
from __future__ import annotations

import json
from collections import Counter

NOTICED, PASSED, SAME, BROKEN = "noticed", "passed", "same object", "does not compile"


def read(paths):
    """The results by their key; of two for one slip the later one counts."""
    found = {}
    for path in paths:
        for line in path.read_text().splitlines() if path.exists() else []:
            try:
                result = json.loads(line)
                found[result["key"]] = result
            except (json.JSONDecodeError, KeyError):
                pass  # cut off in the middle
    return found


def append(path, result):
    cut_off = path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size
    with open(path, "a") as file:
        file.write(("\n" if cut_off else "") + json.dumps(result) + "\n")


def describe(result):
    """One slip: where, what became of it, and the lines before and after."""
    outcome = result["outcome"]
    if outcome == NOTICED:
        how = "" if result["how"] == "failed" else f" ({result['how']})"
        outcome += f" by \"{result['test']}\"{how}"
    if result.get("doubtful"):
        outcome += f"; failed once: {', '.join(result['doubtful'])}"
    lines = [f"{result['path']}:{result['line']}  {outcome}  [{result['rule']}]"]
    for sign, text in (("-", result["minus"]), ("+", result["plus"])):
        lines += [f"    {sign} {line.strip()}" for line in text.splitlines() if line.strip()] or [
            f"    {sign}"]
    return "\n".join(lines)


def summary(results):
    """How many there are of each outcome, by folder."""
    rows = {}
    for result in results:
        rows.setdefault(result["path"].split("/")[1], []).append(result)
    lines = [("folder", "slips", "broken", "same", "noticed", "hung", "passed", "noticed %")]
    for folder, part in [*sorted(rows.items()), ("all", list(results))]:
        count = Counter(result["outcome"] for result in part)
        hung = sum(result["outcome"] == NOTICED and result["how"] == "hung" for result in part)
        changing = count[NOTICED] + count[PASSED]
        share = f"{100 * count[NOTICED] / changing:.0f}" if changing else "-"
        lines.append((folder, len(part), count[BROKEN], count[SAME], count[NOTICED], hung,
                      count[PASSED], share))
    widths = [max(len(str(line[i])) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(str(word).ljust(width) if i == 0 else str(word).rjust(width)
                               for i, (word, width) in enumerate(zip(line, widths)))
                     for line in lines)


def table(results, outcomes):
    """Every slip with one of these outcomes, by place, and the numbers."""
    shown = sorted((result for result in results if result["outcome"] in outcomes),
                   key=lambda result: (result["path"], result["line"], result["plus"]))
    return "\n".join([*map(describe, shown), "", summary(results)])
