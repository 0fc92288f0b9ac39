"""Whether something exists on a day."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry.domain.effective import Effective


class Life(IntEnum):
    """State of a resource on a day; the numbers are those of registry.v1.LifeState."""

    NOT_YET = 1
    LIVE = 2
    ENDED = 3


def life_on(start: Effective | None, end: Effective | None, day: int) -> Life:
    """Life on a day (ordinal) of what begins and ends so; never begun is NOT_YET."""
    if start is None or day < start.first_day:
        return Life.NOT_YET
    if end is not None and day > end.last_day:
        return Life.ENDED
    return Life.LIVE
