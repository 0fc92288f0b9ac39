"""The client: a connection with a stub for each service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

import grpc

from registry_client.calls import Calls, Session
from registry_client.channel import opened
from registry_client.services import Services

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from registry.v1.record_service_pb2 import Command, Outcome

TIMEOUT_S = 10.0
T = TypeVar("T")


class Client(Services):
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
        super().__init__(grpc.intercept_channel(self._plain, Calls(self._session, timeout_s)))

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
        from registry_client.batches import Batches  # noqa: PLC0415 - imports every service

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
