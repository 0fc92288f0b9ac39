"""What a writer may say when the store is in doubt, busy or damaged: never more than it knows."""

import threading
from collections.abc import Iterator

import psycopg
import pytest

from registry.application import Registry
from registry.domain.cluster import Cluster
from registry.errors import NotFound, OutcomeUnknown, StoreFault, StoreUnavailable
from registry.eventstore.stamping import now_us
from registry.eventstore.ticket import Answer, Ticket
from registry.v1.event_service_pb2 import RetractEventRequest
from tests.eventstore.batches import event, record
from tests.eventstore.places import Place, PostgresPlace
from tests.eventstore.requests import X, ask, outcome, register, rename, send
from tests.postgres import wait_until


@pytest.fixture
def registry(place: Place) -> Iterator[Registry]:
    """A registry over a new store, with cluster X."""
    registry = Registry(place.store())
    ask(registry, register())
    yield registry
    registry.close()


@pytest.fixture
def fresh(postgres_url: str) -> Iterator[PostgresPlace]:
    """An empty database."""
    place = PostgresPlace(postgres_url)
    with place.closing:
        yield place


@pytest.mark.faults
def test_what_the_standby_does_not_have_is_not_acknowledged(own_postgres_url: str) -> None:
    """A cancelled wait for the synchronous standby is an unknown outcome, and stays one."""
    place = PostgresPlace(own_postgres_url)
    with place.closing:
        registry = Registry(place.store())
        try:
            ask(registry, register())
            with psycopg.connect(own_postgres_url, autocommit=True) as admin:
                admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
                admin.execute("SELECT pg_reload_conf()")
                stop = threading.Event()
                try:
                    ticket = _waiting(registry)
                    threading.Thread(
                        target=_cancel, args=(own_postgres_url, stop), daemon=True
                    ).start()
                    with pytest.raises(OutcomeUnknown):
                        ticket.result(60)
                finally:
                    stop.set()
                    admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
                    admin.execute("SELECT pg_reload_conf()")
        finally:
            registry.close()


def _waiting(registry: Registry) -> Ticket[Answer]:
    """A command that waits: the new setting is not in force at once."""
    for number in range(100):
        ticket = send(registry, rename(f"Y{number}"))
        try:
            ticket.result(0.5)
        except TimeoutError:
            return ticket
    raise AssertionError("no command waits for the standby")


def _cancel(url: str, stop: threading.Event) -> None:
    cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    with psycopg.connect(url, autocommit=True) as connection:
        while not stop.wait(0.05):
            connection.execute(cancel)


def test_an_unknown_outcome_names_the_id_to_send_again():
    """Also a caller whose id was made by the server can ask again."""
    assert OutcomeUnknown("id-1").metadata == {"request_id": "id-1"}


def test_busy_readers_do_not_hold_up_a_writer(fresh: PostgresPlace) -> None:
    """Slow reads on every pooled connection, and a command is answered all the same."""
    registry = Registry(fresh.store())
    log = registry.recorded_log
    busy = [threading.Thread(target=log.fetch, args=("SELECT pg_sleep(3)",)) for _ in range(8)]
    for thread in busy:
        thread.start()
    asleep = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE query = 'SELECT pg_sleep(3)' AND state = 'active'"
    )
    wait_until(lambda: fresh.rows(asleep)[0][0] == len(busy), "every reader is busy")
    assert send(registry, register()).result(2).position == 2
    registry.close()
    for thread in busy:
        thread.join()


def test_a_process_whose_clock_is_ahead_does_not_shut_the_others_out(
    postgres_place: PostgresPlace,
) -> None:
    """Its times would stand in the log for ever, and the others would have to wait for them."""
    with pytest.raises(StoreUnavailable, match="ahead of the database"):
        record(postgres_place.log(clock=lambda: now_us() + 60_000_000), event("a"))
    assert postgres_place.log().head().position == 0


def test_a_stream_that_cannot_be_read_fails_its_own_command_only(fresh: PostgresPlace) -> None:
    """Commands that share a batch with it are recorded."""
    first = Registry(fresh.store())
    ask(first, register())
    ask(first, register("bad"))
    first.close()
    with fresh.head_locked() as execute:
        execute("UPDATE events SET topic = 'unknown.Event' WHERE stream = 'clusters/bad'")
    request = rename("Z")
    request.cluster = "clusters/bad"
    registry = Registry(fresh.store())
    tickets = [send(registry, each) for each in (rename("Y"), request, rename("W", "2011"))]
    answers = [outcome(ticket) for ticket in tickets]
    assert isinstance(answers[1], StoreFault)
    assert [getattr(answers[n], "version", None) for n in (0, 2)] == [2, 3]
    registry.close()


def test_a_repeated_request_is_answered_with_the_version_it_made(registry: Registry) -> None:
    """The resource beside it is as it is now, with its own version."""
    ask(registry, rename("Y", request_id="first"))
    ask(registry, rename("Z", "2012"))
    answer = ask(registry, rename("Y", request_id="first"))
    assert answer.repeated
    assert (answer.version, answer.state_version) == (2, 3)


def test_many_retractions_in_a_long_stream_are_one_fold(registry: Registry) -> None:
    """All of them or none, and the state is that of what remains."""
    for number in range(40):
        ask(registry, rename(f"N{number}", f"{1900 + number}"))
    ask(registry, RetractEventRequest(stream=X, versions=list(range(2, 41))))
    state = registry.get(Cluster, X).state
    assert [entry.value for entry in state.name.entries] == ["X", "N39"]
    with pytest.raises(NotFound):
        ask(registry, RetractEventRequest(stream=X, versions=[900]))
