"""Fields that lists select and sort by, and how each becomes a condition.

A condition has marks for every value; no text of a request becomes part of a statement.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from registry.domain import places
from registry.domain.effective import BEGINNING, FOREVER, Effective
from registry.errors import InvalidField
from registry.events.v1 import partnership_pb2
from registry.projections.conditions import on
from registry.projections.filters import AllOf, AnyOf, Comparison, Not, refuse
from registry.projections.folding import fold
from registry.reference import ecosystems, nuts

if TYPE_CHECKING:
    from registry.projections.filters import Tree

FILTER = "filter"
_EQUAL = ("=", "!=")
_ORDERED = ("=", "!=", "<", "<=", ">", ">=")


_HELD = f"t.stream = l.stream AND {on('t')}"
"""Whether a tag or place t is the row's, on the day."""


class Part(NamedTuple):
    """A column that a list is sorted by."""

    column: str
    descending: bool


class Context:
    """Values of a condition as they come up, and what every condition needs."""

    def __init__(self, tag_known: str) -> None:
        """Begin without values.

        Args:
            tag_known: condition on a tag or place t, that it is known at the list's position.
        """
        self.tag_known = tag_known
        self.params: dict[str, int | str] = {}

    def mark(self, value: int | str) -> str:
        """Mark that stands for a value."""
        name = "filter_" + str(len(self.params)).translate(_TO_LETTERS)
        self.params[name] = value
        return f":{name}"


_TO_LETTERS = str.maketrans("0123456789", "abcdefghij")
Condition = Callable[[Comparison, Context], str]


class Field(NamedTuple):
    """What a list can select by, and sort by where it has a column."""

    operators: tuple[str, ...]
    condition: Condition
    column: str = ""


def conditions(tree: Tree | None, kind: str, context: Context) -> str:
    """Condition on a row l of `listed`; the values are in the context.

    Raises:
        InvalidField: for a field, an operator or a value that a list of the kind has not.
    """
    if tree is None:
        return "1 = 1"
    match tree:
        case Not(of):
            return f"NOT ({conditions(of, kind, context)})"
        case AllOf(of):
            return "(" + " AND ".join(conditions(each, kind, context) for each in of) + ")"
        case AnyOf(of):
            return "(" + " OR ".join(conditions(each, kind, context) for each in of) + ")"
    return _compared(tree, FIELDS[kind], context)


def ordering(text: str, kind: str) -> tuple[Part, ...]:
    """Columns of an order such as "country, name desc"; empty for the resource names.

    Raises:
        InvalidField: for a field that a list of the kind is not sorted by, or one named twice.
    """
    sortable = {name: field for name, field in FIELDS[kind].items() if field.column}
    parts: dict[str, Part] = {}
    for said in text.split(",") if text.strip() else ():
        name, *direction = said.split() or [""]
        if name not in sortable or direction not in ([], ["asc"], ["desc"]):
            known = ", ".join(sortable)
            wrong = f"{said.strip()!r}: expected a field, and asc or desc; fields: {known}"
            raise InvalidField("order_by", wrong)
        if name in parts:
            raise InvalidField("order_by", f"{name!r} is named twice")
        parts[name] = Part(sortable[name].column, direction == ["desc"])
    return tuple(parts.values())


def _compared(comparison: Comparison, fields: dict[str, Field], context: Context) -> str:
    name, operator, _, column, _ = comparison
    field = fields.get(name)
    if field is None:
        raise refuse(FILTER, column, f"{name!r} is no field; fields: {', '.join(fields)}")
    if operator not in field.operators:
        known = " ".join(field.operators)
        raise refuse(FILTER, column, f"{name} is not compared by {operator}, but by {known}")
    if operator == "!=":
        return f"NOT ({field.condition(comparison._replace(operator='='), context)})"
    return field.condition(comparison, context)


# -- kinds of fields -----------------------------------------------------------------------


def _name(comparison: Comparison, context: Context) -> str:
    """Compare as a search does; ":" asks for words that begin so, in this order."""
    folded = fold(comparison.value)
    if comparison.operator == ":":
        return f"' ' || l.sort_name LIKE {context.mark(f'% {folded}%')}"
    return f"l.sort_name = {context.mark(folded)}"


def _text(column: str) -> Field:
    def condition(comparison: Comparison, context: Context) -> str:
        return f"l.{column} = {context.mark(comparison.value)}"

    return Field(_EQUAL, condition, column)


def _country(comparison: Comparison, context: Context) -> str:
    try:
        code = places.country(comparison.value, FILTER)
    except InvalidField as error:
        raise refuse(FILTER, comparison.value_column, _reason(error)) from None
    return f"l.country = {context.mark(code)}"


def _ecosystem(comparison: Comparison, context: Context) -> str:
    try:
        slug = ecosystems.ecosystem(comparison.value).slug
    except ecosystems.UnknownEcosystem as error:
        raise refuse(FILTER, comparison.value_column, str(error)) from None
    # The slug is a parameter; what is known is a condition of ours.
    return (
        f"EXISTS (SELECT 1 FROM tags t WHERE {_HELD} AND {context.tag_known}"  # noqa: S608
        f" AND t.ecosystem = {context.mark(slug)})"
    )


def _region(comparison: Comparison, context: Context) -> str:
    """What certainly lies in it: whatever version and level its place was recorded in."""
    code = nuts.written(comparison.value)
    try:
        version = nuts.newest_version(code)
    except nuts.UnknownRegion as error:
        raise refuse(FILTER, comparison.value_column, str(error)) from None
    lies = f"a.version = {context.mark(version)} AND a.area = {context.mark(code)}"
    # As above: values are parameters.
    return (
        f"EXISTS (SELECT 1 FROM places t JOIN areas a ON a.location = t.location"  # noqa: S608
        f" AND {lies} AND a.certain = 1 WHERE {_HELD} AND {context.tag_known})"
    )


def _one_of(column: str, *values: str) -> Field:
    def condition(comparison: Comparison, context: Context) -> str:
        _require(comparison, values)
        return f"l.{column} = {context.mark(comparison.value)}"

    return Field(_EQUAL, condition, column)


def _life(comparison: Comparison, _: Context) -> str:
    return {
        "live": "(l.starts <= :day AND l.ends >= :day)",
        "ended": "l.ends < :day",
        "not-yet": "l.starts > :day",
    }[_require(comparison, ("live", "ended", "not-yet"))]


def _number(comparison: Comparison, context: Context) -> str:
    if not comparison.value.isascii() or not comparison.value.isdecimal():
        raise refuse(FILTER, comparison.value_column, f"{comparison.value!r} is no number")
    number = min(int(comparison.value[:18]), 2**62)
    return f"l.number {comparison.operator} {context.mark(number)}"


def _date(column: str, unknown: int) -> Field:
    """A day; a year means each of its days, so "< 2010" is before it and "> 2010" after it."""

    def condition(comparison: Comparison, context: Context) -> str:
        period = _period(comparison)
        first, last = context.mark(period.first_day), context.mark(period.last_day)
        compared = {
            "=": f"l.{column} >= {first} AND l.{column} <= {last}",
            "<": f"l.{column} < {first}",
            "<=": f"l.{column} <= {last}",
            ">": f"l.{column} > {last}",
            ">=": f"l.{column} >= {first}",
        }[comparison.operator]
        return f"({compared} AND l.{column} <> {unknown})"

    return Field(_ORDERED, condition, column)


def _period(comparison: Comparison) -> Effective:
    try:
        year, *rest = comparison.value.split("-")
        if len(year) == 4 and len(rest) < 3 and all(len(part) == 2 for part in rest):  # noqa: PLR2004 - ISO 8601
            return Effective.on(comparison.value)
    except ValueError:
        pass
    wrong = f"{comparison.value!r} is no date: expected YYYY, YYYY-MM or YYYY-MM-DD"
    raise refuse(FILTER, comparison.value_column, wrong)


def _require(comparison: Comparison, values: tuple[str, ...]) -> str:
    if comparison.value not in values:
        wrong = f"{comparison.value!r} is no {comparison.field}: expected {', '.join(values)}"
        raise refuse(FILTER, comparison.value_column, wrong)
    return comparison.value


def _reason(error: InvalidField) -> str:
    return str(error).partition(": ")[2] or str(error)


_NAME = Field(("=", "!=", ":"), _name, "sort_name")
_COUNTRY = Field(_EQUAL, _country, "country")
_ECOSYSTEM = Field(_EQUAL, _ecosystem)
_LIFE = Field(_EQUAL, _life)
_PARTNERSHIP_KINDS = [
    name.removeprefix("PARTNERSHIP_KIND_").lower().replace("_", "-")
    for name in partnership_pb2.PartnershipKind.keys()[1:]
]

FIELDS: dict[str, dict[str, Field]] = {
    "clusters": {
        "name": _NAME,
        "country": _COUNTRY,
        "ecosystem": _ECOSYSTEM,
        "region": Field(_EQUAL, _region),
        "life": _LIFE,
        "established": _date("starts", BEGINNING),
        "dissolved": _date("ends", FOREVER),
    },
    "organisations": {
        "name": _NAME,
        "country": _COUNTRY,
        "kind": _text("sort"),
        "life": _LIFE,
        "established": _date("starts", BEGINNING),
    },
    "partnerships": {
        "name": _NAME,
        "kind": _one_of("sort", *_PARTNERSHIP_KINDS),
        "ecosystem": _ECOSYSTEM,
        "life": _LIFE,
        "formed": _date("starts", BEGINNING),
        "ended": _date("ends", FOREVER),
    },
    "editions": {
        "name": _NAME,
        "number": Field(_ORDERED, _number, "number"),
        "city": _text("city"),
        "country": _COUNTRY,
        "state": _one_of("status", "announced", "held", "cancelled"),
        "first_day": _date("starts", BEGINNING),
        "last_day": _date("ends", FOREVER),
    },
    "participations": {
        "participant": _text("name"),
        "kind": _one_of("sort", "cluster", "organisation", "partnership", "delegation"),
        "status": _one_of("status", "registered", "confirmed", "attended", "withdrawn"),
    },
}
"""For each kind its fields, as they are documented in docs/finding.md."""
