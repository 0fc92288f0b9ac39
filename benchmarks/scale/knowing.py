"""Knowing: what an answer costs now, as of a day, as known at a position, and as of both.

Every answer is computed anew, from views that no service has open: a service remembers what it
answered for as long as it holds.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from benchmarks.scale.asking import REGIONS, SLUGS, medians_ms
from registry.domain.effective import day
from registry.projections.ecosystems import ecosystem_summary
from registry.projections.editions import edition_summary
from registry.projections.regions import region_summary
from registry.projections.sqlite import SQLiteViews
from registry.projections.store import Earlier
from registry.projections.subjects import Subject
from registry.projections.tables import TABLES
from registry.reference.nuts import LATEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from registry.projections.store import Reading

KNOWN = 0.99
"""Share of the log that is known then: nearly all there is to count, but not the last changes."""
NOW, THEN = day("2026-01-01"), day("2012-12-31")
GOALS = {"as of": "<= 4", "as known": "<= 6", "both": "<= 6"}
"""Most that it may take, beside now."""
QUESTIONS: dict[str, Callable[[Reading, int], object]] = {
    "ecosystem": lambda r, at: ecosystem_summary(r, Subject.ecosystem(SLUGS[0]), at, LATEST),
    "region": lambda r, at: region_summary(r, Subject.region(REGIONS[1], LATEST), at, LATEST),
    "edition": lambda r, at: edition_summary(r, Subject.edition("editions/e2"), at, LATEST),
}


def rows(directory: Path) -> int:
    """How many rows the views of a store have."""
    with contextlib.closing(SQLiteViews(directory)) as store, store.reading() as reading:
        counts = (reading.rows(f"SELECT count(*) FROM {t.name}") for t in TABLES.values())  # noqa: S608
        return sum(count[0][0] for count in counts)


def measured(directory: Path, times: int) -> Iterator[tuple[str, str, float, float]]:
    """Question, times it is of, milliseconds, and how often as long as now.

    Args:
        directory: of a store that no service serves.
        times: how often each is asked; the answers are medians.
    """
    with contextlib.closing(SQLiteViews(directory)) as store, store.reading() as reading:
        known = Earlier(reading, int(KNOWN * reading.checkpoint.position))
        for name, ask in QUESTIONS.items():
            calls = {
                "now": (reading, NOW),
                "as of": (reading, THEN),
                "as known": (known, NOW),
                "both": (known, THEN),
            }
            asked = [lambda at=at, ask=ask: ask(*at) for at in calls.values()]
            took = medians_ms(times, *asked)
            for what, took_ms in zip(calls, took, strict=True):
                yield name, what, took_ms, took_ms / took[0]
