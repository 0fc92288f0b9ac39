"""Deriving: the state of a stream becomes the rows that show it.

Attributes are asked of the aggregate on each day on which they can change, so that a row and an
answer of the aggregate never differ. A stream without a live registration has no rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from registry.domain.cluster import Cluster
from registry.domain.edition import Edition
from registry.domain.effective import BEGINNING, FOREVER
from registry.domain.organisation import Organisation
from registry.domain.participation import Participation
from registry.domain.partnership import Partnership
from registry.domain.values import Region
from registry.events.v1 import partnership_pb2, values_pb2
from registry.projections import listed, naming, tables
from registry.projections.locating import location
from registry.projections.tables import Row
from registry.reference import nuts

if TYPE_CHECKING:
    from registry.domain.effective import Effective
    from registry.domain.timeline import Timeline
    from registry.domain.world import Aggregate

T = TypeVar("T")

_DELEGATION = "delegation"
_OneTable: TypeAlias = "tuple[Iterable[Row]]"

_SINGULAR = {
    "clusters": "cluster",
    "organisations": "organisation",
    "partnerships": "partnership",
    "regions": _DELEGATION,
    "countries": _DELEGATION,
}


class Derived(NamedTuple):
    """One part of the rows of a stream, and what of its state they rest on."""

    rests_on: tuple[object, ...]
    rows: tuple[frozenset[Row], ...]
    """For each table of the part."""


class Part(NamedTuple):
    """Rows that rest on the same attributes of a state."""

    tables: tuple[type[Row], ...]
    rests_on: Callable[[Any], tuple[object, ...]]
    rows: Callable[[Any], Iterable[Iterable[Row]]]
    """For each table."""


def derive(state: Aggregate, before: Sequence[Derived] = ()) -> tuple[Derived, ...]:
    """Rows of a stream, part by part; a part that rests on the same as before is taken over."""
    found = []
    for number, (tables_of, rests_on_of, rows_of) in enumerate(PARTS[type(state)]):
        rests_on = rests_on_of(state)
        if before and before[number][0] == rests_on:
            found.append(before[number])
            continue
        rows = tuple(map(frozenset, rows_of(state))) if state.registered else _NO_ROWS[tables_of]
        found.append(Derived(rests_on, rows))
    return tuple(found)


# -- what several kinds have ---------------------------------------------------------------


def _life(state: Cluster | Organisation | Partnership) -> _OneTable:
    start = _START[type(state)](state)
    undated = int(start is None or start.unknown)
    until = _last_day(state.ended)
    row = tables.Resource(state.stream, _first_day(start), until, state.KIND, "", undated)
    return ((row,),)


_START: dict[type, Callable[[Any], Effective | None]] = {
    Cluster: attrgetter("established"),
    Organisation: attrgetter("established"),
    Partnership: attrgetter("formed"),
}


# -- clusters and organisations ------------------------------------------------------------


def _cluster_places(state: Cluster) -> _OneTable:
    stream, country = state.stream, state.country
    return (
        [
            tables.Place(stream, since, until, location(stated.regions if stated else (), country))
            for since, until, stated in _changes(state.location)
        ],
    )


def _cluster_tags(state: Cluster) -> _OneTable:
    stream, kind = state.stream, state.KIND
    changes = _changes(state.ecosystems)
    return (
        [
            tables.Tag(stream, since, until, kind, tag.ecosystem)
            for since, until, tags in changes
            for tag in tags or ()
        ],
    )


def _organisation_place(state: Organisation) -> _OneTable:
    return ([tables.Place(state.stream, BEGINNING, FOREVER, location((), state.country))],)


# -- partnerships --------------------------------------------------------------------------


def _partnership_tags(state: Partnership) -> _OneTable:
    slugs = {tag.ecosystem for tag in state.terms.ecosystems}
    return ([tables.Tag(state.stream, BEGINNING, FOREVER, state.KIND, slug) for slug in slugs],)


def _memberships(state: Partnership) -> _OneTable:
    return (_members(state),)


def _members(state: Partnership) -> Iterator[Row]:
    first, last = _first_day(state.formed), _last_day(state.ended)
    for span in state.members:
        since, until = max(span.first_day, first), min(span.last_day, last)
        if since > until:
            continue
        member, role = span.what.member, span.what.role
        direct = int(role != partnership_pb2.PARTNER_ROLE_INDIRECT)
        yield tables.Membership(state.stream, since, until, member, role, span.version, direct)


# -- editions and participations -----------------------------------------------------------


def _edition_life(state: Edition) -> _OneTable:
    # It lives until it is cancelled; before it was announced it is shown as announced.
    cancelled = state.cancelled if state.held is None else None
    until = FOREVER if cancelled is None else cancelled.first_day - 1
    return ((tables.Resource(state.stream, BEGINNING, until, state.KIND, "", 0),),)


def _edition_dates(state: Edition) -> _OneTable:
    return (_dates(state),)


def _dates(state: Edition) -> Iterator[Row]:
    days = [entry.at.first_day for entry in state.dates.entries]
    for since, until, dates in _spans(days, state.dates_on):
        if dates is None:
            continue
        yield tables.Edition(
            stream=state.stream,
            from_day=since,
            to_day=until,
            number=state.number,
            first_day=dates.start.first_day,
            name=state.terms.name,
            city=state.terms.city,
            country=state.terms.country,
            start_date=str(dates.start),
            end_date="" if dates.end is None else str(dates.end),
            dates_basis=dates.basis_as_stated,
            dates_basis_kind=dates.basis,
        )


def _participation_life(state: Participation) -> _OneTable:
    row = tables.Resource(state.stream, BEGINNING, FOREVER, state.KIND, state.edition, 0)
    return ((row,),)


def _delegation_place(state: Participation) -> _OneTable:
    kind, _, code = state.who.participant.partition("/")
    if _SINGULAR[kind] != _DELEGATION:
        return ((),)
    version = state.who.classification_version or nuts.LATEST
    region = Region(code, version, values_pb2.Region.ROLE_SEAT, values_pb2.BASIS_STATED)
    return ([tables.Place(state.stream, BEGINNING, FOREVER, location((region,), ""))],)


def _statuses(state: Participation) -> _OneTable:
    return (_standing(state),)


def _standing(state: Participation) -> Iterator[Row]:
    participant = state.who.participant
    kind = _SINGULAR[participant.partition("/")[0]]
    subject = state.stream if kind == _DELEGATION else participant
    days = [entry.at.first_day for entry in state.statuses.entries]
    for since, until, entry in _spans(days, state.status_on):
        if entry is not None:
            who = (state.edition, participant, subject, kind)
            yield tables.Participation(state.stream, since, until, *who, entry.value.name.lower())


def _part(
    rows: Callable[[Any], Iterable[Iterable[Row]]],
    kinds: tuple[type[Row], ...],
    *attributes: str,
) -> Part:
    return Part(kinds, attrgetter("registered", *attributes), rows)


_LIFE, _PLACES, _TAGS = (tables.Resource,), (tables.Place,), (tables.Tag,)
_NAMES, _LISTED = (tables.Term, tables.Word), (tables.Listed,)

PARTS: dict[type, tuple[Part, ...]] = {
    Cluster: (
        _part(_life, _LIFE, "established", "dissolved"),
        _part(_cluster_places, _PLACES, "location", "country"),
        _part(_cluster_tags, _TAGS, "ecosystems"),
        _part(naming.cluster_names, _NAMES, "name", "aliases", "identifiers"),
        _part(listed.cluster, _LISTED, "name", "country", "established", "dissolved"),
    ),
    Organisation: (
        _part(_life, _LIFE, "established"),
        _part(_organisation_place, _PLACES, "country"),
        _part(naming.organisation_names, _NAMES, "name", "identifiers"),
        _part(listed.organisation, _LISTED, "name", "country", "kind_as_stated", "established"),
    ),
    Partnership: (
        _part(_life, _LIFE, "formed", "ended"),
        _part(_partnership_tags, _TAGS, "terms"),
        _part(_memberships, (tables.Membership,), "formed", "ended", "members"),
        _part(naming.stated_name, _NAMES, "terms"),
        _part(listed.partnership, _LISTED, "terms", "formed", "ended"),
    ),
    Edition: (
        _part(_edition_life, _LIFE, "cancelled", "held"),
        _part(_edition_dates, (tables.Edition,), "terms", "dates"),
        _part(naming.stated_name, _NAMES, "terms"),
        _part(listed.edition, _LISTED, "terms", "dates", "announced", "held", "cancelled"),
    ),
    Participation: (
        _part(_participation_life, _LIFE, "stream"),
        _part(_delegation_place, _PLACES, "who"),
        _part(_statuses, (tables.Participation,), "who", "statuses"),
        _part(listed.participation, _LISTED, "who", "statuses"),
    ),
}
"""What is shown of each kind, and of which attributes it is made."""

_NO_ROWS: dict[tuple[type[Row], ...], tuple[frozenset[Row], ...]] = {
    part.tables: (frozenset(),) * len(part.tables) for parts in PARTS.values() for part in parts
}
"""What a part shows of a stream without a live registration."""


def _first_day(start: Effective | None) -> int:
    return BEGINNING if start is None else start.first_day


def _last_day(end: Effective | None) -> int:
    return FOREVER if end is None else end.last_day


def _changes(timeline: Timeline[T]) -> Iterator[tuple[int, int, T | None]]:
    """All time, cut where the value changes; of entries that begin on one day the last holds."""
    since, value = BEGINNING, None
    for entry in timeline.entries:
        first = entry.at.first_day
        if first > since:
            yield since, first - 1, value
            since = first
        value = entry.value
    yield since, FOREVER, value


def _spans(
    days: Iterable[int], value_on: Callable[[int], T | None]
) -> Iterator[tuple[int, int, T | None]]:
    """All time, cut on the days given: first day, last day and value of each piece."""
    starts = sorted({BEGINNING, *days})
    for since, following in zip(starts, [*starts[1:], FOREVER + 1], strict=True):
        yield since, following - 1, value_on(since)
