"""Timeline: an attribute whose value changes over effective time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, Self, TypeVar

if TYPE_CHECKING:
    from registry.domain.effective import Effective

T = TypeVar("T")


class Entry(NamedTuple, Generic[T]):
    """A value and from when it holds."""

    at: Effective
    value: T


def _order(entry: Entry[T]) -> tuple[int, int, int]:
    return entry.at.order


@dataclass(frozen=True)
class Timeline(Generic[T]):
    """Values ordered by (effective, stream version); each holds until the next begins."""

    entries: tuple[Entry[T], ...] = ()

    def insert(self, at: Effective, value: T) -> Self:
        """Put a value in its place; among equal dates the one recorded later goes last."""
        entries = list(self.entries)
        insort_right(entries, Entry(at, value), key=_order)
        return type(self)(tuple(entries))

    def on(self, day: int) -> T | None:
        """Answer the value on a day (ordinal), or None before the first."""
        entry = self.entry_on(day)
        return None if entry is None else entry.value

    def on_or_first(self, day: int) -> T | None:
        """Answer the value on a day (ordinal), or the first there is before it."""
        entry = self.entry_on_or_first(day)
        return None if entry is None else entry.value

    def entry_on(self, day: int) -> Entry[T] | None:
        """Answer the entry in force on a day (ordinal), or None before the first."""
        found = None
        for entry in self.entries:
            if entry.at.first_day > day:
                break
            found = entry
        return found

    def entry_on_or_first(self, day: int) -> Entry[T] | None:
        """Answer the entry in force on a day (ordinal), or the first there is before it."""
        return self.entry_on(day) or (self.entries[0] if self.entries else None)

    def after(self, entry: Entry[T]) -> Entry[T] | None:
        """Answer the entry that follows one that is there; None after the last."""
        place = bisect_left(self.entries, entry.at.order, key=_order)
        following = self.entries.index(entry, place) + 1
        return self.entries[following] if following < len(self.entries) else None

    def says(self, value: T, at: Effective) -> bool:
        """Whether exactly this was recorded: same value, date, precision and bound."""
        first = bisect_left(self.entries, at.order, key=_order)
        last = bisect_right(self.entries, at.order, lo=first, key=_order)
        return Entry(at, value) in self.entries[first:last]
