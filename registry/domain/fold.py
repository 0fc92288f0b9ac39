"""Fold: the events of a stream, retracted ones dropped, become its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from registry.events.v1 import store_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from registry.domain.world import Aggregate, Recorded

A = TypeVar("A", bound="Aggregate")


def live(history: Sequence[Recorded]) -> list[Recorded]:
    """Events that count: neither retractions nor retracted."""
    gone = {r.event.version for r in history if isinstance(r.event, store_pb2.EventRetracted)}
    return [
        r
        for r in history
        if r.version not in gone and not isinstance(r.event, store_pb2.EventRetracted)
    ]


def fold(start: A, history: Iterable[Recorded]) -> A:
    """State after the events of a whole stream, given in the order of their versions."""
    state = start
    for recorded in live(list(history)):
        state = state.evolve(recorded)
    return state
