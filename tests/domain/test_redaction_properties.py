"""Redaction over random histories of real commands: nothing that is known changes."""

import contextlib
from functools import reduce

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.domain.fold import evolved, fold, live
from registry.domain.kinds import kind_of
from registry.domain.redaction import redact
from registry.errors import RuleRefused
from registry.events.v1.store_pb2 import EventRedacted, EventRetracted
from tests.domain.given import APPROVERS
from tests.domain.test_retraction_properties import (
    commands,
    copy,
    histories,
    obey,
    require_sound,
    retracted,
)

numbers = st.lists(st.integers(0, 1000), min_size=1, max_size=6)
SLOW = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def corrected(draw):
    """A world after random commands, of which some were retracted."""
    world = draw(histories())
    for number in draw(numbers):
        # Facts that would contradict each other stay.
        with contextlib.suppress(RuleRefused):
            retracted(world, number)
    return world


def redactable(world):
    """Names of retracted events, and of retractions of redacted ones, that are left."""
    for stream, log in world.logs.items():
        redacted = {r.event.version for r in log if isinstance(r.event, EventRedacted)}
        for recorded in log:
            if isinstance(recorded.event, EventRetracted):
                target = recorded.event.version
                version = recorded.version if target in redacted else target
                if version not in redacted:
                    yield stream, version


def some_redacted(world, numbers, command):
    """Redact events one after another, as they come to be redactable; which."""
    gone = []
    for number in numbers:
        found = list(redactable(world))
        if found:
            gone.append(found[number % len(found)])
            command(*gone[-1])
    return gone


@given(corrected(), numbers)
@SLOW
def test_states_are_what_they_were(world, numbers):
    """What counts is the same, every stream folds to the same, and the world is sound."""
    before = copy(world)
    some_redacted(world, numbers, world.redact)
    for stream, log in world.logs.items():
        assert live(log) == live(before.logs[stream])
        state = world.state(stream)
        assert state == before.state(stream)
        for recorded in log[len(before.logs[stream]) :]:
            assert evolved(state, recorded) is state
    require_sound(world)


@given(corrected(), numbers)
@SLOW
def test_what_was_redacted_was_never_known(world, numbers):
    """It counts at no earlier time either, where it did; all else counts as it did then."""
    before = copy(world)
    gone = set(some_redacted(world, numbers, world.redact))
    for stream, log in before.logs.items():
        for upto in range(len(log) + 1):
            was = [each for each in live(log[:upto]) if (stream, each.version) not in gone]
            known = world.logs[stream][:upto]
            assert live(known) == was
            state = kind_of(stream).new(stream)
            anew = fold(state, known)
            if not any(isinstance(each.event, EventRetracted) for each in known):
                assert reduce(evolved, known, state) == anew


@given(corrected(), numbers)
@SLOW
def test_nothing_is_decided_twice(world, numbers):
    """What was redacted already is satisfied; what counts, and a redaction, are refused."""
    gone = some_redacted(world, numbers, world.redact)
    for stream, version in gone:
        assert redact(stream, version, APPROVERS, world) == []
    for stream, log in world.logs.items():
        for recorded in live(log):
            with pytest.raises(RuleRefused, match="still counts"):
                redact(stream, recorded.version, APPROVERS, world)
        for recorded in log:
            if isinstance(recorded.event, EventRedacted):
                with pytest.raises(RuleRefused, match="itself a redaction"):
                    redact(stream, recorded.version, APPROVERS, world)


@given(corrected(), numbers, st.lists(commands, max_size=12))
@SLOW
def test_commands_are_decided_as_before(world, numbers, later):
    """With the content gone, and while it is still there within one transaction."""
    pending = copy(world)
    some_redacted(world, numbers, world.redact)
    some_redacted(
        pending, numbers, lambda *event: pending.record(redact(*event, APPROVERS, pending))
    )
    length = {stream: len(log) for stream, log in world.logs.items()}
    for command in later:
        obey(world, command)
        obey(pending, command)
    assert world.logs.keys() == pending.logs.keys()
    for stream, log in world.logs.items():
        assert log[length.get(stream, 0) :] == pending.logs[stream][length.get(stream, 0) :]
