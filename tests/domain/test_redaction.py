"""Redaction: what no longer counts may be deleted, and nothing else changes."""

import pytest

from registry.domain.redaction import redact
from registry.domain.world import Redacted
from registry.errors import InvalidField, NotFound, RuleRefused
from registry.events.v1.store_pb2 import EventRedacted
from tests.domain.given import APPROVERS, World
from tests.domain.test_clusters import LEI

X = "clusters/xx"


@pytest.fixture
def world():
    """A cluster with an identifier (@2) that was retracted (@3), and a name more (@4)."""
    world = World()
    world.cluster(X)
    world.identify("lei", LEI, "2010", X)
    world.retract(X, 2)
    world.rename("Y", "2020", X)
    return world


def refused(rule, world, version, stream=X):
    """What it is refused with by a rule: it names the event, and says what to do."""
    before = {name: list(log) for name, log in world.logs.items()}
    with pytest.raises(RuleRefused) as refusal:
        world.redact(stream, version)
    assert world.logs == before
    assert (refusal.value.rule, refusal.value.subject) == (rule, stream)
    assert f"{stream}@{version}" in refusal.value.contradiction
    return refusal.value


def test_what_no_longer_counts_is_redacted_by_an_event(world):
    """Of the same stream, with version and approvers, and without a date; once only."""
    (decision,) = world.redact(X, 2)
    assert decision[0::2] == (X, None)
    assert decision.event == EventRedacted(version=2, approvers=APPROVERS)
    assert isinstance(world.history(X)[1].event, Redacted)
    assert world.redact(X, 2) == []


def test_what_is_pending_is_redacted_once(world):
    """Its content is deleted when all is recorded: before that, too, once is enough."""
    world.record(redact(X, 2, APPROVERS, world))
    assert redact(X, 2, APPROVERS, world) == []


def test_a_fact_is_retracted_first(world):
    """While it counts, its words are answered; the refusal names it."""
    for version in (1, 4):
        refusal = refused("redaction-of-fact", world, version)
        assert "still counts" in refusal.contradiction
        assert "retract it first" in refusal.remedy
        assert refusal.events == (f"{X}@{version}",)
    world.retract(X, 4)
    assert world.redact(X, 4)


def test_a_retraction_stands_until_its_event_is_redacted(world):
    """Without it the event would count again; the refusal names that event."""
    refusal = refused("retraction-stands", world, 3)
    assert refusal.remedy == f"redact {X}@2 first"
    assert refusal.events == (f"{X}@2",)
    world.redact(X, 2)
    assert world.redact(X, 3)
    assert world.redact(X, 3) == []


def test_a_redaction_stands(world):
    """It has no words to delete but why, and proves the log."""
    world.redact(X, 2)
    assert "leave it" in refused("redaction-stands", world, 5).remedy


def test_what_is_redacted_is_retracted_no_more(world):
    """It counts at no time: to retract it again is satisfied, as is to retract its retraction."""
    world.redact(X, 2)
    assert world.retract(X, 2) == []
    with pytest.raises(RuleRefused, match="redaction"):
        world.retract(X, 5)
    world.redact(X, 3)
    assert world.retract(X, 3) == []


def test_what_is_not_there_is_not_found(world):
    """By stream and version; the store itself has nothing to delete."""
    for stream, version in ((X, 5), ("clusters/zz", 1), ("no/such/thing", 1), ("editions/8", 1)):
        with pytest.raises(NotFound) as missing:
            world.redact(stream, version)
        assert missing.value.resource in {stream, f"{stream}@{version}"}
    with pytest.raises(RuleRefused) as refusal:
        world.redact("store", 1)
    assert (refusal.value.rule, refusal.value.subject) == ("store-stands", "store")
    assert "events of resources only" in refusal.value.remedy


@pytest.mark.parametrize("approvers", [APPROVERS[:1], APPROVERS[:1] * 2])
def test_two_approve(world, approvers):
    """One is not enough, nor is one twice, whatever is asked for."""
    for version in (1, 2, 9):
        with pytest.raises(InvalidField, match="two different principals") as refusal:
            world.redact(X, version, *approvers)
        assert refusal.value.violations[0][0] == "approvers"


def test_an_edition_may_be_named_by_its_number():
    """As in every command about it."""
    world = World()
    world.announce("editions/ee", number=8)
    world.cancel("2020", "editions/ee")
    world.retract("editions/ee", 2)
    (decision,) = world.redact("editions/8", 2)
    assert decision.stream == "editions/ee"


def test_an_identifier_is_free_when_it_is_redacted(world):
    """Nothing looks any more for what had it."""
    world.redact(X, 2)
    world.cluster("clusters/yy")
    assert world.identify("lei", LEI, "2010", "clusters/yy")
