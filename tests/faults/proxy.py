"""Proxy between a server and PostgreSQL that breaks connections at a COMMIT.

It reads the frontend's messages, so that it knows when a COMMIT passes, and asks a
fault what to do with it: a coroutine that is given the link and the message's bytes.
"""

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable
from typing import Self

PROTOCOL_3 = range(3 << 16, 4 << 16)
"""Codes of a startup message; requests for encryption have others."""


class Link:
    """One connection from a server, and its own to PostgreSQL."""

    def __init__(self, client: asyncio.StreamWriter, database: asyncio.StreamWriter) -> None:
        self.client, self.database = client, database
        self.silent = False
        """Answers of PostgreSQL are swallowed."""
        self.records = False
        """It has locked the head of the log: views commit on other connections."""
        self.answered = asyncio.Event()
        """PostgreSQL has said something since this was cleared."""

    def forward(self, message: bytes) -> None:
        """Let a message reach PostgreSQL."""
        self.database.write(message)

    def cut_client(self) -> None:
        """Close the server's side at once; PostgreSQL's side stays open."""
        self.client.transport.abort()

    def cut(self) -> None:
        """Close both sides at once."""
        self.client.transport.abort()
        self.database.transport.abort()


Fault = Callable[[Link, bytes], Awaitable[None]]


class Proxy:
    """Listens on a port of its own; `fault` is asked at the next COMMIT, once.

    With `writers_only` at the next of a connection that has locked the head of our log.
    """

    def __init__(self, port: int, *, writers_only: bool = False) -> None:
        self._database_port = port
        self._writers_only = writers_only
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._links: set[Link] = set()
        self.fault: Fault | None = None
        self._struck = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for link in self._links:
            link.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        """Port it listens on."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def url(self, url: str) -> str:
        """The same database by way of this proxy."""
        return url.replace(f":{self._database_port}/", f":{self.port}/")

    def arm(self, fault: Fault) -> None:
        """Let a fault strike at the next COMMIT."""
        self._struck.clear()
        self.fault = fault

    async def has_struck(self) -> None:
        """Wait until the fault is done; it must have begun."""
        assert self.fault is None, "there was no COMMIT"
        await asyncio.wait_for(self._struck.wait(), 10)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, database = await asyncio.open_connection("127.0.0.1", self._database_port)
        except OSError:
            writer.transport.abort()
            return
        link = Link(writer, database)
        self._links.add(link)
        for pump in (self._frontend(reader, link), self._backend(answers, link)):
            task = asyncio.create_task(pump)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _frontend(self, reader: asyncio.StreamReader, link: Link) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readexactly(8)
                link.forward(head + await reader.readexactly(struct.unpack("!I", head[:4])[0] - 8))
                if struct.unpack("!I", head[4:])[0] in PROTOCOL_3:
                    break
            while True:
                head = await reader.readexactly(5)
                body = await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)
                await self._pass(link, head + body)
        if not link.silent:
            link.database.close()

    async def _pass(self, link: Link, message: bytes) -> None:
        link.records = link.records or b"FROM head FOR UPDATE" in message
        meant = link.records or not self._writers_only
        commits = meant and message[:1] in b"QP" and b"COMMIT\0" in message
        if self.fault is not None and commits:
            fault, self.fault = self.fault, None
            await fault(link, message)
            self._struck.set()
        else:
            link.forward(message)

    async def _backend(self, answers: asyncio.StreamReader, link: Link) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await answers.read(65536):
                link.answered.set()
                if not link.silent:
                    link.client.write(data)
        if not link.silent:
            link.client.close()


async def cut_before(link: Link, _: bytes) -> None:
    """COMMIT does not reach PostgreSQL."""
    link.cut()


async def cut_at(link: Link, message: bytes) -> None:
    """COMMIT reaches PostgreSQL; the connection is cut at the same moment."""
    link.silent = True
    link.forward(message)
    link.cut_client()
    await asyncio.sleep(0.05)
    link.database.close()


async def cut_after(link: Link, message: bytes) -> None:
    """PostgreSQL has committed and answered; the answer does not arrive."""
    link.silent = True
    link.answered.clear()
    link.forward(message)
    await asyncio.wait_for(link.answered.wait(), 10)
    link.cut()


async def cut_late(link: Link, message: bytes) -> None:
    """The server's side is cut; COMMIT is on its way and reaches PostgreSQL a second later."""
    link.silent = True
    link.cut_client()
    await asyncio.sleep(1.0)
    link.forward(message)
    await asyncio.sleep(0.2)
    link.database.close()
