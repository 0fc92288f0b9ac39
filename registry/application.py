"""Registry: one method for each command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain import ids, participants
from registry.domain.cluster import Cluster
from registry.domain.edition import Edition, resolve_edition
from registry.domain.organisation import Organisation
from registry.domain.participation import Participation
from registry.domain.partnership import Partnership
from registry.domain.redaction import redact
from registry.domain.retraction import EventId, events_named, retract, retractable
from registry.errors import InvalidField
from registry.events.v1 import cluster_pb2, edition_pb2, organisation_pb2
from registry.events.v1 import participation_pb2 as participations
from registry.events.v1 import partnership_pb2 as partnerships
from registry.eventstore.application_base import RegistryBase
from registry.eventstore.commands import Intent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from registry.domain.world import World
    from registry.events.v1 import values_pb2 as values
    from registry.eventstore.commands import Command

# ruff: noqa: PLR0913, PLR0917 - the arguments of a command are the fields of its request, in their order


class Registry(RegistryBase):
    """The registry: each command is a method that gives what `record` records.

    A refusal is raised by the method where the request alone shows it, else when the
    command is decided.
    """

    # -- organisations ---------------------------------------------------------------

    def register_organisation(
        self,
        command: Command,
        organisation_id: str,
        name: str,
        name_effective: values.Effective,
        country: str,
        kind_as_stated: str,
    ) -> Intent:
        """Register an organisation."""
        stream = ids.named("organisations", organisation_id, "organisation_id", command.now_us)
        stated = organisation_pb2.OrganisationRegistered(
            name=name, name_effective=name_effective, country=country, kind_as_stated=kind_as_stated
        )
        return Intent(
            command,
            Organisation,
            stream,
            lambda o, _: o.register(stated, command.effective, command.today),
        )

    def rename_organisation(self, command: Command, organisation: str, name: str) -> Intent:
        """Record another name of an organisation."""
        return Intent(
            command, Organisation, organisation, lambda o, _: o.rename(name, command.effective)
        )

    def add_organisation_identifier(
        self, command: Command, organisation: str, scheme: str, value: str
    ) -> Intent:
        """Record an identifier of an organisation."""
        return Intent(
            command,
            Organisation,
            organisation,
            lambda o, world: o.add_identifier(scheme, value, command.effective, world),
        )

    def end_organisation_identifier(
        self, command: Command, organisation: str, scheme: str, value: str
    ) -> Intent:
        """Record the end of an identifier of an organisation."""
        return Intent(
            command,
            Organisation,
            organisation,
            lambda o, _: o.end_identifier(scheme, value, command.effective),
        )

    # -- clusters --------------------------------------------------------------------

    def register_cluster(
        self,
        command: Command,
        cluster_id: str,
        name: str,
        name_effective: values.Effective,
        country: str,
        established_meaning: str,
    ) -> Intent:
        """Register a cluster."""
        stream = ids.named("clusters", cluster_id, "cluster_id", command.now_us)
        stated = cluster_pb2.ClusterRegistered(
            name=name,
            name_effective=name_effective,
            country=country,
            established_meaning=established_meaning,
        )
        return Intent(
            command,
            Cluster,
            stream,
            lambda c, _: c.register(stated, command.effective, command.today),
        )

    def rename_cluster(self, command: Command, cluster: str, name: str) -> Intent:
        """Record another name of a cluster."""
        return Intent(command, Cluster, cluster, lambda c, _: c.rename(name, command.effective))

    def add_cluster_alias(self, command: Command, cluster: str, alias: str) -> Intent:
        """Record an alias of a cluster."""
        return Intent(command, Cluster, cluster, lambda c, _: c.add_alias(alias, command.effective))

    def set_cluster_legal_entity(
        self, command: Command, cluster: str, legal_entity: values.Party
    ) -> Intent:
        """Record the legal entity of a cluster."""
        return Intent(
            command,
            Cluster,
            cluster,
            lambda c, world: c.set_legal_entity(legal_entity, command.effective, world),
        )

    def locate_cluster(
        self,
        command: Command,
        cluster: str,
        regions: Sequence[values.Region],
        region_as_stated: str,
        basis_as_stated: str,
    ) -> Intent:
        """Record where a cluster is."""
        stated = cluster_pb2.ClusterLocated(
            regions=regions, region_as_stated=region_as_stated, basis_as_stated=basis_as_stated
        )
        return Intent(command, Cluster, cluster, lambda c, _: c.locate(stated, command.effective))

    def set_cluster_ecosystems(
        self, command: Command, cluster: str, ecosystems: Sequence[values.EcosystemTag]
    ) -> Intent:
        """Record the ecosystems of a cluster."""
        return Intent(
            command, Cluster, cluster, lambda c, _: c.set_ecosystems(ecosystems, command.effective)
        )

    def add_cluster_identifier(
        self, command: Command, cluster: str, scheme: str, value: str
    ) -> Intent:
        """Record an identifier of a cluster."""
        return Intent(
            command,
            Cluster,
            cluster,
            lambda c, world: c.add_identifier(scheme, value, command.effective, world),
        )

    def end_cluster_identifier(
        self, command: Command, cluster: str, scheme: str, value: str
    ) -> Intent:
        """Record the end of an identifier of a cluster."""
        return Intent(
            command,
            Cluster,
            cluster,
            lambda c, _: c.end_identifier(scheme, value, command.effective),
        )

    def dissolve_cluster(
        self,
        command: Command,
        cluster: str,
        end_memberships: bool,  # noqa: FBT001 - a field of the request
    ) -> Intent:
        """Record the end of a cluster."""
        return Intent(
            command,
            Cluster,
            cluster,
            lambda c, world: c.dissolve(
                command.effective, world, command.today, end_memberships=end_memberships
            ),
        )

    # -- partnerships ----------------------------------------------------------------

    def form_partnership(
        self,
        command: Command,
        partnership_id: str,
        name: str,
        kind: partnerships.PartnershipKind.ValueType,
        kind_as_stated: str,
        call: str,
        selection: partnerships.Selection.ValueType,
        ecosystems: Sequence[values.EcosystemTag],
        theme: str,
        target_countries: Sequence[str],
        target_areas: Sequence[str],
        duration_months: int,
        partners_as_stated: str,
        countries_as_stated: str,
        coordinator_as_stated: str,
        call_basis: values.Basis.ValueType,
    ) -> Intent:
        """Record a new partnership."""
        stream = ids.named("partnerships", partnership_id, "partnership_id", command.now_us)
        stated = partnerships.PartnershipFormed(
            name=name,
            kind=kind,
            kind_as_stated=kind_as_stated,
            call=call,
            selection=selection,
            ecosystems=ecosystems,
            theme=theme,
            target_countries=target_countries,
            target_areas=target_areas,
            duration_months=duration_months,
            partners_as_stated=partners_as_stated,
            countries_as_stated=countries_as_stated,
            coordinator_as_stated=coordinator_as_stated,
            call_basis=call_basis,
        )
        return Intent(command, Partnership, stream, lambda p, _: p.form(stated, command.effective))

    def activate_partnership(self, command: Command, partnership: str) -> Intent:
        """Record that a partnership is active."""
        return Intent(
            command,
            Partnership,
            partnership,
            lambda p, world: p.activate(command.effective, world, command.today),
        )

    def end_partnership(self, command: Command, partnership: str) -> Intent:
        """Record the end of a partnership."""
        return Intent(
            command, Partnership, partnership, lambda p, world: p.end(command.effective, world)
        )

    def join_partnership(
        self,
        command: Command,
        partnership: str,
        member: str,
        role: partnerships.PartnerRole.ValueType,
        role_as_stated: str,
    ) -> Intent:
        """Record a member of a partnership."""
        stated = partnerships.PartnershipPartnerJoined(
            member=member, role=role, role_as_stated=role_as_stated
        )
        return Intent(
            command,
            Partnership,
            partnership,
            lambda p, world: p.join(stated, command.effective, world),
        )

    def leave_partnership(
        self,
        command: Command,
        partnership: str,
        member: str,
        role: partnerships.PartnerRole.ValueType,
    ) -> Intent:
        """Record the end of a membership."""
        return Intent(
            command,
            Partnership,
            partnership,
            lambda p, _: p.leave(member, role, command.effective, command.today),
        )

    def change_coordinator(self, command: Command, partnership: str, member: str) -> Intent:
        """Record another coordinator of a partnership, or none."""
        return Intent(
            command,
            Partnership,
            partnership,
            lambda p, _: p.change_coordinator(member, command.effective),
        )

    def relate_partnership(
        self,
        command: Command,
        partnership: str,
        relation: partnerships.Relation.ValueType,
        target: values.Party,
        relation_as_stated: str,
    ) -> Intent:
        """Record a relation of a partnership to another party."""
        stated = partnerships.PartnershipRelated(
            relation=relation, target=target, relation_as_stated=relation_as_stated
        )
        return Intent(
            command,
            Partnership,
            partnership,
            lambda p, world: p.relate(stated, command.effective, world),
        )

    # -- editions --------------------------------------------------------------------

    def announce_edition(
        self,
        command: Command,
        edition_id: str,
        number: int,
        number_basis_as_stated: str,
        name: str,
        dates: edition_pb2.EditionDates,
        mode: edition_pb2.EditionMode.ValueType,
        city: str,
        city_basis: values.Basis.ValueType,
        country: str,
        hosts: Sequence[values.Party],
        organisers: Sequence[values.Party],
        supporters: Sequence[values.Party],
        presidency: str,
        presidency_basis: values.Basis.ValueType,
        theme: str,
        hosts_or_organisers: Sequence[values.Party],
    ) -> Intent:
        """Record the announcement of an edition."""
        stream = ids.named("editions", edition_id, "edition_id", command.now_us)
        stated = edition_pb2.EditionAnnounced(
            number=number,
            number_basis_as_stated=number_basis_as_stated,
            name=name,
            dates=dates,
            mode=mode,
            city=city,
            city_basis=city_basis,
            country=country,
            hosts=hosts,
            organisers=organisers,
            supporters=supporters,
            presidency=presidency,
            presidency_basis=presidency_basis,
            theme=theme,
            hosts_or_organisers=hosts_or_organisers,
        )
        return Intent(
            command,
            Edition,
            stream,
            lambda e, world: e.announce(stated, command.effective, world),
        )

    def reschedule_edition(
        self, command: Command, edition: str, dates: edition_pb2.EditionDates
    ) -> Intent:
        """Record other dates of an edition."""
        return Intent(
            command,
            Edition,
            _edition(edition),
            lambda e, _: e.reschedule(dates, command.effective),
        )

    def hold_edition(self, command: Command, edition: str) -> Intent:
        """Record that an edition took place."""
        return Intent(
            command,
            Edition,
            _edition(edition),
            lambda e, _: e.hold(command.stated, command.today),
        )

    def cancel_edition(self, command: Command, edition: str) -> Intent:
        """Record that an edition will not take place."""
        return Intent(
            command,
            Edition,
            _edition(edition),
            lambda e, world: e.cancel(command.effective, world),
        )

    # -- participations --------------------------------------------------------------

    def register_participation(
        self,
        command: Command,
        edition: str,
        participant: str,
        classification_version: int,
        roles: Sequence[participations.ParticipationRole.ValueType],
        roles_as_stated: str,
        kind_as_stated: str,
    ) -> Intent:
        """Record the registration of a participant."""
        stated = participations.Attendance(
            participant=participant,
            classification_version=classification_version,
            roles=roles,
            roles_as_stated=roles_as_stated,
            kind_as_stated=kind_as_stated,
        )
        return Intent(
            command,
            Participation,
            lambda world: participants.stream_of(world, edition, participant),
            lambda p, world: p.register(stated, command.effective, world),
        )

    def confirm_participation(self, command: Command, participation: str) -> Intent:
        """Record the confirmation of a participation."""
        return Intent(
            command,
            Participation,
            _edition(participation),
            lambda p, world: p.confirm(command.effective, world),
        )

    def attend_participation(
        self,
        command: Command,
        edition: str,
        participant: str,
        classification_version: int,
        roles: Sequence[participations.ParticipationRole.ValueType],
        roles_as_stated: str,
        kind_as_stated: str,
    ) -> Intent:
        """Record the attendance of a participant, by default on the edition's first day."""
        stated = participations.Attendance(
            participant=participant,
            classification_version=classification_version,
            roles=roles,
            roles_as_stated=roles_as_stated,
            kind_as_stated=kind_as_stated,
        )
        return Intent(
            command,
            Participation,
            lambda world: participants.stream_of(world, edition, participant),
            lambda p, world: p.attend(stated, command.stated, world, command.today),
        )

    def withdraw_participation(self, command: Command, participation: str) -> Intent:
        """Record the withdrawal of a participation."""
        return Intent(
            command,
            Participation,
            _edition(participation),
            lambda p, _: p.withdraw(command.effective),
        )

    # -- corrections -----------------------------------------------------------------

    def retract_event(
        self,
        command: Command,
        stream: str,
        versions: Sequence[int],
        others: Sequence[str],
        with_dependants: bool,  # noqa: FBT001 - a field of the request
    ) -> Intent:
        """Record that events no longer count."""
        if command.stated is not None:
            raise InvalidField("options.effective", "is not allowed: a retraction has no date")
        kind = retractable(stream)
        events = [
            *events_named(others, "others"),
            *(EventId(stream, version) for version in sorted(versions)),
        ]
        return Intent(
            command,
            kind,
            _edition(stream),
            lambda _, world: retract(events, world, with_dependants=with_dependants),
        )

    def redact_event(
        self, command: Command, stream: str, version: int, approvers: Sequence[str]
    ) -> Intent:
        """Record that the content of an event is deleted, which goes with it."""
        if command.stated is not None:
            raise InvalidField("options.effective", "is not allowed: a redaction has no date")
        if not command.reason:
            raise InvalidField("options.reason", "say by what right, without what is to be deleted")
        return Intent(
            command,
            retractable(stream),
            _edition(stream),
            lambda _, world: redact(stream, version, approvers, world),
        )


def _edition(name: str) -> str | Callable[[World], str]:
    """Stream of what may be named by an edition's number, which then has to be found."""
    if not name.split("/")[1].isdecimal():
        return name
    return lambda world: resolve_edition(world, name)
