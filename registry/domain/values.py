"""Frozen forms of the values that states hold and compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from registry.events.v1 import cluster_pb2, participation_pb2, values_pb2


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody named in a source, whether or not the registry knows them."""

    resource: str = ""
    as_stated: str = ""
    basis: values_pb2.Basis.ValueType = values_pb2.BASIS_UNSPECIFIED

    @classmethod
    def of(cls, message: values_pb2.Party) -> Self:
        """Take from a recorded event."""
        return cls(message.resource, message.as_stated, message.basis)

    def to_proto(self) -> values_pb2.Party:
        """Give for an event or an answer."""
        return values_pb2.Party(resource=self.resource, as_stated=self.as_stated, basis=self.basis)


@dataclass(frozen=True, slots=True)
class Region:
    """A region as recorded; role and basis are the numbers of their enums."""

    code: str
    classification_version: int
    role: values_pb2.Region.Role.ValueType
    basis: values_pb2.Basis.ValueType

    @classmethod
    def of(cls, message: values_pb2.Region) -> Self:
        """Take from a recorded event."""
        return cls(message.code, message.classification_version, message.role, message.basis)

    def to_proto(self) -> values_pb2.Region:
        """Give for an event or an answer."""
        return values_pb2.Region(
            code=self.code,
            classification_version=self.classification_version,
            role=self.role,
            basis=self.basis,
        )


@dataclass(frozen=True, slots=True)
class Location:
    """Where a cluster is; the regions seats first, then by code."""

    regions: tuple[Region, ...] = ()
    region_as_stated: str = ""
    basis_as_stated: str = ""

    @classmethod
    def of(cls, message: cluster_pb2.ClusterLocated) -> Self:
        """Take from a recorded event."""
        regions = tuple(Region.of(region) for region in message.regions)
        return cls(regions, message.region_as_stated, message.basis_as_stated)


@dataclass(frozen=True, slots=True)
class Tag:
    """An industrial ecosystem, and what the assignment rests on."""

    ecosystem: str
    basis: values_pb2.Basis.ValueType

    @classmethod
    def of(cls, message: values_pb2.EcosystemTag) -> Self:
        """Take from a recorded event."""
        return cls(message.ecosystem, message.basis)

    def to_proto(self) -> values_pb2.EcosystemTag:
        """Give for an event or an answer."""
        return values_pb2.EcosystemTag(ecosystem=self.ecosystem, basis=self.basis)


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who takes part, and how."""

    participant: str = ""
    classification_version: int = 0
    roles: tuple[participation_pb2.ParticipationRole.ValueType, ...] = ()
    roles_as_stated: str = ""
    kind_as_stated: str = ""

    @classmethod
    def of(cls, message: participation_pb2.Attendance) -> Self:
        """Take from a recorded event."""
        return cls(
            message.participant,
            message.classification_version,
            tuple(message.roles),
            message.roles_as_stated,
            message.kind_as_stated,
        )

    def over(self, earlier: Attendance) -> Attendance:
        """What is known with an earlier statement: what this one leaves out stands there."""
        return Attendance(
            self.participant,
            self.classification_version,
            self.roles or earlier.roles,
            self.roles_as_stated or earlier.roles_as_stated,
            self.kind_as_stated or earlier.kind_as_stated,
        )
