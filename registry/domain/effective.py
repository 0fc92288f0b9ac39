"""Effective time: when a fact is true in the world, as precisely as it is known."""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Self

from google.type import date_pb2

from registry.errors import InvalidField
from registry.events.v1 import values_pb2

AT = values_pb2.Effective.BOUND_AT
NO_LATER_THAN = values_pb2.Effective.BOUND_NO_LATER_THAN
UNKNOWN_BOUND = values_pb2.Effective.BOUND_UNKNOWN

# Days are proleptic Gregorian ordinals (date.toordinal), so that they compare and
# add as integers in Python and in SQL alike.
BEGINNING = 0
"""Before every day."""
FOREVER = 9_999_999
"""After every day."""
MIN_YEAR, MAX_YEAR = 1000, 9999
YEARS_AHEAD = 20
"""How far ahead of today an effective date may lie."""


@dataclass(frozen=True)
class Effective:
    """A civil date with month or day 0 where not known, and how it bounds the fact."""

    year: int = 0
    month: int = 0
    day: int = 0
    bound: int = AT

    @property
    def unknown(self) -> bool:
        """Whether there is no date at all: the fact holds at every date."""
        return self.bound == UNKNOWN_BOUND

    @cached_property
    def first_day(self) -> int:
        """First day of the period; BEGINNING where unknown."""
        if self.unknown:
            return BEGINNING
        return datetime.date(self.year, self.month or 1, self.day or 1).toordinal()

    @cached_property
    def last_day(self) -> int:
        """Last day of the period, inclusive; FOREVER where unknown."""
        if self.unknown:
            return FOREVER
        if self.day:
            return self.first_day
        month = self.month or 12
        last = calendar.monthrange(self.year, month)[1]
        return datetime.date(self.year, month, last).toordinal()

    @property
    def earliest_day(self) -> int:
        """Earliest day on which the fact can truly begin or end."""
        return self.first_day if self.bound == AT else BEGINNING

    @property
    def latest_day(self) -> int:
        """Latest day on which the fact can truly begin or end."""
        return self.last_day

    @cached_property
    def order(self) -> tuple[int, int, int]:
        """Sort key: unknown first, then first day, coarse before fine, NO_LATER_THAN before AT."""
        if self.unknown:
            return (BEGINNING, 0, 0)
        precision = 2 if self.day else 1 if self.month else 0
        return (self.first_day, precision, 0 if self.bound == NO_LATER_THAN else 1)

    def __str__(self) -> str:
        """ISO 8601 at its precision; "unknown"; "no later than 2010-05"."""
        if self.unknown:
            return "unknown"
        parts = [f"{self.year:04}"] + [f"{part:02}" for part in (self.month, self.day) if part]
        return ("no later than " if self.bound == NO_LATER_THAN else "") + "-".join(parts)

    def to_proto(self) -> values_pb2.Effective:
        """Encode for an envelope or an answer: a shared message, to be copied, never changed."""
        return self._message

    @cached_property
    def _message(self) -> values_pb2.Effective:
        if self.unknown:
            return values_pb2.Effective(bound=UNKNOWN_BOUND)
        date = date_pb2.Date(year=self.year, month=self.month, day=self.day)
        return values_pb2.Effective(date=date, bound=self.bound)  # type: ignore[arg-type]

    @classmethod
    def from_proto(cls, message: values_pb2.Effective) -> Self:
        """Decode a recorded value, which was checked before it was recorded."""
        date = message.date
        return cls.shared(date.year, date.month, date.day, message.bound)

    @classmethod
    @lru_cache(maxsize=8192)
    def shared(cls, year: int, month: int, day: int, bound: int = AT) -> Self:
        """One object for each value: a log has few dates and many facts."""
        return cls(year, month, day, bound)

    @classmethod
    def on(cls, text: str, bound: int = AT) -> Self:
        """Parse "2006", "2006-09" or "2006-09-01".

        Raises:
            ValueError: for any other text, or a day that is not in the calendar.
        """
        parts = [int(part) for part in text.split("-")]
        datetime.date(*[*parts, 1, 1][:3])  # 00 is no month and no day
        year, month, day = [*parts, *[0] * (3 - len(parts))]
        return cls(year, month, day, bound)


UNKNOWN = Effective(bound=UNKNOWN_BOUND)


def check_date(date: date_pb2.Date, field: str) -> None:
    """Refuse a date that is no year, month or day of the calendar.

    Raises:
        InvalidField: naming the field.
    """
    if not MIN_YEAR <= date.year <= MAX_YEAR:
        raise InvalidField(f"{field}.year", f"must be {MIN_YEAR} to {MAX_YEAR}")
    if date.day and not date.month:
        raise InvalidField(f"{field}.month", "must be given where the day is")
    try:
        datetime.date(date.year, date.month or 1, date.day or 1)
    except ValueError:
        raise InvalidField(field, "is no day of the calendar") from None


def checked(message: values_pb2.Effective, field: str, today: int) -> Effective:
    """Decode an effective date of a request; a date without bound is AT.

    Args:
        message: as received.
        field: its path in the request, for the error.
        today: today's ordinal (UTC).

    Raises:
        InvalidField: for a date that is none, without date but not UNKNOWN, or
            more than YEARS_AHEAD years ahead.
    """
    if message.bound == UNKNOWN_BOUND:
        if message.HasField("date"):
            raise InvalidField(f"{field}.date", "must be left out where the bound is UNKNOWN")
        return UNKNOWN
    if message.bound not in (0, AT, NO_LATER_THAN):
        raise InvalidField(f"{field}.bound", "is not a known bound")
    if not message.HasField("date"):
        raise InvalidField(f"{field}.date", "must be given, or the bound be BOUND_UNKNOWN")
    check_date(message.date, f"{field}.date")
    date = message.date
    if date.year > datetime.date.fromordinal(today).year + YEARS_AHEAD:
        raise InvalidField(f"{field}.date", f"may lie at most {YEARS_AHEAD} years ahead")
    return Effective.shared(date.year, date.month, date.day, message.bound or AT)


def day(text: str) -> int:
    """Ordinal of the day an as-of date means: the last day of its period."""
    return Effective.on(text).last_day


def as_of_day(date: date_pb2.Date, field: str) -> int:
    """Ordinal of the day an `as_of` of a request means: the last day of its period.

    Raises:
        InvalidField: naming the field.
    """
    check_date(date, field)
    return Effective(date.year, date.month, date.day).last_day
