"""Answers of the views: frozen forms of the messages in summary_service.proto, name by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from registry.events.v1 import edition_pb2


@dataclass(frozen=True)
class ParticipantCounts:
    """Participations not withdrawn; the total is the sum of each of its divisions."""

    total: int = 0
    by_country: Mapping[str, int] = field(default_factory=dict)
    by_region: Mapping[str, int] = field(default_factory=dict)
    by_kind: Mapping[str, int] = field(default_factory=dict)
    by_status: Mapping[str, int] = field(default_factory=dict)
    by_ecosystem: Mapping[str, int] = field(default_factory=dict)
    first_time: int = 0
    returning: int = 0
    country_unknown: int = 0
    unlocated: int = 0
    ambiguous: int = 0
    left_nuts: int = 0
    untagged: int = 0
    withdrawn: int = 0
    uncertain: int = 0


@dataclass(frozen=True)
class RecordedRegion:
    """A region by its resource name, and the version of NUTS that its code is of."""

    region: str
    version: int


@dataclass(frozen=True)
class Candidate:
    """A region by its resource name; its shares of a territory, 0..1, None where not known."""

    region: str
    share_area: float | None
    share_population: float | None


@dataclass(frozen=True)
class AmbiguousPlace:
    """Clusters recorded with the same regions, which come to no single one."""

    regions: tuple[RecordedRegion, ...]
    clusters: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class ClusterCounts:
    """Clusters; the total is the sum by country, and by region, each with its remainders."""

    total: int = 0
    by_country: Mapping[str, int] = field(default_factory=dict)
    by_region: Mapping[str, int] = field(default_factory=dict)
    country_unknown: int = 0
    unlocated: int = 0
    ambiguous: int = 0
    left_nuts: int = 0
    start_unknown: int = 0
    uncertain: int = 0
    ambiguous_places: tuple[AmbiguousPlace, ...] = ()


@dataclass(frozen=True)
class PartnerCounts:
    """Partnerships shared with members elsewhere; one counts once in each of its buckets."""

    total: int = 0
    by_country: Mapping[str, int] = field(default_factory=dict)
    by_region: Mapping[str, int] = field(default_factory=dict)
    country_unknown: int = 0
    unlocated: int = 0
    ambiguous: int = 0
    left_nuts: int = 0


@dataclass(frozen=True)
class PartnershipCounts:
    """Partnerships."""

    tagged: int = 0
    with_members: int = 0


@dataclass(frozen=True)
class LinkedEcosystem:
    """Another ecosystem, and in how many partnerships both have direct members."""

    ecosystem: str
    partnerships: int


@dataclass(frozen=True)
class DelegationCounts:
    """Delegations, and how many at each edition (by its id)."""

    total: int = 0
    by_edition: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class EcosystemSummary:
    """An ecosystem on a day."""

    ecosystem: str
    name: str
    clusters: ClusterCounts
    partnerships: PartnershipCounts
    participants: ParticipantCounts
    linked_ecosystems: tuple[LinkedEcosystem, ...]


@dataclass(frozen=True)
class RegionSummary:
    """A region on a day."""

    region: str
    name: str
    clusters: ClusterCounts
    partnerships: PartnershipCounts
    participants: ParticipantCounts
    delegations: DelegationCounts
    version: int
    by_version: int
    partners: PartnerCounts


@dataclass(frozen=True)
class EditionPoint:
    """An edition, and who takes part, or those of a subject who do."""

    edition: str
    name: str
    city: str
    country: str
    dates: edition_pb2.EditionDates
    number: int
    participants: ParticipantCounts


@dataclass(frozen=True)
class EditionSummary(EditionPoint):
    """An edition on a day."""

    partnerships_represented: int


Summary: TypeAlias = EcosystemSummary | RegionSummary | EditionSummary


@dataclass(frozen=True)
class FigureChange:
    """A figure by its path in proto JSON that is not the same in two answers."""

    figure: str
    first: int
    second: int
    change: int


@dataclass(frozen=True)
class EditionComparison:
    """Two editions; participants by resource name."""

    first: EditionSummary
    second: EditionSummary
    in_both: tuple[str, ...]
    only_in_first: tuple[str, ...]
    only_in_second: tuple[str, ...]
    changes: tuple[FigureChange, ...]


@dataclass(frozen=True)
class Quotient:
    """An ecosystem and a region by its resource name; no quotient where a denominator is 0."""

    ecosystem: str
    region: str
    clusters: int
    in_region: int
    in_ecosystem: int
    total: int
    quotient: float | None
    small_numbers: bool


@dataclass(frozen=True)
class SpecialisationBase:
    """Who is counted: the total is existing less untagged and unlocated."""

    existing: int = 0
    total: int = 0
    untagged: int = 0
    unlocated: int = 0


@dataclass(frozen=True)
class SpecialisationLeftOut:
    """Who might count in a row and does not."""

    without_ecosystem: int = 0
    without_country: int = 0
    coarser: int = 0
    ambiguous: int = 0
    left_nuts: int = 0


@dataclass(frozen=True)
class Specialisation:
    """Quotients of a region or of an ecosystem, whichever is not empty; the largest first."""

    region: str
    ecosystem: str
    name: str
    version: int
    by_version: int
    level: int
    rows: tuple[Quotient, ...]
    base: SpecialisationBase
    left_out: SpecialisationLeftOut
