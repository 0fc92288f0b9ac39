"""A reader of static logs, written from the C2SP documents alone: nothing of ours in it."""

import base64
import hashlib
import struct
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def path_of(number):
    """Index of a tile as path elements of three digits."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    return "/".join([f"x{group}" for group in groups[:-1]] + [groups[-1]])


def sha(data):
    return hashlib.sha256(data).digest()


class Log:
    """A log under a directory, trusted by one key of signed-note's form."""

    def __init__(self, directory, vkey):
        self.directory = directory
        name, key_id, encoded = vkey.split("+", 2)
        key = base64.b64decode(encoded)
        assert key[0] == 1
        assert sha(name.encode() + b"\n" + key)[:4].hex() == key_id
        note = (directory / "checkpoint").read_text()
        text, _, signatures = note.rpartition("\n\n")
        text += "\n"
        (line,) = [s for s in signatures.splitlines() if s.startswith(f"— {name} ")]
        signature = base64.b64decode(line.rsplit(" ", 1)[1])
        assert signature[:4].hex() == key_id
        Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], text.encode())
        origin, size, root = text.splitlines()[:3]
        assert origin == name
        self.size, self.root = int(size), base64.b64decode(root)

    def tile(self, level, number):
        """Hashes of a tile, full or partial as the size says."""
        count = self.size // 256**level if isinstance(level, int) else self.size
        width = min(256, count - 256 * number)
        suffix = "" if width == 256 else f".p/{width}"
        data = (self.directory / f"tile/{level}/{path_of(number)}{suffix}").read_bytes()
        return data, width

    def entries(self):
        """Every entry, by the bundles of entries."""
        for number in range(-(-self.size // 256)):
            data, width = self.tile("entries", number)
            place = 0
            for _ in range(width):
                (length,) = struct.unpack_from(">H", data, place)
                yield data[place + 2 : place + 2 + length]
                place += 2 + length
            assert place == len(data)

    def root_of(self, entries):
        """Root by the definition of RFC 6962."""
        leaves = [sha(b"\x00" + entry) for entry in entries]

        def mth(start, end):
            if end - start == 1:
                return leaves[start]
            k = 1
            while 2 * k < end - start:
                k *= 2
            return sha(b"\x01" + mth(start, start + k) + mth(start + k, end))

        return mth(0, len(leaves))

    def root_by_tiles(self):
        """The same from the tiles alone, each taken at the highest level that has it."""

        @cache
        def hashes(level, number):
            data, width = self.tile(level, number)
            assert len(data) == 32 * width
            return [data[i : i + 32] for i in range(0, len(data), 32)]

        def mth(start, end):
            n = end - start
            if n & (n - 1) == 0 and start % n == 0:
                level = (n.bit_length() - 1) // 8
                span = 256**level
                if n == span:
                    number, place = divmod(start // span, 256)
                    return hashes(level, number)[place]
            k = 1
            while 2 * k < n:
                k *= 2
            return sha(b"\x01" + mth(start, start + k) + mth(start + k, end))

        return mth(0, self.size)


def events(directory):
    """Every event of a bundle: the fields of its entry without the digest, and its content."""
    size = int((directory / "checkpoint").read_text().splitlines()[1])
    for number in range(-(-size // 256)):
        width = min(256, size - 256 * number)
        path = path_of(number) + ("" if width == 256 else f".p/{width}")
        entries = (directory / "tile/entries" / path).read_bytes()
        states = (directory / "states" / path).read_bytes()
        at = of = 0
        for _ in range(width):
            (length,) = struct.unpack_from(">H", entries, at)
            data, at = entries[at + 2 : at + 2 + length], at + 2 + length
            (length,) = struct.unpack_from(">I", states, of)
            state, of = states[of + 4 : of + 4 + length], of + 4 + length
            yield _fields(data), state


def _fields(data):
    position, length = struct.unpack_from(">QI", data, 1)
    stream, rest = data[13 : 13 + length].decode(), data[13 + length :]
    version, length = struct.unpack_from(">QI", rest)
    topic = rest[12 : 12 + length].decode()
    (recorded_at,) = struct.unpack_from(">Q", rest, 12 + length)
    return position, stream, version, topic, recorded_at
