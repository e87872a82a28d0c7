"""Where in a source the statements, blocks and conditions are, as clang-format has laid them out."""
from __future__ import annotations

import bisect

from lexer import partners, tokens

_NOT_CODE = ("static_assert", "noexcept", "decltype", "alignas", "sizeof")
_BLOCK_AFTER = {"else", "do", "try", "const", "noexcept", "override", "final", "mutable",
                "HWY_ATTR"}
_NO_EXPRESSION = set(
    "return throw if for while switch do case default break continue using typedef static const "
    "constexpr constinit auto struct class enum union goto try catch template thread_local public "
    "private protected namespace extern friend virtual explicit inline else co_return".split())
_HEADS = {"if", "for", "while", "switch", "catch", "constexpr"}


class Source:
    """A file's text and tokens."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.tokens = tokens(text)
        self.words = [token.text for token in self.tokens]
        self.partner = partners(self.tokens)
        self._line_starts = [0] + [i + 1 for i, c in enumerate(text) if c == "\n"]
        self._kinds = {}
        self.block = self._blocks()
        self.code = self._code()

    def word(self, i):
        return self.words[i] if 0 <= i < len(self.words) else ""

    def line(self, at):
        """The number of the line at a place in the text; the first is 1."""
        return bisect.bisect_right(self._line_starts, at)

    def line_text(self, first, last=None):
        """Whole lines, without the last one's end."""
        ends = self._line_starts + [len(self.text) + 1]
        return self.text[ends[first - 1]:ends[last or first] - 1]

    def spaced(self, i):
        """Whether a sign stands between blanks, as operators of two operands do."""
        token = self.tokens[i]
        return (self.text[token.begin - 1:token.begin].isspace() and
                self.text[token.end:token.end + 1].isspace())

    def next_at_depth(self, i, ends):
        """The first token from i on that is in `ends` or closes the bracket around i."""
        while i < len(self.words):
            if self.words[i] in ends or (self.words[i] in ")]}" and self._is_sign(i)):
                return i
            i = self.partner.get(i, i) + 1 if self.words[i] in "([{" else i + 1
        return len(self.words) - 1

    def previous_at_depth(self, i, ends):
        """The first token from i on, to the left, that is in `ends` or opens the bracket around i."""
        while i >= 0:
            if self.words[i] in ends or (self.words[i] in "([{" and self._is_sign(i)):
                return i
            i = self.partner.get(i, i) - 1 if self.words[i] in ")]}" else i - 1
        return -1

    def _is_sign(self, i):
        return self.tokens[i].kind == "sign"

    def head(self, i):
        """What stands before token i in its statement or declaration."""
        begin = self.previous_at_depth(i - 1, (";", "{", "}"))
        return self.words[begin + 1:i]

    def brace(self, i):
        """What the { at i opens: "block" of statements, "scope" of declarations, or "list"."""
        if i not in self._kinds:
            self._kinds[i] = self._brace(i)
        return self._kinds[i]

    def _brace(self, i):
        before = self.word(i - 1)
        if before in ("=", "return", "(", ",", ""):
            return "list"
        if before in (")", "]", ";", "{", ":", "else", "do", "try") or before == "}":
            return "block"
        head = self.head(i)
        if "->" in head:
            return "block"
        if set(head) & {"namespace", "struct", "class", "union", "extern"}:
            return "scope"
        return "block" if before in _BLOCK_AFTER else "list"

    def _blocks(self):
        """For each token, the { of the innermost block or scope around it, or -1."""
        result = []
        stack = [-1]
        for i, word in enumerate(self.words):
            if word == "}" and self._is_sign(i) and len(stack) > 1 and i in self.partner:
                if self.partner[i] == stack[-1]:
                    stack.pop()
            result.append(stack[-1])
            if word == "{" and self._is_sign(i) and self.brace(i) != "list":
                stack.append(i)
        return result

    def in_function(self, i):
        """Whether token i is part of a statement."""
        return self.block[i] >= 0 and self.brace(self.block[i]) == "block"

    def _code(self):
        """For each token, whether it may be changed: no types, no assertions, no attributes."""
        result = [True] * len(self.words)

        def leave(first, last):
            for k in range(first, min(last + 1, len(result))):
                result[k] = False

        for i, word in enumerate(self.words):
            if word in _NOT_CODE and self.word(i + 1) == "(":
                leave(i, self.partner.get(i + 1, i))
            elif word == "[" and self.word(i + 1) == "[":
                leave(i, self.partner.get(i, i))
            elif word == "template" and self.word(i + 1) == "<":
                leave(i, self.angle(i + 1))
            elif word in ("using", "typedef", "namespace", "concept"):
                leave(i, self.next_at_depth(i, (";", "{")))
            elif word == "operator":
                leave(i, i + 2)
            elif word == "requires":
                opening = i + 1 if self.word(i + 1) == "(" else i
                leave(i, self.partner.get(opening, opening))
            elif word == "0" and self.word(i - 1) == "=" and self.word(i + 1) == ";":
                if self.word(i - 2) in (")", "const", "noexcept"):  # virtual
                    leave(i, i)
        return result

    def angle(self, i):
        """The > that closes the < at i, or i where there is none."""
        depth = 0
        for k in range(i, min(i + 60, len(self.words))):
            word = self.words[k]
            if word == "<":
                depth += 1
            elif word in (">", ">>"):
                depth -= len(word)
                if depth <= 0:
                    return k
            elif word in (";", "{", "&&", "||"):
                break
        return i

    def starts_statement(self, i):
        if not self.in_function(i):
            return False
        before = self.word(i - 1)
        if before in (";", "else", "do"):
            return self.tokens[i].begin > 0
        if before in "{}" and before:
            opening = i - 1 if before == "{" else self.partner.get(i - 1, -1)
            return opening >= 0 and self.brace(opening) != "list"
        if before == ")":
            return self.is_body(i)
        return before == ":" and self.is_label(i - 1)

    def is_body(self, i):
        """Whether token i begins what an if, a loop or an else without braces governs."""
        if self.word(i - 1) in ("else", "do"):
            return True
        opening = self.partner.get(i - 1, -1) if self.word(i - 1) == ")" else -1
        return opening > 0 and self.word(opening - 1) in _HEADS

    def is_label(self, i):
        """Whether the : at i ends a case."""
        head = self.head(i)
        return bool(head) and head[0] in ("case", "default") and "?" not in head

    def expression_end(self, i):
        """The ; of a statement that calls or assigns and declares nothing; -1 for any other."""
        if self.words[i] in _NO_EXPRESSION or not self.starts_statement(i):
            return -1
        end = self.next_at_depth(i, (";",))
        if self.words[end] != ";":
            return -1
        k = i
        while self.words[k] in ("++", "--", "*", "::"):
            k += 1
        if self.tokens[k].kind != "name":
            return -1
        k += 1
        while k < end:
            word = self.words[k]
            if word in ("::", ".", "->"):
                k += 2
            elif word in ("(", "["):
                k = self.partner[k] + 1
            elif word == "<" and not self.spaced(k) and self.angle(k) > k:
                k = self.angle(k) + 1
            else:
                break
        if k == end:
            return end if end - i > 1 else -1
        assigns = self.words[k] in ("++", "--", "<<") or self.words[k].endswith("=")
        return end if assigns and self.words[k] not in ("==", "<=", ">=", "!=") else -1

    def function_head(self, i):
        """The words before the parameters of the function around token i; [] in a lambda."""
        brace = self.block[i]
        while brace >= 0 and self.brace(brace) == "block":
            head = self.head(brace)
            before = brace - 1
            if self.word(before) == "]":
                return []
            if head and head[0] not in ("if", "for", "while", "switch", "else", "do", "try",
                                        "catch", "case", "default"):
                if "[" in head or "->" in head:
                    return []
                return head[:head.index("(")] if "(" in head else []
            brace = self.block[brace]
        return []
