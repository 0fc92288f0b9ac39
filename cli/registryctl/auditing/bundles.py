"""Bundles: the whole log in a directory, which is verified without the service.

The tree and the entries are laid out as C2SP tlog-tiles says, so that other people's tools read
them; beside them what that format has no place for: the content of the events, older checkpoints,
command ids and the keys.
"""

import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from registry.ledger.proofs import command_line
from registry.ledger.verify import (
    COMMANDS_HEADER,
    SUMMED,
    TILE_WIDTH,
    Tampered,
    Tiles,
    entry,
    leaf_hash,
    states_path,
    tile_path,
)


class Bundle:
    """One bundle, written front to back into a new directory."""

    def __init__(self, directory: Path) -> None:
        """Make the directory: it is missing or empty, or has what was begun of the same log."""
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._tiles = Tiles(self._write_tile)
        self._entries: list[bytes] = []
        self._states: list[bytes] = []
        self._digests: dict[str, str] = {}

    def add(self, event: Any) -> None:
        """Add the next event, as it was sent.

        Raises:
            Tampered: where its leaf is not that of what was sent.
        """
        data = entry_of(event)
        leaf = leaf_hash(data)
        if leaf != event.leaf:
            raise Tampered("its leaf is not the hash of what was sent", event.position)
        self._entries.append(data)
        self._states.append(event.state)
        if len(self._entries) == TILE_WIDTH:
            self._flush()
        self._tiles.add(leaf)

    def finish(self) -> bytes:
        """Write what is left of the events; the root of the tree."""
        if self._entries:
            self._flush()
        self._tiles.finish()
        return self._tiles.root()

    def write(self, name: str, text: str) -> None:
        """Write one of the files beside the tree."""
        data = text.encode()
        (self._directory / name).write_bytes(data)
        self._digests[name] = hashlib.sha256(data).hexdigest()

    def write_rows(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write one of them as JSON, a line each."""
        self._write_lines(name, (json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def write_commands(self, commands: Iterable[Any]) -> bytes:
        """Write the commands that were carried out; the digest of their file."""
        lines = itertools.chain([COMMANDS_HEADER], map(command_line, commands))
        return self._write_lines("commands.csv", lines)

    def _write_lines(self, name: str, lines: Iterable[str]) -> bytes:
        digest = hashlib.sha256()
        with (self._directory / name).open("wb") as file:
            for line in lines:
                data = line.encode()
                file.write(data)
                digest.update(data)
        self._digests[name] = digest.hexdigest()
        return digest.digest()

    def write_sums(self) -> None:
        """Write the digests of the files beside the tree, as `sha256sum -c` reads them."""
        lines = "".join(f"{self._digests[name]}  {name}\n" for name in SUMMED)
        (self._directory / "SHA256SUMS").write_text(lines)

    def _flush(self) -> None:
        """Write the entries and the contents of a tile that is full, or the last one."""
        number, width = self._tiles.size // TILE_WIDTH, len(self._entries)
        self._write(tile_path("entries", number, width), _joined(self._entries, 2))
        self._write(states_path(number, width), _joined(self._states, 4))
        self._entries, self._states = [], []

    def _write_tile(self, level: int, number: int, hashes: Sequence[bytes]) -> None:
        self._write(tile_path(level, number, len(hashes)), b"".join(hashes))

    def _write(self, path: str, data: bytes) -> None:
        target = self._directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def entry_of(event: Any) -> bytes:
    """What is hashed of an event, by what was sent of it: of its content the digest alone."""
    digest = event.redaction.state_sha256
    if event.state:
        digest = hashlib.sha256(event.state).digest()
    place = (event.position, event.stream, event.version, event.topic, event.recorded_at)
    return entry(*place, digest)


def _joined(parts: Iterable[bytes], prefix: int) -> bytes:
    """Parts, each behind its length."""
    return b"".join(len(part).to_bytes(prefix, "big") + part for part in parts)
