"""Negative controls: every checker of the fault tests sees what it is there to see."""

import os

import pytest

from registry.events.v1.envelope_pb2 import Envelope, Metadata
from registry.v1.event_service_pb2 import StoredEvent
from registry.v1.options_pb2 import Recorded, RecordedEvent
from tests.faults import commands
from tests.faults.ledger import Ledger, leaf_of, problems_of_ledger, problems_of_log

pytestmark = pytest.mark.faults


def stored(position, request_id, *, version=None, at=(0, 1), time=0) -> StoredEvent:
    index, size = at
    metadata = Metadata(command_id=request_id, command_index=index, command_size=size)
    event = StoredEvent(
        position=position,
        stream="clusters/x",
        version=version or position,
        topic="t",
        recorded_at=time or position,
        state=Envelope(metadata=metadata, salt=os.urandom(16)).SerializeToString(),
    )
    event.leaf = leaf_of(event)
    return event


def recorded(request_id, *positions) -> Recorded:
    events = [RecordedEvent(event=f"clusters/x@{n}", position=n) for n in positions]
    return Recorded(position=max(positions), request_id=request_id, events=events)


@pytest.fixture
def ledger() -> Ledger:
    """One command of one event, one of two."""
    ledger = Ledger()
    for request_id, positions in (("a", (1,)), ("b", (2, 3))):
        ledger.send(commands.register("x", request_id=request_id))
        ledger.acknowledge(recorded(request_id, *positions))
    return ledger


@pytest.fixture
def log() -> list[StoredEvent]:
    return [stored(1, "a"), stored(2, "b", at=(0, 2)), stored(3, "b", at=(1, 2))]


def test_a_sound_log_has_no_problems(ledger, log):
    assert list(problems_of_log(log)) == []
    assert list(problems_of_ledger(ledger, log)) == []


def test_an_invented_acknowledgement_is_reported_lost(ledger, log):
    ledger.send(commands.register("x", request_id="invented"))
    ledger.acknowledge(recorded("invented", 4))
    assert list(problems_of_ledger(ledger, log)) == ["lost: invented was acknowledged at 4"]


def test_an_acknowledgement_of_another_place_is_reported(ledger, log):
    ledger.acknowledge(recorded("a", 2))
    assert len(list(problems_of_ledger(ledger, log))) == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([stored(4, "c")], "never sent: c"),
        ([stored(4, "a")], "doubled: a"),
        ([stored(4, "d", at=(0, 2))], "in part: d"),
    ],
)
def test_what_should_not_be_in_the_log_is_reported(ledger, log, more, said):
    ledger.send(commands.register("x", request_id="d"))
    assert any(said in problem for problem in problems_of_ledger(ledger, [*log, *more]))


def test_a_command_torn_apart_is_reported():
    ledger = Ledger()
    ledger.send(commands.register("x", request_id="a"))
    log = [stored(1, "a", at=(0, 2)), stored(2, ""), stored(3, "a", at=(1, 2))]
    assert any("torn apart: a" in problem for problem in problems_of_ledger(ledger, log))


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (stored(5, "c", version=4), "position 5 where 4 is due"),
        (stored(4, "c", time=3), "no later"),
        (stored(4, "c", version=5), "clusters/x@5 where 4 is due"),
    ],
)
def test_a_broken_log_is_reported(log, event, said):
    assert any(said in problem for problem in problems_of_log([*log, event]))


def test_a_flipped_bit_is_reported(log):
    log[1].state = log[1].state[:-1] + bytes([log[1].state[-1] ^ 1])
    assert list(problems_of_log(log)) == ["position 2 has another leaf"]
