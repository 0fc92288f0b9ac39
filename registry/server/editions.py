"""EditionService: conference editions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain.edition import Edition
from registry.server.resources import fill, fill_all
from registry.server.rpc import Servicer, command, log_query, point_read, query
from registry.v1 import edition_service_pb2 as pb

if TYPE_CHECKING:
    from registry.eventstore.commands import Command, Intent
    from registry.server.reading import Reading


class Editions(Servicer):
    """Records and answers conference editions."""

    SERVICE = pb.DESCRIPTOR.services_by_name["EditionService"]

    @command
    def announce_edition(self, command: Command, request: pb.AnnounceEditionRequest) -> Intent:
        """Record a new edition."""
        return self.registry.announce_edition(
            command,
            request.edition_id,
            request.number,
            request.number_basis_as_stated,
            request.name,
            request.dates,
            request.mode,
            request.city,
            request.city_basis,
            request.country,
            request.hosts,
            request.organisers,
            request.supporters,
            request.presidency,
            request.presidency_basis,
            request.theme,
            request.hosts_or_organisers,
        )

    @command
    def reschedule_edition(self, command: Command, request: pb.RescheduleEditionRequest) -> Intent:
        """Record other dates."""
        return self.registry.reschedule_edition(command, request.edition, request.dates)

    @command
    def hold_edition(self, command: Command, request: pb.HoldEditionRequest) -> Intent:
        """Record that it took place."""
        return self.registry.hold_edition(command, request.edition)

    @command
    def cancel_edition(self, command: Command, request: pb.CancelEditionRequest) -> Intent:
        """Record that it will not take place."""
        return self.registry.cancel_edition(command, request.edition)

    @point_read
    def get_edition(self, request: pb.GetEditionRequest, reading: Reading) -> pb.GetEditionResponse:
        """Answer one edition."""
        found = self.backend.find(Edition, request.edition, reading)
        answer = pb.GetEditionResponse(read_position=found.position)
        fill(answer.edition, found, reading.day)
        return answer

    @log_query
    def batch_get_editions(
        self, request: pb.BatchGetEditionsRequest, reading: Reading
    ) -> pb.BatchGetEditionsResponse:
        """Answer several editions, in the order asked for."""
        many = self.backend.find_many(Edition, request.editions, reading)
        answer = pb.BatchGetEditionsResponse(read_position=many.position)
        fill_all(answer.editions, many.reads, reading.day)
        return answer

    @query
    def list_editions(
        self, request: pb.ListEditionsRequest, reading: Reading
    ) -> pb.ListEditionsResponse:
        """List editions, selected and sorted."""
        page = self.backend.page(Edition, request, reading)
        answer = pb.ListEditionsResponse(**page.told)
        fill_all(answer.editions, page.reads, page.day)
        return answer
