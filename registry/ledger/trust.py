"""Trust: keys that somebody has from elsewhere, as they are typed or kept in files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from registry.ledger.verify import NotChecked, VerifierKey

if TYPE_CHECKING:
    from collections.abc import Sequence


def trusted(said: Sequence[str]) -> list[VerifierKey]:
    """The keys that are said, each itself or as a file of some ("log" may stand before them).

    Raises:
        NotChecked: for what is no key, for a file that cannot be read, or where there is no key.
    """
    lines = [line for each in said for line in _lines(each)]
    if not lines:
        raise NotChecked(f"no key is trusted: none is in {', '.join(said)}")
    return [_key(line.removeprefix("log ")) for line in lines]


def _key(said: str) -> VerifierKey:
    try:
        return VerifierKey.parse(said)
    except NotChecked as error:
        raise NotChecked(f"{error}, nor a file with some that can be found") from error


def read_note(path: Path) -> str:
    """What was kept in a file: keys, a checkpoint or a proof.

    Raises:
        NotChecked: where it cannot be read.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise NotChecked(f"{path} cannot be read: {error}") from error


def _lines(said: str) -> list[str]:
    lines = read_note(Path(said)).split("\n") if _is_file(said) else [said]
    return [line for line in lines if line.strip()]


def _is_file(said: str) -> bool:
    try:
        return Path(said).is_file()
    except (OSError, ValueError):  # it is too long for a name, or has a zero byte
        return False
