"""Adapters for the tests of traps: who follows PostgreSQL, or loses it, the library's and ours."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Sequence
from typing import Any, Self, TypeVar

from eventsourcing.persistence import OperationalError
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresSubscription
from typing_extensions import override

from registry.application import Registry
from registry.eventstore.store import open_postgres
from registry.projections.postgres import PostgresViews
from registry.projections.views import Views
from tests.eventstore.places import PATIENCE_S, PostgresPlace
from tests.eventstore.requests import ask, register
from tests.eventstore.stock import stored
from tests.eventstore.stock_postgres import PostgresSide, StockPostgres, datastore
from tests.faults.proxy import Link, Proxy
from tests.postgres import wait_until

T = TypeVar("T")

# --- following PostgreSQL --------------------------------------------------------------------


class Gated(PostgresApplicationRecorder):
    """The library's recorder, whose subscription listens when it is let."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.pulled, self.may_listen = threading.Event(), threading.Event()

    @override
    def select_notifications(self, *args: Any, **options: Any) -> Any:
        found = super().select_notifications(*args, **options)
        self.pulled.set()
        return found

    @override
    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Any:
        return _LateSubscription(self, gt, topics)


class _LateSubscription(PostgresSubscription):
    @override
    def _listen(self) -> None:
        assert isinstance(self._recorder, Gated)
        self._recorder.may_listen.wait(PATIENCE_S)
        super()._listen()


class StockFollower(StockPostgres):
    """The library's subscription, as its runner uses it."""

    recorder_class = Gated
    patience_s = 1.0

    def __init__(self, place: PostgresPlace, closing: contextlib.ExitStack) -> None:
        super().__init__(place, closing)
        assert isinstance(self.recorder, Gated)
        self.gated = self.recorder
        self.seen: list[int] = []

    def follow(self) -> None:
        """Subscribe, up to the first pull."""
        subscription = self.gated.subscribe(gt=0)
        self.closing.callback(self._leave, subscription)
        self.closing.callback(self.gated.may_listen.set)
        self.pool.submit(self._see, subscription)
        assert self.gated.pulled.wait(PATIENCE_S)

    def _see(self, subscription: Any) -> None:
        for found in subscription:
            self.seen.append(found.id)

    @staticmethod
    def _leave(subscription: Any) -> None:
        with contextlib.suppress(OperationalError), subscription:
            pass

    def listen(self) -> None:
        """Go on to LISTEN."""
        self.gated.may_listen.set()
        listening = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND state = 'idle'"
        wait_until(lambda: bool(self.place.rows(listening)), "LISTEN")

    def record_elsewhere(self, name: str) -> int:
        """Let another process record."""
        with contextlib.closing(datastore(self.place.url)) as store:
            recorder = PostgresApplicationRecorder(store)
            recorder.create_table()
            ids = recorder.insert_events([stored(name)])
        assert ids
        return int(ids[0])


class OurFollower(PostgresSide):
    """Our engine over a log on PostgreSQL; nobody tells it of new events."""

    patience_s = PATIENCE_S

    def __init__(self, place: PostgresPlace, closing: contextlib.ExitStack) -> None:
        super().__init__(place, closing)
        log = place.store().log
        self.views = Views(log, PostgresViews(place.url), poll_s=0.05, linger_s=0)

    def follow(self) -> None:
        """Start the engine."""
        self.views.start()
        self.closing.callback(self.views.close)

    def listen(self) -> None:
        """It asks, and does not listen."""

    def record_elsewhere(self, name: str) -> int:
        """Let another process record."""
        with contextlib.closing(open_postgres(self.place.url)) as store:
            registry = Registry(store)
            answer = ask(registry, register(f"cluster-{name}"))
            registry.close()
        return answer.position

    @property
    def seen(self) -> range:
        """Positions that the views have seen."""
        return range(1, self.views.position + 1)


# --- the answer to a COMMIT is lost ----------------------------------------------------------


class StockCut(StockPostgres):
    """The library's recorder behind a proxy."""

    def record_through(self, proxy: Any) -> int:
        """Record one event whose COMMIT is not answered; how many there are then."""
        with contextlib.closing(datastore(proxy.url(self.place.url), pool_size=1)) as store:
            recorder = PostgresApplicationRecorder(store)
            proxy.cut_after_commit()
            recorder.insert_events([stored("a")])
        return len(self.ids())


class OurCut(PostgresSide):
    """Our registry behind a proxy."""

    def record_through(self, proxy: Any) -> int:
        """Record one event whose COMMIT is not answered; how many there are then."""
        self.place.store()
        with contextlib.closing(open_postgres(proxy.url(self.place.url))) as store:
            registry = Registry(store)
            proxy.cut_after_commit()
            answer = ask(registry, register())
            registry.close()
            assert (answer.repeated, answer.position) == (False, 2)
            return store.log.head().position - 1


class Cutting:
    """A proxy before PostgreSQL that loses its answer to a COMMIT."""

    def __init__(self, port: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._proxy = Proxy(port)

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._proxy.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._proxy.__aexit__())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def url(self, url: str) -> str:
        """The same database by way of this proxy."""
        return self._proxy.url(url)

    def cut_after_commit(self) -> None:
        """Lose the answer to the next COMMIT."""
        self._proxy.arm(self._lose_answer)

    async def _lose_answer(self, link: Link, message: bytes) -> None:
        """Let what follows pass, too: in a pipeline PostgreSQL answers at its end only."""
        link.silent = True
        link.answered.clear()
        link.forward(message)
        self._cutting = asyncio.create_task(self._cut_when_answered(link))

    @staticmethod
    async def _cut_when_answered(link: Link) -> None:
        await link.answered.wait()
        link.cut()
