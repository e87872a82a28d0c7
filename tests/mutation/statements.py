"""Slips that drop or add whole statements and conditions. As in expressions.py."""
from __future__ import annotations

_PLAIN = ("{", "nullptr", "true", "false", "*", "fail", "std::nullopt")


def _condition(source, i):
    """The brackets of the condition of the if, while or if constexpr at token i."""
    opening = i + 2 if source.word(i + 1) == "constexpr" else i + 1
    if source.word(opening) != "(" or opening not in source.partner:
        return None
    return opening, source.partner[opening]


def conditions(source):
    """if (c) becomes if (false): a dropped guard, a forgotten branch; or if (true)."""
    for i, word in enumerate(source.words):
        if word not in ("if", "while") or not source.code[i] or not source.in_function(i):
            continue
        brackets = _condition(source, i)
        if not brackets or (word == "while" and source.word(i - 1) == "}" and
                            source.word(brackets[1] + 1) == ";"):  # do while
            continue
        opening, closing = brackets
        first = opening + 1
        semicolon = source.next_at_depth(first, (";",))
        if source.words[semicolon] == ";":
            first = semicolon + 1
        begin, end = source.tokens[first].begin, source.tokens[closing - 1].end
        if source.words[source.next_at_depth(first, ("=",))] == "=":  # declares
            yield end, end, "; false"
            continue
        if source.words[first:closing] in (["true"], ["false"]):
            continue
        yield begin, end, "false"
        body = closing + 2 if source.word(closing + 1) == "{" else closing + 1
        if word == "if" and source.word(body) != "throw" and not source.word(body).startswith("fail"):
            yield begin, end, "true"


def dropped_statement(source):
    """f(x); and x = y; become nothing. What takes more lines than three is missed by anybody."""
    for i in range(len(source.words)):
        if not source.code[i] or source.tokens[i].kind == "number":
            continue
        end = source.expression_end(i)
        # What an if without an else governs is dropped with its condition.
        if end < 0 or (source.is_body(i) and source.word(end + 1) != "else" and
                       source.word(i - 1) == ")"):
            continue
        begin, last = source.tokens[i].begin, source.tokens[end].end
        if source.text.count("\n", begin, last) < 3:
            yield begin, last, ";"


def dropped_jump(source):
    """break; and continue; become nothing."""
    for i, word in enumerate(source.words):
        if word in ("break", "continue") and source.in_function(i) and not source.is_body(i):
            yield source.tokens[i].begin, source.tokens[i].end, ""


def dropped_case(source):
    """case x: becomes nothing, and x one of the default's."""
    for i, word in enumerate(source.words):
        if word == "case" and source.in_function(i):
            end = source.next_at_depth(i, (":",))
            if source.words[end] == ":":
                yield source.tokens[i].begin, source.tokens[end].end, ""


def returns(source):
    """return x; becomes return {};, and in a function that returns nothing, return;."""
    for i, word in enumerate(source.words):
        if word != "return" or not source.code[i] or source.word(i + 1) in (";", *_PLAIN):
            continue
        end = source.next_at_depth(i + 1, (";",))
        head = source.function_head(i)
        if source.words[end] != ";" or source.tokens[i + 1].kind in ("number", "string"):
            continue
        if {"auto", "&", "*"} & set(head) or not head or source.word(i + 1).startswith("fail"):
            continue
        if source.words[i + 1:end] in (["std", "::", "nullopt"],):
            continue
        after = "" if "void" in head else "{}"
        yield source.tokens[i + 1].begin, source.tokens[end - 1].end, after


RULES = {"condition": conditions, "dropped statement": dropped_statement,
         "dropped jump": dropped_jump, "dropped case": dropped_case, "return": returns}
