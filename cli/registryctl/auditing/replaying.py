"""Replaying a bundle with the code of the service, and comparing what comes out."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from registry.ledger.proofs import State
from registry.ledger.verify import NotChecked, Tampered, VerifierKey, to_base64
from registryctl.auditing.trust import read_note

PROGRAM = "registry"


def compare(bundle: Path, keys: Sequence[VerifierKey]) -> State:
    """The signed statement about the views, once they are seen to be what the events make.

    Raises:
        Tampered: where other views come out.
        NotChecked: where none could be made, or by another version of the code.
    """
    signed = State.open(read_note(bundle / "state"), keys)
    found = _replayed(bundle, signed.position)
    if found["viewVersion"] != signed.view_version:
        raise NotChecked(
            f"the views were made by version {signed.view_version} of the code, this is"
            f" {found['viewVersion']}: replay with a release of that version"
        )
    if found["digest"] != to_base64(signed.digest):
        raise Tampered(
            f"the events make other views up to position {signed.position} than the service had"
        )
    return signed


def _replayed(bundle: Path, position: int) -> dict[str, object]:
    beside = Path(sys.executable).with_name(PROGRAM)
    program = str(beside) if beside.exists() else shutil.which(PROGRAM)
    if program is None:
        raise NotChecked("the program `registry` is not installed here")
    command = [program, "replay", str(bundle), "--position", str(position)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise NotChecked(f"it cannot be replayed: {done.stderr.strip()}")
    found: dict[str, object] = json.loads(done.stdout)
    return found
