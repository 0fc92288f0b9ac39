"""A load client of our own for machines without h2load: HTTP/2 frames written and read by hand.

It knows no more of HTTP/2 than a unary call needs: its requests are made once and sent again and
again with another stream id, and of the answers it looks at lengths and flags only. So it costs
a small part of what the server at the other end spends on a call.
"""

from __future__ import annotations

import selectors
import socket
import struct
import time
from typing import TYPE_CHECKING

from benchmarks.load import Call, Drove, Failed, Took, framed

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
MAX_WINDOW = 2**31 - 1
FRAME_HEADER_BYTES = 9
TIMEOUT_S = 120.0


class RawHttp2:
    """One process, one thread, one connection for each client, one call at a time on each."""

    name = "raw_http2 (own, Python)"

    def __call__(self, call: Call, clients: int, calls: int) -> Drove:
        """Make `calls` calls; raises Failed unless every one was answered with a message."""
        shares = [calls // clients + (number < calls % clients) for number in range(clients)]
        connections = [_Connection(call, share) for share in shares]
        try:
            _drive(connections)
        finally:
            for connection in connections:
                connection.socket.close()
        return Drove([took for connection in connections for took in connection.calls])


def _drive(connections: list[_Connection]) -> None:
    selector = selectors.DefaultSelector()
    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send_next()
    working = len(connections)
    while working:
        ready = selector.select(TIMEOUT_S)
        if not ready:
            raise Failed(f"no answer within {TIMEOUT_S:.0f} s")
        for key, _ in ready:
            if key.data.receive():
                selector.unregister(key.fileobj)
                working -= 1
    selector.close()


class _Connection:
    def __init__(self, call: Call, calls: int) -> None:
        host, _, port = call.address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(_PREFACE)
        self.calls: list[Took] = []
        self._path = call.path
        self._expected_bytes = range(call.least_bytes, call.most_bytes + 1)
        self._left = calls
        self._stream = -1
        self._buffer = b""
        self._received = 0
        self._sent = 0.0
        # A frame is its first five bytes, its stream, its payload; only the stream changes.
        headers = _frame(HEADERS, END_HEADERS, 0, _header_block(call))
        data = _frame(DATA, END_STREAM, 0, framed(call.message))
        self._parts = (
            headers[:5],
            headers[FRAME_HEADER_BYTES:] + data[:5],
            data[FRAME_HEADER_BYTES:],
        )

    def send_next(self) -> None:
        self._left -= 1
        self._stream += 2
        self._received = 0
        stream = self._stream.to_bytes(4, "big")
        self._sent = time.time()
        self.socket.sendall(stream.join(self._parts))

    def receive(self) -> bool:
        """Take what has come; True when the last call is answered."""
        came = self.socket.recv(65536)
        if not came:
            raise Failed(f"{self._path}: the server closed the connection")
        self._buffer += came
        ended = False
        for kind, flags, payload in self._frames():
            ended = self._take(kind, flags, payload) or ended
        if ended and self._left:
            self.send_next()
            return False
        return ended

    def _frames(self) -> Iterator[tuple[int, int, bytes]]:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= FRAME_HEADER_BYTES:
            end = at + FRAME_HEADER_BYTES + int.from_bytes(buffer[at : at + 3], "big")
            if end > len(buffer):
                break
            yield buffer[at + 3], buffer[at + 4], buffer[at + FRAME_HEADER_BYTES : end]
            at = end
        self._buffer = buffer[at:]

    def _take(self, kind: int, flags: int, payload: bytes) -> bool:
        """Take one frame; True where it ends a call."""
        if kind == DATA:
            self._received += len(payload)
        elif kind in {SETTINGS, PING} and not flags & ACK:
            answer = payload if kind == PING else b""
            self.socket.sendall(_frame(kind, ACK, 0, answer))
        elif kind in {RESET, GOAWAY}:
            raise Failed(f"{self._path}: the server reset the call (frame type {kind})")
        elif kind == HEADERS and flags & END_STREAM:
            self.calls.append(Took(self._sent, time.time() - self._sent))
            self._require_message()
            return True
        return False

    def _require_message(self) -> None:
        """A refused call is all trailers, without a byte of data."""
        if self._received not in self._expected_bytes:
            expected = f"{self._expected_bytes[0]} to {self._expected_bytes[-1]}"
            raise Failed(f"{self._path}: an answer has {self._received} bytes, not {expected}")


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    size = len(payload)
    return struct.pack(">BHBBI", size >> 16, size & 0xFFFF, kind, flags, stream) + payload


_PREFACE = b"".join(
    (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        _frame(SETTINGS, 0, 0, struct.pack(">HIHI", 2, 0, 4, MAX_WINDOW)),  # no push; window
        _frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", MAX_WINDOW - 65_535)),
    )
)


def _header_block(call: Call) -> bytes:
    """Headers as HPACK literals that are never indexed (RFC 7541 §6.2.2): the same every time."""
    headers = {
        ":method": "POST",
        ":scheme": "http",
        ":path": call.path,
        ":authority": call.address,
        "te": "trailers",
        "content-type": "application/grpc",
    }
    return b"".join(
        b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
        for name, value in headers.items()
    )
