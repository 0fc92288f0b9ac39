"""The services of the registry: a stub for each, made when it is first asked for.

Their modules are imported then too: a program that calls one service does not wait for all.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import grpc

    from registry.v1.change_service_pb2_grpc import ChangeServiceStub
    from registry.v1.cluster_service_pb2_grpc import ClusterServiceStub
    from registry.v1.edition_service_pb2_grpc import EditionServiceStub
    from registry.v1.event_service_pb2_grpc import EventServiceStub
    from registry.v1.history_service_pb2_grpc import HistoryServiceStub
    from registry.v1.ledger_service_pb2_grpc import LedgerServiceStub
    from registry.v1.organisation_service_pb2_grpc import OrganisationServiceStub
    from registry.v1.participation_service_pb2_grpc import ParticipationServiceStub
    from registry.v1.partnership_service_pb2_grpc import PartnershipServiceStub
    from registry.v1.record_service_pb2_grpc import RecordServiceStub
    from registry.v1.region_service_pb2_grpc import RegionServiceStub
    from registry.v1.summary_service_pb2_grpc import SummaryServiceStub
    from registry.v1.view_service_pb2_grpc import ViewServiceStub


class Services:
    """Stubs over one channel."""

    def __init__(self, channel: grpc.Channel) -> None:
        """Take the channel."""
        self.channel = channel
        """For stubs of other services; what is called over it is treated the same."""

    def _stub(self, service: str) -> Any:
        module = import_module(f"registry.v1.{service.lower()}_service_pb2_grpc")
        return getattr(module, f"{service}ServiceStub")(self.channel)

    @cached_property
    def organisations(self) -> OrganisationServiceStub:
        """Organisations."""
        stub: OrganisationServiceStub = self._stub("Organisation")
        return stub

    @cached_property
    def clusters(self) -> ClusterServiceStub:
        """Cluster organisations."""
        stub: ClusterServiceStub = self._stub("Cluster")
        return stub

    @cached_property
    def partnerships(self) -> PartnershipServiceStub:
        """Partnerships and who is in them."""
        stub: PartnershipServiceStub = self._stub("Partnership")
        return stub

    @cached_property
    def editions(self) -> EditionServiceStub:
        """Conference editions."""
        stub: EditionServiceStub = self._stub("Edition")
        return stub

    @cached_property
    def participations(self) -> ParticipationServiceStub:
        """Who takes part in an edition."""
        stub: ParticipationServiceStub = self._stub("Participation")
        return stub

    @cached_property
    def summaries(self) -> SummaryServiceStub:
        """Figures of ecosystems, regions and editions."""
        stub: SummaryServiceStub = self._stub("Summary")
        return stub

    @cached_property
    def regions(self) -> RegionServiceStub:
        """NUTS and statistical regions."""
        stub: RegionServiceStub = self._stub("Region")
        return stub

    @cached_property
    def changes(self) -> ChangeServiceStub:
        """What changed."""
        stub: ChangeServiceStub = self._stub("Change")
        return stub

    @cached_property
    def histories(self) -> HistoryServiceStub:
        """What happened to a resource."""
        stub: HistoryServiceStub = self._stub("History")
        return stub

    @cached_property
    def events(self) -> EventServiceStub:
        """The log itself."""
        stub: EventServiceStub = self._stub("Event")
        return stub

    @cached_property
    def ledger(self) -> LedgerServiceStub:
        """What was signed of the log, and proofs."""
        stub: LedgerServiceStub = self._stub("Ledger")
        return stub

    @cached_property
    def records(self) -> RecordServiceStub:
        """Commands in bulk."""
        stub: RecordServiceStub = self._stub("Record")
        return stub

    @cached_property
    def views(self) -> ViewServiceStub:
        """The views, which can be made anew."""
        stub: ViewServiceStub = self._stub("View")
        return stub
