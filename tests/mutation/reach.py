"""Which tests can reach an object at all, going by the symbols that objects need of one another."""
from __future__ import annotations

import subprocess

_UNDEFINED = "Uwv"
_DEFINED = "ABCDGRSTVWui"


def read_symbols(nm):
    """What each object needs, which objects define each name, and which run something at the start,
    from nm --format=posix --print-file-name."""
    needs, defined_by, starters = {}, {}, set()
    for line in nm.splitlines():
        output, separator, rest = line.partition(": ")
        words = rest.split(" ")
        if not separator or len(words) < 2:
            continue
        name, kind = words[0], words[1]
        needs.setdefault(output, set())
        if kind in _UNDEFINED:
            needs[output].add(name)
        elif kind in _DEFINED:
            defined_by.setdefault(name, []).append(output)
        elif name.startswith("_GLOBAL__sub_I_"):
            starters.add(output)
    return needs, defined_by, starters


class Reach:
    def __init__(self, directory, objects):
        ran = subprocess.run(["nm", "--format=posix", "--print-file-name", *objects], cwd=directory,
                             capture_output=True, text=True)
        self._needs, self._defined_by, self._starters = read_symbols(ran.stdout)
        # What the commands note down at the start, nothing below them looks at.
        own = [output for output in self._starters if not output.startswith(("tests/", "src/cli/"))]
        always = self._closure(own)
        self._reached = {output: self._closure([output]) | always
                         for output in objects if output.startswith("tests/")}

    def _closure(self, roots):
        found, stack = set(roots), list(roots)
        while stack:
            for name in self._needs.get(stack.pop(), ()):
                for output in self._defined_by.get(name, ()):
                    if output not in found:
                        found.add(output)
                        stack.append(output)
        return found

    def unreachable(self, output):
        """The test objects that never come to a function of this object. None for one that does
        something at the start, whose traces may be anywhere."""
        if output in self._starters or output not in self._needs:
            return set()
        return {test for test, reached in self._reached.items() if output not in reached}
