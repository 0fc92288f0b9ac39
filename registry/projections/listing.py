"""Lists: resources by name, and memberships by partnership and member, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_type_hints

from registry.domain.effective import FOREVER
from registry.errors import InvalidField
from registry.projections.conditions import known, known_now, known_then, on, then
from registry.projections.fields import Context, Part, conditions, ordering
from registry.projections.filters import parse
from registry.projections.tables import Listed

if TYPE_CHECKING:
    from registry.projections.store import Reading

_PAGE = """
SELECT l.stream{columns} FROM listed l
WHERE l.kind = :kind AND l.from_day <= :day AND l.to_day >= :day AND {known}
AND {below} AND ({selected}) AND {following}
ORDER BY {order} LIMIT :most
"""
_BOTH = "SELECT * FROM ({now}) now UNION ALL SELECT * FROM ({then}) then_known"
_MEMBERSHIPS = f"""
SELECT stream, member, joined_version FROM memberships m
WHERE {{of}} AND {{on}} AND {known("m")}
  AND (stream, member, joined_version) > (:partnership, :member, :version)
ORDER BY stream, member, joined_version LIMIT :most
"""  # noqa: S608 - our own names


class Listing(NamedTuple):
    """What a list is of."""

    kind: str
    """Plural of the resource name."""
    under: str = ""
    """Of participations, their edition; empty for all."""
    filter: str = ""
    """See `filters`."""
    order_by: str = ""
    """Fields with "desc" where wanted, by commas; empty for the resource names."""
    day: int = FOREVER
    """Ordinal of the day of the names, statuses and so on."""
    position: int | None = None
    """Position in the log whose knowledge is listed; None for what is known now."""


class Page(NamedTuple):
    """Resource names in order; next_after is empty on the last page."""

    streams: tuple[str, ...]
    next_after: tuple[int | str, ...]
    """What the last one is sorted by, and its name."""
    read_position: int


class MembershipListing(NamedTuple):
    """What a list of memberships is of."""

    partnership: str = ""
    """Only its; empty for all."""
    member: str = ""
    """Only its, where no partnership is named; empty for all."""
    day: int = FOREVER
    """Ordinal of the day on which they hold."""
    include_past: bool = False
    """Also those that ended before the day."""
    position: int | None = None
    """Position in the log whose knowledge is listed; None for what is known now."""

    @property
    def column(self) -> str:
        """Column of what they are of; empty for all."""
        return "stream" if self.partnership else "member" if self.member else ""


class MembershipRow(NamedTuple):
    """A membership; joined_version names the event that recorded it."""

    partnership: str
    member: str
    joined_version: int


_FIRST = MembershipRow("", "", 0)
"""Before every membership."""


class MembershipPage(NamedTuple):
    """Memberships in order; next_after is empty on the last page."""

    rows: tuple[MembershipRow, ...]
    next_after: tuple[int | str, ...]
    read_position: int


def list_resources(
    reading: Reading, listing: Listing, page_size: int, after: tuple[int | str, ...]
) -> Page:
    """Resources with a live registration, selected and sorted.

    Raises:
        InvalidField: for a filter or an order that a list of the kind has not.
    """
    head = reading.checkpoint.position
    position = head if listing.position is None else listing.position
    order = (*ordering(listing.order_by, listing.kind), Part("stream", descending=False))
    _require_of(order, after)
    statement = _Statement(listing, order, after)
    sql = statement.sql(changed=head > position)
    params = statement.params | {"day": listing.day, "position": position, "most": page_size + 1}
    found = reading.rows(sql, **params)
    streams = tuple(row[0] for row in found[:page_size])
    more = len(found) > page_size
    last = found[page_size - 1] if more else ()
    return Page(streams, (*last[1:], last[0]) if more else (), position)


def _require_of(order: tuple[Part, ...], after: tuple[object, ...]) -> None:
    """Refuse what a page of this order cannot have ended with."""
    types = get_type_hints(Listed)
    wanted = [types[part.column] for part in order]
    if after and [type(value) for value in after] != wanted:
        raise InvalidField("page_token", "is of a list with another order_by")


class _Statement:
    """One page as it was known at a position."""

    def __init__(
        self, listing: Listing, order: tuple[Part, ...], after: tuple[int | str, ...]
    ) -> None:
        self._listing = listing
        self._order = order
        self._tree = parse(listing.filter)
        self._after = after
        self.params: dict[str, int | str] = {"kind": listing.kind}
        if listing.under:
            self.params["under"] = listing.under
        marks = [f"after_{chr(ord('a') + number)}" for number in range(len(after))]
        self._marks = [f":{mark}" for mark in marks]
        self.params |= dict(zip(marks, after, strict=True))

    def sql(self, *, changed: bool) -> str:
        """The statement; `changed`: where something was recorded after the position."""
        # What was known then is what is known now and was then, and what ended since.
        if not changed:
            return self._arm(known("l"), known("t"))
        arms = (known_now("l"), known_then("l"))
        now, ended = (self._arm(row_known, then(known("t"))) for row_known in arms)
        by = ", ".join(
            f"{number}{' DESC' * part.descending}"
            for number, part in enumerate(self._order[:-1], 2)
        )
        return _BOTH.format(now=now, then=ended) + f" ORDER BY {by + ', ' * bool(by)}1 LIMIT :most"

    def _arm(self, row_known: str, tag_known: str) -> str:
        context = Context(tag_known)
        selected = conditions(self._tree, self._listing.kind, context)
        self.params |= context.params
        columns = "".join(f", l.{part.column}" for part in self._order[:-1])
        order = ", ".join(f"l.{part.column}{' DESC' * part.descending}" for part in self._order)
        below = "l.under = :under AND l.under <> ''" if self._listing.under else "1 = 1"
        return _PAGE.format(
            columns=columns,
            known=row_known,
            below=below,
            selected=selected,
            following=self._following(),
            order=order,
        )

    def _following(self) -> str:
        """Condition that a row comes after the last one."""
        if not self._after:
            return "1 = 1"
        columns = [f"l.{part.column}" for part in self._order]
        if not any(part.descending for part in self._order):
            # One comparison of all columns, which an index can answer.
            return f"({', '.join(columns)}) > ({', '.join(self._marks)})"
        either = []
        for number, part in enumerate(self._order):
            same = [f"{c} = {m}" for c, m in zip(columns, self._marks[:number], strict=False)]
            beyond = f"{columns[number]} {'<' if part.descending else '>'} {self._marks[number]}"
            either.append(" AND ".join([*same, beyond]))
        return "(" + " OR ".join(f"({each})" for each in either) + ")"


def list_memberships(
    reading: Reading, asked: MembershipListing, page_size: int, after: tuple[int | str, ...]
) -> MembershipPage:
    """Memberships by partnership, member and version."""
    start = MembershipRow(*after) if after else _FIRST  # type: ignore[arg-type]  # of a row
    of = f"m.{asked.column} = :name" if asked.column else "1 = 1"
    found = reading.rows(
        _MEMBERSHIPS.format(of=of, on="m.from_day <= :day" if asked.include_past else on("m")),
        **({"name": asked.partnership or asked.member} if asked.column else {}),
        day=asked.day,
        partnership=start.partnership,
        member=start.member,
        version=start.joined_version,
        most=page_size + 1,
    )
    rows = tuple(MembershipRow(*row) for row in found[:page_size])
    more = len(found) > page_size
    return MembershipPage(rows, tuple(rows[-1]) if more else (), reading.checkpoint.position)
