"""What a person types for when something was recorded, and by whom."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from registryctl.params import date_fields

_AGO = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAYS_BACK = {"today": 0, "yesterday": 1}
_EXPECTED = "expected today, yesterday, a date, a time such as 2026-11-25T09:30, or 2h (m, h, d, w)"


def moment(text: str, now: datetime, *, end: bool, through: bool = False) -> datetime:
    """Read a point in time; a day, month or year is its beginning, or else its end.

    Args:
        text: "today", "yesterday", a date, a time (UTC where it names no offset), or how long
            ago: "30m", "2h", "3d", "1w".
        now: the present, in UTC.
        end: whether the end of a period is meant: the beginning of the next one.
        through: whether its last microsecond is meant instead; of the present one, now.

    Raises:
        ValueError: for any other text.
    """
    if ago := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    if "T" in text or " " in text:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    if text in _DAYS_BACK:
        text = (now - timedelta(days=_DAYS_BACK[text])).date().isoformat()
    period = date_fields(text)
    if through:
        return min(_of_period(period, end=True) - timedelta(microseconds=1), now)
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
            found = _of_period(date_fields(value), end=self._after)
        except (ValueError, OverflowError) as error:
            self.fail(f"{value!r} is no date: {error}", param, ctx)
        return {"year": found.year, "month": found.month, "day": found.day}


class Point(click.ParamType[Any]):
    """A point of the two times, as the fields of registry.v1.Point and as it was typed."""

    name = "point"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Read "DATE", "@KNOWN" or "DATE@KNOWN"; KNOWN is a position or a time; "now" is neither.

        Refuse what is no date, no position and no time.
        """
        if isinstance(value, tuple):
            return value
        said, at, known = value.partition("@")
        fields: dict[str, Any] = {}
        if said not in {"", "now", "today"}:
            try:
                fields["as_of"] = date_fields(said)
            except ValueError:
                self.fail(f"{value!r} is no point: expected DATE, DATE@KNOWN or @KNOWN", param, ctx)
        if known.isascii() and known.isdecimal() and int(known):
            fields["known_position"] = int(known)
        elif at:
            fields["known_at"] = Moment(through=True).convert(known, param, ctx)
        return value or "now", fields


class Actor(click.ParamType[Any]):
    """A principal; "me" is the caller."""

    name = "principal"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Complete an id to a resource name."""
        del param, ctx
        return value if "/" in value else f"principals/{value}"
