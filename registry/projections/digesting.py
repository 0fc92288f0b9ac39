"""Digest of the views at a position: the same for everybody who derives the same rows from a log.

It is of the set of all rows, in whatever order a database has them: the LtHash of Bellare and
Micciancio ("A new paradigm for collision-free hashing", 1997) with 1,024 sums of 16 bits, as
Lewi, Kim, Maykov and Weis ("Securing update propagation with homomorphic hashing", 2019) fix it,
here over SHAKE-128. docs/audit.md says which bytes a row is.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from registry.projections.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.projections.store import Reading

SUMS = 1024
SUM_BYTES = 2
_AT_ONCE = 2**16 - 1
"""So many sums of 16 bits fit in 32."""
_LOW = int.from_bytes(b"\xff\xff\x00\x00" * (SUMS // 2), "little")


class SetHash:
    """Hash of a set of byte strings, of which each counts once for every time it is added."""

    def __init__(self) -> None:
        """Begin with the empty set."""
        # Every other sum is kept in 32 bits of one large number, so that they are added at once.
        self._even = self._odd = 0
        self._added = 0

    def add(self, item: bytes) -> None:
        """Add one."""
        data = hashlib.shake_128(item).digest(SUMS * SUM_BYTES)
        sums = int.from_bytes(data, "little")
        self._even += sums & _LOW
        self._odd += sums >> 16 & _LOW
        self._added += 1
        if self._added == _AT_ONCE:
            self._reduce()

    def digest(self) -> bytes:
        """SHA-256 of the sums, each little endian: 32 bytes."""
        self._reduce()
        sums = self._even | self._odd << 16
        return hashlib.sha256(sums.to_bytes(SUMS * SUM_BYTES, "little")).digest()

    def _reduce(self) -> None:
        self._even, self._odd, self._added = self._even & _LOW, self._odd & _LOW, 1


def state_digest(reading: Reading, position: int) -> bytes:
    """Digest of all that the views knew at a position and before.

    Args:
        reading: has seen the position.
        position: up to which it is.
    """
    found = SetHash()
    for row in _rows(reading, position):
        found.add(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode())
    return found.digest()


def _rows(reading: Reading, position: int) -> Iterator[list[object]]:
    """Every row as it was: the name of its table, its columns, and the positions of its span."""
    for table in TABLES.values():
        columns = ", ".join((*table.columns, "known_from", "known_to"))
        sql = f"SELECT {columns} FROM {table.name} WHERE known_from <= :position"  # noqa: S608 - our own names
        for *row, known_to in reading.stream(sql, position=position):
            yield [table.name, *row, known_to if known_to <= position else None]
