"""Which slips are tried: all of some files, or a random sample of them."""
from __future__ import annotations

import random

from slips import slips

# Where several rules apply to a line: what happens most, and what the compiler mostly refuses.
_WEIGHTS = {"bounds": 3, "condition": 3, "dropped one": 3, "dropped operand": 3, "logic": 2,
            "swapped arguments": 0.3, "return": 0.5}


def sources(repository, paths):
    """The C++ files below some paths, from the root of the repository."""
    found = set()
    for path in paths:
        full = repository / path
        if not full.exists():
            raise FileNotFoundError(f"{full} does not exist")
        files = [full] if full.is_file() else [*full.rglob("*.cpp"), *full.rglob("*.h")]
        found |= {file.relative_to(repository).as_posix() for file in files}
    return sorted(found)


def by_folder(files, read):
    """The slips of each folder below src."""
    result = {}
    for path in files:
        result.setdefault(path.split("/")[1], []).extend(slips(path, read(path)))
    return result


def shares(folders, count, wanted):
    """How many of each folder: those that are wanted, and the rest of `count` in equal parts."""
    result = {folder: wanted.get(folder, 0) for folder in folders}
    others = sorted(folder for folder in folders if folder not in wanted)
    left = max(0, count - sum(result.values()))
    for i, folder in enumerate(others):
        result[folder] = left // len(others) + (i < left % len(others))
    return result


def sample(found, count, generator, usable):
    """Some of the slips: a line by chance, one of the rules that apply to it, one of its slips, so
    that a line full of numbers is not drawn more often than a short one. Others take the place of
    those in files that are not usable."""
    lines = {}
    for slip in found:
        lines.setdefault((slip.path, slip.line), {}).setdefault(slip.rule, []).append(slip)
    places = list(lines)
    result = []
    while places and len(result) < count:
        k = generator.randrange(len(places))
        rules = lines[places[k]]
        weights = [_WEIGHTS.get(rule, 1) for rule in sorted(rules)]
        rule = generator.choices(sorted(rules), weights)[0]
        slip = rules[rule].pop(generator.randrange(len(rules[rule])))
        if usable(slip.path):
            result.append(slip)
        if not rules[rule]:
            del rules[rule]
        if not rules:
            places[k] = places[-1]
            places.pop()
    return result


def choose(folders, count, wanted, seed, usable=lambda path: True):
    """The slips to try, in an order by chance; all of them where no number is wanted."""
    if not count and not wanted:
        return [slip for found in folders.values() for slip in found if usable(slip.path)]
    result = []
    for folder, number in sorted(shares(folders, count, wanted).items()):
        result += sample(folders[folder], number, random.Random(f"{seed}/{folder}"), usable)
    random.Random(seed).shuffle(result)
    return result
