"""The client: a connection with a stub for each service."""

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

import grpc

from registry.v1.change_service_pb2_grpc import ChangeServiceStub
from registry.v1.cluster_service_pb2_grpc import ClusterServiceStub
from registry.v1.edition_service_pb2_grpc import EditionServiceStub
from registry.v1.event_service_pb2_grpc import EventServiceStub
from registry.v1.organisation_service_pb2_grpc import OrganisationServiceStub
from registry.v1.participation_service_pb2_grpc import ParticipationServiceStub
from registry.v1.partnership_service_pb2_grpc import PartnershipServiceStub
from registry.v1.record_service_pb2 import Command, Outcome
from registry.v1.record_service_pb2_grpc import RecordServiceStub
from registry.v1.region_service_pb2_grpc import RegionServiceStub
from registry.v1.summary_service_pb2_grpc import SummaryServiceStub
from registry.v1.view_service_pb2_grpc import ViewServiceStub
from registry_client.batches import Batches
from registry_client.calls import Calls, Session
from registry_client.channel import opened

TIMEOUT_S = 10.0
T = TypeVar("T")


class Client:
    """Calls the services of one registry; for any number of threads.

    A call that fails raises a CallFailed. UNAVAILABLE is tried again a few times by itself. A
    command without a request id is given one, in the request itself: send that same request again
    after any doubt, and it is recorded once. Call the methods as functions: their `future` and
    `with_call` forms wait too.
    """

    def __init__(
        self, address: str, *, timeout_s: float = TIMEOUT_S, read_own_writes: bool = False
    ) -> None:
        """Make a client; see `connect`."""
        self.address = address
        self._session = Session(read_own_writes=read_own_writes)
        self._plain = opened(address)
        self.channel: grpc.Channel = grpc.intercept_channel(
            self._plain, Calls(self._session, timeout_s)
        )
        """For stubs of other services; what is called over it is treated the same."""
        self.organisations = OrganisationServiceStub(self.channel)
        self.clusters = ClusterServiceStub(self.channel)
        self.partnerships = PartnershipServiceStub(self.channel)
        self.editions = EditionServiceStub(self.channel)
        self.participations = ParticipationServiceStub(self.channel)
        self.summaries = SummaryServiceStub(self.channel)
        self.regions = RegionServiceStub(self.channel)
        self.changes = ChangeServiceStub(self.channel)
        self.events = EventServiceStub(self.channel)
        self.records = RecordServiceStub(self.channel)
        self.views = ViewServiceStub(self.channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._plain.close()

    @property
    def position(self) -> int:
        """Position of the last of this client's own writes; 0: none. Good as a min_position."""
        return self._session.position

    def record(
        self, items: Iterable[T], command_of: Callable[[T], Command]
    ) -> Iterator[tuple[T, Outcome]]:
        """Record many commands in one stream and give each item with its outcome, in no order.

        A refused one does not stop the others. At most 2000 are sent ahead of their answers, so
        that `items` may be endless. One that others kept from being decided is sent again.

        Args:
            items: what is recorded: commands, or what they are made of.
            command_of: the command of an item; asked again where it is sent again.

        Raises:
            CallFailed: when the service cannot go on, or the stream breaks. What has no outcome
                yet may be recorded: send the same commands again.
        """
        return Batches(self.records, self._session, command_of).record(items)


def connect(address: str, *, timeout_s: float = TIMEOUT_S, read_own_writes: bool = False) -> Client:
    """Make a client of the registry at an address, "127.0.0.1:50051"; close it, or use `with`.

    It connects when it is first used.

    Args:
        address: host and port.
        timeout_s: how long a call with one answer may take where it does not say so itself.
        read_own_writes: every read sees what this client has recorded: it waits until the views
            have it.
    """
    return Client(address, timeout_s=timeout_s, read_own_writes=read_own_writes)
