"""Asking the ledger of the service: checkpoints, proofs, and all of a bundle."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToDict

from registry.ledger.proofs import Proof, State, continues
from registry.ledger.verify import (
    Checkpoint,
    Entry,
    NotChecked,
    Tampered,
    VerifierKey,
    commands_text,
    keys_of,
    note_text,
    open_checkpoint,
    open_note,
)
from registryctl import wire
from registryctl.app import settings
from registryctl.aside import aside
from registryctl.auditing.bundles import Bundle, entry_of

if TYPE_CHECKING:
    import grpc

REPLAY = "EventService/ReplayEvents"
BATCH = 2000
TRIES = 5
"""Of an export, while events are redacted."""
STATE_TIMEOUT_S = 600.0
"""The views of a large registry are hashed in a minute or so."""


def ask(rpc: str, **fields: Any) -> Any:
    """Call an RPC of the ledger."""
    name = f"LedgerService/{rpc}"
    return wire.call(settings(), name, wire.request(name, fields))


def checkpoint(keys: Sequence[VerifierKey], min_position: int) -> tuple[Any, str]:
    """The newest signed checkpoint, and why no newer ones are signed; "" where they are.

    Raises:
        Tampered, NotChecked: where keys are given and it is not signed by one of them.
    """
    answer = ask("GetCheckpoint", min_position=min_position)
    signed = answer.checkpoint
    if keys:
        _require_same(open_checkpoint(signed.note, keys), signed)
    return signed, answer.refusal


def prove(keys: Sequence[VerifierKey], position: int) -> str:
    """The proof of an event, which is checked with the event that came with it.

    Raises:
        Tampered, NotChecked: where it proves nothing.
    """
    answer = ask("GetInclusionProof", position=position)
    proof = Proof.parse(answer.proof)
    if proof.index != position - 1 or proof.extra != entry_of(answer.event):
        raise Tampered("the proof is of another event than the one that came with it", position)
    if keys:
        proof.check(keys)
    return proof.text()


def check_consistency(keys: Sequence[VerifierKey], old: Checkpoint) -> Checkpoint:
    """The newest checkpoint, once the log is seen to continue an older one.

    Raises:
        Tampered, NotChecked: where it does not, or cannot be seen to.
    """
    signed, _ = checkpoint(keys, 0)
    _require_log(Checkpoint.parse(note_text(signed.note)), old)
    if signed.size < old.size:
        raise Tampered(f"the service's log ends at position {signed.size}: it has lost its end")
    answer = ask("GetConsistencyProof", old_size=old.size)
    new = open_checkpoint(answer.checkpoint.note, keys)
    _require_log(new, old)
    if not continues(old.root, old.size, new.root, new.size, answer.hashes):
        raise Tampered(
            f"the log of {new.size} events does not begin with the {old.size} that were signed:"
            " it shows another history"
        )
    return new


def export(
    directory: Path,
    keys: Sequence[VerifierKey],
    min_position: int,
    progress: Callable[[int, int], None],
) -> Checkpoint:
    """Write all of the log, as far as it is signed now, into a directory.

    Args:
        directory: missing or empty.
        keys: that are trusted; none: nothing is verified.
        min_position: wait until this is signed.
        progress: told how many events of how many are written.

    Raises:
        Tampered, NotChecked: where what was sent is not what is signed, or ever more of it is
            redacted while it is sent.
    """
    with aside(directory) as place, wire.connected(settings()) as channel:
        bundle, signed = _begun(channel, place, keys, min_position, progress)
        if bundle.finish() != signed.root:
            raise Tampered("the events that were sent are not those of the checkpoint")
        bundle.write("checkpoint", signed.note)
        older = (
            row
            for batch in _streamed(channel, "LedgerService/ListCheckpoints", {})
            for row in batch.checkpoints
            if row.size <= signed.size
        )
        bundle.write_rows("checkpoints.ndjson", map(_kept_checkpoint, older))
        _add_commands(channel, bundle, keys, Checkpoint.parse(note_text(signed.note)))
        listed = ask("ListVerifierKeys").keys
        bundle.write("policy", "".join(f"log {each.key}\n" for each in listed))
        bundle.write_sums()
        # The checkpoint at last: without it nobody takes the rest for a bundle.
        for path in sorted(place.iterdir(), key=lambda path: path.name == "checkpoint"):
            path.replace(directory / path.name)
    return Checkpoint.parse(note_text(signed.note))


def state(keys: Sequence[VerifierKey], position: int) -> str:
    """What the service says that the views are at a position: a signed note.

    Raises:
        Tampered, NotChecked: where keys are given and it is not signed by one of them.
    """
    rpc = "LedgerService/GetStateDigest"
    request = wire.request(rpc, {"position": position})
    note: str = wire.call(settings(), rpc, request, default_s=STATE_TIMEOUT_S).note
    said = State.open(note, keys) if keys else State.parse(note)
    if position and said.position != position:
        raise Tampered(f"the service was asked for position {position}, it signed {said.position}")
    return note


def _begun(
    channel: "grpc.Channel",
    directory: Path,
    keys: Sequence[VerifierKey],
    least: int,
    progress: Callable[[int, int], None],
) -> tuple[Bundle, Any]:
    """A bundle with all events of a checkpoint and what the views were at it; the checkpoint.

    What is redacted since a checkpoint was signed comes without its content, and what says so is
    not among the events of the checkpoint: so all is sent again, up to a newer one. Only tiles
    that are full were written by then, which are overwritten.
    """
    for _ in range(TRIES):
        signed, _ = checkpoint(keys, max(least, 1))
        bundle = Bundle(directory)
        # Before the events: what is redacted later is found among them, and counts no more here.
        bundle.write("state", state(keys, signed.size))
        digests = (row for row in _digests(channel, 0) if row.position <= signed.size)
        bundle.write_rows("digests.ndjson", map(_kept_digest, digests))
        progress(0, signed.size)
        least = _add_events(channel, bundle, signed.size, progress)
        if not least:
            return bundle, signed
    raise NotChecked(f"{TRIES} times an event was redacted while all were sent: try again later")


def _add_events(
    channel: "grpc.Channel", bundle: Bundle, size: int, progress: Callable[[int, int], None]
) -> int:
    """Add events up to one whose redaction is not among them; its position, 0: there is none."""
    for count, event in enumerate(_events(channel, size, progress), 1):
        if event.position != count or count > size:
            raise Tampered("the events that were sent are not those of the checkpoint", count)
        if event.redaction.position > size:
            return int(event.redaction.position)
        bundle.add(event)
    return 0


def _add_commands(
    channel: "grpc.Channel", bundle: Bundle, keys: Sequence[VerifierKey], of: Checkpoint
) -> None:
    """Add the commands up to a checkpoint, and what the service signed of them."""
    said = [""]

    def sent() -> Iterator[Any]:
        fields = {"upto_position": of.size}
        for batch in _streamed(channel, "LedgerService/ListCommands", fields):
            yield from batch.commands
            said.append(batch.note)

    signed = commands_text(of.origin, of.size, bundle.write_commands(sent()))
    if not said[-1]:
        raise NotChecked("the service has not signed the commands it sent")
    if note_text(said[-1]) != signed:
        raise Tampered("the commands that were sent are not those that the service signed")
    if keys:
        open_note(said[-1], keys_of(of.origin, keys))
    bundle.write("commands", said[-1])


def states(keys: Sequence[VerifierKey], after_position: int) -> list[Any]:
    """Every digest of the views that the service published of a later position.

    Raises:
        Tampered, NotChecked: where keys are given and one is not signed by one of them.
    """
    with wire.connected(settings()) as channel:
        found = list(_digests(channel, after_position))
    for each in found if keys else ():
        try:
            state = State.open(each.note, keys)
        except NotChecked as error:
            raise NotChecked(f"the digest of position {each.position}: {error}") from error
        if state[1:] != (each.position, each.view_version, each.digest):
            raise Tampered(f"the service says position {each.position}, it signed {state.position}")
    return found


def _events(
    channel: "grpc.Channel", size: int, progress: Callable[[int, int], None]
) -> Iterator[Any]:
    request = {"limit": size, "batch_size": BATCH}
    for batch in _streamed(channel, REPLAY, request):
        yield from batch.events
        progress(batch.read_position, size)


def _digests(channel: "grpc.Channel", after_position: int) -> Iterator[Any]:
    fields = {"after_position": after_position}
    for batch in _streamed(channel, "LedgerService/ListStateDigests", fields):
        yield from batch.digests


def _streamed(channel: "grpc.Channel", rpc: str, fields: dict[str, Any]) -> Iterator[Any]:
    return wire.stream(settings(), channel, rpc, wire.request(rpc, fields))


def _kept_checkpoint(row: Any) -> dict[str, Any]:
    return {"size": row.size, "signed_at": row.signed_at.ToMicroseconds(), "note": row.note}


def _kept_digest(row: Any) -> dict[str, Any]:
    at = row.published_at.ToMicroseconds()
    return {"position": row.position, "published_at": at, "note": row.note}


def _require_log(new: Checkpoint, old: Checkpoint) -> None:
    if new.origin != old.origin:
        raise NotChecked(f"the service keeps another log, {new.origin}, not {old.origin}")


def _require_same(checked: Checkpoint, said: Any) -> None:
    if (checked.size, checked.root) != (said.size, said.root):
        raise Tampered(f"the service says {said.size} events, it signed {checked.size}")


def entry_fields(entry: Entry) -> dict[str, Any]:
    """An entry for a person."""
    from registryctl.recorded import recorded_time  # noqa: PLC0415 - decodes

    return {
        "event": f"{entry.stream}@{entry.version}",
        "type": entry.topic,
        "position": str(entry.position),
        "recordedAt": recorded_time(entry.recorded_at),
        "stateSha256": entry.state_sha256.hex(),
    }


def key_rows() -> list[dict[str, Any]]:
    """Every key of the service, as it says."""
    return [MessageToDict(each) | {"signs": each.signs} for each in ask("ListVerifierKeys").keys]
