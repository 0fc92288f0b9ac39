"""Cluster: a cluster organisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from registry.domain import endings, identifiers, memberships, places, references, text
from registry.domain.effective import UNKNOWN, Effective
from registry.domain.frozen import changed
from registry.domain.identifiers import Identifier
from registry.domain.life import Life, life_on
from registry.domain.names import name_start, start_of_name
from registry.domain.spans import Span, Spans
from registry.domain.timeline import Timeline
from registry.domain.values import Location, Party, Tag
from registry.domain.world import Decision, Recorded, World
from registry.errors import AlreadyExists, NotFound, StoreFault
from registry.events.v1 import cluster_pb2 as pb
from registry.events.v1 import values_pb2

# ruff: noqa: RUF009 - the default values are frozen


@dataclass(frozen=True)
class Cluster:
    """State of a stream "clusters/{id}"."""

    KIND: ClassVar[str] = "clusters"

    stream: str
    registered: bool = False
    name: Timeline[str] = Timeline()
    aliases: Spans[str] = Spans()
    country: str = ""
    established: Effective | None = None
    established_meaning: str = ""
    dissolved: Effective | None = None
    dissolved_version: int = 0
    legal_entity: Timeline[Party] = Timeline()
    location: Timeline[Location] = Timeline()
    ecosystems: Timeline[tuple[Tag, ...]] = Timeline()
    identifiers: Spans[Identifier] = Spans()

    @classmethod
    def new(cls, stream: str) -> Self:
        """State before any event."""
        return cls(stream)

    @property
    def ended(self) -> Effective | None:
        """End of its existence, if there is one."""
        return self.dissolved

    @property
    def ended_version(self) -> int:
        """Version of the event that ended it; 0 where none did."""
        return self.dissolved_version

    def life_on(self, day: int) -> Life:
        """Whether it exists on a day (ordinal)."""
        return life_on(self.established, self.dissolved, day)

    def register(self, stated: pb.ClusterRegistered, at: Effective, today: int) -> list[Decision]:
        """Enter the registry; `stated` is the event as the caller has it."""
        if self.registered:
            raise AlreadyExists(self.stream)
        event = text.cleaned(stated, "name")
        event.name_effective.CopyFrom(name_start(stated.name_effective, today).to_proto())
        event.country = places.country(event.country, "country")
        return [Decision(self.stream, event, at)]

    def rename(self, name: str, at: Effective) -> list[Decision]:
        """Take another name."""
        self._require_live(at)
        event = text.cleaned(pb.ClusterRenamed(name=name), "name")
        return [] if self.name.says(event.name, at) else [Decision(self.stream, event, at)]

    def add_alias(self, alias: str, at: Effective) -> list[Decision]:
        """Be known by another name besides."""
        self._require_live(at)
        event = text.cleaned(pb.ClusterAliasAdded(alias=alias), "alias")
        known = any(span.start == at for span in self.aliases.of(event.alias))
        return [] if known else [Decision(self.stream, event, at)]

    def set_legal_entity(
        self, legal_entity: values_pb2.Party, at: Effective, world: World
    ) -> list[Decision]:
        """Have an organisation act in law for it."""
        self._require_live(at)
        event = text.cleaned(pb.ClusterLegalEntitySet(legal_entity=legal_entity))
        references.check_party(world, event.legal_entity, "legal_entity", ("organisations",))
        known = self.legal_entity.says(Party.of(event.legal_entity), at)
        return [] if known else [Decision(self.stream, event, at)]

    def locate(self, stated: pb.ClusterLocated, at: Effective) -> list[Decision]:
        """Be somewhere; `stated` is the event as the caller has it."""
        self._require_live(at)
        event = text.cleaned(stated)
        regions = places.regions(event.regions, "regions")
        del event.regions[:]
        event.regions.extend(regions)
        known = self.location.says(Location.of(event), at)
        return [] if known else [Decision(self.stream, event, at)]

    def set_ecosystems(
        self, ecosystems: Sequence[values_pb2.EcosystemTag], at: Effective
    ) -> list[Decision]:
        """Belong to these ecosystems and no others."""
        self._require_live(at)
        tags = places.tags(ecosystems, "ecosystems")
        if self.ecosystems.says(tuple(Tag.of(tag) for tag in tags), at):
            return []
        return [Decision(self.stream, pb.ClusterEcosystemsSet(ecosystems=tags), at)]

    def add_identifier(
        self, scheme: str, value: str, at: Effective, world: World
    ) -> list[Decision]:
        """Bear an identifier."""
        self._require_live(at)
        identifier = identifiers.checked(scheme, value)
        if identifiers.is_recorded(self, identifier, at):
            return []
        identifiers.check_span(self, Span(0, identifier, at), world)
        event = pb.ClusterIdentifierAdded(scheme=scheme, value=identifier.value)
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
        event = pb.ClusterIdentifierEnded(
            scheme=scheme, value=identifier.value, added_version=span.version
        )
        return [Decision(self.stream, event, at)]

    def dissolve(
        self, at: Effective, world: World, today: int, *, end_memberships: bool = False
    ) -> list[Decision]:
        """Cease to exist, and leave all partnerships where `end_memberships` says so."""
        self._require_registered()
        endings.require_date(at)
        if self.dissolved == at:
            return []
        endings.require_not_ended(self.stream, self.dissolved, self.dissolved_version)
        endings.require_after_start(self.stream, self.established, at)
        goes_on = memberships.beyond(world, self.stream, at)
        if goes_on and not end_memberships:
            memberships.refuse_dissolving(self.stream, at, goes_on)
        endings.require_nothing_after(self.stream, self._begun(), at)
        left = memberships.end_all(goes_on, at, today)
        return [Decision(self.stream, pb.ClusterDissolved(), at), *left]

    def check(self, world: World) -> None:
        """Refuse a state that breaks an invariant."""
        for span in self.identifiers:
            identifiers.check_span(self, span, world)

    def evolve(self, recorded: Recorded) -> Self:  # noqa: PLR0911 - one for each event
        """State after one more event."""
        at, version = recorded.at or UNKNOWN, recorded.version
        match recorded.event:
            case pb.ClusterRegistered() as event:
                return self._registered(event, at)
            case pb.ClusterRenamed(name=name):
                return changed(self, name=self.name.insert(at, name))
            case pb.ClusterAliasAdded(alias=alias):
                return changed(self, aliases=self.aliases.open(version, alias, at))
            case pb.ClusterLegalEntitySet(legal_entity=party):
                return changed(self, legal_entity=self.legal_entity.insert(at, Party.of(party)))
            case pb.ClusterLocated() as event:
                return changed(self, location=self.location.insert(at, Location.of(event)))
            case pb.ClusterEcosystemsSet(ecosystems=ecosystems):
                tags = tuple(Tag.of(tag) for tag in ecosystems)
                return changed(self, ecosystems=self.ecosystems.insert(at, tags))
            case pb.ClusterIdentifierAdded(scheme=scheme, value=value):
                added = self.identifiers.open(version, Identifier(scheme, value), at)
                return changed(self, identifiers=added)
            case pb.ClusterIdentifierEnded(added_version=added_version):
                return changed(self, identifiers=self.identifiers.close(added_version, at, version))
            case pb.ClusterDissolved():
                return changed(self, dissolved=at, dissolved_version=version)
        raise StoreFault(f"{recorded.stream}@{version} is no event of a cluster")

    def _registered(self, event: pb.ClusterRegistered, at: Effective) -> Self:
        since = start_of_name(event)
        return changed(
            self,
            registered=True,
            name=self.name.insert(since, event.name),
            country=event.country,
            established=at,
            established_meaning=event.established_meaning,
        )

    def _begun(self) -> Iterator[tuple[str, Effective]]:
        """What has begun of it, in words, and when."""
        for entry in self.name.entries:
            yield f"the name {entry.value!r}", entry.at
        for alias in self.aliases:
            yield f"the alias {alias.what!r}", alias.start
        for identifier in self.identifiers:
            yield f"the identifier {identifier.what}", identifier.start
        changes = {
            "a legal entity": self.legal_entity,
            "a location": self.location,
            "ecosystems": self.ecosystems,
        }
        for what, timeline in changes.items():
            for at, _ in timeline.entries:  # type: ignore[attr-defined]  # each has its own kind
                yield what, at

    def _require_registered(self) -> None:
        if not self.registered:
            raise NotFound(self.stream)

    def _require_live(self, at: Effective) -> None:
        self._require_registered()
        endings.require_before_end(self.stream, self.dissolved, at)
