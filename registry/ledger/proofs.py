"""Proofs: that an event is in a signed log, and that one log begins with another.

Sources: RFC 9162 §2.1.3 and §2.1.4, and C2SP tlog-proof. They are checked as `verify` checks a
bundle: without network and database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from registry.ledger.verify import (
    EMPTY_ROOT,
    Checkpoint,
    Entry,
    NotChecked,
    Tampered,
    VerifierKey,
    from_base64,
    hash_of,
    keys_of,
    leaf_hash,
    node_hash,
    note_text,
    number_of,
    open_checkpoint,
    open_note,
    to_base64,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STATE = "/state"
"""Behind the origin, in the first line of a statement about the views."""
PROOF_HEADER = "c2sp.org/tlog-proof@v1"


def includes(root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a leaf is in a tree, by an inclusion proof (§2.1.3.2).

    Args:
        root: of the tree.
        size: leaves of the tree.
        index: of the leaf, from 0.
        leaf: its hash.
        proof: from the sibling of the leaf to the child of the root.
    """
    if not 0 <= index < size:
        return False
    number, last, found = index, size - 1, leaf
    for other in proof:
        if not last:
            return False
        if number & 1 or number == last:
            found = node_hash(other, found)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, other)
        number, last = number >> 1, last >> 1
    return not last and found == root


def continues(
    old_root: bytes, old_size: int, root: bytes, size: int, proof: Sequence[bytes]
) -> bool:
    """Whether a tree begins with an older one, by a consistency proof (§2.1.4.2).

    Args:
        old_root: of the older tree.
        old_size: its leaves.
        root: of the tree.
        size: its leaves.
        proof: of the one to the other.
    """
    if not 0 <= old_size <= size:
        return False
    if old_size in {0, size}:
        return not proof and old_root == (EMPTY_ROOT if not old_size else root)
    path = [old_root, *proof] if not old_size & (old_size - 1) else list(proof)
    if not path:
        return False
    number, last = old_size - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old, new = path[0], path[0]
    for other in path[1:]:
        if not last:
            return False
        if number & 1 or number == last:
            old, new = node_hash(other, old), node_hash(other, new)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            new = node_hash(new, other)
        number, last = number >> 1, last >> 1
    return not last and old == old_root and new == root


@dataclass(frozen=True)
class Proof:
    """That an entry is in a log, to be kept and checked without the log (tlog-proof)."""

    index: int
    """Of the entry, from 0: its position less one."""
    hashes: tuple[bytes, ...]
    note: str
    """The signed checkpoint."""
    extra: bytes = b""
    """The entry itself."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a proof.

        Raises:
            NotChecked: for what is none.
        """
        head, separator, note = text.partition("\n\n")
        lines = head.split("\n")
        if not separator or lines[0] != PROOF_HEADER:
            raise NotChecked(f"no proof: it begins with {PROOF_HEADER}")
        del lines[0]
        extra = b""
        if lines and lines[0].startswith("extra "):
            extra = from_base64(lines.pop(0).removeprefix("extra "))
        word, _, index = (lines or [""])[0].partition(" ")
        if word != "index":
            raise NotChecked("no proof: it does not name its index")
        return cls(number_of(index), tuple(hash_of(line) for line in lines[1:]), note, extra)

    def text(self) -> str:
        """Write it."""
        lines = [PROOF_HEADER, f"index {self.index}", *map(to_base64, self.hashes)]
        if self.extra:
            lines.insert(1, f"extra {to_base64(self.extra)}")
        return "\n".join(lines) + "\n\n" + self.note

    def check(self, keys: Iterable[VerifierKey]) -> tuple[Entry, Checkpoint]:
        """Check that the log of the keys has the entry; it, and the checkpoint that says so.

        Raises:
            Tampered: where it has not.
            NotChecked: where none of the keys signed the checkpoint.
        """
        checkpoint = open_checkpoint(self.note, keys)
        leaf = leaf_hash(self.extra)
        if not includes(checkpoint.root, checkpoint.size, self.index, leaf, self.hashes):
            raise Tampered("the signed log has another event here", self.index + 1)
        return Entry.parse(self.extra, self.index + 1), checkpoint


class State(NamedTuple):
    """What the views are at a position, as signed."""

    origin: str
    """Of the log that they are derived from."""
    position: int
    view_version: int
    """Version of the code that makes them."""
    digest: bytes

    @classmethod
    def open(cls, note: str, keys: Iterable[VerifierKey]) -> Self:
        """Read a statement that one of the keys signed.

        Raises:
            Tampered, NotChecked: see `open_note`; for what is no such statement.
        """
        state = cls.parse(note)
        open_note(note, keys_of(state.origin, keys))
        return state

    @classmethod
    def parse(cls, note: str) -> Self:
        """Read a statement, whoever signed it.

        Raises:
            NotChecked: for what is none.
        """
        lines = note_text(note).split("\n")
        origin = lines[0].removesuffix(STATE)
        if len(lines) != 5 or lines[0] == origin:  # noqa: PLR2004 - its form
            raise NotChecked("no statement about views")
        return cls(origin, number_of(lines[1]), number_of(lines[2]), hash_of(lines[3]))

    def text(self) -> str:
        """Write it as it is signed."""
        lines = (self.origin + STATE, self.position, self.view_version, to_base64(self.digest))
        return "".join(f"{line}\n" for line in lines)


def command_line(kept: Any) -> str:
    """The line of commands.csv of a command, as the log has it or as it is sent."""
    fields = (
        *(kept.request_id, kept.first_position, kept.last_position, kept.decided_position),
        *(kept.stream, kept.version, kept.fingerprint_version, kept.fingerprint.hex()),
    )
    return ",".join(map(str, fields)) + "\n"
