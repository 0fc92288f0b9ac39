r"""Filters: the text of a filter becomes a tree; a small part of AIP-160.

    filter      = disjunction
    disjunction = conjunction | term { "OR" term }
    conjunction = term { "AND" term }
    term        = [ "NOT" ] ( "(" filter ")" | comparison )
    comparison  = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" | ":" ) value

AND and OR beside each other need parentheses: AIP-160 and most languages read them in different
ways. A value is a word, or a text in quotation marks with \ before one of them.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from registry.errors import InvalidField

MAX_COMPARISONS = 50
MAX_DEPTH = 20

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
        |(?P<operator><=|>=|!=|[=<>:])
        |(?P<bracket>[()])
        |(?P<word>[^\s()"'=<>!:]+)
    )""",
    re.VERBOSE,
)
_LITERAL = ("text", "word")


class Comparison(NamedTuple):
    """A field, an operator and a value, and where the first and last of them begin."""

    field: str
    operator: str
    value: str
    column: int
    """From 1."""
    value_column: int


class Not(NamedTuple):
    """What must not hold."""

    of: Tree


class AllOf(NamedTuple):
    """What must hold together."""

    of: tuple[Tree, ...]


class AnyOf(NamedTuple):
    """What of which one must hold."""

    of: tuple[Tree, ...]


Tree: TypeAlias = Comparison | Not | AllOf | AnyOf


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


def parse(text: str, field: str = "filter") -> Tree | None:
    """Tree of a filter; None for an empty one.

    Raises:
        InvalidField: naming the field of the request, and the column where it failed.
    """
    if not text.strip():
        return None
    reader = _Reader(text, field)
    tree = reader.filter()
    reader.end()
    return tree


def refuse(field: str, column: int, why: str) -> InvalidField:
    """Say what is wrong with a filter, and where."""
    return InvalidField(field, f"at column {column}: {why}")


class _Reader:
    """Reads token by token."""

    def __init__(self, text: str, field: str) -> None:
        self._field = field
        self._tokens = self._split(text)
        self._at = 0
        self._comparisons = 0
        self._depth = 0

    def _split(self, text: str) -> list[_Token]:
        tokens, at, end = [], 0, len(text.rstrip())
        while at < end:
            found = _TOKEN.match(text, at)
            if found is None or found.lastgroup is None:
                at += len(text[at:]) - len(text[at:].lstrip())
                why = "a quotation mark is not closed" if text[at] in "\"'" else "not understood"
                raise refuse(self._field, at + 1, f"{text[at : at + 20]!r}: {why}")
            kind = found.lastgroup
            tokens.append(_Token(kind, found[kind], found.start(kind) + 1))
            at = found.end()
        tokens.append(_Token("end", "", end + 1))
        return tokens

    def filter(self) -> Tree:
        """Terms that AND or OR joins."""
        first = self._term()
        joined_by = self._word("AND", "OR")
        if not joined_by:
            return first
        terms = [first]
        while word := self._word("AND", "OR"):
            if word != joined_by:
                raise self._wrong("put AND and OR beside each other in parentheses")
            self._at += 1
            terms.append(self._term())
        return AllOf(tuple(terms)) if joined_by == "AND" else AnyOf(tuple(terms))

    def end(self) -> None:
        """Nothing may follow."""
        if self._token.kind != "end":
            raise self._wrong("expected AND, OR or the end")

    def _term(self) -> Tree:
        if self._word("NOT"):
            self._at += 1
            return Not(self._operand())
        return self._operand()

    def _operand(self) -> Tree:
        if self._token.text != "(" or self._token.kind != "bracket":
            return self._comparison()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._wrong(f"parentheses go at most {MAX_DEPTH} deep")
        self._at += 1
        inner = self.filter()
        if self._token.text != ")":
            raise self._wrong("a parenthesis is not closed")
        self._at += 1
        self._depth -= 1
        return inner

    def _comparison(self) -> Comparison:
        name = self._take("word", expected="a field, NOT or a parenthesis")
        operator = self._take("operator", expected="one of = != < <= > >= :")
        value = self._take(*_LITERAL, expected="a value")
        self._comparisons += 1
        if self._comparisons > MAX_COMPARISONS:
            raise refuse(self._field, name.column, f"at most {MAX_COMPARISONS} comparisons")
        text = value.text
        if value.kind == "text":
            text = re.sub(r"\\(.)", r"\1", text[1:-1])
        return Comparison(name.text, operator.text, text, name.column, value.column)

    @property
    def _token(self) -> _Token:
        return self._tokens[self._at]

    def _word(self, *words: str) -> str:
        token = self._token
        return token.text if token.kind == "word" and token.text in words else ""

    def _take(self, *kinds: str, expected: str) -> _Token:
        token = self._token
        if token.kind not in kinds or (token.kind == "word" and self._word("AND", "OR", "NOT")):
            raise self._wrong(f"expected {expected}")
        self._at += 1
        return token

    def _wrong(self, why: str) -> InvalidField:
        token = self._token
        shown = repr(token.text) if token.text else "the end"
        return refuse(self._field, token.column, f"{shown}: {why}")
