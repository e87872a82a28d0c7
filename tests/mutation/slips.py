"""The slips: what a tired hand might write instead of what stands there, one at a time."""
from __future__ import annotations

import re
from typing import NamedTuple

import expressions
import statements
from structure import Source

RULES = {**expressions.RULES, **statements.RULES}
_NUMBERS_ONLY = re.compile(r"[-+\s0-9a-fA-FxXpPuUlL.,'{}]*")


class Slip(NamedTuple):
    path: str   # from the repository's root
    line: int
    rule: str
    begin: int  # what is replaced, in the file's text
    end: int
    before: str
    after: str
    minus: str  # the lines as they are
    plus: str   # the lines with the slip

    def apply(self, text):
        assert text[self.begin:self.end] == self.before
        return text[:self.begin] + self.after + text[self.end:]

    def key(self):
        """What tells it from others as long as the lines around it stay."""
        return f"{self.path}|{self.minus}|{self.plus}|{self.line}"


def slips(path, text):
    """Every slip in a file, in the order of its lines; no two make the same text."""
    source = Source(path, text)
    found = {}
    for rule, generate in RULES.items():
        for begin, end, after in generate(source):
            before = text[begin:end]
            # The lines behind it keep their numbers, which messages may contain.
            after += "\n" * (before.count("\n") - after.count("\n"))
            first, last = source.line(begin), source.line(max(begin, end - 1))
            minus = source.line_text(first, last)
            if after == before or _NUMBERS_ONLY.fullmatch(minus):
                continue
            start = begin - source.text.rfind("\n", 0, begin) - 1
            plus = minus[:start] + after + minus[start + end - begin:]
            found.setdefault((first, plus), Slip(path, first, rule, begin, end, before, after,
                                                 minus.strip(), plus.strip()))
    return sorted(found.values(), key=lambda slip: (slip.begin, slip.end, slip.after))
