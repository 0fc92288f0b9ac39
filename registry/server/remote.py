"""Remote: has a child process record, hears its replies, and starts it again where it died.

It lives on the event loop of the service, and its calls of one turn of the loop go out together.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, NamedTuple, cast

import structlog
from google.protobuf.message import DecodeError
from google.rpc.status_pb2 import Status

from registry import children
from registry.errors import Draining, OutcomeUnknown, StoreUnavailable
from registry.eventstore.rows import Head
from registry.server import frames
from registry.server.status import StatusError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from registry.server.rpc import Method

BACKOFF_S, MAX_BACKOFF_S = 0.05, 2.0
MAX_NUMBER = 2**31

log = structlog.get_logger("registry.recorder")


class NotStarted(Exception):
    """The process that records cannot begin; the message says why."""


class _Waiting(NamedTuple):
    reply: asyncio.Future[bytes]
    path: str
    request: bytes


class RemoteRecorder(asyncio.Protocol):
    """Has a child process record; see `registry.server.recorder`."""

    def __init__(
        self,
        command: Sequence[str],
        told: Mapping[str, str],
        inherited: Sequence[int],
        heard: Callable[[Head], None],
    ) -> None:
        """Do nothing before `spawn`.

        Args:
            command: what to run.
            told: what it is told on its standard input.
            inherited: descriptors that it keeps open.
            heard: called on the loop when the log is seen to be further.
        """
        self._command, self._told, self._inherited = command, told, inherited
        self._heard = heard
        self._child: children.Started | None = None
        self._transport: asyncio.Transport | None = None
        self._ready: asyncio.Future[None] | None = None
        self._restarting: asyncio.Task[None] | None = None
        self._lost: asyncio.Future[None] | None = None
        self._closing = False
        self._frames = frames.Frames()
        self._out: list[bytes] = []
        self._waiting: dict[int, _Waiting] = {}
        self._number = 0
        self._failure = ""
        self._methods: Mapping[str, Method] = {}
        self._numbers: dict[str, int] = {}

    @property
    def child(self) -> int:
        """Process id of the child; 0 while there is none."""
        return self._child.process.pid if self._child is not None else 0

    @property
    def away(self) -> str:
        """Why nobody records just now; empty while somebody does."""
        return "" if self._connected else "the process that records is being started"

    @property
    def _connected(self) -> bool:
        return self._ready is not None and self._ready.done() and self._transport is not None

    def spawn(self) -> None:
        """Start the child, so that it gets ready while other things are made.

        Raises:
            OSError: where it cannot be started.
        """
        self._child = children.start(self._command, self._told, self._inherited)

    async def start(self, methods: Mapping[str, Method]) -> None:
        """Connect to the child that was spawned, and wait until it records.

        Args:
            methods: the RPCs that it records, by their path.

        Raises:
            NotStarted: where it cannot open the store.
        """
        self._methods = methods
        self._numbers = {path: number for number, path in enumerate(sorted(methods))}
        await self._connect()

    def record(self, path: str, request: bytes, form: int = frames.ANSWER) -> Awaitable[bytes]:
        """Record a command; see `Recorder`.

        Raises:
            StoreUnavailable: while the child is being started.
            Draining: after `close`.
        """
        if self._closing:
            raise Draining("the service is stopping; send the command to it again later")
        if not self._connected:
            raise StoreUnavailable(f"{self.away}; send the same request again")
        loop = asyncio.get_running_loop()
        number = self._number = self._number % MAX_NUMBER + 1
        if not self._out:
            loop.call_soon(self._flush)
        self._out += frames.call(number, self._numbers[path], form, request)
        reply = loop.create_future()
        self._waiting[number] = _Waiting(reply, path, request)
        return reply

    async def close(self) -> None:
        """Let the child finish what it was sent, and end."""
        self._closing = True
        if self._restarting is not None:
            self._restarting.cancel()
        if self._transport is not None and self._lost is not None:
            self._flush()
            self._transport.write_eof()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._lost), children.END_S)
            if self._transport is not None:
                self._transport.abort()
        await asyncio.get_running_loop().run_in_executor(None, self.end)

    def end(self) -> str:
        """See to it that the child is gone; how it ended. Once is enough."""
        child, self._child = self._child, None
        if child is None:
            return ""
        child.link.close()
        return children.end(child.process)

    # -- the connection ----------------------------------------------------------------

    async def _connect(self) -> None:
        if self._child is None:
            self.spawn()
        child = self._child
        assert child is not None  # noqa: S101 - spawned
        loop = asyncio.get_running_loop()
        self._frames, self._failure = frames.Frames(), ""
        self._ready, self._lost = loop.create_future(), loop.create_future()
        await loop.create_connection(lambda: self, sock=child.link)
        await self._ready

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand replies to who waits for them."""
        for number, kind, payload in self._frames.replies(data):
            if number:
                self._settle(number, kind, payload)
            elif kind == frames.HEAD:
                self._heard(Head(*frames.positions(payload)))
                if self._ready is not None and not self._ready.done():
                    self._ready.set_result(None)
            else:
                self._failure = payload.decode()

    def _settle(self, number: int, kind: int, payload: bytes) -> None:
        reply = self._waiting.pop(number).reply
        if reply.done():  # its caller went away
            return
        if kind == frames.DONE:
            reply.set_result(payload)
        else:
            reply.set_exception(StatusError(Status.FromString(payload)))

    def _flush(self) -> None:
        out, self._out = self._out, []
        if self._transport is not None and out:
            self._transport.write(b"".join(out))

    def connection_lost(self, error: Exception | None) -> None:
        """Say to who waits that the outcome is unknown, and start another child."""
        self._transport = None
        self._out = []
        waiting, self._waiting = self._waiting, {}
        for each in waiting.values():
            if not each.reply.done():
                each.reply.set_exception(OutcomeUnknown(self._request_id(each)))
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(None)
        if self._ready is not None and not self._ready.done():
            why = self._failure or f"it ended: {error or 'see its log'}"
            self._ready.set_exception(NotStarted(why))
        elif not self._closing:
            self._restarting = asyncio.get_running_loop().create_task(self._restart())

    def _request_id(self, waiting: _Waiting) -> str:
        """The id a caller gave, empty where it was to be made."""
        with contextlib.suppress(DecodeError):
            request = self._methods[waiting.path].request.FromString(waiting.request)
            request_id: str = getattr(request, "options").request_id  # noqa: B009 - not of Message
            return request_id
        return ""

    async def _restart(self) -> None:
        loop, backoff_s = asyncio.get_running_loop(), BACKOFF_S
        while not self._closing:
            ended = await loop.run_in_executor(None, self.end)
            log.warning("the process that records ended and is started again", ended=ended)
            try:
                await self._connect()
            except (NotStarted, OSError) as error:
                log.warning("the process that records cannot begin now", reason=str(error))
                await asyncio.sleep(backoff_s)
                backoff_s = min(2 * backoff_s, MAX_BACKOFF_S)
            else:
                return
