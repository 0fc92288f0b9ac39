"""Replaying a bundle with the code of the service, and comparing what comes out."""

import json
import shutil
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from registry.events.v1.envelope_pb2 import Envelope
from registry.events.v1.store_pb2 import EventRedacted
from registry.ledger.proofs import State
from registry.ledger.trust import read_note
from registry.ledger.verify import (
    Checkpoint,
    Entry,
    NotChecked,
    Tampered,
    VerifierKey,
    note_text,
    read_events,
    read_rows,
    to_base64,
)

PROGRAM = "registry"
REDACTED = "registry.events.v1.EventRedacted"


class Compared(NamedTuple):
    """The views that the events of a bundle make, beside those that were signed."""

    state: State
    """Of the end of the bundle, as it was signed and as it came out."""
    published: list[int]
    """Positions of the published digests that came out as well."""
    redacted: list[int]
    """Positions of those of which content counted that was redacted since: it makes others."""
    older: list[int]
    """Positions of those that other versions of the code made."""


def compare(bundle: Path, keys: Sequence[VerifierKey]) -> Compared:
    """Compare every signed statement about the views in a bundle with what the events make.

    Raises:
        Tampered: where other views come out.
        NotChecked: where none could be made, or by another version of the code.
    """
    signed, published = State.open(read_note(bundle / "state"), keys), _published(bundle)
    version, digests = _replayed(bundle, [signed.position, *(each.position for each in published)])
    if version != signed.view_version:
        raise NotChecked(
            f"the views were made by version {signed.view_version} of the code, this is"
            f" {version}: replay with a release of that version"
        )
    ours = [each for each in published if each.view_version == version]
    others = [each for each in (signed, *ours) if digests[each.position] != to_base64(each.digest)]
    redacted = redacted_since(bundle, [each.position for each in others])
    for each in others:
        if each.position not in redacted:
            raise Tampered(
                f"the events make other views up to position {each.position} than the service had"
            )
    return Compared(
        signed,
        [each.position for each in ours if each.position not in redacted],
        redacted,
        [each.position for each in published if each.view_version != version],
    )


def _published(bundle: Path) -> list[State]:
    """What was published of the views, whoever signed it: an older key may be retired."""
    return [State.parse(row["note"]) for row in read_rows(bundle / "digests.ndjson")]


def redacted_since(bundle: Path, positions: Collection[int]) -> list[int]:
    """Those of the positions at which content was known that was redacted after them."""
    if not positions:
        return []
    gone = _redactions(bundle)
    return [each for each in positions if any(begin <= each < end for begin, end in gone)]


def _redactions(bundle: Path) -> list[tuple[int, int]]:
    """Positions of the redacted events of a bundle that is verified, and of what redacts each."""
    size = Checkpoint.parse(note_text(read_note(bundle / "checkpoint"))).size
    missing: dict[tuple[str, int], int] = {}
    found = []
    for position, data, state in read_events(bundle, size):
        event = Entry.parse(data, position)
        if not state:
            missing[event.stream, event.version] = position
        elif event.topic == REDACTED:
            said = EventRedacted.FromString(Envelope.FromString(state).payload)
            found.append((missing[event.stream, said.version], position))
    return found


def _replayed(bundle: Path, positions: Collection[int]) -> tuple[object, dict[int, object]]:
    """The version of the code that is installed here, and its digest of each position."""
    beside = Path(sys.executable).with_name(PROGRAM)
    program = str(beside) if beside.exists() else shutil.which(PROGRAM)
    if program is None:
        raise NotChecked("the program `registry` is not installed here")
    done = subprocess.run(  # noqa: S603 - ours
        [program, "replay", str(bundle), "--positions", "-"],
        input="".join(f"{each}\n" for each in sorted({*positions})),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotChecked(f"it cannot be replayed: {done.stderr.strip()}")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return found[0]["viewVersion"], {each["position"]: each["digest"] for each in found}
