"""Days of effective dates, and the order of facts by them (docs/concepts.md, docs/log.md)."""

import calendar
import datetime

from registry.events.v1.values_pb2 import Effective

ALWAYS = 0
"""Before every day: the first day of what has no date."""
NEVER = 10**9
"""After every day: the last day of what has no end."""


def first_day(effective):
    """Ordinal of the day from which a start counts; ALWAYS where it has no date."""
    if effective.bound == Effective.BOUND_UNKNOWN:
        return ALWAYS
    return first_of(effective.date)


def last_day(effective):
    """Ordinal of the day through which an end counts; NEVER where there is no end."""
    return NEVER if effective is None else last_of(effective.date)


def first_of(date):
    """First day of a period: a year, a month or a day."""
    return datetime.date(date.year, date.month or 1, date.day or 1).toordinal()


def last_of(date):
    """Last day of a period."""
    month = date.month or 12
    day = date.day or calendar.monthrange(date.year, month)[1]
    return datetime.date(date.year, month, day).toordinal()


def order(effective):
    """Sorts dates: unknown, then by first day, coarse before fine, no-later-than before at."""
    if effective.bound == Effective.BOUND_UNKNOWN:
        return (ALWAYS, 0, 0)
    date = effective.date
    precision = 3 if date.day else 2 if date.month else 1
    return (first_of(date), precision, effective.bound == Effective.BOUND_AT)
