"""HistoryService: what happened to a resource, in both times."""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from registry.domain.effective import FOREVER
from registry.domain.kinds import collection_of
from registry.domain.world import Redacted
from registry.errors import InvalidField, NotFound
from registry.events.v1.store_pb2 import EventRetracted
from registry.eventstore.histories import events_about, stories
from registry.eventstore.redactions import redactions
from registry.server import paging
from registry.server.backend import require_reached
from registry.server.entries import fill_entries
from registry.server.reading import page_size
from registry.server.rpc import Servicer, log_query
from registry.v1 import history_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registry.eventstore.envelope import Opened
    from registry.eventstore.histories import Story
    from registry.server.reading import Reading

_UNDATED = (FOREVER, 0, 0)
"""Behind every date."""
_BEYOND = 2**63
"""More than any position."""
MAX_FOLDED = 50_000
"""Events a page may fold anew for its retractions; what a page costs is bounded."""


class Key(NamedTuple):
    """Where an event stands in a history: `order`, and which it is."""

    order: tuple[int, ...]
    stream: str
    version: int
    folded: int
    """Events that are folded anew to see what it changed."""


class Histories(Servicer):
    """Answers histories."""

    SERVICE = pb.DESCRIPTOR.services_by_name["HistoryService"]

    @log_query
    def get_history(self, request: pb.GetHistoryRequest, reading: Reading) -> pb.GetHistoryResponse:
        """Answer what happened to a resource."""
        if request.options.HasField("as_of"):
            raise InvalidField("options.as_of", "has no meaning here: a history is of all dates")
        known, head = self.backend.known(reading), self.registry.head()
        require_reached(reading.min_position, head)
        begins = paging.place(request, reading, head if known is None else known)
        upto = begins.position or 0
        resource = self._recorded(request.resource, upto)
        keys = self._keys(resource, request, _after(begins), upto)
        page = list(_bounded(keys[: page_size(request)]))
        more = len(page) < len(keys)
        following = begins._replace(position=upto, after=page[-1].order if more else ())
        answer = pb.GetHistoryResponse(
            next_page_token=paging.token(request, following), read_position=upto
        )
        places = [(key.stream, key.version) for key in page]
        log = self.registry.recorded_log
        told = dict(stories(log, places, upto))
        fill_entries(answer.entries, places, told, redactions(log, _redacted(told)))
        return answer

    def _recorded(self, name: str, upto: int) -> str:
        """Resource name in full of what has events.

        Raises:
            InvalidField: for a name that no resource can have.
            NotFound: where nothing is recorded of it.
        """
        resource = self.backend.resolved(name, upto)
        if not collection_of(resource):
            wanted = "an organisation, cluster, partnership, edition or participation"
            raise InvalidField("resource", f"must name {wanted}, as in clusters/nextmove")
        if not self.registry.recorded_log.read_selected(0, upto, 1, resource):
            raise NotFound(resource, f"nothing is recorded of {resource}")
        return resource

    def _keys(
        self, resource: str, request: pb.GetHistoryRequest, after: tuple[int, ...], upto: int
    ) -> list[Key]:
        """Find the events of a page, and the one behind it where there is one."""
        most, own_only = page_size(request) + 1, request.own_only
        by_date = request.order == pb.HISTORY_ORDER_EFFECTIVE
        since = 0 if by_date or not after else after[-1]
        log = self.registry.recorded_log
        events = events_about(log, resource, since, upto, own_only=own_only)
        if not by_date:
            return list(islice(_by_position(events), most))
        return heapq.nsmallest(most, (key for key in _by_date(events) if key.order > after))


def _redacted(told: Mapping[str, Story]) -> dict[tuple[str, int], int]:
    """Positions of the events without content, by stream and version."""
    steps = (step.opened for story in told.values() for step in story.steps)
    return {
        (opened.recorded.stream, opened.recorded.version): opened.position
        for opened in steps
        if isinstance(opened.recorded.event, Redacted)
    }


def _bounded(keys: Sequence[Key]) -> Iterator[Key]:
    """As many as a page may fold anew, at least one."""
    folded = 0
    for number, key in enumerate(keys):
        folded += key.folded
        if number and folded > MAX_FOLDED:
            return
        yield key


def _by_position(events: Iterator[Opened]) -> Iterator[Key]:
    for opened in events:
        yield _key(opened, (opened.position,))


def _by_date(events: Iterator[Opened]) -> Iterator[Key]:
    for opened in events:
        at = opened.recorded.at
        yield _key(opened, (*(_UNDATED if at is None else at.order), opened.position))


def _key(opened: Opened, order: tuple[int, ...]) -> Key:
    stream, version, event, *_ = opened.recorded
    return Key(order, stream, version, version if isinstance(event, EventRetracted) else 0)


def _after(begins: paging.Place) -> tuple[int, ...]:
    """Order of the last event of the page before; empty on the first page.

    Raises:
        InvalidField: for a token that was not made here.
    """
    after: tuple[Any, ...] = begins.after
    if not all(type(part) is int and 0 <= part < _BEYOND for part in after):
        raise InvalidField("page_token", "is no token of a history")
    return after
