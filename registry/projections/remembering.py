"""Remembering: an answer holds until something that it rests on has changed.

A summary of a large registry looks at many rows, and is asked for far more often than they change.
The checkpoint says at which position each table changed last: where these are what they were, so is
the answer, however far the log went on meanwhile.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from registry.projections.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from registry.projections.store import Reading
    from registry.projections.tables import Row

T = TypeVar("T")

MOST = 2_000
"""Answers kept; of more those that were not asked for longest are forgotten."""


class _Answer(NamedTuple):
    rests_on: tuple[int, ...]
    """The generation, and the position at which each table changed last."""
    value: Any


class Remembered:
    """Answers to questions, usable from any thread."""

    def __init__(self, *rests_on: type[Row]) -> None:
        """Hold answers that rest on these tables alone."""
        self._tables = [TABLES[kind].name for kind in rests_on]
        self._answers: OrderedDict[Hashable, _Answer] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, reading: Reading, question: Hashable, ask: Callable[[], T]) -> T:
        """Answer a question in a read transaction; asks where the answer is not known or old."""
        changed = reading.checkpoint.changed
        rests_on = (reading.generation, *(changed.get(name, 0) for name in self._tables))
        with self._lock:
            known = self._answers.get(question)
            if known is not None and known.rests_on == rests_on:
                self._answers.move_to_end(question)
                value: T = known.value
                return value
        value = ask()
        with self._lock:
            self._answers[question] = _Answer(rests_on, value)
            self._answers.move_to_end(question)
            while len(self._answers) > MOST:
                self._answers.popitem(last=False)
        return value
