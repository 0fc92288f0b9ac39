"""Digest of the views at a position: the same for everybody who derives the same rows from a log.

It is of the set of all rows, in whatever order a database has them: the LtHash of Bellare and
Micciancio ("A new paradigm for collision-free hashing", 1997) with 1,024 sums of 16 bits, as
Lewi, Kim, Maykov and Weis ("Securing update propagation with homomorphic hashing", 2019) fix it,
here over SHAKE-128. docs/audit.md says which bytes a row is.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from registry.projections.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from registry.projections.store import Reading

SUMS = 1024
SUM_BYTES = 2
_AT_ONCE = 2**16 - 1
"""So many sums of 16 bits fit in 32."""
_LOW = int.from_bytes(b"\xff\xff\x00\x00" * (SUMS // 2), "little")
_OVER = int.from_bytes(b"\x00\x00\x01\x00" * (SUMS // 2), "little")
"""One more than each sum can be: so much is lent, so that none of them falls below zero."""


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

    def merge(self, other: SetHash) -> None:
        """Add all that another set has."""
        self._reduce()
        other._reduce()
        self._even, self._odd = self._even + other._even, self._odd + other._odd
        self._reduce()

    def take_out(self, other: SetHash) -> None:
        """Take out what another set has, which is in this one."""
        self._reduce()
        other._reduce()
        self._even += _OVER - other._even
        self._odd += _OVER - other._odd
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
    return state_digests(reading, [position])[position]


def state_digests(reading: Reading, positions: Collection[int]) -> dict[int, bytes]:
    """The digest of each of several positions, for little more than that of one.

    Args:
        reading: has seen the last of them.
        positions: any number of them, in any order.
    """
    places = sorted(set(positions))
    came = [SetHash() for _ in places]
    went = [SetHash() for _ in places]
    for row in _rows(reading, places[-1]) if places else ():
        *_, known_from, known_to = row
        first, end = bisect_left(places, known_from), bisect_left(places, known_to)
        if first < end:
            still = _item([*row[:-1], None])
            came[first].add(still)
            if end < len(places):
                went[end].add(still)
        if end < len(places):
            came[end].add(_item(row))
    found, digests = SetHash(), {}
    for place, new, old in zip(places, came, went, strict=True):
        found.merge(new)
        found.take_out(old)
        digests[place] = found.digest()
    return digests


def _item(row: list[object]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def _rows(reading: Reading, position: int) -> Iterator[list[Any]]:
    """Every row that was known: the name of its table, its columns, the positions of its span."""
    for table in TABLES.values():
        columns = ", ".join((*table.columns, "known_from", "known_to"))
        sql = f"SELECT {columns} FROM {table.name} WHERE known_from <= :position"  # noqa: S608 - our own names
        for row in reading.stream(sql, position=position):
            yield [table.name, *row]
