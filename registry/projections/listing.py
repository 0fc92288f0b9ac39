"""Lists: resources by name, and memberships by partnership and member, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from registry.errors import InvalidField
from registry.projections.conditions import holds
from registry.projections.tables import OPEN

if TYPE_CHECKING:
    from registry.projections.store import Reading

_RESOURCES = f"""
SELECT stream FROM resources
WHERE kind = :kind AND stream > :after AND known_to = {OPEN}
ORDER BY stream LIMIT :most
"""  # noqa: S608 - our own constants
_BELOW = f"""
SELECT stream FROM resources
WHERE under = :under AND under <> '' AND kind = :kind AND stream > :after AND known_to = {OPEN}
ORDER BY stream LIMIT :most
"""  # noqa: S608 - our own constants
_MEMBERSHIPS = """
SELECT stream, member, joined_version FROM memberships m
WHERE m.{column} = :name AND {holds}
  AND (stream, member, joined_version) > (:partnership, :member, :version)
ORDER BY stream, member, joined_version LIMIT :most
"""


class Page(NamedTuple):
    """Resource names in order; next_after is empty on the last page."""

    streams: tuple[str, ...]
    next_after: str
    read_position: int


class MembershipRow(NamedTuple):
    """A membership; joined_version names the event that recorded it."""

    partnership: str
    member: str
    joined_version: int


class MembershipPage(NamedTuple):
    """Memberships in order; next_after is empty on the last page."""

    rows: tuple[MembershipRow, ...]
    next_after: str
    read_position: int


def list_streams(reading: Reading, kind: str, page_size: int, after: str, under: str) -> Page:
    """Streams with a live registration, by name."""
    most = page_size + 1
    if under:
        found = reading.rows(_BELOW, under=under, kind=kind, after=after, most=most)
    else:
        found = reading.rows(_RESOURCES, kind=kind, after=after, most=most)
    streams = tuple(stream for (stream,) in found[:page_size])
    more = len(found) > page_size
    return Page(streams, streams[-1] if more else "", reading.checkpoint.position)


def list_memberships(  # noqa: PLR0913, PLR0917 - the fields of the request
    reading: Reading, day: int, partnership: str, member: str, page_size: int, after: str
) -> MembershipPage:
    """Memberships that hold on a day, of a partnership or of a member."""
    column, name = ("stream", partnership) if partnership else ("member", member)
    start = _after(after)
    found = reading.rows(
        _MEMBERSHIPS.format(column=column, holds=holds("m")),
        name=name,
        day=day,
        partnership=start.partnership,
        member=start.member,
        version=start.joined_version,
        most=page_size + 1,
    )
    rows = tuple(MembershipRow(*row) for row in found[:page_size])
    next_after = " ".join(map(str, rows[-1])) if len(found) > page_size else ""
    return MembershipPage(rows, next_after, reading.checkpoint.position)


def _after(text: str) -> MembershipRow:
    if not text:
        return MembershipRow("", "", 0)
    match text.split(" "):
        case [partnership, member, version] if version.isascii() and version.isdecimal():
            return MembershipRow(partnership, member, int(version))
    raise InvalidField("page_token", "is not one that a list of memberships gave")
