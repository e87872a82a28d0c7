"""Which slips are tried: all of some files, or a random sample of them."""
from __future__ import annotations

import random

from slips import slips


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


def sample(found, count, generator):
    """Some of the slips: a line by chance, one of the rules that apply to it, one of its slips. A
    line full of numbers is not drawn more often than a short one."""
    lines = {}
    for slip in found:
        lines.setdefault((slip.path, slip.line), {}).setdefault(slip.rule, []).append(slip)
    places = list(lines)
    result = []
    while places and len(result) < count:
        k = generator.randrange(len(places))
        rules = lines[places[k]]
        rule = generator.choice(sorted(rules))
        result.append(rules[rule].pop(generator.randrange(len(rules[rule]))))
        if not rules[rule]:
            del rules[rule]
        if not rules:
            places[k] = places[-1]
            places.pop()
    return result


def choose(folders, count, wanted, seed):
    """The slips to try, in an order by chance; all of them where count is 0."""
    if not count and not wanted:
        return [slip for found in folders.values() for slip in found]
    result = []
    for folder, number in sorted(shares(folders, count, wanted).items()):
        result += sample(folders[folder], number, random.Random(f"{seed}/{folder}"))
    random.Random(seed).shuffle(result)
    return result
