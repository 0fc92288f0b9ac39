"""Bundles of a log, and what somebody may do to them."""

import shutil
from hashlib import sha256

from registry.eventstore.redactions import redactions_of
from registry.ledger.proofs import State
from registry.ledger.verify import commands_text, verify
from registry.server.stored import stored
from registryctl.auditing.bundles import Bundle

SIDES = (
    *("checkpoint", "checkpoints.ndjson", "commands", "commands.csv"),
    *("digests.ndjson", "policy", "state"),
)


def write(directory, log, home):
    """Write the bundle of a log as far as it is signed, as `registryctl audit export` does."""
    bundle, signed = Bundle(directory), home.newest()
    rows = log.read_after(0, signed.checkpoint.size)
    redactions = redactions_of(log, rows)
    for row in rows:
        bundle.add(stored(row, redactions))
    assert bundle.finish() == signed.checkpoint.root
    bundle.write("checkpoint", signed.note)
    bundle.write_rows(
        "checkpoints.ndjson",
        (
            {"size": each.checkpoint.size, "signed_at": each.signed_at, "note": each.note}
            for each in home.history()
        ),
    )
    bundle.write_rows(
        "digests.ndjson",
        (
            {
                "position": each.state.position,
                "published_at": each.published_at,
                "note": each.note,
            }
            for each in home.digests()
        ),
    )
    rows = log.read_commands("", signed.checkpoint.size, 10**6)
    digest = bundle.write_commands(rows)
    origin, size, _ = signed.checkpoint
    bundle.write("commands", home.sign_text(commands_text(origin, size, digest)))
    bundle.write("policy", "".join(f"log {key}\n" for key, _ in home.keys.verifiers()))
    state = State(signed.checkpoint.origin, signed.checkpoint.size, 1, bytes(32))
    bundle.write("state", home.sign_text(state.text()))
    bundle.write_sums()
    return directory


def put(bundle, name, data):
    """Make a file of a bundle another one, and its digest."""
    sums = (bundle / "SHA256SUMS").read_text()
    before, after = (sha256(each).hexdigest() for each in ((bundle / name).read_bytes(), data))
    (bundle / name).write_bytes(data)
    changed = sums.replace(f"{before}  {name}\n", f"{after}  {name}\n")
    (bundle / "SHA256SUMS").write_text(changed)


class Copy:
    """A copy of a bundle, in which one file at a time is changed and put back."""

    def __init__(self, original, directory, keys, kept):
        shutil.copytree(original, directory)
        self.directory = directory
        self.keys, self.kept = keys, kept
        self.paths = sorted(path for path in directory.rglob("*") if path.is_file())

    def verify(self):
        """Verify it as an auditor who kept a checkpoint."""
        return verify(self.directory, self.keys, self.kept)

    def flips(self):
        """Every byte of every file: the path and the place."""
        return [(path, place) for path in self.paths for place in range(path.stat().st_size)]

    def flipped(self, path, place, bit):
        """What a verification says while a bit is changed."""
        data = bytearray(path.read_bytes())
        data[place] ^= 1 << bit
        return self.with_file(path, bytes(data))

    def with_file(self, path, data):
        """What a verification says while a file is another; None: while it is missing."""
        before = path.read_bytes()
        try:
            if data is None:
                path.unlink()
            else:
                path.write_bytes(data)
            return self.verify()
        finally:
            path.write_bytes(before)
