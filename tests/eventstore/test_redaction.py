"""Redaction as it is recorded: the content of one event goes, and nothing else changes."""

import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest

from registry.application import Registry
from registry.domain.cluster import Cluster
from registry.errors import InvalidField, RequestIdReused, RuleRefused, VersionMismatch
from registry.events.v1.store_pb2 import EventRedacted
from registry.eventstore.envelope import open_row
from registry.eventstore.leaf import entry_of
from registry.eventstore.reads import LogReads
from registry.eventstore.rows import Appended, Batch, CommandRow, Erasure, LogRow
from registry.eventstore.ticket import Answer
from registry.v1.cluster_service_pb2 import AddClusterIdentifierRequest
from registry.v1.event_service_pb2 import RedactEventRequest, RetractEventRequest
from tests.eventstore.batches import batch, clashed, command, event, record
from tests.eventstore.places import PATIENCE_S, Place
from tests.eventstore.requests import (
    X,
    ask,
    check_log,
    identify,
    in_one_batch,
    options,
    outcome,
    register,
    rename,
    send,
)
from tests.eventstore.test_races import racers

__all__ = ["racers"]
ID = "01990000-0000-7000-8000-000000000001"
LEI = "7LTWFZYICNSX8D621K86"
ROUNDS = 20


def redact(version: int, stream: str = X, **fields: object) -> RedactEventRequest:
    """Redact an event."""
    given = {"reason": "by law", **fields}
    approvers = ["principals/one", "principals/two"]
    return RedactEventRequest(options=given, stream=stream, version=version, approvers=approvers)  # type: ignore[arg-type]


def retract(*versions: int, stream: str = X) -> RetractEventRequest:
    """Retract events."""
    return RetractEventRequest(stream=stream, versions=versions)


class Tables(NamedTuple):
    """All that a log has."""

    events: dict[str, LogRow]
    keys: set[Any]
    commands: dict[str, CommandRow]


def tables(place: Place) -> Tables:
    """All that the log of a place has now."""
    events = [LogRow(*row) for row in place.rows("SELECT * FROM events")]
    commands = [CommandRow(*row) for row in place.rows("SELECT * FROM commands")]
    return Tables(
        {f"{row.stream}@{row.version}": row for row in events},
        set(place.rows("SELECT key, position FROM event_keys")),
        {row.request_id: row for row in commands},
    )


@pytest.fixture
def identified(registry: Registry) -> Registry:
    """Two clusters that had one identifier (@2): the first by mistake (retracted @3)."""
    for request in (
        register(),
        identify(LEI, request_id=ID),
        retract(2),
        register("x2"),
        AddClusterIdentifierRequest(
            options=options(),  # type: ignore[arg-type]
            cluster="clusters/x2",
            scheme="lei",
            value=LEI,
        ),
        rename("Y"),
    ):
        ask(registry, request)
    return registry


# --- what is recorded, and what goes ---------------------------------------------------------


def test_content_keys_and_fingerprint_go_and_nothing_else(identified: Registry, place: Place):
    """One row has no state, two no key, one command no fingerprint; one event was added."""
    before = tables(place)
    redacted, retraction = before.events[f"{X}@2"], before.events[f"{X}@3"]
    assert redacted.state is not None
    answer = ask(identified, redact(2))
    after = tables(place)
    added = after.events.pop(f"{X}@5")
    assert after.events == before.events | {f"{X}@2": redacted._replace(state=None)}
    key = f"identifier:lei:{LEI}"
    gone = {(key, redacted.position), (key, retraction.position)}
    assert gone < before.keys
    assert after.keys == before.keys - gone
    assert [found[0] for found in after.keys] == [key]  # that of the other cluster
    recorded = after.commands.pop(answer.request_id)
    cleared = before.commands[ID]._replace(fingerprint_version=0, fingerprint=b"")
    assert after.commands == before.commands | {ID: cleared}
    assert (recorded.first_position, recorded.last_position) == (added.position, added.position)
    digest = hashlib.sha256(redacted.state).digest()
    opened = open_row(added)
    assert opened.recorded.event == EventRedacted(
        version=2,
        state_sha256=digest,
        command_id=ID,
        approvers=["principals/one", "principals/two"],
    )
    assert (opened.metadata.reason, opened.metadata.command_size) == ("by law", 1)
    assert not opened.metadata.HasField("effective")
    leaf = hashlib.sha256(b"\x00" + entry_of(after.events[f"{X}@2"], digest)).digest()
    assert leaf == redacted.leaf


def test_commands_that_said_the_same_and_recorded_nothing_do_not_betray_it(
    registry: Registry, place: Place
):
    """Their fingerprints go, too; those of what can be read stay."""
    other = ask(registry, register()).request_id
    for request in (rename("words"), rename("words", request_id=ID), retract(2)):
        ask(registry, request)
    ask(registry, redact(2))
    commands = tables(place).commands
    assert (commands[ID].fingerprint_version, commands[ID].fingerprint) == (0, b"")
    assert commands[other].fingerprint
    assert ask(registry, rename("others", request_id=ID)).repeated


def test_its_command_is_answered_as_recorded_before(identified: Registry):
    """Whatever it says now: nobody knows any more what it said. Others are still compared."""
    first = ask(identified, identify(LEI, request_id=ID))
    with pytest.raises(RequestIdReused):
        ask(identified, identify("529900T8BM49AURSDO55", request_id=ID))
    ask(identified, redact(2))
    head = identified.head()
    for lei in (LEI, "529900T8BM49AURSDO55"):
        again = ask(identified, identify(lei, request_id=ID))
        assert again.repeated
        assert again.events == first.events
        assert (again.stream, again.version) == (X, 2)
    assert identified.head() == head


def test_the_retraction_follows_its_event(identified: Registry, place: Place):
    """Its reason goes as well, and what counts stays what it was, also read anew."""
    before = identified.get(Cluster, X).state
    ask(identified, redact(2))
    ask(identified, redact(3))
    events = tables(place).events
    assert [events[f"{X}@{version}"].state is None for version in range(1, 7)] == [
        *(False, True, True),
        *(False, False, False),
    ]
    assert identified.get(Cluster, X).state == before
    upto = identified.get(Cluster, X, identified.head())
    assert (upto.state, upto.version) == (before, 6)


def test_what_was_redacted_stays_so(identified: Registry, place: Place):
    """A second redaction records nothing but that it was asked for."""
    ask(identified, redact(2))
    before = tables(place)
    answer = ask(identified, redact(2))
    assert answer.events == ()
    after = tables(place)
    assert after.commands.pop(answer.request_id).first_position == 0
    assert after == before


def test_events_of_one_batch_are_redacted_in_it(registry: Registry, place: Place):
    """Registered, retracted and redacted in one transaction, the retraction too."""
    batch = in_one_batch(
        registry,
        register(),
        identify(LEI, request_id=ID),
        retract(2),
        redact(2),
        redact(3),
        redact(2),
        identify(LEI),
        identify(LEI, request_id=ID),
    )
    assert [type(one) for one in batch] == [Answer] * 8
    sizes = [len(one.events) for one in batch if isinstance(one, Answer)]
    assert sizes == [1, 1, 1, 1, 1, 0, 1, 1]
    now = tables(place)
    assert [now.events[f"{X}@{version}"].state is None for version in range(1, 7)] == [
        *(False, True, True),
        *(False, False, False),
    ]
    position = now.events[f"{X}@6"].position
    assert now.keys == {(f"identifier:lei:{LEI}", position)}
    assert now.commands[ID].fingerprint_version == 0
    (bears,) = registry.get(Cluster, X).state.identifiers
    assert bears.version == 6


# --- what erases nothing ---------------------------------------------------------------------


def test_what_is_only_validated_erases_nothing(identified: Registry, place: Place):
    """The answer says what would be recorded."""
    before = tables(place)
    answer = ask(identified, redact(2, validate_only=True))
    (ref,) = answer.events
    assert isinstance(ref.event, EventRedacted)
    assert ref.event.version == 2
    assert tables(place) == before


def test_what_is_refused_erases_nothing(identified: Registry, place: Place):
    """By a rule, for its fields, or because the stream went on; also beside what is recorded."""
    before = tables(place)
    alone = RedactEventRequest(stream=X, version=2, approvers=["principals/one"] * 2)
    for request, error in (
        (redact(1), RuleRefused),
        (redact(3), RuleRefused),
        (alone, InvalidField),
        (redact(2, reason=""), InvalidField),
        (redact(2, expected_version=3), VersionMismatch),
    ):
        assert isinstance(outcome(send(identified, request)), error)
    assert tables(place) == before
    refused, renamed = in_one_batch(identified, redact(3), rename("Z", "2012"))
    assert isinstance(refused, RuleRefused)
    assert isinstance(renamed, Answer)
    after = tables(place)
    del after.events[f"{X}@5"]
    assert after[:2] == before[:2]
    assert before.commands.items() < after.commands.items()


ERASURE = Erasure("a", 1, ("k",), (1,), "one")


def erasing(versions: dict[str, int], erasures: Iterable[Erasure] = (ERASURE,)) -> Batch:
    """A batch with a second event of a, which takes away the first."""
    resting = batch(event("a", 2), commands=[command("two", 0, 1)], head=1, versions=versions)
    return resting._replace(erasures=tuple(erasures))


def test_a_batch_that_clashes_erases_nothing(log: LogReads, other_log: LogReads, place: Place):
    """What it rests on was changed by others; decided anew it erases what it names."""
    record(log, event("a", 1, "k", "l"), commands=[command("one", 0, 1)])
    record(other_log, event("b", 1, "k"))
    before = tables(place)
    assert clashed(log.append(erasing({"a": 1, "b": 0}))) == ({"b"}, set(), set())
    assert tables(place) == before
    assert isinstance(log.append(erasing({"a": 1, "b": 1})), Appended)
    after = tables(place)
    assert after.events["a@1"] == before.events["a@1"]._replace(state=None)
    assert after.events["b@1"] == before.events["b@1"]
    assert after.keys == {("l", 1), ("k", 2)}
    assert after.commands["one"][1:3] == (0, b"")


# --- races -----------------------------------------------------------------------------------


def test_of_two_redactions_one_is_recorded(racers: tuple[Registry, Registry], place: Place):
    """Of the same event; the other one finds it done."""
    ask(racers[0], register())
    for number in range(ROUNDS):
        version = ask(racers[0], rename(f"N{number}", f"{1990 + number}")).version
        ask(racers[0], retract(version))
        tickets = [send(racers[which], redact(version)) for which in (number % 2, 1 - number % 2)]
        answers = [ticket.result(PATIENCE_S) for ticket in tickets]
        assert sorted(len(answer.events) for answer in answers) == [0, 1]
    events = [opened.recorded.event for opened in check_log(place)]
    redacted = [each.version for each in events if isinstance(each, EventRedacted)]
    assert redacted == [2 + 3 * number for number in range(ROUNDS)]


def test_a_redaction_and_another_command_are_both_recorded(
    racers: tuple[Registry, Registry], place: Place
):
    """One after the other, whichever is first; the content goes and the other's stays."""
    ask(racers[0], register())
    for number in range(ROUNDS):
        version = ask(racers[0], rename(f"N{number}", f"{1950 + number}")).version
        ask(racers[0], retract(version))
        pair = redact(version), rename(f"M{number}", f"{1990 + number}")
        order = (0, 1) if number % 2 else (1, 0)
        tickets = [send(racers[which], pair[which]) for which in order]
        assert [len(ticket.result(PATIENCE_S).events) for ticket in tickets] == [1, 1]
        assert tables(place).events[f"{X}@{version}"].state is None
    names = [entry.value for entry in racers[1].get(Cluster, X).state.name.entries]
    assert names == ["X", *(f"M{number}" for number in range(ROUNDS))]
