"""Leaf hashes: what binds a stored event to its place in the log (RFC 9162 §2.1.1)."""

from __future__ import annotations

import hashlib
from struct import Struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry.eventstore.rows import LogRow

_U32 = Struct(">I").pack
_U64 = Struct(">Q").pack


def entry(  # noqa: PLR0913, PLR0917 - the fields of the entry, in its order
    position: int, stream: str, version: int, topic: str, recorded_at: int, state_sha256: bytes
) -> bytes:
    """Bytes that a leaf hashes: all about an event, of its content only the digest.

    0x01 ‖ u64be position ‖ lp(stream) ‖ u64be version ‖ lp(topic) ‖ u64be recorded_at ‖
    SHA-256(state); lp is the byte length as u32be, then UTF-8.
    """
    stream_bytes, topic_bytes = stream.encode(), topic.encode()
    return b"".join(
        (
            b"\x01",
            _U64(position),
            _U32(len(stream_bytes)),
            stream_bytes,
            _U64(version),
            _U32(len(topic_bytes)),
            topic_bytes,
            _U64(recorded_at),
            state_sha256,
        )
    )


def leaf_hash(  # noqa: PLR0913, PLR0917 - the fields of the entry, in its order
    position: int, stream: str, version: int, topic: str, recorded_at: int, state: bytes
) -> bytes:
    """SHA-256(0x00 ‖ entry), 32 bytes."""
    digest = hashlib.sha256(state).digest()
    return hashlib.sha256(
        b"\x00" + entry(position, stream, version, topic, recorded_at, digest)
    ).digest()


def entry_of(row: LogRow, state_sha256: bytes = b"") -> bytes:
    """Bytes that the leaf of a row hashes.

    Args:
        row: of the log.
        state_sha256: digest of its content, where that is redacted (see `redactions`).
    """
    digest = state_sha256 if row.state is None else hashlib.sha256(row.state).digest()
    return entry(row.position, row.stream, row.version, row.topic, row.recorded_at, digest)
