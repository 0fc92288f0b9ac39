"""Auditing at the command line: keys, checkpoints, proofs, and the whole log offline."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from registry.__main__ import main
from registry.events.v1.envelope_pb2 import Envelope
from registry.events.v1.store_pb2 import EventRedacted
from registry.ledger.home import Home
from registry.ledger.proofs import State
from registry.ledger.verify import VerifierKey, leaf_hash, to_base64
from registry.projections.tables import VIEW_VERSION
from registry.v1.event_service_pb2 import StoredEvent
from registryctl.auditing.bundles import Bundle, entry_of
from registryctl.auditing.replaying import REDACTED, redacted_since
from tests.cli.service import BIN, served
from tests.postgres import wait_until

KEY = "REGISTRY_VERIFIER_KEY"


@pytest.fixture
def key(service, tmp_path):
    """A file with the key of the service, as an auditor noted it once."""
    (one,) = service.json("audit", "keys")
    assert one["signs"]
    path = tmp_path / "key.txt"
    path.write_text(one["key"] + "\n")
    return str(path)


def kept(service, tmp_path, key, name="kept"):
    """A checkpoint of all that is recorded, kept in a file."""
    position = service.json("view", "list")[0]["headPosition"]
    result = service.run("audit", "checkpoint", "--key", key, "--min-position", str(position))
    assert result.exit_code == 0, result.stderr
    path = tmp_path / name
    path.write_text(result.stdout)
    return str(path), int(position)


def test_a_checkpoint_is_the_signed_note(service, new, key, tmp_path):
    """Its bytes and nothing else, to be kept; its parts where a form is asked for."""
    path, position = kept(service, tmp_path, key)
    note = (tmp_path / "kept").read_text()
    assert note.splitlines()[1] == str(position)
    assert "\u2014 cluster-registry/" in note
    found = service.json("audit", "checkpoint")
    assert found["note"].splitlines()[0] == note.splitlines()[0]
    del path, new


def test_without_a_key_it_says_that_nothing_is_proven(service):
    """What the service says of itself is no proof."""
    result = service.run("audit", "checkpoint")
    assert result.exit_code == 0
    assert "not verified: no key is trusted" in result.stderr


def test_the_log_continues_what_was_kept(service, new, key, tmp_path):
    """And what was kept of another log is not continued."""
    path, position = kept(service, tmp_path, key)
    service.json("cluster", "rename", new, "Other")
    result = service.run("audit", "consistency", path, "--key", key)
    assert result.exit_code == 0, result.stderr
    assert f"verified: the {position} events" in result.stdout


def test_a_checkpoint_that_was_changed_is_tampered_with(service, key, tmp_path):
    """Its signature is of another text."""
    path, position = kept(service, tmp_path, key)
    note = (tmp_path / "kept").read_text()
    (tmp_path / "kept").write_text(note.replace(f"\n{position}\n", f"\n{position - 1}\n", 1))
    result = service.run("audit", "consistency", path, "--key", key)
    assert (result.exit_code, "TAMPERED" in result.stderr) == (1, True)


def test_a_proof_is_checked_without_the_service(service, new, key, tmp_path):
    """It says which event it is of; a byte of it changed, and it proves nothing."""
    position = service.json("cluster", "rename", new, "Proven")["recorded"]["position"]
    result = service.run("audit", "prove", str(position), "--key", key)
    assert result.exit_code == 0, result.stderr
    path = tmp_path / "event.tlog-proof"
    path.write_text(result.stdout)
    found = service.json("--address", "nowhere:1", "audit", "verify", str(path), "--key", key)
    assert found["event"] == f"clusters/{new}@2"
    assert found["type"] == "registry.events.v1.ClusterRenamed"
    changed = result.stdout.replace("extra AQ", "extra AR", 1)
    path.write_text(changed)
    result = service.run("audit", "verify", str(path), "--key", key)
    assert (result.exit_code, "TAMPERED" in result.stderr) == (1, True)


def test_the_whole_log_is_exported_and_verified_offline(service, new, key, tmp_path):
    """With what was kept; every byte counts."""
    old, _ = kept(service, tmp_path, key)
    service.json("cluster", "rename", new, "Exported")
    position = kept(service, tmp_path, key, "newer")[1]
    bundle = tmp_path / "bundle"
    result = service.run("audit", "export", str(bundle), "--key", key)
    assert result.exit_code == 0, result.stderr
    asked = ("audit", "verify", str(bundle), "--checkpoint", old, "--key", key)
    result = service.run("--address", "nowhere:1", *asked)
    assert result.exit_code == 0, result.stderr
    assert f"verified: {position} events of cluster-registry/" in result.stdout
    path = next(bundle.rglob("states/000*/*"), bundle / "states/000")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    result = service.run(*asked)
    assert result.exit_code == 1
    assert "TAMPERED: position " in result.stderr


def test_command_ids_have_to_fit_the_events(service, new, key, tmp_path):
    """One that was taken out, or has other events, is found."""
    kept(service, tmp_path, key)
    bundle = tmp_path / "bundle"
    assert service.run("audit", "export", str(bundle)).exit_code == 0
    commands = bundle / "commands.csv"
    lines = commands.read_text().splitlines(keepends=True)
    recorded = next(n for n, line in enumerate(lines[1:], 1) if line.split(",")[1] != "0")
    command, _, rest = lines[recorded].split(",", 2)
    for forged in (
        lines[:recorded] + lines[recorded + 1 :],
        [*lines[:recorded], f"{command},1,{rest}", *lines[recorded + 1 :]],
    ):
        sums = bundle / "SHA256SUMS"
        before = sha256(commands.read_bytes()).hexdigest()
        commands.write_text("".join(forged))
        after = sha256(commands.read_bytes()).hexdigest()
        sums.write_text(sums.read_text().replace(before, after))
        result = service.run("audit", "verify", str(bundle), "--key", key)
        assert (result.exit_code, "commands.csv" in result.stderr) == (1, True), result.stderr
    del new


def test_nothing_is_verified_without_a_key(service, tmp_path):
    """Exit code 2: it could not be checked."""
    bundle = tmp_path / "bundle"
    assert service.run("audit", "export", str(bundle)).exit_code == 0
    result = service.run("audit", "verify", str(bundle))
    assert (result.exit_code, "no key is trusted" in result.stderr) == (2, True)
    result = service.run("audit", "verify", str(bundle), "--key", "nonsense")
    assert (result.exit_code, "no verifier key" in result.stderr) == (2, True)
    stranger = "example.com/log+d2a7c29c+AQLA92eqNZyXBBsznai8iMo7YqvI3dyZL9WbGyxR+Tjp"
    result = service.run("audit", "verify", str(bundle), "--key", stranger)
    assert (result.exit_code, "no verifier key" in result.stderr) == (2, True)
    result = service.run("audit", "verify", str(tmp_path / "nowhere"), "--key", stranger)
    assert (result.exit_code, "could not check" in result.stderr) == (2, True)


@pytest.mark.parametrize("said", ["x+aa+\u00e9", "k" * 5000, "x+aa+" + "A" * 44])
def test_what_is_no_key_is_told(service, tmp_path, said):
    """Exit code 2, whatever it is; a file with one may begin with a byte order mark."""
    result = service.run("audit", "verify", str(tmp_path), "--key", said)
    assert (result.exit_code, "is no verifier key" in result.stderr) == (2, True)


def test_a_file_of_keys_may_begin_with_a_mark(service, key, tmp_path):
    """As some editors write it."""
    path, _ = kept(service, tmp_path, key)
    (tmp_path / "keys").write_text(Path(key).read_text(), encoding="utf-8-sig")
    result = service.run("audit", "consistency", path, "--key", str(tmp_path / "keys"))
    assert result.exit_code == 0, result.stderr


def test_a_proof_takes_no_checkpoint(service, new, key, tmp_path):
    """It has one itself, and another would not be looked at."""
    path, _ = kept(service, tmp_path, key)
    proof = tmp_path / "mine.tlog-proof"
    service.json("cluster", "rename", new, "Kept", "--receipt", str(proof))
    asked = ("audit", "verify", str(proof), "--key", key, "--checkpoint", path)
    result = service.run(*asked)
    assert (result.exit_code, "is for a bundle" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    "asked",
    [("prove",), ("state", "--position"), ("states", "--after"), ("export", "x", "--min-position")],
)
def test_a_position_that_nobody_can_have_is_a_usage_error(service, asked):
    """Not tampering."""
    assert service.run("audit", *asked, str(2**63)).exit_code == 2


def test_a_log_that_lost_its_end_is_tampered_with(tmp_path):
    """Whoever kept a checkpoint of more finds it, before it has grown again."""
    with served(tmp_path) as service:
        service.json("cluster", "register", "aa", "--name", "A", "--country", "CZ")
        key = service.json("audit", "keys")[0]["key"]
        kept(service, tmp_path, key, "older")
    shutil.copytree(tmp_path / "store", tmp_path / "before")
    with served(tmp_path) as service:
        service.json("cluster", "rename", "aa", "B")
        path, position = kept(service, tmp_path, key)
    shutil.rmtree(tmp_path / "store")
    shutil.move(tmp_path / "before", tmp_path / "store")
    with served(tmp_path) as service:
        result = service.run("audit", "consistency", path, "--key", key)
    assert result.exit_code == 1, result.stderr
    assert f"ends at position {int(position) - 1}: it has lost its end" in result.stderr


def test_another_log_is_not_one_that_lost_its_end(service, key, tmp_path):
    """It is the auditor who asks the wrong service, also where the keys of both are trusted."""
    path, _ = kept(service, tmp_path, key)
    with served(tmp_path) as another:
        trusted = (*("--key", key), *("--key", another.json("audit", "keys")[0]["key"]))
        result = another.run("audit", "consistency", path, *trusted)
    assert (result.exit_code, "keeps another log" in result.stderr) == (2, True), result.stderr


@pytest.mark.parametrize("lines", ["-5\n", "0\n", "1\n\n", "two\n", f"{2**63}\n"])
def test_a_position_to_replay_is_one(service, key, tmp_path, lines):
    """What a file has besides is a usage error, which names the option."""
    bundle = tmp_path / "bundle"
    assert service.run("audit", "export", str(bundle), "--key", key).exit_code == 0
    result = CliRunner().invoke(main, ["replay", str(bundle), "--positions", "-"], input=lines)
    assert (result.exit_code, "--positions" in result.stderr) == (2, True), result.stderr


def test_an_answer_that_nobody_reads_is_no_tampering(service, key, tmp_path):
    """The disk is full, the reader is gone."""
    bundle = tmp_path / "bundle"
    assert service.run("audit", "export", str(bundle), "--key", key).exit_code == 0
    program = [BIN / "registryctl", "audit", "verify", bundle, "--key", key]
    with Path("/dev/full").open("wb") as full:
        assert subprocess.run(program, stdout=full, check=False).returncode == 2
    read, write = os.pipe()
    os.close(read)
    assert subprocess.run(program, stdout=write, check=False).returncode == 2
    os.close(write)


def test_an_export_overwrites_nothing(service, tmp_path):
    """A directory that is not empty is left as it is."""
    (tmp_path / "mine").write_text("mine")
    result = service.run("audit", "export", str(tmp_path))
    assert (result.exit_code, "not empty" in result.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_receipt_is_kept_in_a_file(service, new, key, tmp_path):
    """It is the proof of what the command recorded."""
    path = tmp_path / "mine.tlog-proof"
    service.json("cluster", "rename", new, "Kept", "--receipt", str(path))
    found = service.json("audit", "verify", str(path), "--key", key)
    assert found["event"] == f"clusters/{new}@2"
    again = tmp_path / "again.tlog-proof"
    result = service.run("cluster", "rename", new, "Kept", "--receipt", str(again))
    assert (result.exit_code, again.exists()) == (0, False)
    assert "no receipt" in result.stderr


def test_the_views_are_recomputed_from_the_bundle(service, new, key, tmp_path):
    """What the events make is what the service had; a statement of other views is found out."""
    kept(service, tmp_path, key)
    bundle = tmp_path / "bundle"
    assert service.run("audit", "export", str(bundle), "--key", key).exit_code == 0
    result = service.run("audit", "replay", str(bundle), "--key", key)
    assert result.exit_code == 0, result.stderr
    assert "are what was signed" in result.stdout
    older = service.run("audit", "state", "--position", "1", "--key", key)
    assert older.exit_code == 0, older.stderr
    lines = older.stdout.splitlines()
    assert lines[0].endswith("/state")
    assert lines[1] == "1"
    del new


def published(service, after=0):
    """The digests that the service published after a position, once there is one."""
    wait_until(
        lambda: service.json("audit", "states", "--after", str(after)), "a digest to be published"
    )
    return service.json("audit", "states", "--after", str(after))


def with_digest(bundle, digest):
    """Have a bundle say something else in the first of its published digests."""
    path, sums = bundle / "digests.ndjson", bundle / "SHA256SUMS"
    before = sha256(path.read_bytes()).hexdigest()
    first, *rest = path.read_text().splitlines(keepends=True)
    path.write_text("".join([json.dumps(json.loads(first) | {"note": digest}) + "\n", *rest]))
    sums.write_text(sums.read_text().replace(before, sha256(path.read_bytes()).hexdigest()))


def test_what_the_views_were_is_published_and_compared(tmp_path):
    """Every published digest is in the bundle, and each has to be what the events make."""
    with served(tmp_path, REGISTRY_LEDGER_STATE_EVENTS="3") as service:
        (one,) = service.json("audit", "keys")
        asked = ("--key", one["key"])
        last = 0
        for names in (("aa", "bb", "cc"), ("dd", "ee", "ff")):
            for name in names:
                service.json("cluster", "register", name, "--name", name)
            last = int(published(service, last)[-1]["position"])
        listed = service.json("audit", "states", *asked)
        assert [each["viewVersion"] for each in listed] == [VIEW_VERSION] * 2
        assert int(listed[1]["position"]) == last
        stranger = VerifierKey.of(one["key"].partition("+")[0], bytes(32))
        result = service.run("audit", "states", "--key", str(stranger))
        assert (result.exit_code, "the digest of position" in result.stderr) == (2, True), (
            result.stderr
        )
        bundle = tmp_path / "bundle"
        assert service.run("audit", "export", str(bundle), *asked).exit_code == 0
    result = service.run("audit", "replay", str(bundle), *asked)
    assert result.exit_code == 0, result.stderr
    assert "so are 2 published digests, each at its position" in result.stdout
    home = Home(tmp_path / "store/ledger")
    state = State.parse(listed[0]["note"])
    for changed, code, said in (
        (state._replace(view_version=1), 0, "1 cannot be compared: views of other versions"),
        (state._replace(digest=bytes(32)), 1, f"other views up to position {state.position}"),
        (state._replace(position=99), 1, "of position 99, which is not in the bundle"),
        (state._replace(origin="another/log"), 1, "is of another log"),
    ):
        with_digest(bundle, home.sign_text(changed.text()))
        result = service.run("audit", "replay", str(bundle), *asked)
        assert (result.exit_code, said in result.output) == (code, True), result.output


def test_views_of_content_that_was_redacted_since_cannot_be_compared(tmp_path):
    """Those of the positions at which it was known; before, between and after they can."""
    bundle = Bundle(tmp_path / "bundle")
    says = [EventRedacted(version=version).SerializeToString() for version in (2, 6)]
    first, second = (Envelope(payload=each).SerializeToString() for each in says)
    told = [("One", b"1"), ("Two", b""), ("Three", b"3"), (REDACTED, first), ("Five", b"5")]
    told += [("Six", b""), (REDACTED, second), ("Eight", b"8")]
    for position, (topic, state) in enumerate(told, 1):
        event = StoredEvent(position=position, stream="s", version=position, topic=topic)
        event.state, event.recorded_at = state, position
        event.redaction.state_sha256 = bytes(32)
        event.leaf = leaf_hash(entry_of(event))
        bundle.add(event)
    bundle.write("checkpoint", f"log\n8\n{to_base64(bundle.finish())}\n\n")
    found = redacted_since(tmp_path / "bundle", range(1, 9))
    assert found == [2, 3, 6]


def test_views_that_were_changed_are_not_what_the_events_make(tmp_path):
    """Somebody with the database made the figures say something else."""
    with served(tmp_path) as service:
        for name in ("aa", "bb"):
            service.json("cluster", "register", name, "--name", name, "--country", "PL")
            service.json("cluster", "set-ecosystems", name, "retail")
        (one,) = service.json("audit", "keys")
        service.run("audit", "checkpoint", "--min-position", "5")
        service.json("cluster", "list", "--min-position", "5")
        with contextlib.closing(sqlite3.connect(tmp_path / "store/views-1.db")) as views:
            views.execute("UPDATE tags SET ecosystem = 'health'")
            views.commit()
        bundle = tmp_path / "bundle"
        assert service.run("audit", "export", str(bundle)).exit_code == 0
        asked = (str(bundle), "--key", one["key"])
        assert service.run("audit", "verify", *asked).exit_code == 0
        result = service.run("audit", "replay", *asked)
        assert (result.exit_code, "make other views" in result.stderr) == (1, True)
