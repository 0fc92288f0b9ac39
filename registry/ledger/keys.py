"""Keys: Ed25519 keys that sign checkpoints, in files of their own, and their rotation.

`<id>.key` is a private key, which signs; `<id>.vkey` its public half, which stays when the private
one is retired. All private keys that are there sign, so that a new key overlaps with an older one
until that is retired.
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import TYPE_CHECKING, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.errors import StoreFault
from registry.ledger.verify import ED25519, HASH_BYTES, NotChecked, VerifierKey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PRIVATE, PUBLIC = ".key", ".vkey"


class SigningKey(NamedTuple):
    """A private key, and its public half."""

    verifier: VerifierKey
    private: Ed25519PrivateKey

    def signature(self, text: str) -> str:
        """The line that signs a text."""
        signed = self.verifier.key_id + self.private.sign(text.encode())
        return f"\u2014 {self.verifier.name} {base64.b64encode(signed).decode()}\n"


class Keys:
    """The keys in a directory."""

    def __init__(self, directory: Path) -> None:
        """Use a directory, which may be missing until the first key is made."""
        self._directory = directory

    def make(self, name: str) -> VerifierKey:
        """Make another key of a name; it signs from now on."""
        private = Ed25519PrivateKey.generate()
        verifier = VerifierKey.of(name, private.public_key().public_bytes_raw())
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(self._path(verifier, PUBLIC), f"{verifier}\n", 0o644)
        seed = base64.b64encode(ED25519 + private.private_bytes_raw()).decode()
        text = f"PRIVATE+KEY+{name}+{verifier.key_id.hex()}+{seed}\n"
        _write(self._path(verifier, PRIVATE), text, 0o600)
        return verifier

    def retire(self, key_id: str) -> VerifierKey:
        """Destroy a private key, so that it signs no more; others have to be left.

        Raises:
            StoreFault: for a key that does not sign, or is the last one that does.
        """
        signing = [key.verifier for key in self.signing()]
        retired = next((key for key in signing if key.key_id.hex() == key_id), None)
        if retired is None:
            raise StoreFault(f"no key {key_id} signs; those that do: {_ids(signing)}")
        if len(signing) == 1:
            raise StoreFault(f"{key_id} is the only key that signs; rotate first")
        self._path(retired, PRIVATE).unlink()
        return retired

    def signing(self) -> list[SigningKey]:
        """Keys that sign, in the order in which they were made.

        Raises:
            StoreFault: for a file that holds no key.
        """
        return [_read_private(path) for path in self._paths(PRIVATE)]

    def verifiers(self) -> list[tuple[VerifierKey, bool]]:
        """Every key there ever was, and whether it still signs.

        Raises:
            StoreFault: for a file that holds no key.
        """
        found = []
        for path in self._paths(PUBLIC):
            try:
                key = VerifierKey.parse(path.read_text())
            except NotChecked as error:
                raise StoreFault(f"{path}: {error}") from error
            found.append((key, path.with_suffix(PRIVATE).exists()))
        return found

    def _path(self, key: VerifierKey, suffix: str) -> Path:
        return self._directory / f"{key.key_id.hex()}{suffix}"

    def _paths(self, suffix: str) -> list[Path]:
        paths = self._directory.glob(f"*{suffix}")
        return sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _write(path: Path, text: str, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _read_private(path: Path) -> SigningKey:
    parts = path.read_text().strip().split("+", 4)
    try:
        data = base64.b64decode(parts[4], validate=True)
    except (IndexError, binascii.Error):
        data = b""
    if len(data) != 1 + HASH_BYTES or data[:1] != ED25519:
        raise StoreFault(f"{path} holds no signing key")
    private = Ed25519PrivateKey.from_private_bytes(data[1:])
    verifier = VerifierKey.of(parts[2], private.public_key().public_bytes_raw())
    if verifier.key_id.hex() != parts[3]:
        raise StoreFault(f"{path} holds a key that is not of its name and id")
    return SigningKey(verifier, private)


def _ids(keys: Iterable[VerifierKey]) -> str:
    return ", ".join(key.key_id.hex() for key in keys) or "none"
