"""What a person types for when something was recorded, and by whom."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from registryctl.params import typed_date_fields

_AGO = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_POSITION = re.compile(r"#?(0*[1-9]\d{0,17})", re.ASCII)
_YEAR = re.compile("19[0-9]{2}|20[0-9]{2}|2100")
"""What is as likely a year as it is a position."""
_AMBIGUOUS = (
    "'{value}': {year} may be a position or a year: say @#{year} for the position, or @{year}-12-31"
    " for what was known at the end of the year"
)
_EXPECTED = "expected today, yesterday, a date, a time such as 2026-11-25T09:30, or 2h (m, h, d, w)"


def moment(text: str, now: datetime, *, end: bool, through: bool = False) -> datetime:
    """Read a point in time; a day, month or year is its beginning, or else its end.

    Args:
        text: "today", "yesterday", a date, a time (UTC where it names no offset), or how long
            ago: "30m", "2h", "3d", "1w".
        now: the present, in UTC.
        end: whether the end of a period is meant: the beginning of the next one.
        through: whether its last microsecond is meant instead; of the present one, now. One that
            is to come stays so, for the service to refuse.

    Raises:
        ValueError: for any other text.
    """
    if ago := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    if "T" in text or " " in text:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    period = typed_date_fields(text, now.date())
    if through:
        last = _of_period(period, end=True) - timedelta(microseconds=1)
        return min(last, now) if _of_period(period, end=False) <= now else last
    return _of_period(period, end=end)


def _of_period(date: dict[str, int], *, end: bool) -> datetime:
    first = datetime(date["year"], date["month"] or 1, date["day"] or 1, tzinfo=UTC)
    if not end:
        return first
    if date["day"]:
        return first + timedelta(days=1)
    if date["month"]:
        return (first + timedelta(days=31)).replace(day=1)
    return first.replace(year=date["year"] + 1)


class Moment(click.ParamType[Any]):
    """A point in time, as the fields of a google.protobuf.Timestamp."""

    name = "time"

    def __init__(self, *, end: bool = False, through: bool = False) -> None:
        """Take a day as `moment` does."""
        self._end, self._through = end, through

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse what is no time."""
        if isinstance(value, dict):
            return value
        try:
            found = moment(value, datetime.now(UTC), end=self._end, through=self._through)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no time: {_EXPECTED}", param, ctx)
        since_epoch = found - datetime(1970, 1, 1, tzinfo=UTC)
        seconds = since_epoch // timedelta(seconds=1)
        return {"seconds": seconds, "nanos": found.microsecond * 1000}


class Day(click.ParamType[Any]):
    """A day, as the fields of a google.type.Date: of a period its first, or the one after it."""

    name = "date"

    def __init__(self, *, after: bool = False) -> None:
        """Say whether the day after the period is meant."""
        self._after = after

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse what is no date of the calendar."""
        if isinstance(value, dict):
            return value
        try:
            found = _of_period(typed_date_fields(value), end=self._after)
        except (ValueError, OverflowError) as error:
            self.fail(f"{value!r} is no date: {error}", param, ctx)
        return {"year": found.year, "month": found.month, "day": found.day}


class Point(click.ParamType[Any]):
    """A point of the two times, as the fields of registry.v1.Point and as it was typed."""

    name = "point"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Read "DATE", "@KNOWN" or "DATE@KNOWN"; KNOWN is a position or a time; "now" is neither.

        Refuse what is no date, no position and no time, and what may be a position or a year.
        """
        if isinstance(value, tuple):
            return value
        said, at, known = value.partition("@")
        fields: dict[str, Any] = {}
        if said not in {"", "now", "today"}:
            try:
                fields["as_of"] = typed_date_fields(said)
            except ValueError as error:
                points = "a point is DATE, @KNOWN or DATE@KNOWN"
                self.fail(f"{value!r} is no point: {error}; {points}", param, ctx)
        if _YEAR.fullmatch(known):
            self.fail(_AMBIGUOUS.format(value=value, year=known), param, ctx)
        if position := _POSITION.fullmatch(known):
            fields["known_position"] = int(position[1])
        elif at:
            fields["known_at"] = Moment(through=True).convert(known, param, ctx)
        return value or "now", fields


class Actor(click.ParamType[Any]):
    """A principal; "me" is the caller."""

    name = "principal"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Complete an id to a resource name; refuse an empty one."""
        if not value:
            self.fail("must not be empty", param, ctx)
        return value if "/" in value else f"principals/{value}"
