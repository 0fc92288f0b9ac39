"""What an edition may say of itself: dates of the calendar, a city only where people meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self, cast

from google.type import date_pb2

from registry.domain import places
from registry.domain.effective import Effective, check_date
from registry.domain.fold import live
from registry.domain.keys import participations_key
from registry.domain.kinds import kind_of
from registry.errors import InvalidField, RuleRefused
from registry.events.v1 import edition_pb2 as pb
from registry.events.v1 import values_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registry.domain.participation import Participation
    from registry.domain.world import World

MAX_NAMED = 10
"""Attendances a refusal names."""


class Dates(NamedTuple):
    """When an edition takes place; the end is its last day, None where not known."""

    start: Effective
    end: Effective | None = None
    basis_as_stated: str = ""
    basis: values_pb2.Basis.ValueType = values_pb2.BASIS_UNSPECIFIED

    @property
    def last_day(self) -> Effective:
        """Its last day, or the period it begins in where no end is known."""
        return self.end or self.start

    @classmethod
    def of(cls, message: pb.EditionDates) -> Self:
        """Take from a recorded event."""
        end = _period(message.end) if message.HasField("end") else None
        return cls(_period(message.start), end, message.basis_as_stated, message.basis)

    def to_proto(self) -> pb.EditionDates:
        """Give for an answer."""
        end = None if self.end is None else self.end.to_proto().date
        return pb.EditionDates(
            start=self.start.to_proto().date,
            end=end,
            basis_as_stated=self.basis_as_stated,
            basis=self.basis,
        )


def _period(date: date_pb2.Date) -> Effective:
    return Effective(date.year, date.month, date.day)


def check_dates(dates: pb.EditionDates) -> None:
    """Refuse dates that are none, or end before they start.

    Raises:
        InvalidField: naming the field.
    """
    if not dates.HasField("start"):
        raise InvalidField("dates.start", "must be given, to the year at least")
    check_date(dates.start, "dates.start")
    if dates.HasField("end"):
        check_date(dates.end, "dates.end")
        if _period(dates.end).last_day < _period(dates.start).first_day:
            raise InvalidField("dates.end", "lies before dates.start")


def announced(event: pb.EditionAnnounced, subject: str) -> pb.EditionAnnounced:
    """Complete a cleaned announcement: ISO countries, no basis without a fact.

    Raises:
        InvalidField: naming the field.
        RuleRefused: virtual-has-no-city.
    """
    if event.number < 0:
        raise InvalidField("number", "must be 1 or more; 0 where it has none")
    check_dates(event.dates)
    if event.mode == pb.EDITION_MODE_VIRTUAL and (event.city or event.country):
        raise RuleRefused(
            "virtual-has-no-city",
            subject,
            f"{subject} is virtual and would be in {event.city or event.country}",
            "leave city and country out, or say hybrid",
        )
    event.country = places.country(event.country, "country")
    event.presidency = places.country(event.presidency, "presidency")
    if not event.city:
        event.ClearField("city_basis")
    if not event.presidency:
        event.ClearField("presidency_basis")
    return event


def announcements(editions: Iterable[str], world: World) -> tuple[str, ...]:
    """Names of the events that announced editions and count."""
    return tuple(
        recorded.name
        for edition in editions
        for recorded in live(world.history(edition))
        if isinstance(recorded.event, pb.EditionAnnounced)
    )


def require_unattended(edition: str, world: World) -> None:
    """Refuse to cancel what somebody attended.

    Raises:
        RuleRefused: attended-or-cancelled, naming the attendances.
    """
    attended = [
        stream
        for stream in world.streams(participations_key(edition))
        if world.load(_participation(stream), stream).attended_as.entries
    ]
    if attended:
        raise RuleRefused(
            "attended-or-cancelled",
            edition,
            f"{edition} was attended: {', '.join(attended[:MAX_NAMED])}",
            "retract the attendances first where they are wrong",
        )


def _participation(stream: str) -> type[Participation]:
    return cast("type[Participation]", kind_of(stream))
