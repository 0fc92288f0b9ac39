"""Tree: root hashes and proofs of every size of a log (RFC 9162 §2.1).

Of the leaves, which are in the log, it keeps none: of every full subtree of 256 leaves, of 256
such subtrees, and so on, it keeps the root. What lies between is hashed where it is asked for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from registry.ledger.verify import EMPTY_ROOT, node_hash, subtree_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
REMEMBERED = 4096
"""Roots of subtrees that were asked for, of any size."""
REMEMBERED_TILES = 16
"""Leaves that were read, 256 each."""


class Tree:
    """Grows with its log, and answers of every size it has had."""

    def __init__(self, read_leaves: Callable[[int, int], Sequence[bytes]]) -> None:
        """Begin with no leaf.

        Args:
            read_leaves: answers the leaf hashes from an index up to another (exclusive).
        """
        self.size = 0
        self._levels: list[list[bytes]] = []
        self._tail: list[bytes] = []
        self._tile = lru_cache(REMEMBERED_TILES)(
            lambda number: read_leaves(number * TILE_WIDTH, (number + 1) * TILE_WIDTH)
        )
        self._subtree = lru_cache(REMEMBERED)(self._hash_subtree)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes at the end."""
        for leaf in leaves:
            self._tail.append(leaf)
            self.size += 1
            if len(self._tail) == TILE_WIDTH:
                self._close_tile()

    def root(self, size: int | None = None) -> bytes:
        """Root hash, of a size it has had."""
        size = self.size if size is None else size
        return self._hash(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Proof that the leaf of an index is in the tree of a size (§2.1.3.1)."""
        proof, begin, end = [], 0, size
        while end - begin > 1:
            middle = begin + _split(end - begin)
            if index < middle:
                proof.append((middle, end))
                end = middle
            else:
                proof.append((begin, middle))
                begin = middle
        return [self._hash(*part) for part in reversed(proof)]

    def consistency(self, old: int, size: int) -> list[bytes]:
        """Proof that the tree of a size begins with that of an older one (§2.1.4.1)."""
        if old in {0, size}:
            return []
        proof, begin, end = [], 0, size
        while end != old:
            middle = begin + _split(end - begin)
            if old <= middle:
                proof.append((middle, end))
                end = middle
            else:
                proof.append((begin, middle))
                begin = middle
        if begin:  # else the old root is known to who asks
            proof.append((begin, end))
        return [self._hash(*part) for part in reversed(proof)]

    def leaves(self, begin: int, end: int) -> Sequence[bytes]:
        """Leaf hashes from an index up to another (exclusive), both of one tile."""
        tile, first = divmod(begin, TILE_WIDTH)
        in_tail = tile == self.size // TILE_WIDTH
        leaves = self._tail if in_tail else self._tile(tile)
        return leaves[first : first + end - begin]

    def _close_tile(self) -> None:
        """Keep the root of the leaves at the end, and of each tile that it fills."""
        full, self._tail = self._tail, []
        for level in range(len(self._levels) + 1):
            if level == len(self._levels):
                self._levels.append([])
            hashes = self._levels[level]
            hashes.append(subtree_root(full))
            if len(hashes) % TILE_WIDTH:
                return
            full = hashes[-TILE_WIDTH:]

    def _hash(self, begin: int, end: int) -> bytes:
        """Hash of the leaves from an index up to another, which are a node of some tree."""
        width = end - begin
        if not width & (width - 1):
            return self._subtree(width.bit_length() - 1, begin // width)
        middle = begin + _split(width)
        return node_hash(self._hash(begin, middle), self._hash(middle, end))

    def _hash_subtree(self, height: int, number: int) -> bytes:
        """Root of a full subtree: the n-th of its height."""
        level, above = divmod(height, TILE_HEIGHT)
        begin, end = number << above, (number + 1) << above
        if level:
            return subtree_root(self._levels[level - 1][begin:end])
        return subtree_root(self.leaves(begin, end))


def _split(width: int) -> int:
    """Largest power of two that is smaller."""
    return 1 << (width - 1).bit_length() - 1
