"""What is printed: a table for the terminal, and a comparison with an earlier run."""
import math

from measure import spread
from targets import judge, targets_of

COLUMNS = ("torch", "compiled", "libtorch", "system", "libtorch_system")
WIDTH = 22


def digits(value, uncertainty, most=2):
    """The value with no more digits than its uncertainty leaves."""
    if uncertainty > 0:
        most = min(most, max(0, -math.floor(math.log10(uncertainty))))
    if value:
        most = min(most, max(0, 2 - math.floor(math.log10(abs(value)))))
    return f"{value:.{most}f}"


def duration(seconds, uncertainty=0):
    for factor, unit in ((1e9, "ns"), (1e6, "us"), (1e3, "ms")):
        if seconds * factor < 1000:
            return f"{digits(seconds * factor, uncertainty * factor)} {unit}"
    return f"{digits(seconds, uncertainty)} s"


def rate(result, seconds, uncertainty):
    """Operations or bytes a second."""
    if not result.case.work:
        return ""
    value = 1e-9 * result.case.work / seconds
    unit = "GF/s" if result.case.limit != "copy" else "GB/s"
    return f"{digits(value, value * uncertainty / seconds, 0 if value >= 10 else 1)} {unit}"


def ratio(values):
    if not values:
        return "-"
    low, median, high = spread(values)
    return digits(median, (high - low) / 2) + "x"


def headings(workers):
    """Names of the columns, with the versions of what runs."""
    names = {"torch": "torch", "compiled": "compile", "libtorch": "C++",
             "system": "system", "libtorch_system": "its C++"}
    version = workers["system"].about["version"] if "system" in workers else ""
    if version:
        short = ".".join(version.split(".")[:2])
        names |= {"system": short, "libtorch_system": f"{short}C++"}
    return [(column, names[column]) for column in COLUMNS]


def header(columns):
    titles = "".join(f"{title:>8}" for _, title in columns)
    return f"{'':{WIDTH}}{'thr':>3} {'wick':>8} {'rate':>8} {'limit':>5}{titles}  target"


def verdicts(result):
    """(target, yes/near/no, low, median, high) of each target that can be judged."""
    found = []
    for target in targets_of(result.case.name) if "wick" in result.entries else ():
        reference = result.case.reference
        if target.quantity == "reference" and reference and reference.threads == result.threads:
            continue  # scaling, where there is none
        if target.quantity == "limit":
            values = result.parts_of_limit()
        elif target.quantity == "microseconds":
            values = [1e6 * t for t in result.entries["wick"].times.values()]
        else:
            values = result.ratios(target.quantity)
            if not values and target.quantity == "libtorch":  # whichever there is
                values = result.ratios("libtorch_system")
        if values:
            found.append((target, judge(target, *spread(values)), *spread(values)))
    return found


def row(result, columns):
    name = f"{result.case.name:{WIDTH}}{result.threads:3} "
    if "wick" not in result.entries:
        return name + "; ".join(result.problems or result.skipped.values())
    times = list(result.entries["wick"].times.values())
    low, median, high = spread(times)
    parts = result.parts_of_limit()
    part = f"{digits(100 * spread(parts)[1], 0, 0)} %" if parts else ""
    ratios = "".join(f"{ratio(result.ratios(column)):>8}" for column, _ in columns)
    judged = [verdict[1] for verdict in verdicts(result)]
    summary = ("" if not judged else "NO" if "no" in judged else "near" if "near" in judged else "yes")
    mark = " !" if result.problems else ""
    half = (high - low) / 2
    return (f"{name}{duration(median, half):>8} {rate(result, median, half):>8} {part:>5}{ratios}  "
            f"{summary}{mark}")


def quantity_text(target, value, uncertainty):
    if target.quantity == "limit":
        return f"{digits(100 * value, 100 * uncertainty, 0)} %"
    return digits(value, uncertainty)


def remarks(results):
    """Lines about every target that was not met and everything that went wrong."""
    lines = []
    for result in results:
        name = f"{result.case.name}, {result.threads} thread" + "s" * (result.threads > 1)
        for problem in result.problems:
            lines.append(f"  PROBLEM {name}: {problem}")
        for target, verdict, low, median, high in verdicts(result):
            if verdict != "yes":
                value = quantity_text(target, median, (high - low) / 2)
                lines.append(f"  {verdict:5}{name}: {target}, found {value}")
    return lines


def machine_lines(results):
    """What the machine did in the rounds, as medians over the cases."""
    found = {}
    for result in results:
        limit = result.entries.get("limit")
        if limit:
            rates = [1e-9 * limit.work / t for t in limit.times.values()]
            found.setdefault((result.case.limit, result.threads), []).extend(rates)
    lines = []
    for (kind, threads), rates in sorted(found.items()):
        low, median, high = spread(rates)
        what = "GFLOP/s, multiplications with additions" if kind == "fma" else "GB/s copied"
        lines.append(f"  {digits(median, (high - low) / 2, 0)} {what}, {threads} thread"
                     + "s" * (threads > 1) + f" (quartiles {low:.0f} to {high:.0f})")
    return lines


def bits_lines(results):
    lines = []
    for result in results:
        if result.case.check == "bits" and result.bits:
            same = [name for name, equal in result.bits.items() if equal]
            others = [name for name, equal in result.bits.items() if not equal]
            lines.append(f"  {result.case.name}: the same bits as {', '.join(same) or 'none'}"
                         + (f"; others than {', '.join(others)}" if others else ""))
    return lines


def reference_lines(results):
    lines = []
    for result in results:
        values = result.ratios("reference")
        if values:
            call = result.case.reference
            threads = f" with {call.threads} thread" if call.threads else ""
            lines.append(f"  {result.case.name:{WIDTH}} {ratio(values):>6} the speed of "
                         f"{call.words}{threads}")
    return lines


def changes(results, baseline):
    """Cases whose time relative to the machine's or PyTorch's, or else whose time, moved by more
    than the spreads of both runs."""
    before = {(case["name"], case["threads"]): case for case in baseline["cases"]}
    lines = []
    for result in results:
        old = before.get((result.case.name, result.threads), {}).get("entries", {}).get("wick")
        if not old or "wick" not in result.entries:
            continue
        low, median, high = spread(list(result.entries["wick"].times.values()))
        if low > old["high"] or high < old["low"]:
            lines.append(f"  {result.case.name:{WIDTH}}{result.threads:3}  "
                         f"{duration(old['median'])} -> {duration(median)}  "
                         f"({'slower' if low > old['high'] else 'faster'}, "
                         f"{digits(old['median'] / median, 0)}x)")
    return lines
