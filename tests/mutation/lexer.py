"""C++ as a list of tokens: enough of it to know code from comments, strings and directives."""
from __future__ import annotations

import re
from typing import NamedTuple

_TOKEN = re.compile(r"""
    (?P<space>\s+)
  | (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<string>(?:u8|[uUL])?R"(?P<mark>[^()\\\s]*)\(.*?\)(?P=mark)"
              |(?:u8|[uUL])?"(?:\\.|[^"\\\n])*"\w*
              |(?:u8|[uUL])?'(?:\\.|[^'\\\n])+')
  | (?P<number>\.?[0-9](?:[eEpP][+-]|'[0-9a-zA-Z]|[0-9a-zA-Z_.])*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<sign><=>|<<=|>>=|->\*|\.\.\.|::|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)
""", re.VERBOSE | re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)


class Token(NamedTuple):
    kind: str  # string, number, name or sign
    text: str
    begin: int
    end: int


def tokens(source):
    """What the compiler sees of `source`, directives left out."""
    result = []
    at = 0
    while at < len(source):
        if source[at] == "#" and not source[source.rfind("\n", 0, at) + 1:at].strip():
            at = _DIRECTIVE.match(source, source.rfind("\n", 0, at) + 1).end()
            continue
        match = _TOKEN.match(source, at)
        if match.lastgroup not in ("space", "comment"):
            kind = "string" if match.group("string") is not None else match.lastgroup
            result.append(Token(kind, match.group(), at, match.end()))
        at = match.end()
    return result


def partners(found):
    """The index of each bracket's other half, for ( [ and {."""
    result = {}
    stack = []
    for i, token in enumerate(found):
        if token.kind != "sign":
            continue
        if token.text in "([{":
            stack.append(i)
        elif token.text in ")]}" and stack:
            result[i] = stack.pop()
            result[result[i]] = i
    return result
