"""PartnershipService: partnerships and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain.partnership import Partnership
from registry.errors import InvalidField
from registry.projections import MembershipListing
from registry.server.paging import ended_with
from registry.server.reading import page_size
from registry.server.resources import fill, fill_all, fill_membership
from registry.server.rpc import Servicer, command, log_query, point_read, query
from registry.v1 import partnership_service_pb2 as pb

if TYPE_CHECKING:
    from registry.eventstore.commands import Command, Intent
    from registry.server.reading import Reading


class Partnerships(Servicer):
    """Records and answers partnerships and their members."""

    SERVICE = pb.DESCRIPTOR.services_by_name["PartnershipService"]

    @command
    def form_partnership(self, command: Command, request: pb.FormPartnershipRequest) -> Intent:
        """Record a new partnership."""
        return self.registry.form_partnership(
            command,
            request.partnership_id,
            request.name,
            request.kind,
            request.kind_as_stated,
            request.call,
            request.selection,
            request.ecosystems,
            request.theme,
            request.target_countries,
            request.target_areas,
            request.duration_months,
            request.partners_as_stated,
            request.countries_as_stated,
            request.coordinator_as_stated,
            request.call_basis,
        )

    @command
    def activate_partnership(
        self, command: Command, request: pb.ActivatePartnershipRequest
    ) -> Intent:
        """Record that it is active, after measuring it against the rules of its kind and call."""
        return self.registry.activate_partnership(command, request.partnership)

    @command
    def end_partnership(self, command: Command, request: pb.EndPartnershipRequest) -> Intent:
        """Record its end."""
        return self.registry.end_partnership(command, request.partnership)

    @command
    def join_partnership(self, command: Command, request: pb.JoinPartnershipRequest) -> Intent:
        """Record a member."""
        return self.registry.join_partnership(
            command, request.partnership, request.member, request.role, request.role_as_stated
        )

    @command
    def leave_partnership(self, command: Command, request: pb.LeavePartnershipRequest) -> Intent:
        """End a membership."""
        return self.registry.leave_partnership(
            command, request.partnership, request.member, request.role
        )

    @command
    def change_coordinator(self, command: Command, request: pb.ChangeCoordinatorRequest) -> Intent:
        """Record another coordinator, or none."""
        return self.registry.change_coordinator(command, request.partnership, request.member)

    @command
    def relate_partnership(self, command: Command, request: pb.RelatePartnershipRequest) -> Intent:
        """Record a relation to another party."""
        return self.registry.relate_partnership(
            command,
            request.partnership,
            request.relation,
            request.target,
            request.relation_as_stated,
        )

    @point_read
    def get_partnership(
        self, request: pb.GetPartnershipRequest, reading: Reading
    ) -> pb.GetPartnershipResponse:
        """Answer one partnership with its members."""
        found = self.backend.find(Partnership, request.partnership, reading)
        answer = pb.GetPartnershipResponse(read_position=found.position)
        fill(answer.partnership, found, reading.day)
        return answer

    @log_query
    def batch_get_partnerships(
        self, request: pb.BatchGetPartnershipsRequest, reading: Reading
    ) -> pb.BatchGetPartnershipsResponse:
        """Answer several partnerships, in the order asked for."""
        many = self.backend.find_many(Partnership, request.partnerships, reading)
        answer = pb.BatchGetPartnershipsResponse(read_position=many.position)
        fill_all(answer.partnerships, many.reads, reading.day)
        return answer

    @query
    def list_partnerships(
        self, request: pb.ListPartnershipsRequest, reading: Reading
    ) -> pb.ListPartnershipsResponse:
        """List partnerships, selected and sorted."""
        page = self.backend.page(Partnership, request, reading)
        answer = pb.ListPartnershipsResponse(**page.told)
        fill_all(answer.partnerships, page.reads, page.day)
        return answer

    @query
    def list_memberships(
        self, request: pb.ListMembershipsRequest, reading: Reading
    ) -> pb.ListMembershipsResponse:
        """List memberships live on the date, of a partnership, of a member, or all."""
        if request.partnership and request.member:
            raise InvalidField("partnership", "give this or the member, not both")
        day, position, after = self.backend.begins(request, reading)
        if party := request.partnership or request.member:
            self.backend.existing(party, position)
        asked = MembershipListing(
            *(request.partnership, request.member, day),
            include_past=request.include_past,
            position=position,
        )
        page = self.backend.views.list_memberships(
            asked, page_size(request), ended_with(after, str, str, int)
        )
        answer = pb.ListMembershipsResponse(
            **self.backend.told(request, day, page.read_position, page.next_after)
        )
        streams = sorted({row.partnership for row in page.rows})
        reads = self.registry.get_many(Partnership, streams, upto=page.read_position)
        for row in page.rows:
            state: Partnership = reads[row.partnership].state
            for span in state.members:
                if span.version == row.joined_version:
                    fill_membership(answer.memberships.add(), state, span, day)
        return answer
