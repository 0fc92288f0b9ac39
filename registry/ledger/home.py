"""Home: the directory of the ledger, apart from the database: keys, and what they signed.

`checkpoint` is the newest one. Nothing is signed that does not continue it, so a database that was
restored from a backup cannot grow another history: the directory is not restored with it.
`checkpoints.ndjson` has all of them, the oldest first; `digests.ndjson` what was published of the
views.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from registry.errors import StoreFault
from registry.ledger.keys import Keys
from registry.ledger.proofs import State
from registry.ledger.verify import (
    EMPTY_ROOT,
    Checkpoint,
    NotChecked,
    Tampered,
    note_text,
    open_checkpoint,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEWEST, HISTORY, LOCK = "checkpoint", "checkpoints.ndjson", "lock"
DIGESTS = "digests.ndjson"


class Signed(NamedTuple):
    """A checkpoint that was signed."""

    checkpoint: Checkpoint
    note: str
    signed_at: int
    """Microseconds since 1970-01-01 UTC."""


class Published(NamedTuple):
    """A digest of the views that was published."""

    state: State
    note: str
    published_at: int
    """Microseconds since 1970-01-01 UTC."""


class Home:
    """One process signs at a time; any number read."""

    def __init__(self, directory: Path) -> None:
        """Use a directory, which may be missing."""
        self.directory = directory
        self.keys = Keys(directory / "keys")
        self._lock = -1

    def exists(self) -> bool:
        """Whether a ledger was begun here."""
        return (self.directory / NEWEST).exists()

    def begin(self, origin: str) -> None:
        """Make the first key, and sign that nothing was recorded yet.

        Args:
            origin: name of the log and of its keys, for all time: like a URL without scheme.

        Raises:
            StoreFault: where there is a ledger, or what is left of one; for a name that cannot be
                signed by.
        """
        if not origin or not origin.isprintable() or set(origin) & {" ", "+"}:
            raise StoreFault(f"{origin!r} is no name of a log: printable, without space and +")
        if self.exists() or self.keys.signing():
            raise StoreFault(f"there is a ledger in {self.directory}")
        self.keys.make(origin)
        self.add(self.sign(Checkpoint(origin, 0, EMPTY_ROOT), 0))

    def sign(self, checkpoint: Checkpoint, signed_at: int) -> Signed:
        """Sign a checkpoint with every key that signs; nobody hears of it before `add`."""
        return Signed(checkpoint, self.sign_text(checkpoint.text()), signed_at)

    def is_signed(self, signed: Signed) -> bool:
        """Whether every key that signs has signed a checkpoint: one may have been made since."""
        text = signed.checkpoint.text()
        return all(key.signature(text) in signed.note for key in self.keys.signing())

    def sign_text(self, text: str) -> str:
        """Sign a text with every key that signs: the note."""
        return "".join((text, "\n", *(key.signature(text) for key in self.keys.signing())))

    def newest(self) -> Signed:
        """The checkpoint that the next one has to continue.

        Raises:
            StoreFault: where it is missing, or is not what one of the keys signed.
        """
        path = self.directory / NEWEST
        try:
            note, at = path.read_text(encoding="utf-8"), path.stat().st_mtime_ns // 1000
            keys = [key for key, _ in self.keys.verifiers()]
            return Signed(open_checkpoint(note, keys), note, at)
        except (OSError, UnicodeError, NotChecked, Tampered) as error:
            raise StoreFault(f"the last signed checkpoint, {path}: {error}") from error

    def add(self, signed: Signed) -> None:
        """Make a checkpoint the newest; it is on the disk before anybody can read it elsewhere."""
        _replace(self.directory / NEWEST, signed.note, signed.signed_at)
        self._append(signed)

    def history(self, after_size: int = -1) -> Iterator[Signed]:
        """Every checkpoint of more events than that, the oldest first."""
        for found in _lines(self.directory / HISTORY):
            if found["size"] > after_size:
                checkpoint = Checkpoint.parse(note_text(found["note"]))
                yield Signed(checkpoint, found["note"], found["signed_at"])

    def publish(self, state: State, published_at: int) -> Published:
        """Sign what the views are, and keep it; it is on the disk before anybody can read it.

        The caller has the lock, and publishes no position twice.

        Raises:
            OSError: where it cannot be written.
        """
        published = Published(state, self.sign_text(state.text()), published_at)
        path, new = self.directory / DIGESTS, not (self.directory / DIGESTS).exists()
        line = {
            "position": state.position,
            "published_at": published_at,
            "note": published.note,
        }
        _cut(path)  # what an earlier try may have left on a disk that was full
        with path.open("ab") as file:
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if new:
            _sync(self.directory)
        return published

    def digests(self, after_position: int = 0) -> Iterator[Published]:
        """Every digest of the views that was published of a later position, the oldest first."""
        for found in _lines(self.directory / DIGESTS):
            if found["position"] > after_position:
                state = State.parse(found["note"])
                yield Published(state, found["note"], found["published_at"])

    def last_digest(self) -> Published | None:
        """The newest of them; None where there is none yet."""
        return next(iter(deque(self.digests(), maxlen=1)), None)

    def lock(self) -> bool:
        """Be the one that signs, until `unlock`; False where another process is."""
        fd = os.open(self.directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            return False
        self._lock = fd
        self._mend()
        return True

    def unlock(self) -> None:
        """Let another process sign; once is enough."""
        fd, self._lock = self._lock, -1
        if fd >= 0:
            os.close(fd)

    def _append(self, signed: Signed) -> None:
        line = {"size": signed.checkpoint.size, "signed_at": signed.signed_at, "note": signed.note}
        # Not synced: after a power failure the newest one is what counts, and it is added again.
        with (self.directory / HISTORY).open("ab") as file:
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def _mend(self) -> None:
        """Bring the history to where a crash may have left the newest checkpoint."""
        path, newest = self.directory / HISTORY, self.newest()
        _cut(path)
        _cut(self.directory / DIGESTS)
        if not any(each.note == newest.note for each in self.history(newest.checkpoint.size - 1)):
            self._append(newest)


def _replace(path: Path, text: str, written_at: int) -> None:
    """Replace a file as a whole, of a time (microseconds since 1970), and have it on the disk."""
    new = path.with_name(path.name + ".new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.utime(new, ns=(written_at * 1000, written_at * 1000))
    new.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    """Have the names in a directory on the disk."""
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Every whole line of a file of JSON, which may be missing."""
    try:
        lines = path.open(encoding="utf-8")
    except FileNotFoundError:
        return
    with lines:
        for line in lines:
            if line.endswith("\n"):  # else a crash cut it off
                yield json.loads(line)


def _cut(path: Path) -> None:
    """Cut off the half of a line that a crash left."""
    if path.exists():
        *whole, half = path.read_bytes().rpartition(b"\n")
        if half:
            os.truncate(path, sum(map(len, whole)))
