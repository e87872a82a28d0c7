"""Slips within expressions. Each rule yields (begin, end, what stands there instead)."""
from __future__ import annotations

import re

_SIGNS = {
    "bounds": {"<": ["<="], "<=": ["<"], ">": [">="], ">=": [">"]},
    "equality": {"==": ["!="], "!=": ["=="]},
    "arithmetic": {"+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["/"], "+=": ["-="],
                   "-=": ["+="], "*=": ["/="], "/=": ["*="]},
    "bits": {"&": ["|"], "|": ["&"], "^": ["|"], "|=": ["&="], "&=": ["|="], "<<": [">>"],
             ">>": ["<<"]},
    "logic": {"&&": ["||"], "||": ["&&"]},
}
_PAIRS = ("min max", "Min Max", "minimum maximum", "floor ceil", "Floor Ceil",
          "lower_bound upper_bound", "any_of all_of", "front back", "starts_with ends_with",
          "Add Sub", "Lt Le", "Gt Ge", "And Or", "MulAdd NegMulAdd",
          "ShiftLeft ShiftRight", "add sub", "lt le", "gt ge")
_OTHER = {}
for _pair in _PAIRS:
    _one, _two = _pair.split()
    _OTHER[_one], _OTHER[_two] = _two, _one
_EITHER_WAY = set("min max Min Max Add Mul And Or Xor Eq Ne add mul minimum maximum swap".split())
_ENDS = ("&&", "||", ",", ";", "?", ":", "=", "return")
_INTEGER = re.compile(r"(0[xX])?([0-9a-fA-F']+)([uUlLzZ]*)")
_REAL = re.compile(r"([0-9]*\.?[0-9]*)(?:[eE]([-+]?[0-9]+))?([fFlL]?)")


def _signs(rule):
    def generate(source):
        for i, word in enumerate(source.words):
            if word not in _SIGNS[rule] or not source.code[i] or not source.spaced(i):
                continue
            token, beside = source.tokens[i], source.tokens[i - 1:i + 2:2]
            if token.kind != "sign" or beside[0].text in ("template", "operator", "auto"):
                continue
            if rule == "arithmetic" and any(one.text.endswith('"') for one in beside):
                continue  # texts are only ever added
            for other in _SIGNS[rule][word]:
                yield token.begin, token.end, other
    return generate


def dropped_one(source):
    """x + 1 becomes x."""
    for i, word in enumerate(source.words):
        if word in ("+", "-") and source.code[i] and source.spaced(i):
            if source.tokens[i + 1].kind == "number" and source.word(i + 2) not in ("*", "/", "%"):
                yield source.tokens[i - 1].end, source.tokens[i + 1].end, ""


def dropped_sign(source):
    """-x and !x become x."""
    for i, word in enumerate(source.words[:-1]):
        if word in ("-", "!") and source.code[i] and source.tokens[i].kind == "sign":
            token = source.tokens[i]
            if source.tokens[i + 1].begin == token.end and source.tokens[i - 1].end != token.end:
                before = source.tokens[i - 1]
                ends_operand = before.kind in ("name", "number") and before.text != "return"
                if not ends_operand and before.text not in (")", "]"):
                    yield token.begin, token.end, ""


def dropped_operand(source):
    """a && b becomes a, or b."""
    for i, word in enumerate(source.words):
        if word not in ("&&", "||") or not source.code[i] or not source.spaced(i):
            continue
        left = source.previous_at_depth(i - 1, _ENDS) + 1
        right = source.next_at_depth(i + 1, _ENDS)
        if left < i and i + 1 < right:
            yield source.tokens[left].begin, source.tokens[i + 1].begin, ""
            yield source.tokens[i - 1].end, source.tokens[right - 1].end, ""


def other_branch(source):
    """c ? a : b becomes c ? b : a."""
    for i, word in enumerate(source.words):
        if word != "?" or not source.code[i] or source.tokens[i].kind != "sign":
            continue
        colon, nested = i + 1, 0
        while colon < len(source.words) - 1:
            colon = source.next_at_depth(colon, ("?", ":"))
            if source.words[colon] not in "?:" or (source.words[colon] == ":" and nested == 0):
                break
            nested += 1 if source.words[colon] == "?" else -1
            colon += 1
        if source.word(colon) != ":":
            continue
        end = source.next_at_depth(colon + 1, (";", ",", ":"))
        if "?" in source.words[colon:end]:  # of a chain only the last two are swapped
            continue
        first = source.text[source.tokens[i + 1].begin:source.tokens[colon - 1].end]
        second = source.text[source.tokens[colon + 1].begin:source.tokens[end - 1].end]
        between = source.text[source.tokens[colon - 1].end:source.tokens[colon + 1].begin]
        if "?" not in first:
            yield (source.tokens[i + 1].begin, source.tokens[end - 1].end,
                   second + between + first)


def _integers(text):
    match = _INTEGER.fullmatch(text)
    if not match or (not match[1] and not match[2].replace("'", "").isdigit()):
        return []
    value = int(match[2].replace("'", ""), 16 if match[1] else 10)
    values = [value + 1] if value == 0 else [value - 1, value + 1]
    return [(f"{match[1]}{v:X}" if match[1] else str(v)) + match[3] for v in values]


def _reals(text):
    match = _REAL.fullmatch(text)
    if not match or not match[1] or match[1] == ".":
        return []
    if match[2]:
        return [f"{match[1]}e{int(match[2]) + 1}{match[3]}"]
    if len(match[1]) > 7:
        return [f"{float(match[1]) * 1.001!r}{match[3]}"]
    return [f"{0.0 if float(match[1]) == 1 else float(match[1]) + 1}{match[3]}"]


def constants(source):
    """n becomes n + 1 or n - 1, true becomes false."""
    for i, token in enumerate(source.tokens):
        if not source.code[i] or source.word(i - 1) == "case":
            continue
        if token.kind == "number" and not (source.word(i - 1) == "<" and not source.spaced(i - 1)):
            for other in _integers(token.text) or _reals(token.text):
                yield token.begin, token.end, other
        elif token.text in ("true", "false"):
            yield token.begin, token.end, "false" if token.text == "true" else "true"


def other_function(source):
    """min becomes max."""
    for i, word in enumerate(source.words[:-1]):
        if word not in _OTHER or not source.code[i] or source.words[i + 1] != "(":
            continue
        before = source.tokens[i - 1]
        if word in ("add", "sub") and before.text in (".", "->"):  # of lists and such
            continue
        declares = before.kind == "name" and before.text != "return"
        if not declares and not (before.text in (">", "&", "*") and not source.spaced(i - 1)):
            yield source.tokens[i].begin, source.tokens[i].end, _OTHER[word]


def _arguments(source, opening):
    """First and last token of each argument of a call, or [] where it is something else."""
    closing = source.partner[opening]
    result = []
    i = opening + 1
    while i < closing:
        end = source.next_at_depth(i, (",",))
        words = source.tokens[i:end]
        for one, two in zip(words, words[1:]):
            if two.kind == "name" and (one.kind == "name" or one.text in "&*") and \
                    one.text not in ("return", "new") and one.end < two.begin:
                return []  # "int64_t n" declares
        result.append((i, end - 1))
        i = end + 1
    return result


def swapped_arguments(source):
    """f(a, b) becomes f(b, a)."""
    for i, word in enumerate(source.words):
        if word != "(" or not source.code[i] or not source.in_function(i) or i not in source.partner:
            continue
        name = source.tokens[i - 1]
        if name.end != source.tokens[i].begin or not (name.kind == "name" or name.text == ">") or \
                name.text in _EITHER_WAY or source.word(i + 1) == ")":
            continue
        found = _arguments(source, i)
        for (a, b), (c, d) in zip(found, found[1:]):
            kinds = {source.tokens[k].kind for k in (a, c)}
            simple = b - a < 6 and d - c < 6 and "string" not in kinds
            if simple and not {"{", "["} & set(source.words[a:d]) and \
                    not re.fullmatch(r"d[a-z]?[0-9]*", source.words[a] if a == b else ""):
                first = source.text[source.tokens[a].begin:source.tokens[b].end]
                second = source.text[source.tokens[c].begin:source.tokens[d].end]
                between = source.text[source.tokens[b].end:source.tokens[c].begin]
                yield source.tokens[a].begin, source.tokens[d].end, second + between + first


RULES = {**{rule: _signs(rule) for rule in _SIGNS}, "dropped one": dropped_one,
         "dropped sign": dropped_sign, "dropped operand": dropped_operand,
         "other branch": other_branch, "constant": constants, "other function": other_function,
         "swapped arguments": swapped_arguments}
