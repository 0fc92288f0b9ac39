"""LedgerService: what was signed of the log, and proofs."""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp

from registry.errors import Draining, NotSigned
from registry.eventstore.redactions import redactions_of
from registry.ledger.proofs import State, command_line
from registry.ledger.verify import COMMANDS_HEADER, commands_text
from registry.server.backend import require_reached
from registry.server.rpc import Servicer, call, stream, waiting_call
from registry.server.stored import stored
from registry.v1 import ledger_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from registry.eventstore.rows import CommandRow
    from registry.ledger.home import Published, Signed
    from registry.ledger.signer import Ledger

MAX_WAIT_S = 30.0
AT_ONCE = 500
"""Checkpoints, or digests, of a message."""

T = TypeVar("T")


class Ledgers(Servicer):
    """Proves that history was only ever added to."""

    SERVICE = pb.DESCRIPTOR.services_by_name["LedgerService"]

    @property
    def ledger(self) -> Ledger:
        """The ledger.

        Raises:
            NotSigned: where none is kept.
        """
        return require_ledger(self.backend.ledger)

    @waiting_call
    async def get_checkpoint(
        self, request: pb.GetCheckpointRequest, timeout_s: float
    ) -> pb.GetCheckpointResponse:
        """Answer the newest checkpoint."""
        ledger = self.ledger
        signed = await self._signed(request.min_position, timeout_s)
        return pb.GetCheckpointResponse(checkpoint=_checkpoint(signed), refusal=ledger.refusal)

    @stream
    async def list_checkpoints(
        self, request: pb.ListCheckpointsRequest
    ) -> AsyncIterator[pb.ListCheckpointsResponse]:
        """Send every checkpoint, the oldest first."""
        found = map(_checkpoint, self.ledger.home.history(request.after_size))
        while batch := await self.backend.in_thread(_some, found):
            if self.backend.draining.is_set():
                raise Draining("the service is stopping; go on after the last size")
            yield pb.ListCheckpointsResponse(checkpoints=batch)

    @waiting_call
    async def get_inclusion_proof(
        self, request: pb.GetInclusionProofRequest, timeout_s: float
    ) -> pb.GetInclusionProofResponse:
        """Answer the proof that an event is in the log."""
        ledger = self.ledger
        signed = await self._signed(request.position, timeout_s)
        log = self.registry.recorded_log
        rows = await self.backend.in_thread(log.read_after, request.position - 1, 1)
        redactions = await self.backend.in_thread(redactions_of, log, rows)
        (proof,) = await self.backend.in_thread(ledger.proofs, rows, signed, redactions)
        return pb.GetInclusionProofResponse(proof=proof.text(), event=stored(rows[0], redactions))

    @waiting_call
    async def get_consistency_proof(
        self, request: pb.GetConsistencyProofRequest, timeout_s: float
    ) -> pb.GetConsistencyProofResponse:
        """Answer the proof that the log begins with an older one."""
        ledger = self.ledger
        signed = await self._signed(request.old_size, timeout_s)
        hashes = await self.backend.in_thread(ledger.consistency, request.old_size, signed)
        return pb.GetConsistencyProofResponse(checkpoint=_checkpoint(signed), hashes=hashes)

    @waiting_call
    async def get_state_digest(
        self, request: pb.GetStateDigestRequest, timeout_s: float
    ) -> pb.GetStateDigestResponse:
        """Answer the digest of the views at a position."""
        ledger = self.ledger
        signed = await self._signed(request.position, timeout_s)
        if ledger.refusal:
            raise NotSigned(f"nothing is signed now: {ledger.refusal}")
        state = await self.backend.wait_in_thread(self._state, request.position, signed, timeout_s)
        return pb.GetStateDigestResponse(
            note=ledger.home.sign_text(state.text()),
            position=state.position,
            view_version=state.view_version,
            digest=state.digest,
        )

    def _state(self, position: int, signed: Signed, timeout_s: float) -> State:
        """The digest of the views at a position; 0: that of a checkpoint."""
        views, checkpoint = self.backend.views, signed.checkpoint
        position = position or checkpoint.size
        views.wait(position, timeout_s)
        digest = views.state_digest(position, timeout_s)
        return State(checkpoint.origin, position, views.view_version, digest)

    @stream
    async def list_state_digests(
        self, request: pb.ListStateDigestsRequest
    ) -> AsyncIterator[pb.ListStateDigestsResponse]:
        """Send every digest of the views that was published, the oldest first."""
        found = map(_digest, self.ledger.home.digests(request.after_position))
        while batch := await self.backend.in_thread(_some, found):
            if self.backend.draining.is_set():
                raise Draining("the service is stopping; go on after the last position")
            yield pb.ListStateDigestsResponse(digests=batch)

    @stream
    async def list_commands(
        self, request: pb.ListCommandsRequest
    ) -> AsyncIterator[pb.ListCommandsResponse]:
        """Send every command id up to a position, and what is signed of them."""
        log, upto, after = self.registry.recorded_log, request.upto_position, ""
        require_reached(upto, (await self.backend.in_thread(log.head)).position)
        digest = hashlib.sha256(COMMANDS_HEADER.encode())
        while rows := await self.backend.in_thread(log.read_commands, after, upto, AT_ONCE):
            if self.backend.draining.is_set():
                raise Draining("the service is stopping; begin again")
            yield pb.ListCommandsResponse(commands=map(_kept, rows))
            digest.update("".join(map(command_line, rows)).encode())
            after = rows[-1].request_id
        note = await self.backend.in_thread(self._note_of_commands, upto, digest.digest())
        yield pb.ListCommandsResponse(note=note)

    def _note_of_commands(self, upto: int, digest: bytes) -> str:
        """What is signed of them; empty where nothing is signed."""
        ledger = self.backend.ledger
        if ledger is None or ledger.refusal:
            return ""
        origin = ledger.newest().checkpoint.origin
        return ledger.home.sign_text(commands_text(origin, upto, digest))

    @call
    async def list_verifier_keys(
        self, _: pb.ListVerifierKeysRequest
    ) -> pb.ListVerifierKeysResponse:
        """Answer every key that ever signed."""
        keys = await self.backend.in_thread(self.ledger.home.keys.verifiers)
        return pb.ListVerifierKeysResponse(
            keys=[pb.VerifierKey(key=str(key), signs=signs) for key, signs in keys]
        )

    async def _signed(self, min_position: int, timeout_s: float) -> Signed:
        """The newest checkpoint with a position; waits for it."""
        ledger = self.ledger
        head = await self.backend.in_thread(self.registry.recorded_log.head)
        require_reached(min_position, head.position)
        wait_s = min(timeout_s, MAX_WAIT_S)
        return await self.backend.wait_in_thread(ledger.newest, min_position, wait_s)


def require_ledger(ledger: Ledger | None) -> Ledger:
    """The ledger of a service that keeps one.

    Raises:
        NotSigned: where it keeps none.
    """
    if ledger is None:
        raise NotSigned("this service signs nothing; its operator starts it with --ledger DIR")
    return ledger


def _some(found: Iterator[T]) -> list[T]:
    return list(islice(found, AT_ONCE))


def _kept(row: CommandRow) -> pb.KeptCommand:
    return pb.KeptCommand(**row._asdict())


def _checkpoint(signed: Signed) -> pb.SignedCheckpoint:
    at, checkpoint = _time(signed.signed_at), signed.checkpoint
    return pb.SignedCheckpoint(
        note=signed.note, size=checkpoint.size, root=checkpoint.root, signed_at=at
    )


def _digest(published: Published) -> pb.PublishedStateDigest:
    at, (_, position, view_version, digest) = _time(published.published_at), published.state
    return pb.PublishedStateDigest(
        note=published.note,
        position=position,
        view_version=view_version,
        digest=digest,
        published_at=at,
    )


def _time(microseconds: int) -> Timestamp:
    at = Timestamp()
    at.FromMicroseconds(microseconds)
    return at
