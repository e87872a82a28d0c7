"""What the generate_*.py scripts share: PyTorch itself, the forms of facts, and the command line.

Every script has facts(), which asks PyTorch and returns {file name: text or bytes}. `from golden
import torch` comes first in each: where PyTorch is not installed it says so and ends the program
well.
"""

import argparse
import difflib
import json
import pathlib
import sys
import tempfile
import warnings

try:
    import torch
except ImportError:
    print("PyTorch is not installed: skipped")
    sys.exit(0)

FOLDER = pathlib.Path(__file__).resolve().parent
SHOWN = 20  # differences told per file
NAMES = ("seed", "a", "b", "from", "to", "index", "shape", "dtype")  # say which entry it is


def bits(tensor):
    """The elements in row-major order: float32 as the unsigned integer of its bits."""
    return [int(v) & 0xFFFFFFFF for v in tensor.contiguous().view(torch.int32).flatten().tolist()]


def line_per_case(head, cases, tail):
    """A JSON text with one case per line, so that the file can be read and its changes too."""
    return head + ",\n".join(json.dumps(case) for case in cases) + tail


def ask(source):
    """facts() of one script, from the state that a fresh PyTorch is in."""
    torch.set_printoptions(profile="default")
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return source()


def by_name(entries):
    """A list of cases as a dict: by their names, or else by their places and what they ask."""
    if all("case" in entry for entry in entries):
        return {f"'{entry['case']}'": entry for entry in entries}
    return {", ".join([f"#{index}"] + [f"{key} {entry[key]}" for key in NAMES if key in entry]):
            entry for index, entry in enumerate(entries)}


def is_cases(value):
    return isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value)


def far_apart(ours, theirs, where):
    """As json_differences, for lists of numbers that differ between processors: tests allow for it.
    """
    for key in dict.fromkeys([*ours, *theirs]):
        a, b = ours.get(key, []), theirs.get(key, [])
        if len(a) != len(b) or not all(abs(x - y) <= 1e-5 * max(1, abs(x)) for x, y in zip(a, b)):
            yield f"{where} {key}: file {a}, answer {b}"


def json_differences(ours, theirs, where=""):
    """Every place where two JSON values differ, as text. `about` tells the version: no fact."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in dict.fromkeys([*ours, *theirs]):
            if key not in ours or key not in theirs:
                yield f"{where} {key}: only in {'the file' if key in ours else 'the answer'}"
            elif key == "close":
                yield from far_apart(ours[key], theirs[key], f"{where} {key}")
            elif where or key != "about":
                yield from json_differences(ours[key], theirs[key], f"{where} {key}")
    elif is_cases(ours) and is_cases(theirs):
        yield from json_differences(by_name(ours), by_name(theirs), where)
    elif json.dumps(ours) != json.dumps(theirs):  # tells -0.0 from 0.0, and nan equals itself
        yield f"{where}: file {json.dumps(ours)}, answer {json.dumps(theirs)}"


def text_differences(ours, theirs):
    """Every run of lines that differs, as text."""
    ours, theirs = ours.split("\n"), theirs.split("\n")
    for tag, a, b, c, d in difflib.SequenceMatcher(None, ours, theirs, False).get_opcodes():
        if tag != "equal":
            yield f"line {a + 1}: file {ours[a:b]}, answer {theirs[c:d]}"


def differences(name, text):
    """How the file in this folder differs from `text`, told by case or by line."""
    path = FOLDER / name
    if not path.exists():
        return ["not in this folder"]
    if isinstance(text, bytes):
        return [] if path.read_bytes() == text else ["the bytes differ"]
    ours = path.read_text(encoding="utf-8")
    if name.endswith(".json"):
        try:
            return list(json_differences(json.loads(ours), json.loads(text)))
        except json.JSONDecodeError as error:
            return [f"no JSON: {error}"]
    return list(text_differences(ours, text))


def check(facts):
    """Tells what differs; the number of files that do."""
    wrong = 0
    for name, text in facts.items():
        found = differences(name, text)
        wrong += bool(found)
        print(f"{name}: " + (f"{len(found)} that differ" if found else "as PyTorch answers"))
        for line in found[:SHOWN]:
            print("  " + line.strip())
        if len(found) > SHOWN:
            print(f"  ... and {len(found) - SHOWN} more")
    return wrong


def write(facts, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in facts.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)  # the files here are kept read-only
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    print(f"{len(facts)} files written to {folder}")


def main(about, *sources):
    """The command line of a script whose facts the functions `sources` give; the exit status."""
    parser = argparse.ArgumentParser(description=about,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path,
                        help="write the files into this folder; without any option, into a "
                        "temporary one")
    parser.add_argument("--check", action="store_true",
                        help="tell how the files in tests/golden differ; fail if they do")
    parser.add_argument("--write", action="store_true", help="replace the files in tests/golden")
    options = parser.parse_args()
    print(f"asking PyTorch {torch.__version__} ({torch.__file__})", flush=True)
    facts = {}
    for source in sources:
        facts |= ask(source)
    wrong = check(facts) if options.check else 0
    if options.out or not (options.check or options.write):
        write(facts, options.out or pathlib.Path(tempfile.mkdtemp(prefix="golden-")))
    if options.write:
        write(facts, FOLDER)
    return 1 if wrong else 0
