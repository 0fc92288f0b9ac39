"""ParticipationService: who takes part in an edition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain.participation import Participation
from registry.server.resources import fill, fill_all
from registry.server.rpc import Servicer, command, log_query, point_read, query
from registry.v1 import participation_service_pb2 as pb

if TYPE_CHECKING:
    from registry.eventstore.commands import Command, Intent
    from registry.server.reading import Reading


class Participations(Servicer):
    """Records and answers who takes part in an edition."""

    SERVICE = pb.DESCRIPTOR.services_by_name["ParticipationService"]

    @command
    def register_participation(
        self, command: Command, request: pb.RegisterParticipationRequest
    ) -> Intent:
        """Register a participant for an edition."""
        return self.registry.register_participation(
            command,
            request.edition,
            request.participant,
            request.classification_version,
            request.roles,
            request.roles_as_stated,
            request.kind_as_stated,
        )

    @command
    def confirm_participation(
        self, command: Command, request: pb.ConfirmParticipationRequest
    ) -> Intent:
        """Record a confirmation."""
        return self.registry.confirm_participation(command, request.participation)

    @command
    def attend_participation(
        self, command: Command, request: pb.AttendParticipationRequest
    ) -> Intent:
        """Record that a participant attended, registered before or not."""
        return self.registry.attend_participation(
            command,
            request.edition,
            request.participant,
            request.classification_version,
            request.roles,
            request.roles_as_stated,
            request.kind_as_stated,
        )

    @command
    def withdraw_participation(
        self, command: Command, request: pb.WithdrawParticipationRequest
    ) -> Intent:
        """Record a withdrawal."""
        return self.registry.withdraw_participation(command, request.participation)

    @point_read
    def get_participation(
        self, request: pb.GetParticipationRequest, reading: Reading
    ) -> pb.GetParticipationResponse:
        """Answer one participation."""
        found = self.backend.find(Participation, request.participation, reading)
        answer = pb.GetParticipationResponse(read_position=found.position)
        fill(answer.participation, found, reading.day)
        return answer

    @log_query
    def batch_get_participations(
        self, request: pb.BatchGetParticipationsRequest, reading: Reading
    ) -> pb.BatchGetParticipationsResponse:
        """Answer several participations, in the order asked for."""
        many = self.backend.find_many(Participation, request.participations, reading)
        answer = pb.BatchGetParticipationsResponse(read_position=many.position)
        fill_all(answer.participations, many.reads, reading.day)
        return answer

    @query
    def list_participations(
        self, request: pb.ListParticipationsRequest, reading: Reading
    ) -> pb.ListParticipationsResponse:
        """List participations of one edition, or of all, selected and sorted."""
        page = self.backend.page(Participation, request, reading, request.edition)
        answer = pb.ListParticipationsResponse(**page.told)
        fill_all(answer.participations, page.reads, page.day)
        return answer
