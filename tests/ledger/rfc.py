"""The tree of RFC 9162 §2.1 once more, written from its text alone: slow, and plainly right."""

from functools import cache
from hashlib import sha256


def split(n):
    """Largest power of two smaller than n."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


class Naive:
    """The definitions of the text over a list of entries d[0:n]."""

    def __init__(self, entries):
        self.leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
        self.mth = cache(self._mth)

    def _mth(self, start, end):
        """MTH(D[start:end])."""
        n = end - start
        if n == 0:
            return sha256(b"").digest()
        if n == 1:
            return self.leaves[start]
        k = start + split(n)
        return sha256(b"\x01" + self.mth(start, k) + self.mth(k, end)).digest()

    def path(self, m, start, end):
        """PATH(m, D[start:end])."""
        n = end - start
        if n == 1:
            return []
        k = split(n)
        if m < k:
            return [*self.path(m, start, start + k), self.mth(start + k, end)]
        return [*self.path(m - k, start + k, end), self.mth(start, start + k)]

    def proof(self, m, n):
        """PROOF(m, D[0:n])."""
        return self.subproof(m, 0, n, whole=True)

    def subproof(self, m, start, end, *, whole):
        """SUBPROOF(m, D[start:end], whole)."""
        n = end - start
        if m == n:
            return [] if whole else [self.mth(start, end)]
        k = split(n)
        if m <= k:
            return [*self.subproof(m, start, start + k, whole=whole), self.mth(start + k, end)]
        return [
            *self.subproof(m - k, start + k, end, whole=False),
            self.mth(start, start + k),
        ]
