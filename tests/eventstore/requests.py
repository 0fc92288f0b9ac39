"""Requests to a registry as the server makes them, and a check of everything they recorded."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import pairwise
from typing import Any

from google.protobuf.message import Message

from registry.application import Registry
from registry.domain.cluster import Cluster
from registry.domain.effective import Effective
from registry.domain.keys import keys_of
from registry.domain.world import Decision, World
from registry.events.v1 import cluster_pb2
from registry.events.v1.store_pb2 import EventRetracted
from registry.eventstore.commands import Command, Intent
from registry.eventstore.envelope import Opened, open_row
from registry.eventstore.leaf import entry_of
from registry.eventstore.redactions import Redaction, redactions_of
from registry.eventstore.stamping import now_us
from registry.eventstore.store import LOCAL_PRINCIPAL
from registry.eventstore.ticket import Answer, Ticket
from registry.v1.cluster_service_pb2 import (
    AddClusterIdentifierRequest,
    DissolveClusterRequest,
    RegisterClusterRequest,
    RenameClusterRequest,
)
from tests.eventstore.places import PATIENCE_S, Place

X = "clusters/x1"


def options(date: str = "2010", **fields: object) -> dict[str, object]:
    """Options of a command that is effective on a date."""
    return {"effective": Effective.on(date).to_proto(), **fields}


def register(cluster_id: str = "x1", name: str = "X", **fields: Any) -> RegisterClusterRequest:
    """Register a cluster from 2006 on."""
    return RegisterClusterRequest(
        options=options("2006", **fields),  # type: ignore[arg-type]
        cluster_id=cluster_id,
        name=name,
        country="CZ",
    )


def rename(name: str, date: str = "2010", **fields: Any) -> RenameClusterRequest:
    """Rename the cluster X."""
    return RenameClusterRequest(options=options(date, **fields), cluster=X, name=name)  # type: ignore[arg-type]


def dissolve(date: str = "2020", **fields: Any) -> DissolveClusterRequest:
    """Dissolve the cluster X."""
    return DissolveClusterRequest(options=options(date, **fields), cluster=X)  # type: ignore[arg-type]


def identify(lei: str, date: str = "2010", **fields: Any) -> AddClusterIdentifierRequest:
    """Give the cluster X a Legal Entity Identifier."""
    return AddClusterIdentifierRequest(
        options=options(date, **fields),  # type: ignore[arg-type]
        cluster=X,
        scheme="lei",
        value=lei,
    )


def send(registry: Registry, request: Any) -> Ticket[Answer]:
    """Have the command of a request recorded: the method of its name, field by field."""
    name = re.sub(r"(?<!^)([A-Z])", r"_\1", type(request).__name__.removesuffix("Request")).lower()
    fields = [field.name for field in request.DESCRIPTOR.fields if field.name != "options"]

    def prepare() -> Intent:
        command = Command.of(request, LOCAL_PRINCIPAL, now_us())
        arguments = {field: getattr(request, field) for field in fields}
        intent: Intent = getattr(registry, name)(command, **arguments)
        return intent

    return registry.record(prepare, its_answer)


def its_answer(_: Intent, answer: Answer) -> Answer:
    """Answer as the writer does."""
    return answer


def ask(registry: Registry, request: Message) -> Answer:
    """Send a request and wait for its answer."""
    return send(registry, request).result(PATIENCE_S)


def outcome(ticket: Ticket[Answer]) -> Answer | BaseException:
    """The answer, or why there is none."""
    try:
        return ticket.result(PATIENCE_S)
    except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
        return error


def handle(
    registry: Registry,
    decide: Callable[[Cluster, World], list[Decision]],
    stream: str = X,
    **fields: Any,
) -> Ticket[Answer]:
    """Queue a command that decides as it is told."""
    command = Command.of(rename("made up", **fields), LOCAL_PRINCIPAL, now_us())
    return registry.record(lambda: Intent(command, Cluster, stream, decide), its_answer)


def renamed(stream: str, name: str) -> Decision:
    """An event that says a cluster has another name."""
    return Decision(stream, cluster_pb2.ClusterRenamed(name=name), None)


@contextmanager
def held(registry: Registry) -> Iterator[None]:
    """Keep the writer busy, so that what is sent meanwhile becomes one batch."""
    reached, free = threading.Event(), threading.Event()

    def decide(_: Cluster, __: World) -> Sequence[Decision]:
        reached.set()
        assert free.wait(PATIENCE_S)
        return []

    command = Command.of(rename("hold"), LOCAL_PRINCIPAL, now_us())
    intent = Intent(command, Cluster, "clusters/hold", decide)
    ticket = registry.record(lambda: intent, its_answer)
    assert reached.wait(PATIENCE_S)
    try:
        yield
    finally:
        free.set()
    ticket.result(PATIENCE_S)


def in_one_batch(registry: Registry, *requests: Message) -> list[Answer | BaseException]:
    """Send requests that are decided and recorded together."""
    with held(registry):
        tickets = [send(registry, request) for request in requests]
    return [outcome(ticket) for ticket in tickets]


def check_log(place: Place) -> list[Opened]:
    """Check all that a log promises of its rows against each other; return its events."""
    log = place.log()
    rows = log.read_after(0, 100_000)
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    assert all(one.recorded_at < other.recorded_at for one, other in pairwise(rows))
    versions: dict[str, int] = {}
    for row in rows:
        assert row.version == versions.get(row.stream, 0) + 1
        versions[row.stream] = row.version
    redactions = redactions_of(log, rows)
    for row in rows:
        gone = redactions.get(row.position)
        digest = gone.event.state_sha256 if gone else b""
        assert row.leaf == sha256(b"\x00" + entry_of(row, digest)).digest()
    assert log.head()[:] == (rows[-1].position, rows[-1].recorded_at)
    events = [open_row(row) for row in rows]
    _check_keys(place, events)
    _check_commands(place, events, redactions)
    return events


def _check_keys(place: Place, events: list[Opened]) -> None:
    by_id = {(e.recorded.stream, e.recorded.version): e.recorded.event for e in events}
    expected = set()
    for opened in events:
        stream, event = opened.recorded.stream, opened.recorded.event
        if isinstance(event, EventRetracted):
            event = by_id[stream, event.version]
        expected |= {(key, opened.position) for key in keys_of(stream, event)}
    assert set(place.rows("SELECT key, position FROM event_keys")) == expected


def _check_commands(
    place: Place, events: list[Opened], redactions: Mapping[int, Redaction]
) -> None:
    """Every event but the first belongs to one command, which has all of its events.

    One of which an event was redacted has no fingerprint, and every other one with events has.
    """
    expected: dict[str, list[Opened]] = {}
    for opened in events[1:]:
        gone = redactions.get(opened.position)
        command_id = gone.event.command_id if gone else opened.metadata.command_id
        expected.setdefault(command_id, []).append(opened)
    cleared = {(gone.event.command_id, 0, 0) for gone in redactions.values()}
    prints = place.rows(
        "SELECT id, fingerprint_version, length(fingerprint) FROM commands WHERE first_position > 0"
    )
    assert {row for row in prints if 0 in row} == cleared
    for mine in expected.values():
        size = mine[0].position, len(mine)
        for index, opened in enumerate(mine):
            if opened.position in redactions:
                continue
            assert (opened.position - index, opened.metadata.command_size) == size
            assert opened.metadata.command_index == index
    stored = place.rows("SELECT id, first_position, last_position FROM commands")
    with_events = {id_: (first, last) for id_, first, last in stored if first}
    assert with_events == {
        id_: (mine[0].position, mine[-1].position) for id_, mine in expected.items()
    }
