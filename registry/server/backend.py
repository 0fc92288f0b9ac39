"""What the servicers stand on: the registry, its views, and threads for what takes long."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

from registry.domain.edition import resolve_edition
from registry.domain.kinds import kind_of
from registry.errors import NotFound, PositionOutOfRange
from registry.eventstore.commands import Command
from registry.eventstore.states import history
from registry.projections import Listing
from registry.server import paging
from registry.server.reading import date_of, page_size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grpc.aio import ServicerContext

    from registry.application import Registry
    from registry.domain.world import Aggregate, Recorded
    from registry.eventstore.application_base import Read
    from registry.ledger.signer import Ledger
    from registry.projections import Answering
    from registry.server.reading import Reading
    from registry.server.recording import Recorder

    Context = ServicerContext[Any, Any]
    A = TypeVar("A", bound=Aggregate)

P = ParamSpec("P")
T = TypeVar("T")

PRINCIPAL = "principals/local"
"""Who acts, until callers are authenticated."""
QUERY_THREADS = 16
WAITING_THREADS = 64
"""Reads that wait for min_position keep no query from its thread."""
CATCHING_UP_THREADS = 2
"""Watchers that read the log, however many, keep no query from its thread either."""


class Listed(NamedTuple):
    """One page of a list."""

    reads: list[Read]
    told: dict[str, Any]
    """Its next_page_token, read_position and as_of."""
    day: int
    """Ordinal of the day it is of."""


class Many(NamedTuple):
    """Several resources, all read at one position."""

    reads: list[Read]
    position: int


class Known:
    """The world as a read sees it: what is recorded now, or was up to a position."""

    def __init__(self, registry: Registry, upto: int | None = None) -> None:
        self._registry = registry
        self._upto = upto

    def load(self, kind: type[A], stream: str) -> A:
        """State of a stream."""
        state: A = self._registry.get(kind, stream, self._upto).state
        return state

    def history(self, stream: str) -> Sequence[Recorded]:
        """All events of a stream."""
        return history(self._registry.recorded_log, stream)

    def streams(self, key: str) -> Sequence[str]:
        """Streams with an event that has this key."""
        return self._registry.recorded_log.streams_of_key(key)[1]


class Backend:
    """Shared by all servicers of a server."""

    def __init__(
        self,
        registry: Registry,
        views: Answering,
        draining: asyncio.Event,
        *,
        ledger: Ledger | None = None,
        fast_point_reads: bool,
    ) -> None:
        """Take what is open already; `fast_point_reads`: they need no thread (SQLite)."""
        self.ledger = ledger
        self.registry = registry
        self.recorder: Recorder
        """Set before the first call."""
        self.views = views
        self.draining = draining
        self.fast_point_reads = fast_point_reads
        self._queries = ThreadPoolExecutor(QUERY_THREADS, "query")
        self._waiting = ThreadPoolExecutor(WAITING_THREADS, "waiting")
        self._catching_up = ThreadPoolExecutor(CATCHING_UP_THREADS, "catching-up")

    def close(self) -> None:
        """Let the threads go."""
        self._queries.shutdown(wait=False, cancel_futures=True)
        self._waiting.shutdown(wait=False, cancel_futures=True)
        self._catching_up.shutdown(wait=False, cancel_futures=True)

    async def in_thread(self, call: Callable[P, T], *args: P.args, **_: P.kwargs) -> T:
        """Run something that takes long without holding up the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._queries, call, *args)

    async def wait_in_thread(self, call: Callable[P, T], *args: P.args, **_: P.kwargs) -> T:
        """Run something that mostly waits."""
        return await asyncio.get_running_loop().run_in_executor(self._waiting, call, *args)

    async def catch_up_in_thread(self, call: Callable[P, T], *args: P.args, **_: P.kwargs) -> T:
        """Run something of which much may be waiting, and none is in a hurry."""
        return await asyncio.get_running_loop().run_in_executor(self._catching_up, call, *args)

    def command(self, request: Any) -> Command:
        """Take the common part of a request that records."""
        return Command.of(request, PRINCIPAL, time.time_ns() // 1000)

    def find(self, kind: type[A], stream: str, reading: Reading) -> Read:
        """Answer one resource.

        Raises:
            PositionOutOfRange: for a min_position beyond the end of the log.
            NotFound: where it is not registered.
        """
        known = self.known(reading)
        found = self.registry.get(kind, self.resolved(stream, known), known)
        head = found.position if known is None else self.registry.head()
        require_reached(reading.min_position, head)
        if not found.state.registered:
            raise NotFound(stream)
        return found

    def find_many(self, kind: type[A], names: Sequence[str], reading: Reading) -> Many:
        """Answer several resources in the order of their names.

        Raises:
            PositionOutOfRange: for a min_position beyond the end of the log.
            NotFound: naming all that are not registered.
        """
        head, known = self.registry.head(), self.known(reading)
        require_reached(reading.min_position, head)
        upto = head if known is None else known
        streams = {name: self._resolved_or_empty(name, upto) for name in names}
        reads = self.registry.get_many(kind, list({*streams.values()} - {""}), upto=upto)
        missing = [n for n, s in streams.items() if not s or not reads[s].state.registered]
        if missing:
            raise NotFound(missing[0], others=tuple(missing[1:]))
        return Many([reads[streams[name]] for name in names], upto)

    def known(self, reading: Reading) -> int | None:
        """Position whose knowledge is asked for; None for the newest, 0 before the first event.

        Raises:
            PositionOutOfRange: for one beyond the end of the log.
        """
        if reading.known_at_us is not None:
            return self.registry.recorded_log.position_before(reading.known_at_us + 1)
        if not reading.known_position:
            return None
        require_reached(reading.known_position, self.registry.head())
        return reading.known_position

    def _resolved_or_empty(self, name: str, upto: int) -> str:
        """`resolved`, but "" where there is no such edition."""
        try:
            return self.resolved(name, upto)
        except NotFound:
            return ""

    def resolved(self, name: str, upto: int | None = None) -> str:
        """Resource name of what may be named by the number of its edition ("editions/8").

        Args:
            name: of a resource.
            upto: position whose knowledge counts; None for the newest.

        Raises:
            NotFound: where no edition has the number.
        """
        return resolve_edition(Known(self.registry, upto), name)

    def existing(self, name: str, upto: int | None = None) -> str:
        """Resource name of what a list is asked for, which must be there; see `resolved`.

        Raises:
            NotFound: where it is not registered.
        """
        stream = self.resolved(name, upto)
        if not self.registry.get(kind_of(stream), stream, upto).state.registered:
            raise NotFound(stream)
        return stream

    def known_to_views(self, reading: Reading) -> int | None:
        """`known`, once the views have seen that position; waits in this thread."""
        return self._seen(self.known(reading), reading)

    def begins(self, request: Any, reading: Reading) -> paging.Place:
        """Where the page of a request begins, once the views have seen its position.

        Raises:
            InvalidField: for a token that is none, or another request's.
        """
        place = paging.place(request, reading, self.known(reading))
        self._seen(place.position, reading)
        return place

    def _seen(self, position: int | None, reading: Reading) -> int | None:
        if position is not None and position > self.views.position:
            self.views.wait(position, reading.timeout_s)
        return position

    async def caught_up(self, reading: Reading) -> None:
        """Wait until the views have seen min_position."""
        if reading.min_position > self.views.position:
            await self.wait_in_thread(self.views.wait, reading.min_position, reading.timeout_s)

    def page(self, kind: type[A], request: Any, reading: Reading, of: str = "") -> Listed:
        """Answer one page of the registered resources of a kind.

        Args:
            kind: of the resources.
            request: of a list.
            reading: its options.
            of: only those under this resource, which must be there.

        Raises:
            NotFound: where what they are of is not registered.
            InvalidField: for a filter, an order or a token that this list has not.
        """
        begins = self.begins(request, reading)
        under = self.existing(of, begins.position) if of else ""
        listing = Listing(
            *(kind.KIND, under, request.filter, request.order_by),
            *(begins.day, begins.position),
        )
        page = self.views.list_resources(listing, page_size(request), begins.after)
        reads = self.registry.get_many(kind, page.streams, upto=page.read_position)
        return Listed(
            [reads[stream] for stream in page.streams],
            self.told(request, begins.day, page.read_position, page.next_after),
            begins.day,
        )

    def told(self, request: Any, day: int, position: int, after: tuple[Any, ...]) -> dict[str, Any]:
        """What every page tells: where the next one begins, and both times it is of."""
        return {
            "next_page_token": paging.token(request, paging.Place(day, position, after)),
            "read_position": position,
            "as_of": date_of(day),
        }


def require_reached(position: int, head: int) -> None:
    """Refuse a position that was never given out.

    Raises:
        PositionOutOfRange: naming both.
    """
    if position > head:
        raise PositionOutOfRange(
            f"position {position} is beyond the end of the log, which is at {head}",
            position=str(position),
            head=str(head),
        )
