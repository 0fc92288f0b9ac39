"""Organisation: one that is not itself a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from registry.domain import endings, identifiers, places, text
from registry.domain.effective import UNKNOWN, Effective
from registry.domain.frozen import changed
from registry.domain.identifiers import Identifier
from registry.domain.life import Life, life_on
from registry.domain.names import name_start, start_of_name
from registry.domain.spans import Span, Spans
from registry.domain.timeline import Timeline
from registry.domain.world import Decision, Recorded, World
from registry.errors import AlreadyExists, NotFound, StoreFault
from registry.events.v1 import organisation_pb2 as pb

# ruff: noqa: RUF009 - the default values are frozen


@dataclass(frozen=True)
class Organisation:
    """State of a stream "organisations/{id}"."""

    KIND: ClassVar[str] = "organisations"

    stream: str
    registered: bool = False
    name: Timeline[str] = Timeline()
    country: str = ""
    kind_as_stated: str = ""
    established: Effective | None = None
    identifiers: Spans[Identifier] = Spans()

    @classmethod
    def new(cls, stream: str) -> Self:
        """State before any event."""
        return cls(stream)

    @property
    def ended(self) -> Effective | None:
        """None: no event ends an organisation."""
        return None

    @property
    def ended_version(self) -> int:
        """0: no event ends an organisation."""
        return 0

    def life_on(self, day: int) -> Life:
        """Whether it exists on a day (ordinal)."""
        return life_on(self.established, self.ended, day)

    def register(
        self, stated: pb.OrganisationRegistered, at: Effective, today: int
    ) -> list[Decision]:
        """Enter the registry; `stated` is the event as the caller has it."""
        if self.registered:
            raise AlreadyExists(self.stream)
        event = text.cleaned(stated, "name")
        event.name_effective.CopyFrom(name_start(stated.name_effective, today).to_proto())
        event.country = places.country(event.country, "country")
        return [Decision(self.stream, event, at)]

    def rename(self, name: str, at: Effective) -> list[Decision]:
        """Take another name."""
        self._require_registered()
        event = text.cleaned(pb.OrganisationRenamed(name=name), "name")
        return [] if self.name.says(event.name, at) else [Decision(self.stream, event, at)]

    def add_identifier(
        self, scheme: str, value: str, at: Effective, world: World
    ) -> list[Decision]:
        """Bear an identifier."""
        self._require_registered()
        identifier = identifiers.checked(scheme, value)
        if identifiers.is_recorded(self, identifier, at):
            return []
        identifiers.check_span(self, Span(0, identifier, at), world)
        event = pb.OrganisationIdentifierAdded(scheme=scheme, value=identifier.value)
        return [Decision(self.stream, event, at)]

    def end_identifier(self, scheme: str, value: str, at: Effective) -> list[Decision]:
        """Bear an identifier no longer."""
        self._require_registered()
        endings.require_date(at)
        identifier = identifiers.checked(scheme, value)
        spans = self.identifiers.of(identifier)
        span = endings.span_to_end(self.stream, str(identifier), spans, at)
        if span is None:
            return []
        event = pb.OrganisationIdentifierEnded(
            scheme=scheme, value=identifier.value, added_version=span.version
        )
        return [Decision(self.stream, event, at)]

    def check(self, world: World) -> None:
        """Refuse a state that breaks an invariant."""
        for span in self.identifiers:
            identifiers.check_span(self, span, world)

    def evolve(self, recorded: Recorded) -> Self:
        """State after one more event."""
        at = recorded.at or UNKNOWN
        match recorded.event:
            case pb.OrganisationRegistered() as event:
                return self._registered(event, at)
            case pb.OrganisationRenamed(name=name):
                return changed(self, name=self.name.insert(at, name))
            case pb.OrganisationIdentifierAdded(scheme=scheme, value=value):
                added = self.identifiers.open(recorded.version, Identifier(scheme, value), at)
                return changed(self, identifiers=added)
            case pb.OrganisationIdentifierEnded(added_version=added_version):
                ended = self.identifiers.close(added_version, at, recorded.version)
                return changed(self, identifiers=ended)
        raise StoreFault(f"{recorded.stream}@{recorded.version} is no event of an organisation")

    def _registered(self, event: pb.OrganisationRegistered, at: Effective) -> Self:
        since = start_of_name(event)
        return changed(
            self,
            registered=True,
            name=self.name.insert(since, event.name),
            country=event.country,
            kind_as_stated=event.kind_as_stated,
            established=at,
        )

    def _require_registered(self) -> None:
        if not self.registered:
            raise NotFound(self.stream)
