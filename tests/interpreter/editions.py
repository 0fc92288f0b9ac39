"""Editions: when they take place and where they stand, as of a day."""

from typing import Any, NamedTuple

from registry.events.v1 import edition_pb2 as pb
from registry.v1 import edition_service_pb2
from tests.interpreter.dates import first_of


class State(NamedTuple):
    """Where an edition stands, and since when."""

    value: int
    since: Any


def dates(facts, day):
    """The fact that says when it takes place, as decided on a day; before all, the first."""
    found = facts.of(pb.EditionAnnounced, pb.EditionRescheduled)
    return [found[0], *facts.since(day, pb.EditionAnnounced, pb.EditionRescheduled)][-1]


def begins(facts, day):
    """First day of an edition, as decided on a day."""
    return first_of(dates(facts, day).event.dates.start)


def announced(facts):
    """What was announced."""
    return facts.one(pb.EditionAnnounced).event


STATES = (
    (pb.EditionCancelled, edition_service_pb2.EDITION_STATE_CANCELLED),
    (pb.EditionHeld, edition_service_pb2.EDITION_STATE_HELD),
    (pb.EditionAnnounced, edition_service_pb2.EDITION_STATE_ANNOUNCED),
)
"""The last first: what was cancelled or held stays so, whenever its announcement is dated."""


def state(facts, day):
    """Where it stands on a day; nowhere before it was announced."""
    for kind, value in STATES:
        if fact := facts.on(day, kind):
            return State(value, fact.at)
    return State(edition_service_pb2.EDITION_STATE_UNSPECIFIED, None)


def cancelled(facts, day):
    """Whether it is cancelled on a day."""
    return state(facts, day).value == edition_service_pb2.EDITION_STATE_CANCELLED
