"""Signer: signs the log as it grows, and answers what was signed and proofs of what is in it.

A thread, beside those who record: nobody waits for it but who asks for a receipt. What it signs
always continues the newest checkpoint of the ledger's home; else it refuses, and says why.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import TYPE_CHECKING

from registry.errors import NotCaughtUp, NotSigned, StoreFault, StoreUnavailable
from registry.eventstore.leaf import entry_of
from registry.ledger.proofs import Proof
from registry.ledger.tree import Tree
from registry.ledger.verify import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registry.eventstore.reads import LogReads
    from registry.eventstore.redactions import Redaction
    from registry.eventstore.rows import LogRow
    from registry.ledger.home import Home, Signed
    from registry.ledger.proofs import State

INTERVAL_S = 1.0
"""How long events are gathered for one checkpoint while nobody waits for it."""
POLL_S = 1.0
HURRY_S = 0.02
"""The same, while somebody does."""
GROWTH = 1000
"""Leaves added at a time: between them others get their turn."""

_logger = logging.getLogger(__name__)


class Ledger:
    """The signed tree over a log."""

    def __init__(self, log: LogReads, home: Home, *, interval_s: float = INTERVAL_S) -> None:
        """Do nothing before `start`.

        Args:
            log: what is signed.
            home: where the keys are, and what was signed; begun already.
            interval_s: between two checkpoints.

        Raises:
            StoreFault: where the newest checkpoint is missing or damaged.
        """
        self._log = log
        self._home = home
        self._interval_s = interval_s
        self._signed = home.newest()
        self._refusal = ""
        self._signs = False
        self._turn = threading.Lock()  # held while the lock of the home may not go
        self._tree = Tree(self._read_leaves)
        self._edge = b""
        self._growing = threading.RLock()
        self._changed = threading.Condition()
        self._wake = threading.Event()
        self._urgent = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="signer", daemon=True)

    def start(self) -> None:
        """Sign from now on, unless another process does."""
        self._thread.start()

    def close(self) -> None:
        """Stop after the checkpoint at work."""
        self._stopping.set()
        self._wake.set()
        self._urgent.set()
        if self._thread.is_alive():
            self._thread.join()

    def notify(self) -> None:
        """Say that there are new events; cheap."""
        if not self._wake.is_set():
            self._wake.set()

    # -- what others ask ---------------------------------------------------------------

    @property
    def home(self) -> Home:
        """Where the keys are, and what was signed."""
        return self._home

    @property
    def refusal(self) -> str:
        """Why nothing is signed any more; empty while it is."""
        return self._refusal

    @property
    def signs(self) -> bool:
        """Whether this process is the one that signs, and the log is what was signed."""
        return self._signs

    def publish(self, state: State) -> bool:
        """Sign what the views are at a position, and keep it beside the checkpoints.

        False, and nothing is kept, where it is not for this process to sign, or what the views
        were at this position or a later one is published already.

        Raises:
            OSError, StoreFault: where it cannot be signed or written.
        """
        with self._turn:
            last = self._home.last_digest() if self._signs else None
            mine = self._signs and (last is None or last.state.position < state.position)
            if mine:
                self._home.publish(state, time.time_ns() // 1000)
            return mine

    def newest(self, min_size: int = 0, timeout_s: float = 0.0) -> Signed:
        """The newest checkpoint, of so many events or more; waits for it.

        Raises:
            NotCaughtUp: where it is not signed in time.
            NotSigned: where nothing is signed any more.
        """
        if self._signed.checkpoint.size >= min_size:
            return self._signed
        deadline = time.monotonic() + timeout_s
        with self._changed:
            self._urgent.set()
            self._wake.set()
            while self._signed.checkpoint.size < min_size:
                left = deadline - time.monotonic()
                if self._refusal or not self._changed.wait(left):
                    self._refuse(min_size)
            return self._signed

    def proofs(
        self, rows: Sequence[LogRow], signed: Signed, redactions: Mapping[int, Redaction]
    ) -> list[Proof]:
        """Proofs that events are in the log of a checkpoint, which has their positions.

        Args:
            rows: the events.
            signed: the checkpoint.
            redactions: of those without content, by their positions.

        Raises:
            NotSigned: where the log has lost what was signed.
        """
        with self._grown(signed):
            return [self._proof(row, signed, redactions.get(row.position)) for row in rows]

    def _proof(self, row: LogRow, signed: Signed, redaction: Redaction | None) -> Proof:
        index = row.position - 1
        hashes = self._tree.inclusion(index, signed.checkpoint.size)
        data = entry_of(row, redaction.event.state_sha256 if redaction else b"")
        return Proof(index, tuple(hashes), signed.note, data)

    def consistency(self, old_size: int, signed: Signed) -> Sequence[bytes]:
        """Proof that the log of a checkpoint begins with what it was at an older size.

        Raises:
            NotSigned: where the log has lost what was signed.
        """
        with self._grown(signed):
            return self._tree.consistency(old_size, signed.checkpoint.size)

    @contextlib.contextmanager
    def _grown(self, signed: Signed) -> Iterator[None]:
        """Hold the tree, where it has the root that was signed."""
        size, root = signed.checkpoint.size, signed.checkpoint.root
        try:
            with self._growing:
                self._grow(size)
                self._require_root(size, root)
                yield
        except StoreFault as error:
            raise NotSigned(f"the log is not the one that was signed: {error}") from error

    def _require_root(self, size: int, root: bytes) -> None:
        if self._tree.root(size) != root:
            raise StoreFault(f"up to position {size} it has another root")

    def _refuse(self, min_size: int) -> None:
        size, refusal = self._signed.checkpoint.size, self._refusal
        if size >= min_size:
            return
        if refusal:
            raise NotSigned(f"position {min_size} is not signed: {refusal}", position=str(size))
        raise NotCaughtUp(
            f"position {size} is signed, not yet {min_size}; ask again", position=str(size)
        )

    # -- signing -----------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._home.lock():
                    try:
                        self._sign_on()
                    finally:
                        with self._turn:
                            self._signs = False
                            self._home.unlock()
                else:
                    self._look()
            except StoreUnavailable as error:
                _logger.warning("the ledger cannot follow the log now: %s", error)
            except Exception as error:  # noqa: BLE001 - nothing dies in silence
                self._stop(f"{type(error).__name__}: {error}")
            self._stopping.wait(POLL_S)

    def _sign_on(self) -> None:
        """Sign for as long as it goes well."""
        while not self._stopping.is_set():
            began = time.monotonic()
            self._step()
            self._wake.wait(POLL_S)
            left = self._interval_s - (time.monotonic() - began)
            if left > 0 and not self._urgent.wait(left):
                self._wake.clear()
                continue
            self._urgent.clear()
            self._wake.clear()
            self._stopping.wait(HURRY_S)

    def _step(self) -> None:
        """Sign what is recorded, if there is more than was signed, or a key that did not sign."""
        signed = self._continued()
        head = self._log.head().position
        if head > signed.checkpoint.size:
            with self._growing:
                self._grow(head)
                root = self._tree.root(head)
            checkpoint = Checkpoint(signed.checkpoint.origin, head, root)
            self._arrived(self._swap(signed, checkpoint))
        elif not self._home.is_signed(signed):
            self._arrived(self._swap(signed, signed.checkpoint))
        else:
            self._arrived(signed)
        self._signs = True

    def _swap(self, signed: Signed, checkpoint: Checkpoint) -> Signed:
        """Make a checkpoint the newest, unless another one has become so meanwhile."""
        new = self._home.sign(checkpoint, time.time_ns() // 1000)
        if self._home.newest().note != signed.note:
            raise StoreFault(f"{self._home.directory} was changed by somebody else")
        self._home.add(new)
        return new

    def _continued(self) -> Signed:
        """The newest checkpoint, where the log is one that continues it.

        Raises:
            StoreFault: where it is not.
        """
        signed = self._home.newest()
        size, head = signed.checkpoint.size, self._log.head().position
        if head < size:
            raise StoreFault(
                f"the log ends at position {head}, but position {size} was signed. It lost its"
                f" end, as one restored from an older backup; {self._remedy()}"
            )
        with self._growing:
            if not self._is_as_read():
                self._tree = Tree(self._read_leaves)
            self._grow(size)
            root = self._tree.root(size)
        if root != signed.checkpoint.root:
            raise StoreFault(
                f"the log up to position {size} is not the one that was signed; {self._remedy()}"
            )
        return signed

    def _is_as_read(self) -> bool:
        """Whether the log has at the end of the tree what it had when the tree grew over it."""
        size = self._tree.size
        return not size or self._log.read_leaves(size - 1, size) == [self._edge]

    def _remedy(self) -> str:
        return (
            "nothing is signed until it is whole again. Restore all that was signed; or, where"
            f" that is lost, say so to those who rely on it, move {self._home.directory} away"
            " and begin a new ledger: registry ledger begin --origin ANOTHER-NAME"
        )

    def _look(self) -> None:
        """Hear what the process that signs has signed."""
        self._arrived(self._home.newest())

    def _arrived(self, signed: Signed) -> None:
        with self._changed:
            self._signed, self._refusal = signed, ""
            self._changed.notify_all()

    def _stop(self, why: str) -> None:
        if why != self._refusal:
            _logger.error("the ledger signs nothing: %s", why)
        with self._changed:
            self._refusal = why
            self._changed.notify_all()

    # -- the tree ----------------------------------------------------------------------

    def _grow(self, size: int) -> None:
        while self._tree.size < size:
            begin = self._tree.size
            leaves = self._read_leaves(begin, min(begin + GROWTH, size))
            self._tree.extend(leaves)
            self._edge = leaves[-1]

    def _read_leaves(self, begin: int, end: int) -> list[bytes]:
        """Leaf hashes of the log by their index.

        Raises:
            StoreFault: where the log has not all of them.
        """
        leaves = self._log.read_leaves(begin, end)
        if len(leaves) < end - begin:
            raise StoreFault(f"an event after position {begin + len(leaves)} is missing in the log")
        return leaves
