"""OrganisationService: organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain.organisation import Organisation
from registry.server.resources import fill, fill_all
from registry.server.rpc import (
    Servicer,
    command,
    log_query,
    point_read,
    query,
    registration,
)
from registry.v1 import organisation_service_pb2 as pb

if TYPE_CHECKING:
    from registry.eventstore.commands import Command, Intent
    from registry.server.reading import Reading


class Organisations(Servicer):
    """Records and answers organisations."""

    SERVICE = pb.DESCRIPTOR.services_by_name["OrganisationService"]

    @registration
    def register_organisation(
        self, command: Command, request: pb.RegisterOrganisationRequest
    ) -> Intent:
        """Register an organisation."""
        return self.registry.register_organisation(
            command,
            request.organisation_id,
            request.name,
            request.name_effective,
            request.country,
            request.kind_as_stated,
        )

    @command
    def rename_organisation(
        self, command: Command, request: pb.RenameOrganisationRequest
    ) -> Intent:
        """Record another name."""
        return self.registry.rename_organisation(command, request.organisation, request.name)

    @command
    def add_organisation_identifier(
        self, command: Command, request: pb.AddOrganisationIdentifierRequest
    ) -> Intent:
        """Record an identifier."""
        return self.registry.add_organisation_identifier(
            command, request.organisation, request.scheme, request.value
        )

    @command
    def end_organisation_identifier(
        self, command: Command, request: pb.EndOrganisationIdentifierRequest
    ) -> Intent:
        """End an identifier."""
        return self.registry.end_organisation_identifier(
            command, request.organisation, request.scheme, request.value
        )

    @point_read
    def get_organisation(
        self, request: pb.GetOrganisationRequest, reading: Reading
    ) -> pb.GetOrganisationResponse:
        """Answer one organisation."""
        found = self.backend.find(Organisation, request.organisation, reading)
        answer = pb.GetOrganisationResponse(read_position=found.position)
        fill(answer.organisation, found, reading.day)
        return answer

    @log_query
    def batch_get_organisations(
        self, request: pb.BatchGetOrganisationsRequest, reading: Reading
    ) -> pb.BatchGetOrganisationsResponse:
        """Answer several organisations, in the order asked for."""
        many = self.backend.find_many(Organisation, request.organisations, reading)
        answer = pb.BatchGetOrganisationsResponse(read_position=many.position)
        fill_all(answer.organisations, many.reads, reading.day)
        return answer

    @query
    def list_organisations(
        self, request: pb.ListOrganisationsRequest, reading: Reading
    ) -> pb.ListOrganisationsResponse:
        """List organisations, selected and sorted."""
        page = self.backend.page(Organisation, request, reading)
        answer = pb.ListOrganisationsResponse(**page.told)
        fill_all(answer.organisations, page.reads, page.day)
        return answer
