"""Listed: what lists show, sort and select of a resource, day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from registry.domain.effective import BEGINNING, FOREVER
from registry.domain.timeline import Timeline
from registry.events.v1 import partnership_pb2
from registry.projections.folding import fold
from registry.projections.tables import Listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from registry.domain.cluster import Cluster
    from registry.domain.edition import Edition
    from registry.domain.effective import Effective
    from registry.domain.organisation import Organisation
    from registry.domain.participation import Participation
    from registry.domain.partnership import Partnership

    OneTable: TypeAlias = "tuple[Iterable[Listed]]"

_PARTICIPANT_KINDS = {
    "clusters": "cluster",
    "organisations": "organisation",
    "partnerships": "partnership",
    "regions": "delegation",
    "countries": "delegation",
}


def cluster(state: Cluster) -> OneTable:
    """Rows of a cluster."""
    starts, ends = _life(state.established, state.dissolved)

    def on(day: int) -> Listed:
        name = state.name.on_or_first(day) or ""
        return Listed(
            stream=state.stream,
            kind=state.KIND,
            name=name,
            sort_name=fold(name),
            country=state.country,
            starts=starts,
            ends=ends,
        )

    return (_rows(_days(state.name), on),)


def organisation(state: Organisation) -> OneTable:
    """Rows of an organisation."""
    starts, ends = _life(state.established, None)

    def on(day: int) -> Listed:
        name = state.name.on_or_first(day) or ""
        return Listed(
            stream=state.stream,
            kind=state.KIND,
            name=name,
            sort_name=fold(name),
            country=state.country,
            sort=state.kind_as_stated,
            starts=starts,
            ends=ends,
        )

    return (_rows(_days(state.name), on),)


def partnership(state: Partnership) -> OneTable:
    """The row of a partnership."""
    starts, ends = _life(state.formed, state.ended)
    terms = state.terms
    listed = Listed(
        stream=state.stream,
        kind=state.KIND,
        name=terms.name,
        sort_name=fold(terms.name),
        sort=_word(partnership_pb2.PartnershipKind.Name(terms.kind), "PARTNERSHIP_KIND_"),
        starts=starts,
        ends=ends,
    )
    return ([listed],)


def edition(state: Edition) -> OneTable:
    """Rows of an edition."""
    terms = state.terms
    turns = [at.first_day for at in (state.announced, state.held, state.cancelled) if at]

    def on(day: int) -> Listed:
        dates = state.dates_on(day)
        return Listed(
            stream=state.stream,
            kind=state.KIND,
            name=terms.name,
            sort_name=fold(terms.name),
            country=terms.country,
            status=state.state_on(day).name.lower(),
            number=state.number,
            city=terms.city,
            starts=BEGINNING if dates is None else dates.start.first_day,
            ends=FOREVER if dates is None else dates.last_day.last_day,
        )

    return (_rows([*_days(state.dates), *turns], on),)


def participation(state: Participation) -> OneTable:
    """Rows of a participation; it is listed below its edition, and by its participant."""
    participant = state.who.participant

    def on(day: int) -> Listed:
        status = state.status_on(day)
        return Listed(
            stream=state.stream,
            kind=state.KIND,
            under=state.edition,
            name=participant,
            sort_name=participant,
            sort=_PARTICIPANT_KINDS[participant.partition("/")[0]],
            status="" if status is None else status.value.name.lower(),
        )

    return (_rows(_days(state.statuses), on),)


def _life(start: Effective | None, end: Effective | None) -> tuple[int, int]:
    return (
        BEGINNING if start is None else start.first_day,
        FOREVER if end is None else end.last_day,
    )


def _word(name: str, prefix: str) -> str:
    word = name.removeprefix(prefix).lower().replace("_", "-")
    return "" if word == "unspecified" else word


def _days(*timelines: Timeline[Any]) -> list[int]:
    return [entry.at.first_day for timeline in timelines for entry in timeline.entries]


def _rows(days: Iterable[int], on: Callable[[int], Listed]) -> Iterator[Listed]:
    """All time, cut where a row changes."""
    since, row = BEGINNING, on(BEGINNING)
    for day in sorted({day for day in days if day > BEGINNING}):
        following = on(day)
        if following != row:
            yield row._replace(from_day=since, to_day=day - 1)
            since, row = day, following
    yield row._replace(from_day=since, to_day=FOREVER)
