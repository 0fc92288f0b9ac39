"""Participation: somebody takes part in an edition."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

from registry.domain import endings, participants, text
from registry.domain.edition import Edition
from registry.domain.effective import UNKNOWN, Effective
from registry.domain.frozen import changed
from registry.domain.timeline import Entry, Timeline
from registry.domain.values import Attendance
from registry.domain.world import Decision, Recorded, World
from registry.errors import AlreadyExists, NotFound, RuleRefused, StoreFault
from registry.events.v1 import participation_pb2 as pb

# ruff: noqa: RUF009 - the default values are frozen


class Status(IntEnum):
    """Where a participation stands; the numbers are those of registry.v1.ParticipationStatus."""

    REGISTERED = 1
    CONFIRMED = 2
    ATTENDED = 3
    WITHDRAWN = 4


@dataclass(frozen=True)
class Participation:
    """State of a stream "editions/{edition}/participations/{participant}"."""

    KIND: ClassVar[str] = "participations"

    stream: str
    registered: bool = False
    who: Attendance = Attendance()
    """Who takes part, and how, as last recorded."""
    statuses: Timeline[Status] = Timeline()
    attended_as: Timeline[Attendance] = Timeline()
    """What was recorded with each attendance."""

    @classmethod
    def new(cls, stream: str) -> Self:
        """State before any event."""
        return cls(stream)

    # -- reading ---------------------------------------------------------------------

    @property
    def edition(self) -> str:
        """Resource name of the edition."""
        return self.stream.partition("/participations/")[0]

    def status_on(self, day: int) -> Entry[Status] | None:
        """Status on a day (ordinal) and since when; None before the first.

        Who attended has attended, whatever is dated later.
        """
        attended = self._last(Status.ATTENDED, day)
        return attended or self.statuses.entry_on(day)

    def registration_on(self, day: int) -> Entry[Status] | None:
        """Its last registration up to a day (ordinal)."""
        return self._last(Status.REGISTERED, day)

    # -- decisions -------------------------------------------------------------------

    def register(self, stated: pb.Attendance, at: Effective, world: World) -> list[Decision]:
        """Be registered; again only after a withdrawal. `stated` is as the caller has it."""
        edition = self._edition(world)
        attendance = participants.checked(text.cleaned(stated), edition, world)
        status = self._current()
        if status is not None and status is not Status.WITHDRAWN:
            raise AlreadyExists(self.stream)
        if self.who == Attendance.of(attendance) and self._registration_stands(at):
            return []
        edition.require_not_cancelled("takes registrations")
        return [Decision(self.stream, pb.ParticipationRegistered(attendance=attendance), at)]

    def confirm(self, at: Effective, world: World) -> list[Decision]:
        """Be confirmed."""
        self._require_registered()
        if self.statuses.says(Status.CONFIRMED, at):
            return []
        self._open_edition(world, "takes confirmations")
        if not self._registered_by(at) or self._withdrawn_at(at):
            raise RuleRefused(
                "confirm-registered",
                self.stream,
                f"{self.stream} is not registered on {at}: {self._history()}",
                "register it first, or give the date of the confirmation",
            )
        return [Decision(self.stream, pb.ParticipationConfirmed(), at)]

    def attend(
        self, stated: pb.Attendance, at: Effective | None, world: World, today: int
    ) -> list[Decision]:
        """Have attended, registered before or not.

        Args:
            stated: as the caller has it.
            at: the day; None for the first day of the edition.
            world: what else is recorded.
            today: ordinal of today (UTC).
        """
        edition = self._open_edition(world, "was attended")
        attendance = participants.checked(text.cleaned(stated), edition, world)
        on = edition.current_dates.start if at is None else at
        endings.require_past(on, today)
        if any(
            e.at == on and e.value == Attendance.of(attendance) for e in self.attended_as.entries
        ):
            return []
        return [Decision(self.stream, pb.ParticipationAttended(attendance=attendance), on)]

    def withdraw(self, at: Effective) -> list[Decision]:
        """Not take part after all."""
        self._require_registered()
        if self.statuses.says(Status.WITHDRAWN, at):
            return []
        for attended in self._entries(Status.ATTENDED):
            if at.latest_day >= attended.at.earliest_day:
                raise RuleRefused(
                    "withdraw-before-attending",
                    self.stream,
                    f"{self.stream} attended {attended.at}",
                    "retract the attendance where it is wrong, or give an earlier date",
                )
        self._now(Status.WITHDRAWN, at).require_registrations(
            "retract the confirmation where it is wrong, or give a later date"
        )
        return [Decision(self.stream, pb.ParticipationWithdrawn(), at)]

    def check(self, world: World) -> None:
        """Refuse a state that breaks an invariant: a confirmation without a registration."""
        del world
        self.require_registrations("retract the confirmation together with the registration")

    def require_registrations(self, remedy: str) -> None:
        """Refuse a confirmation of what was certainly not registered then, or not any more.

        Raises:
            RuleRefused: confirm-registered, with a remedy.
        """
        for entry in self._entries(Status.CONFIRMED):
            self.require_registration(entry.at, remedy)

    def require_registration(self, at: Effective, remedy: str) -> None:
        """Refuse a confirmation of what was certainly not registered on that date.

        Raises:
            RuleRefused: confirm-registered, with a remedy.
        """
        if not self._may_be_registered_on(at):
            raise RuleRefused(
                "confirm-registered",
                self.stream,
                f"{self.stream} would be confirmed {at} without being registered",
                remedy,
            )

    # -- evolving --------------------------------------------------------------------

    def evolve(self, recorded: Recorded) -> Self:
        """State after one more event."""
        at = recorded.at or UNKNOWN
        match recorded.event:
            case pb.ParticipationRegistered(attendance=attendance):
                return self._stated(Attendance.of(attendance), Status.REGISTERED, at)
            case pb.ParticipationConfirmed():
                return self._now(Status.CONFIRMED, at)
            case pb.ParticipationAttended(attendance=message):
                who = Attendance.of(message)
                attended = self._stated(who, Status.ATTENDED, at)
                return changed(attended, attended_as=self.attended_as.insert(at, who))
            case pb.ParticipationWithdrawn():
                return self._now(Status.WITHDRAWN, at)
        raise StoreFault(f"{recorded.stream}@{recorded.version} is no event of a participation")

    def _stated(self, attendance: Attendance, status: Status, at: Effective) -> Self:
        who = attendance.over(self.who)
        return changed(self._now(status, at), registered=True, who=who)

    def _now(self, status: Status, at: Effective) -> Self:
        return changed(self, statuses=self.statuses.insert(at, status))

    # -- what the rules ask ----------------------------------------------------------

    def _entries(self, status: Status) -> list[Entry[Status]]:
        return [entry for entry in self.statuses.entries if entry.value is status]

    def _last(self, status: Status, day: int) -> Entry[Status] | None:
        found = [entry for entry in self._entries(status) if entry.at.first_day <= day]
        return found[-1] if found else None

    def _current(self) -> Status | None:
        if self._entries(Status.ATTENDED):
            return Status.ATTENDED
        return self.statuses.entries[-1].value if self.statuses.entries else None

    def _registered_by(self, at: Effective) -> bool:
        registered = self._entries(Status.REGISTERED)
        return any(entry.at.earliest_day <= at.latest_day for entry in registered)

    def _registration_stands(self, at: Effective) -> bool:
        """Whether it was registered on exactly that date, and not withdrawn on it again."""
        same = [entry.value for entry in self.statuses.entries if entry.at == at]
        return bool(same) and same[-1] is Status.REGISTERED

    def _may_be_registered_on(self, at: Effective) -> bool:
        """Whether there is a registration that no withdrawal certainly took back before."""
        taken_back = [
            withdrawn.at
            for withdrawn in self._entries(Status.WITHDRAWN)
            if withdrawn.at.latest_day < at.earliest_day
        ]
        return any(
            entry.at.earliest_day <= at.latest_day
            and not any(entry.at.latest_day < before.earliest_day for before in taken_back)
            for entry in self._entries(Status.REGISTERED)
        )

    def _withdrawn_at(self, at: Effective) -> bool:
        earlier = [entry for entry in self.statuses.entries if entry.at.order <= at.order]
        return bool(earlier) and earlier[-1].value is Status.WITHDRAWN

    def _history(self) -> str:
        return ", ".join(f"{e.value.name.lower()} {e.at}" for e in self.statuses.entries)

    def _edition(self, world: World) -> Edition:
        edition = world.load(Edition, self.edition)
        if not edition.registered:
            raise NotFound(self.edition)
        return edition

    def _open_edition(self, world: World, what: str) -> Edition:
        edition = self._edition(world)
        edition.require_not_cancelled(what)
        return edition

    def _require_registered(self) -> None:
        if not self.registered:
            raise NotFound(self.stream)
