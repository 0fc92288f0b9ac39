"""Fold: the events of a stream that count become its state.

Those do not count that were retracted or redacted, nor those that say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from registry.domain.world import Redacted
from registry.events.v1.store_pb2 import EventRedacted, EventRetracted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from registry.domain.world import Aggregate, Recorded

A = TypeVar("A", bound="Aggregate")

ABOUT_EVENTS = (EventRetracted, EventRedacted)
"""Events that name an earlier one of their stream, which then counts no longer."""
STATELESS = (*ABOUT_EVENTS, Redacted)
"""What no state evolves by."""


def live(history: Sequence[Recorded]) -> list[Recorded]:
    """Events that count."""
    gone = {r.event.version for r in history if isinstance(r.event, ABOUT_EVENTS)}
    return [r for r in history if r.version not in gone and not isinstance(r.event, STATELESS)]


def evolved(state: A, recorded: Recorded) -> A:
    """State after one more event, as long as it takes none back."""
    return state if isinstance(recorded.event, STATELESS) else state.evolve(recorded)


def fold(start: A, history: Iterable[Recorded]) -> A:
    """State after the events of a whole stream, given in the order of their versions."""
    state = start
    for recorded in live(list(history)):
        state = state.evolve(recorded)
    return state
