"""Verify: whether a history is the one that was signed; for auditors, who trust nobody.

This module is all it takes, with `cryptography` and the messages of the log: no network, no
database, no other code of the registry's, but that by which a second processor helps (meanwhile).
Its sources are RFC 9162 §2.1 (the tree), and of C2SP signed-note, tlog-checkpoint, tlog-proof and
tlog-tiles (how it is signed, proven and laid out).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import io
import json
from array import array
from functools import lru_cache
from operator import itemgetter
from struct import Struct
from struct import error as StructError  # noqa: N812 - it is one
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from google.protobuf.message import DecodeError

from registry.events.v1.envelope_pb2 import Envelope
from registry.events.v1.store_pb2 import EventRedacted
from registry.ledger.meanwhile import Ended, meanwhile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

HASH_BYTES = 32
MAX = 2**63 - 1
"""The largest position, version and time (microseconds) there can be."""
TILE_WIDTH = 256
SUMMED = (
    *("checkpoint", "checkpoints.ndjson", "commands", "commands.csv"),
    *("digests.ndjson", "policy", "state"),
)
"""Files of a bundle beside the tree."""
COMMAND_FIELDS = (
    *("id", "first_position", "last_position", "decided_position"),
    *("stream", "version", "fingerprint_version", "fingerprint"),
)
"""Columns of commands.csv (docs/log.md); none of them ever has a comma or a quote."""
COMMANDS_HEADER = ",".join(COMMAND_FIELDS) + "\n"
ED25519 = b"\x01"
"""The signature type of signed-note."""
REDACTED = EventRedacted.DESCRIPTOR.full_name.encode()
"""Type of the events that say which content was deleted."""
LARGE = 10_000
"""Events of a bundle for which a second processor is taken, where there is one."""

_LATEST = Struct(">Q").pack(MAX)
_U32 = Struct(">I").pack
_U64 = Struct(">Q").pack
_ENTRY_LENGTH, _STATE_LENGTH = Struct(">H"), Struct(">I")
_LENGTH = _STATE_LENGTH.unpack_from
_NUMBER = Struct(">Q").unpack_from
_BEGIN = Struct(">BQI").unpack_from  # of an entry: 1, position, length of the stream
_MIDDLE = Struct(">QI").unpack_from  # behind the stream: version, length of the topic
_sha256 = hashlib.sha256
_from_string = Envelope.FromString


class Tampered(Exception):
    """It is not what was signed; says what is wrong, and at which position where that is known."""

    def __init__(self, what: str, position: int = 0) -> None:
        super().__init__(f"position {position}: {what}" if position else what)
        self.position = position


class NotChecked(Exception):
    """It cannot be said whether it is what was signed: a key, a file or a line is missing."""


# -- the tree (RFC 9162 §2.1) ----------------------------------------------------------


def entry(  # noqa: PLR0913, PLR0917 - the fields of the entry, in its order
    position: int, stream: str, version: int, topic: str, recorded_at: int, state_sha256: bytes
) -> bytes:
    """What is hashed of an event (docs/log.md)."""
    stream_bytes, topic_bytes = stream.encode(), topic.encode()
    return b"".join(
        (
            *(b"\x01", _U64(position), _U32(len(stream_bytes)), stream_bytes, _U64(version)),
            *(_U32(len(topic_bytes)), topic_bytes, _U64(recorded_at), state_sha256),
        )
    )


class Entry(NamedTuple):
    """What is hashed of an event."""

    position: int
    stream: str
    version: int
    topic: str
    recorded_at: int
    state_sha256: bytes

    @classmethod
    def parse(cls, data: bytes, position: int) -> Self:
        """Read the bytes of an entry.

        Raises:
            Tampered: where they are none of that position.
        """
        try:
            after = 13 + _LENGTH(data, 9)[0]
            topic = after + 12
            end = topic + _LENGTH(data, after + 8)[0]
            fields = (
                *(_NUMBER(data, 1)[0], data[13:after].decode(), _NUMBER(data, after)[0]),
                *(data[topic:end].decode(), _NUMBER(data, end)[0], data[end + 8 :]),
            )
        except (StructError, UnicodeDecodeError):
            fields = None
        if not fields or data[:1] != b"\x01" or len(fields[5]) != HASH_BYTES or fields[4] > MAX:
            raise Tampered("the entry is none", position)
        if fields[0] != position:
            raise Tampered(f"the entry is that of position {fields[0]}", position)
        return cls(*fields)


def leaf_hash(data: bytes) -> bytes:
    """Hash of the leaf of an entry."""
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of a node with two children."""
    return _sha256(b"\x01" + left + right).digest()


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """Root of a full subtree: of 1, 2, 4, 8 ... hashes."""
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [_sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return hashes[0]


@lru_cache(maxsize=64)
def _kept_root(hashes: tuple[bytes, ...]) -> bytes:
    """The same, kept: the trees of checkpoints near each other have most subtrees in common."""
    return subtree_root(hashes)


EMPTY_ROOT = _sha256().digest()


class Tiles:
    """A tree that grows, and gives out the tiles of its hashes (tlog-tiles) as they are full."""

    def __init__(self, give: Callable[[int, int, Sequence[bytes]], None]) -> None:
        """Begin with no leaf; each tile is given with its level, its number and its hashes."""
        self.size = 0
        self._give = give
        self._levels: list[list[bytes]] = [[]]

    def add(self, leaf: bytes) -> None:
        """Add a leaf hash."""
        self.extend((leaf,))

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add leaf hashes, no more than the tile that is begun has room for."""
        self.size += len(leaves)
        level, hashes = 0, self._levels[0]
        hashes.extend(leaves)
        while len(hashes) == TILE_WIDTH:
            self._give(level, self.size // TILE_WIDTH ** (level + 1) - 1, hashes)
            self._levels[level] = []
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            above = self._levels[level]
            above.append(subtree_root(hashes))
            hashes = above

    def root(self) -> bytes:
        """Root hash of what was added."""
        roots: list[bytes] = []
        for hashes in reversed(self._levels):
            begin = 0
            for bit in reversed(range(TILE_WIDTH.bit_length())):
                if len(hashes) >> bit & 1:
                    roots.append(_kept_root(tuple(hashes[begin : begin + (1 << bit)])))
                    begin += 1 << bit
        if not roots:
            return EMPTY_ROOT
        root = roots.pop()
        while roots:
            root = node_hash(roots.pop(), root)
        return root

    def finish(self) -> None:
        """Give the tiles that are not full."""
        for level, hashes in enumerate(self._levels):
            if hashes:
                self._give(level, self.size // TILE_WIDTH ** (level + 1), hashes)


def tile_path(level: int | str, number: int, width: int) -> str:
    """Where a tile is, from the top of its log (tlog-tiles).

    Args:
        level: of hashes, or "entries".
        number: of the tile in its level.
        width: of what is in it, 1 to 256.
    """
    parts = [f"{number % 1000:03}"]
    while number := number // 1000:
        parts.insert(0, f"x{number % 1000:03}")
    path = f"tile/{level}/{'/'.join(parts)}"
    return path if width == TILE_WIDTH else f"{path}.p/{width}"


def states_path(number: int, width: int) -> str:
    """Where the contents of the events of a tile of entries are, from the top of a bundle."""
    return tile_path("entries", number, width).replace("tile/entries", "states", 1)


# -- signed notes and checkpoints ------------------------------------------------------


class VerifierKey(NamedTuple):
    """A public key, and the name it signs by."""

    name: str
    key_id: bytes
    """4 bytes that tell apart the keys of a name."""
    public: bytes
    """Ed25519, 32 bytes."""

    @classmethod
    def of(cls, name: str, public: bytes) -> Self:
        """The key of a name."""
        key_id = _sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]
        return cls(name, key_id, public)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name+id+key`, as printed.

        Raises:
            NotChecked: for what is no key, or not of its name.
        """
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            data = base64.b64decode(encoded, validate=True)
        except ValueError:  # also where it is no ASCII
            data = b""
        key = cls.of(name, data[1:])
        if data[:1] != ED25519 or len(data) != 1 + HASH_BYTES or key.key_id.hex() != key_id:
            raise NotChecked(f"{text.strip()!r} is no verifier key: name+id+key")
        return key

    def __str__(self) -> str:
        """Write it as `name+id+key`."""
        encoded = base64.b64encode(ED25519 + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether it signed a text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


class Checkpoint(NamedTuple):
    """The size and the root of a log, as signed."""

    origin: str
    """Which log it is."""
    size: int
    """Events of the log: its last position."""
    root: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a checkpoint, without its signatures.

        Raises:
            NotChecked: for what is none.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):  # noqa: PLR2004 - three lines
            raise NotChecked("no checkpoint: three lines are origin, size and root")
        origin, size, root = lines[:3]
        return cls(origin, number_of(size), hash_of(root))

    def text(self) -> str:
        """Write it as it is signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


def commands_text(origin: str, size: int, digest: bytes) -> str:
    """What is signed of the commands up to a position: the SHA-256 of commands.csv."""
    return f"{origin}/commands\n{size}\n{to_base64(digest)}\n"


def note_text(note: str) -> str:
    """Text of a note, whoever signed it."""
    return note.rpartition("\n\n")[0] + "\n"


def open_note(note: str, keys: Iterable[VerifierKey], what: str = "it") -> str:
    """Text of a signed note, which one of the keys signed; `what` to call it.

    Raises:
        Tampered: where the signature of one of the keys is not of this text.
        NotChecked: where none of the keys signed it, or it is no note.
    """
    text, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise NotChecked(f"{what} is no signed note: text, an empty line, and signatures")
    text += "\n"
    known = {(key.name, key.key_id): key for key in keys}
    signed = False
    for line in signatures[:-1].split("\n"):
        name, signature = _signature(line)
        key = known.get((name, signature[:4]))
        if key is None:
            continue
        if not key.signed(text, signature[4:]):
            raise Tampered(f"{what} is not the text that {name} signed")
        signed = True
    if not signed:
        raise NotChecked(f"none of the keys that are trusted signed {what}")
    return text


def open_checkpoint(
    note: str, keys: Iterable[VerifierKey], what: str = "the checkpoint"
) -> Checkpoint:
    """Checkpoint that one of the keys of its log signed; `what` to call it.

    Raises:
        Tampered, NotChecked: see `open_note`.
    """
    checkpoint = Checkpoint.parse(note_text(note))
    open_note(note, keys_of(checkpoint.origin, keys), what)
    return checkpoint


def keys_of(origin: str, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
    """Those of the keys that sign for a log.

    Raises:
        NotChecked: where there are none.
    """
    found = [key for key in keys if key.name == origin]
    if not found:
        raise NotChecked(f"it is of the log {origin}, of which no key is trusted")
    return found


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "\u2014" or not name:
        raise NotChecked(f"no signature: {line!r}")
    return name, from_base64(encoded)


def number_of(text: str) -> int:
    """Read a number, a position or a size, that is written in the one way there is.

    Raises:
        NotChecked: for anything else.
    """
    digits = text.isascii() and text.isdecimal() and len(text) <= len(str(MAX))
    if not digits or str(int(text)) != text or int(text) > MAX:
        raise NotChecked(f"{text[:40]!r} is no number")
    return int(text)


def to_base64(data: bytes) -> str:
    """Encode as the formats do."""
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes:
    """Decode what is encoded in the one way there is.

    Raises:
        NotChecked: for anything else.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = None
    if data is None or to_base64(data) != text:
        raise NotChecked(f"{text!r} is not base64")
    return data


def hash_of(text: str) -> bytes:
    """Decode a hash.

    Raises:
        NotChecked: for anything else.
    """
    data = from_base64(text)
    if len(data) != HASH_BYTES:
        raise NotChecked(f"{text!r} is no hash")
    return data


# -- a bundle: the whole log, offline --------------------------------------------------


class Verified(NamedTuple):
    """What was verified of a bundle."""

    checkpoint: Checkpoint
    """It has the whole log."""
    redacted: tuple[int, ...]
    """Positions of events of which only the digest is left, as later events say."""
    checkpoints: int
    """Sizes of the checkpoints that the log agrees with."""
    commands: int
    """Commands that were carried out."""


def verify(
    bundle: Path, keys: Iterable[VerifierKey], kept: Mapping[str, str] | None = None
) -> Verified:
    """Verify a bundle from its first byte to its last.

    Args:
        bundle: directory that `registryctl audit export` made.
        keys: verifier keys that are trusted.
        kept: signed checkpoints that were kept elsewhere, by what to call them.

    Raises:
        Tampered: where something is not what was signed; the first position of it.
        NotChecked: where none of the keys signed it, or it is no bundle.
    """
    keys = tuple(keys)
    checkpoint = open_checkpoint(_text(bundle / "checkpoint"), keys)
    contents = _Contents(bundle, checkpoint, keys)
    # A fork for a small bundle would take longer than the whole of it.
    beside = meanwhile if checkpoint.size >= LARGE else contextlib.nullcontext
    with beside(contents.check) as check_contents:
        older = _older(bundle, keys, kept or {})
        _Log(bundle, checkpoint, older).check()
        _check_states(bundle, checkpoint, keys)
        try:
            redacted, commands = check_contents()
        except Ended as error:
            raise NotChecked("the process that read the contents was ended") from error
    return Verified(checkpoint, redacted, len({each.size for each, _ in older}), commands)


def _older(
    bundle: Path, keys: Sequence[VerifierKey], kept: Mapping[str, str]
) -> list[tuple[Checkpoint, str]]:
    """Checkpoints that the log has to continue, with what to call them."""
    found = [(open_checkpoint(note, keys, name), name) for name, note in kept.items()]
    for number, row in enumerate(read_rows(bundle / "checkpoints.ndjson"), 1):
        name = f"line {number} of checkpoints.ndjson"
        try:
            # Whoever signed it, perhaps with a key that is retired: the root has to be the one.
            found.append((Checkpoint.parse(note_text(row["note"])), name))
        except (KeyError, TypeError, AttributeError, NotChecked) as error:
            raise Tampered(f"{name} is no checkpoint") from error
    return found


def _check_sums(bundle: Path) -> dict[str, bytes]:
    """Compare the files beside the tree, whose bytes it does not bind, with their digests."""
    said, found = _text(bundle / "SHA256SUMS"), {}
    for name in SUMMED:
        found[name] = _sha256(_bytes(bundle / name)).digest()
        line = f"{found[name].hex()}  {name}\n"
        if not said.startswith(line):
            raise Tampered(f"{name} is not what SHA256SUMS says")
        said = said.removeprefix(line)
    if said:
        raise Tampered(f"SHA256SUMS is of more than {', '.join(SUMMED)}")
    return found


def _check_states(bundle: Path, checkpoint: Checkpoint, keys: Sequence[VerifierKey]) -> None:
    """See that what is said of the views is of this log: of its end, and of positions in it."""
    note = _text(bundle / "state")
    if _state_position("state", note, checkpoint) != checkpoint.size:
        raise Tampered("state is not of the end of the bundle")
    open_note(note, keys_of(checkpoint.origin, keys), "state")
    for number, row in enumerate(read_rows(bundle / "digests.ndjson"), 1):
        name = f"line {number} of digests.ndjson"
        try:
            note = row["note"]
            _state_position(name, note, checkpoint)
        except (KeyError, TypeError, AttributeError) as error:
            raise Tampered(f"{name} is no digest of the views") from error
        # Whoever signed it, perhaps with a key that is retired: a replay compares it all the same.
        with contextlib.suppress(NotChecked):
            open_note(note, keys, name)


def _state_position(name: str, note: str, checkpoint: Checkpoint) -> int:
    """The position that a statement about the views is of, which has to be of this log."""
    try:
        origin, said, version, digest = note_text(note)[:-1].split("\n")
        position, *_ = number_of(said), number_of(version), hash_of(digest)
    except (ValueError, NotChecked) as error:
        raise Tampered(f"{name} is no digest of the views") from error
    if origin != f"{checkpoint.origin}/state":
        raise Tampered(f"{name} is of another log, {origin}")
    if not 0 < position <= checkpoint.size:
        raise Tampered(f"{name} is of position {position}, which is not in the bundle")
    return position


class _Log:
    """The events as they were signed: each as the next one, and all of them as one tree."""

    def __init__(
        self, bundle: Path, checkpoint: Checkpoint, older: Sequence[tuple[Checkpoint, str]]
    ) -> None:
        self._bundle = bundle
        self._checkpoint = checkpoint
        self._roots: dict[int, list[tuple[bytes, str]]] = {}
        for each, name in older:
            if each.origin != checkpoint.origin:
                raise Tampered(f"{name} is of another log, {each.origin}")
            if each.size > checkpoint.size:
                raise Tampered(
                    f"{name} is of {each.size} events: the bundle, of {checkpoint.size}, has lost"
                    " some or is older",
                    checkpoint.size + 1,
                )
            self._roots.setdefault(each.size, []).append((each.root, name))
        self._tiles = Tiles(self._compare)
        self._versions: dict[bytes, int] = {}
        self._before = b""
        self._read: set[str] = set()
        """Files of the tree."""

    def check(self) -> None:
        """Hash everything, and compare it with what was signed."""
        bundle, size, tiles = self._bundle, self._checkpoint.size, self._tiles
        self._check_root()
        for tile in _tiles(size):
            first, entries, states = tile.first, tile.entries(bundle), tile.states(bundle)
            begin, last = 0, tile.width
            self._read |= {tile.entries_path, tile.states_path}
            stops = [place for place in range(1, last) if first + place in self._roots]
            for end in (*stops, last):
                events = entries[begin:end]
                self._check_events(first + begin, events, states[begin:end])
                tiles.extend([_sha256(b"\x00" + data).digest() for data in events])
                self._check_root()
                begin = end
        tiles.finish()
        self._require_no_others()
        if tiles.root() != self._checkpoint.root:
            raise Tampered(
                f"the events are not those of the signed checkpoint of {size}; compare with an"
                " older checkpoint to see from where on"
            )

    def _require_no_others(self) -> None:
        """Refuse tiles that are none of this log: other readers might take them for it."""
        for top in ("tile", "states"):
            for path in (self._bundle / top).rglob("*"):
                name, link = path.relative_to(self._bundle).as_posix(), path.is_symlink()
                hidden = path.name.startswith(".") and not link  # no tile's name, as .DS_Store
                if (link or not path.is_dir()) and name not in self._read and not hidden:
                    raise Tampered(f"{name} is no part of it")

    def _check_events(self, before: int, entries: Sequence[bytes], states: Sequence[bytes]) -> None:
        """Check the events after a position: each by itself, and as the next one of its stream."""
        position, versions, recorded_before = before, self._versions, self._before
        try:
            for data, state in zip(entries, states, strict=True):
                position += 1
                # Where the parts lie; to parse the entry would take longer than to hash it.
                kind, number, length = _BEGIN(data)
                after = 13 + length
                version, length = _MIDDLE(data, after)
                end = after + 12 + length
                if kind != 1 or number != position or len(data) != end + 40:
                    Entry.parse(data, position)
                stream, recorded_at = data[13:after], data[end : end + 8]
                if version != versions.get(stream, 0) + 1:
                    name = f"version {version} of {stream.decode(errors='replace')}"
                    raise Tampered(f"it is {name}, not the next one", position)
                if version == 1:
                    stream.decode()
                if not recorded_before < recorded_at <= _LATEST:
                    raise Tampered("its time is not one after that of the one before it", position)
                versions[stream], recorded_before = version, recorded_at
                if state and _sha256(state).digest() != data[-HASH_BYTES:]:
                    raise Tampered("its content is not what was recorded", position)
        except (StructError, UnicodeDecodeError) as error:
            raise Tampered("it cannot be read", position) from error
        self._before = recorded_before

    def _check_root(self) -> None:
        size = self._tiles.size
        for root, name in self._roots.get(size, ()):
            if self._tiles.root() != root:
                raise Tampered(f"up to here it is not what {name} says", size)

    def _compare(self, level: int, number: int, hashes: Sequence[bytes]) -> None:
        path = tile_path(level, number, len(hashes))
        self._read.add(path)
        first = number * TILE_WIDTH ** (level + 1)
        stored = _read_part(self._bundle, path, first)
        if stored == b"".join(hashes):
            return
        for place, found in enumerate(hashes):
            if stored[place * HASH_BYTES : (place + 1) * HASH_BYTES] != found:
                wrong = first + place * TILE_WIDTH**level + 1
                raise Tampered(f"{path} is not the hash of what is there", wrong)
        raise Tampered(f"{path} has more than its {len(hashes)} hashes", first + 1)


class _Contents:
    """What the events say: of which command each is, and what was redacted."""

    def __init__(self, bundle: Path, checkpoint: Checkpoint, keys: Sequence[VerifierKey]) -> None:
        self._bundle = bundle
        self._checkpoint = checkpoint
        self._keys = keys
        self._first: dict[str, int] = {}
        """Position of the first event of each command."""
        self._last = array("Q", [0])
        """Position of the last event of a command, by that of its first."""
        self._missing: dict[tuple[str, int], tuple[int, bytes]] = {}
        """Position and digest of the events without content, by stream and version."""
        self._redacted: set[int] = set()
        """Positions that a later event says are redacted."""

    def check(self) -> tuple[tuple[int, ...], int]:
        """Read every content once, in order, and compare them with each other and the commands.

        Positions of what was redacted, and the number of commands.
        """
        self._check_signed(_check_sums(self._bundle)["commands.csv"])
        self._read()
        for position, _ in self._missing.values():
            if position not in self._redacted:
                what = "its content is missing, and no event says that it was redacted"
                raise Tampered(what, position)
        return tuple(sorted(self._redacted)), self._check_commands()

    def _check_signed(self, digest: bytes) -> None:
        """See that the commands are those that were signed: not all of them is in the events."""
        origin, size, _ = self._checkpoint
        text = open_note(_text(self._bundle / "commands"), keys_of(origin, self._keys), "commands")
        if text != commands_text(origin, size, digest):
            raise Tampered("commands.csv is not what was signed, as commands says")

    def _read(self) -> None:
        first, last = self._first, self._last
        for tile in _tiles(self._checkpoint.size):
            position, states = tile.first, tile.states(self._bundle)
            last.frombytes(bytes(last.itemsize * tile.width))
            try:
                for position, state in enumerate(states, tile.first + 1):
                    command = _from_string(state).metadata.command_id
                    if command:
                        last[first.setdefault(command, position)] = position
            except DecodeError as error:
                raise Tampered("it cannot be read", position) from error
            if b"" in states or REDACTED in tile.read(self._bundle, tile.entries_path):
                self._check_redactions(tile, states)

    def _check_commands(self) -> int:
        first, last, count = self._first, self._last, 0
        before = ""
        for count, row in enumerate(read_commands(self._bundle), 1):
            command, begin, end = row[0], row[1], row[2]
            if command <= before:
                said = f"line {count + 1} of commands.csv has {command} behind {before}"
                raise Tampered(said)
            before, found = command, first.pop(command, 0)
            if begin != str(found) or end != str(last[found]):
                said = f"line {count + 1} of commands.csv says the events of {command} are"
                said = f"{said} {begin} to {end}, they are {found} to {last[found]}"
                raise Tampered(said, found)
        for command, position in sorted(first.items(), key=itemgetter(1)):
            raise Tampered(f"commands.csv lacks {command}", position)
        return count

    def _check_redactions(self, tile: _Tile, states: Sequence[bytes]) -> None:
        """Keep what has no content; compare what says so with it."""
        for position, data in enumerate(tile.entries(self._bundle), tile.first + 1):
            of, state = Entry.parse(data, position), states[position - tile.first - 1]
            if not state:
                self._missing[of.stream, of.version] = position, of.state_sha256
            if of.topic == REDACTED.decode():
                self._check_redaction(of, state)

    def _check_redaction(self, of: Entry, state: bytes) -> None:
        if not state:
            what = "what says that another is redacted cannot be redacted"
            raise Tampered(what, of.position)
        try:
            said = EventRedacted.FromString(_from_string(state).payload)
        except DecodeError as error:
            raise Tampered("it cannot be read", of.position) from error
        name = f"version {said.version} of {of.stream}"
        place, digest = self._missing.get((of.stream, said.version), (0, b""))
        if not place:
            there = 0 < said.version < of.version
            what = "the content of which is there" if there else "not before it"
            raise Tampered(f"it says that {name} is redacted, {what}", of.position)
        if said.state_sha256 != digest:
            raise Tampered(f"it says that another content of {name} was redacted", of.position)
        self._redacted.add(place)
        if said.command_id:
            self._add(said.command_id, place)

    def _add(self, command: str, position: int) -> None:
        """Take an event for one of a command, of which later ones may be known already."""
        first = self._first.get(command, position)
        last = self._last[first]
        self._first[command] = begin = min(first, position)
        self._last[begin] = max(last, position)


def read_events(bundle: Path, size: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Every event of a bundle, unchecked: position, entry, content (empty where redacted).

    Raises:
        Tampered: where a file is missing or not whole.
    """
    for tile in _tiles(size):
        places = range(tile.first + 1, tile.first + tile.width + 1)
        yield from zip(places, tile.entries(bundle), tile.states(bundle), strict=True)


def read_commands(bundle: Path) -> Iterator[list[str]]:
    """The commands of a bundle, unchecked, by their ids: the COMMAND_FIELDS of each.

    Raises:
        Tampered: for a line that is none.
        NotChecked: where the file cannot be read.
    """
    path = bundle / "commands.csv"
    with _reading(path) as file:
        lines = io.TextIOWrapper(file, "utf-8", "replace", "\n")
        if next(lines, "") != COMMANDS_HEADER:
            raise Tampered(f"{path.name} does not begin with its columns")
        for number, line in enumerate(lines, 2):
            row = line[:-1].split(",")
            if len(row) != len(COMMAND_FIELDS) or line[-1] != "\n":
                raise Tampered(f"line {number} of {path.name} is no command")
            yield row


class _Tile(NamedTuple):
    """Up to 256 events of a bundle."""

    number: int
    width: int

    @property
    def first(self) -> int:
        """Position before them."""
        return self.number * TILE_WIDTH

    @property
    def entries_path(self) -> str:
        """Where the entries are."""
        return tile_path("entries", self.number, self.width)

    @property
    def states_path(self) -> str:
        """Where the contents are."""
        return states_path(self.number, self.width)

    def entries(self, bundle: Path) -> list[bytes]:
        """What is hashed of each."""
        return self._parts(bundle, self.entries_path, _ENTRY_LENGTH)

    def states(self, bundle: Path) -> list[bytes]:
        """Content of each; empty where redacted."""
        return self._parts(bundle, self.states_path, _STATE_LENGTH)

    def read(self, bundle: Path, path: str) -> bytes:
        """One of its files."""
        return _read_part(bundle, path, self.first)

    def _parts(self, bundle: Path, path: str, prefix: Struct) -> list[bytes]:
        """Parts of a file, each behind its length; as many as there are to be."""
        data = self.read(bundle, path)
        parts: list[bytes] = []
        place, end = 0, len(data)
        length_at, size = prefix.unpack_from, prefix.size
        with contextlib.suppress(StructError):  # no length there any more
            while len(parts) < self.width and place <= end:
                begin = place + size
                place = begin + length_at(data, place)[0]
                parts.append(data[begin:place])
        if len(parts) < self.width or place > end:
            raise Tampered(f"{path} is cut off", self.first + len(parts) + (place <= end))
        if place != end:
            raise Tampered(f"{path} has more than its {self.width} events", self.first + self.width)
        return parts


def _tiles(size: int) -> Iterator[_Tile]:
    for number in range(-(-size // TILE_WIDTH)):
        yield _Tile(number, min(TILE_WIDTH, size - number * TILE_WIDTH))


def read_rows(path: Path) -> Iterator[Any]:
    """Rows of a file that has one in each line, as JSON.

    Raises:
        Tampered: for a line that is none.
        NotChecked: where it cannot be read.
    """
    with _reading(path) as file:
        for number, line in enumerate(file, 1):
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as error:
                raise Tampered(f"line {number} of {path.name} is no JSON") from error


def _read_part(bundle: Path, path: str, before: int) -> bytes:
    """A file of the tree, of events after a position."""
    try:
        return _bytes(bundle / path)
    except NotChecked as error:
        if (bundle / path).is_file():
            raise
        raise Tampered(f"{path} is missing or no file", before + 1) from error


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode()
    except UnicodeError as error:
        raise NotChecked(f"{path} cannot be read: {error}") from error


def _bytes(path: Path) -> bytes:
    with _reading(path) as file:
        return file.read()


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    try:
        there = path.is_file()
    except OSError:  # such as a name that is too long
        there = False
    if not there:  # what is none could be read without end, or never begin
        raise NotChecked(f"{path} cannot be read: there is no such file")
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise NotChecked(f"{path} cannot be read: {error}") from error
