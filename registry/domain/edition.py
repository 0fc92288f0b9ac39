"""Edition: one conference of the series."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import ClassVar, Self

from registry.domain import edition_rules, endings, references, text
from registry.domain.edition_rules import Dates
from registry.domain.effective import UNKNOWN, Effective
from registry.domain.frozen import changed
from registry.domain.keys import edition_number_key
from registry.domain.timeline import Timeline
from registry.domain.world import Decision, Recorded, World
from registry.errors import AlreadyExists, NotFound, RuleRefused, StoreFault
from registry.events.v1 import edition_pb2 as pb

# ruff: noqa: RUF009 - the default values are frozen


class State(IntEnum):
    """Where an edition stands; the numbers are those of registry.v1.EditionState."""

    UNSPECIFIED = 0
    ANNOUNCED = 1
    HELD = 2
    CANCELLED = 3


@dataclass(frozen=True)
class Edition:
    """State of a stream "editions/{id}"."""

    KIND: ClassVar[str] = "editions"

    stream: str
    registered: bool = False
    terms: pb.EditionAnnounced = field(default_factory=pb.EditionAnnounced)
    """As announced: name, number, city and so on, its dates apart; not to be changed."""
    announced: Effective | None = None
    dates: Timeline[Dates] = Timeline()
    """When it takes place, by when that was decided."""
    held: Effective | None = None
    held_version: int = 0
    cancelled: Effective | None = None
    cancelled_version: int = 0

    @classmethod
    def new(cls, stream: str) -> Self:
        """State before any event."""
        return cls(stream)

    # -- reading ---------------------------------------------------------------------

    @property
    def number(self) -> int:
        """Number in the series; 0 where it has none."""
        return self.terms.number

    @property
    def current_dates(self) -> Dates:
        """When it takes place, by the latest decision."""
        return self.dates.entries[-1].value

    def dates_on(self, day: int) -> Dates | None:
        """When it takes place, as decided on a day (ordinal); the first decision before it."""
        return self.dates.on_or_first(day)

    def state_on(self, day: int) -> State:
        """Where it stands on a day (ordinal)."""
        if self.held is not None and self.held.first_day <= day:
            return State.HELD
        if self.cancelled is not None and self.cancelled.first_day <= day:
            return State.CANCELLED
        if self.announced is not None and self.announced.first_day <= day:
            return State.ANNOUNCED
        return State.UNSPECIFIED

    def since(self, state: State) -> Effective | None:
        """Since when it stands there, where that is recorded."""
        since = {
            State.ANNOUNCED: self.announced,
            State.HELD: self.held,
            State.CANCELLED: self.cancelled,
        }
        return since.get(state)

    # -- decisions -------------------------------------------------------------------

    def announce(self, stated: pb.EditionAnnounced, at: Effective, world: World) -> list[Decision]:
        """Enter the series; `stated` is the event as the caller has it."""
        if self.registered:
            raise AlreadyExists(self.stream)
        event = edition_rules.announced(text.cleaned(stated, "name"), self.stream)
        for name in ("hosts", "organisers", "supporters", "hosts_or_organisers"):
            references.check_parties(world, getattr(event, name), name)
        changed(self, registered=True, terms=event).check(world)
        return [Decision(self.stream, event, at)]

    def reschedule(self, dates: pb.EditionDates, at: Effective) -> list[Decision]:
        """Take place at other dates."""
        self._require_registered()
        event = text.cleaned(pb.EditionRescheduled(dates=dates))
        edition_rules.check_dates(event.dates)
        if self.dates.says(Dates.of(event.dates), at):
            return []
        self.require_not_cancelled("takes place at other dates")
        endings.require_before_end(self.stream, self.held, at)
        return [Decision(self.stream, event, at)]

    def hold(self, stated: Effective | None, today: int) -> list[Decision]:
        """Have taken place; on its last day where nothing else is stated."""
        self._require_registered()
        at = stated or self.current_dates.last_day
        endings.require_date(at)
        endings.require_past(at, today)
        if self.held == at:
            return []
        self.require_not_cancelled("was held")
        endings.require_not_ended(self.stream, self.held, self.held_version)
        endings.require_after_start(self.stream, self.current_dates.start, at)
        return [Decision(self.stream, pb.EditionHeld(), at)]

    def cancel(self, at: Effective, world: World) -> list[Decision]:
        """Not take place; the number is free again."""
        self._require_registered()
        endings.require_date(at)
        if self.cancelled == at:
            return []
        endings.require_not_ended(self.stream, self.cancelled, self.cancelled_version)
        if self.held is not None:
            raise RuleRefused(
                "held-or-cancelled",
                self.stream,
                f"{self.stream} was held {self.held} (@{self.held_version})",
                f"retract {self.stream}@{self.held_version} where that is wrong",
            )
        edition_rules.require_unattended(self.stream, world)
        return [Decision(self.stream, pb.EditionCancelled(number=self.number), at)]

    def require_not_cancelled(self, what: str) -> None:
        """Refuse what a cancelled edition cannot have.

        Raises:
            RuleRefused: held-or-cancelled.
        """
        if self.cancelled is not None:
            raise RuleRefused(
                "held-or-cancelled",
                self.stream,
                f"{self.stream} was cancelled {self.cancelled} (@{self.cancelled_version}): "
                f"it is no edition that {what}",
                f"retract {self.stream}@{self.cancelled_version} where that is wrong",
            )

    def check(self, world: World) -> None:
        """Refuse a state that breaks an invariant."""
        if not self.number or self.cancelled is not None:
            return
        for stream in world.streams(edition_number_key(self.number)):
            other = world.load(type(self), stream)
            if stream != self.stream and other.has_number(self.number):
                raise RuleRefused(
                    "edition-number",
                    self.stream,
                    f"number {self.number} is that of {stream} ({other.terms.name})",
                    f"give another number or none, or cancel {stream} where it did not take place",
                    edition_rules.announcements([stream, self.stream], world),
                )

    def has_number(self, number: int) -> bool:
        """Whether it is the edition with this number: registered and not cancelled."""
        return self.registered and self.cancelled is None and self.number == number

    # -- evolving --------------------------------------------------------------------

    def evolve(self, recorded: Recorded) -> Self:
        """State after one more event."""
        at, version = recorded.at or UNKNOWN, recorded.version
        match recorded.event:
            case pb.EditionAnnounced() as event:
                dates = self.dates.insert(at, Dates.of(event.dates))
                return changed(self, registered=True, terms=event, announced=at, dates=dates)
            case pb.EditionRescheduled(dates=dates):
                return changed(self, dates=self.dates.insert(at, Dates.of(dates)))
            case pb.EditionHeld():
                return changed(self, held=at, held_version=version)
            case pb.EditionCancelled():
                return changed(self, cancelled=at, cancelled_version=version)
        raise StoreFault(f"{recorded.stream}@{version} is no event of an edition")

    def _require_registered(self) -> None:
        if not self.registered:
            raise NotFound(self.stream)


def resolve_edition(world: World, name: str) -> str:
    """Resource name of an edition, or of what is below one, that may be named by its number.

    "editions/8" is the edition with number 8, not cancelled; other names stay.

    Raises:
        NotFound: where no edition has the number.
    """
    kind, _, rest = name.partition("/")
    number, slash, below = rest.partition("/")
    if kind != Edition.KIND or not number.isdecimal():
        return name
    for stream in world.streams(edition_number_key(number)):
        if world.load(Edition, stream).has_number(int(number)):
            return stream + slash + below
    raise NotFound(f"{kind}/{number}", f"no edition that is not cancelled has number {number}")
