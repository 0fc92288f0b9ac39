"""Spans: intervals of effective time, such as memberships and identifiers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from registry.domain.effective import BEGINNING, FOREVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.domain.effective import Effective

T = TypeVar("T")


@dataclass(frozen=True)
class Span(Generic[T]):
    """Something that holds from a start to an end, both inclusive.

    `version` is that of the event that began it, `end_version` that of the event
    that ended it (0 while it is open).
    """

    version: int
    what: T
    start: Effective
    end: Effective | None = None
    end_version: int = 0

    @property
    def first_day(self) -> int:
        """First day (ordinal) on which it counts."""
        return self.start.first_day

    @property
    def last_day(self) -> int:
        """Last day (ordinal) on which it counts; FOREVER while open."""
        return FOREVER if self.end is None else self.end.last_day

    def live_on(self, day: int) -> bool:
        """Whether it counts on a day (ordinal)."""
        return self.first_day <= day <= self.last_day

    def core(self, since: int = BEGINNING, until: int = FOREVER) -> tuple[int, int]:
        """First and last day on which it holds for every choice of the unknown dates.

        Cut to `since`..`until`; empty where the first lies after the last. An open
        end reaches to infinity.
        """
        last = FOREVER if self.end is None else self.end.earliest_day
        return max(self.start.latest_day, since), min(last, until)


def certainly_overlap(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Whether two cores share a day, whatever the unknown dates are."""
    return max(a[0], b[0]) <= min(a[1], b[1])


@dataclass(frozen=True)
class Spans(Generic[T]):
    """Spans in the order they were recorded."""

    spans: tuple[Span[T], ...] = ()

    def __iter__(self) -> Iterator[Span[T]]:
        """Iterate over all spans, ended ones too."""
        return iter(self.spans)

    def open(self, version: int, what: T, at: Effective) -> Self:
        """Begin a span; the event's version names it."""
        return type(self)((*self.spans, Span(version, what, at)))

    def close(self, version: int, at: Effective, end_version: int) -> Self:
        """End the span that the event of `version` began."""
        return type(self)(
            tuple(
                replace(span, end=at, end_version=end_version) if span.version == version else span
                for span in self.spans
            )
        )

    def of(self, what: T) -> tuple[Span[T], ...]:
        """All spans of one thing."""
        return tuple(span for span in self.spans if span.what == what)

    def live_on(self, day: int) -> tuple[Span[T], ...]:
        """Those that count on a day (ordinal)."""
        return tuple(span for span in self.spans if span.live_on(day))
