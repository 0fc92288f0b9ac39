"""What every read has in common: its date, whose knowledge it is of, and what it waits for."""

from __future__ import annotations

import datetime
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from google.type.date_pb2 import Date

from registry.domain.effective import as_of_day
from registry.errors import InvalidField
from registry.reference import nuts

if TYPE_CHECKING:
    from registry.server.backend import Context
    from registry.v1.options_pb2 import ReadOptions
    from registry.v1.summary_service_pb2 import Point

MAX_WAIT_S = 10.0
"""How long a read waits for min_position where its caller sets no deadline."""
_ANSWER_S = 0.05
"""What is left of a deadline to say that it passed."""
_CLOCKS_APART_US = 60_000_000
"""How far a caller's clock may be ahead of ours: what it calls now is to come here."""
DEFAULT_PAGE_SIZE = 100


class Reading(NamedTuple):
    """The options of one read."""

    day: int
    """Ordinal of the day the answer is for."""
    min_position: int
    """Position the answer has to have seen; 0: any."""
    timeout_s: float
    """How long to wait for it."""
    known_position: int = 0
    """Position whose knowledge is asked for; 0: it is not said so."""
    known_at_us: int | None = None
    """Recorded time whose knowledge is asked for, in microseconds since 1970."""

    @classmethod
    def of(cls, request: Any, context: Context) -> Self:
        """Take the options of any request of a read.

        Raises:
            InvalidField: for an as_of that is no date, or a time to come.
        """
        options: ReadOptions = request.options
        return cls(0, options.min_position, timeout_s(context)).at(options, "options")

    def at(self, point: ReadOptions | Point, field: str) -> Self:
        """The same read at another point of the two times, which a field of the request says.

        Raises:
            InvalidField: for an as_of that is no date, or a time to come.
        """
        known = point.WhichOneof("known")
        stated = point.HasField("as_of")
        return self._replace(
            day=as_of_day(point.as_of, f"{field}.as_of") if stated else today(),
            known_position=point.known_position if known == "known_position" else 0,
            known_at_us=_known_at_us(point, field) if known == "known_at" else None,
        )


def today() -> int:
    """Ordinal of today (UTC)."""
    return datetime.datetime.now(datetime.UTC).toordinal()


@lru_cache(maxsize=1000)
def date_of(day: int) -> Date:
    """Date of an ordinal; to be copied, not changed."""
    date = datetime.date.fromordinal(day)
    return Date(year=date.year, month=date.month, day=date.day)


def _known_at_us(point: ReadOptions | Point, field: str) -> int:
    """Microseconds since 1970, rounded down: the last recorded time that is not after it.

    Raises:
        InvalidField: for what is no time, or one to come: what is known then, nobody knows yet.
    """
    try:
        asked: int = point.known_at.ToMicroseconds()
    except ValueError:
        wrong = "is no time: seconds of the years 1 to 9999, and 0 to 999,999,999 nanos"
        raise InvalidField(f"{field}.known_at", wrong) from None
    if asked > time.time_ns() // 1000 + _CLOCKS_APART_US:
        raise InvalidField(f"{field}.known_at", "lies in the future; leave it out for the latest")
    return asked


def timeout_s(context: Context) -> float:
    """How long an answer may wait for something, by the caller's deadline."""
    remaining: float | None = context.time_remaining()
    return MAX_WAIT_S if remaining is None else max(remaining - _ANSWER_S, 0)


def nuts_version(stated: int, field: str) -> int | None:
    """Version of NUTS that a request states; None where it states none.

    Raises:
        InvalidField: for a year that is none.
    """
    if stated and stated not in nuts.VERSIONS:
        raise InvalidField(field, str(nuts.UnknownVersion(stated)))
    return stated or None


def page_size(request: Any) -> int:
    """Answer how many resources a page of this request has."""
    size: int = request.page_size
    return size or DEFAULT_PAGE_SIZE
