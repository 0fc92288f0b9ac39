"""What is recorded is signed, and nothing is signed that does not continue what was."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from hashlib import sha256

import pytest

from registry.errors import NotSigned, StoreFault
from registry.eventstore.store import EVENTS_FILE
from registry.ledger.home import Home
from registry.ledger.proofs import State, continues
from registry.ledger.signer import Ledger
from registry.ledger.verify import (
    NotChecked,
    Tampered,
    VerifierKey,
    entry,
    note_text,
    open_checkpoint,
    open_note,
)
from tests.ledger.conftest import ORIGIN
from tests.ledger.rfc import Naive
from tests.postgres import wait_until


def root_of(log, size):
    """Root of the first events, by the definitions of the RFC."""
    naive = Naive([])
    naive.leaves = [row.leaf for row in log.read_after(0, size)]
    return naive.mth(0, size)


def test_what_is_recorded_is_signed(place):
    """By the key that was printed, and with the root of all leaves."""
    log = place.open().log
    ledger = place.ledger(log)
    for _ in range(3):
        position = place.record(log, 7)
        ledger.notify()
        signed = ledger.newest(position, timeout_s=20)
        checkpoint = open_checkpoint(signed.note, place.keys())
        assert checkpoint == signed.checkpoint
        assert (checkpoint.origin, checkpoint.size) == (ORIGIN, position)
        assert checkpoint.root == root_of(log, position)
    sizes = [each.checkpoint.size for each in place.home.history()]
    assert sizes[0] == 0
    assert sizes[-1] == position
    assert sizes == sorted(set(sizes))


def test_who_asks_for_a_position_does_not_wait_for_the_interval(place):
    """A receipt comes at once, however seldom checkpoints are signed."""
    log = place.open().log
    ledger = place.ledger(log, interval_s=600)
    for _ in range(3):
        position = place.record(log)
        assert ledger.newest(position, timeout_s=10).checkpoint.size >= position


def test_proofs_are_believed(place):
    """That each event is in the log, and that the log continues each older checkpoint."""
    log = place.open().log
    ledger = place.ledger(log)
    signed = ledger.newest(place.record(log, 20), timeout_s=20)
    older = signed.checkpoint
    signed = ledger.newest(place.record(log, 30), timeout_s=20)
    newer = signed.checkpoint
    for row in log.read_after(0, 100):
        digest = sha256(row.state).digest()
        data = entry(row.position, row.stream, row.version, row.topic, row.recorded_at, digest)
        (proof,) = ledger.proofs([row], signed, {})
        proven, checkpoint = proof.check(place.keys())
        assert checkpoint == newer
        assert entry(*proven) == data
    hashes = ledger.consistency(older.size, signed)
    assert continues(older.root, older.size, newer.root, newer.size, hashes)


def test_a_restart_goes_on_from_what_was_signed(place):
    """Also where nothing was recorded meanwhile."""
    store = place.open()
    ledger = place.ledger(store.log)
    signed = ledger.newest(place.record(store.log, 300), timeout_s=20)
    ledger.close()
    again = place.ledger(store.log)
    assert again.newest() == signed
    position = place.record(store.log)
    assert again.newest(position, timeout_s=20).checkpoint.root == root_of(store.log, position)


def test_one_process_signs_and_others_hear_of_it(place):
    """The one that stops is replaced by the other."""
    log = place.open().log
    first = place.ledger(log)
    position = place.record(log)
    first.newest(position, timeout_s=20)
    other = place.ledger(log)
    assert other.newest(position, timeout_s=20) == first.newest(position)
    first.close()
    position = place.record(log)
    assert other.newest(position, timeout_s=20).checkpoint.size == position


# -- history that was lost or changed --------------------------------------------------


def change(place, position, leaf):
    """Give an event another leaf, as somebody with the database in hand can."""
    with contextlib.closing(sqlite3.connect(place.directory / EVENTS_FILE)) as connection:
        connection.execute("UPDATE events SET leaf = ? WHERE position = ?", [leaf, position])
        connection.commit()


def refusal(ledger):
    """Why a ledger signs nothing."""
    wait_until(lambda: ledger.refusal, "the ledger to refuse")
    return ledger.refusal


@pytest.fixture
def restored(embedded):
    """A store of which an older backup was restored, and what had been signed of the newer one."""
    store = embedded.open()
    embedded.record(store.log, 5)
    store.close()
    backup = embedded.directory.with_name("backup.db")
    shutil.copy(embedded.directory / EVENTS_FILE, backup)
    store = embedded.open()
    ledger = embedded.ledger(store.log)
    position = embedded.record(store.log, 5)
    signed = ledger.newest(position, timeout_s=20)
    ledger.close()
    store.close()
    for path in embedded.directory.glob("events.db*"):
        path.unlink()
    shutil.copy(backup, embedded.directory / EVENTS_FILE)
    return embedded, signed


def test_a_log_that_lost_its_end_is_not_signed(restored):
    """It says what was signed and what to do; what was signed is answered further on."""
    place, signed = restored
    ledger = place.ledger(place.open().log)
    said = refusal(ledger)
    assert f"ends at position 6, but position {signed.checkpoint.size} was signed" in said
    assert "Restore" in said
    assert "registry ledger begin" in said
    assert ledger.newest() == signed
    with pytest.raises(NotSigned, match="ends at position 6"):
        ledger.newest(signed.checkpoint.size + 1, timeout_s=20)


def test_another_history_of_the_same_length_is_not_signed(restored):
    """Nor a longer one: no two trees of one size are ever signed."""
    place, signed = restored
    log = place.open().log
    while place.record(log) < signed.checkpoint.size + 3:
        pass
    assert "is not the one that was signed" in refusal(place.ledger(log))
    assert place.home.newest() == signed


def test_another_history_under_a_running_service_is_not_signed(embedded):
    """A database that fell back to an older state and grew again, while the ledger looked on."""
    log = embedded.open().log
    ledger = embedded.ledger(log, interval_s=600)
    position = embedded.record(log, 6)
    signed = ledger.newest(position, timeout_s=20)
    change(embedded, position, b"x" * 32)
    embedded.record(log, 3)
    with pytest.raises(NotSigned, match="is not the one that was signed"):
        ledger.newest(position + 3, timeout_s=20)
    assert embedded.home.newest() == signed


def test_an_older_event_that_was_changed_is_not_signed_over(embedded):
    """Its leaf was made to fit by whoever had the database."""
    store = embedded.open()
    ledger = embedded.ledger(store.log)
    ledger.newest(embedded.record(store.log, 6), timeout_s=20)
    ledger.close()
    store.close()
    change(embedded, 3, b"x" * 32)
    assert "is not the one that was signed" in refusal(embedded.ledger(embedded.open().log))


def test_nothing_is_proven_of_a_log_that_lost_an_event(embedded):
    """It says that it is another log; nothing is a fault of the service."""
    log = embedded.open().log
    signed = embedded.ledger(log).newest(embedded.record(log, 6), timeout_s=20)
    (row,) = log.read_after(3, 1)
    with contextlib.closing(sqlite3.connect(embedded.directory / EVENTS_FILE)) as connection:
        connection.execute("DELETE FROM events WHERE position = 2")
        connection.commit()
    again = Ledger(log, embedded.home)  # its tree is not grown yet
    with pytest.raises(NotSigned, match="is missing in the log"):
        again.proofs([row], signed, {})
    with pytest.raises(NotSigned, match="is missing in the log"):
        again.consistency(3, signed)


def test_it_signs_again_when_the_log_is_whole_again(embedded):
    """Without a restart."""
    log = embedded.open().log
    ledger = embedded.ledger(log, interval_s=600)
    position = embedded.record(log, 6)
    ledger.newest(position, timeout_s=20)
    (leaf,) = log.read_leaves(position - 1, position)
    change(embedded, position, b"x" * 32)
    embedded.record(log)
    with pytest.raises(NotSigned, match="is not the one that was signed"):
        ledger.newest(position + 1, timeout_s=20)
    change(embedded, position, leaf)
    wait_until(lambda: not ledger.refusal, "the ledger to sign again")
    assert ledger.newest(position + 1, timeout_s=20).checkpoint.root == root_of(log, position + 1)


def test_a_checkpoint_that_is_missing_is_not_begun_anew(place):
    """Without what was signed last nobody knows what to continue."""
    log = place.open().log
    (place.home.directory / "checkpoint").unlink()
    with pytest.raises(StoreFault, match="last signed checkpoint"):
        place.ledger(log)
    with pytest.raises(StoreFault, match="there is a ledger"):
        place.home.begin(ORIGIN)


# -- a process that dies anywhere ------------------------------------------------------

SIGN = """
import os, sys
from pathlib import Path
from registry.eventstore.store import open_sqlite
from registry.ledger.home import Home
from registry.ledger.signer import Ledger

left = int(sys.argv[3])

def dying(call):
    def instead(*args, **kwargs):
        global left
        left -= 1
        if not left:
            os._exit(9)
        return call(*args, **kwargs)
    return instead

store, home = open_sqlite(Path(sys.argv[1])), Home(Path(sys.argv[2]))
ledger = Ledger(store.log, home)
os.fsync, Path.replace, os.open = dying(os.fsync), dying(Path.replace), dying(os.open)
home.sign, home.lock = dying(home.sign), dying(home.lock)
ledger.start()
print(ledger.newest(store.log.head().position, 20).note, end="")
"""


def test_a_crash_at_any_point_yields_no_two_trees_of_one_size(embedded):
    """Each time it died the log grew otherwise; whatever was signed is one history."""
    store = embedded.open()
    embedded.record(store.log, 3)
    store.close()
    notes = []
    for step in range(1, 20):
        command = [sys.executable, "-c", SIGN, embedded.directory, embedded.home.directory]
        done = subprocess.run([*command, str(step)], capture_output=True, text=True, check=False)
        assert done.returncode in {0, 9}, done.stderr
        notes += [done.stdout] if done.stdout else []
        notes.append(embedded.home.newest().note)
        store = embedded.open()
        embedded.record(store.log)
        store.close()
        if done.returncode == 0:
            break
    assert done.returncode == 0
    assert step > 5
    notes += [each.note for each in embedded.home.history()]
    signed = {open_checkpoint(note, embedded.keys()) for note in notes}
    assert len({each.size for each in signed}) == len(signed)
    log = embedded.open().log
    assert all(each.root == root_of(log, each.size) for each in signed if each.size)
    assert [each.checkpoint for each in embedded.home.history()] == sorted(
        signed, key=lambda each: each.size
    )


# -- keys ------------------------------------------------------------------------------


def test_a_signature_is_of_its_text_alone(tmp_path):
    """Under another text it is believed nowhere, nor without the key that made it."""
    home = Home(tmp_path / "ledger")
    home.begin(ORIGIN)
    ((key, _),) = home.keys.verifiers()
    note = home.newest().note
    assert open_note(note, [key]) == note_text(note)
    with pytest.raises(Tampered, match="is not the text that"):
        open_note(note.replace("\n0\n", "\n1\n"), [key])
    with pytest.raises(NotChecked, match="none of the keys"):
        open_note(note, [VerifierKey.of(ORIGIN, bytes(32))])
    for broken in ("", note_text(note), note.replace("\u2014", "-"), note.rstrip("\n")):
        with pytest.raises(NotChecked):
            open_note(broken, [key])


def test_a_key_speaks_for_its_own_log_only(tmp_path):
    """Also where it is trusted, beside that of the log it speaks of."""
    one, other = (Home(tmp_path / name) for name in ("one", "other"))
    one.begin("registry.example/one")
    other.begin("registry.example/other")
    keys = [key for home in (one, other) for key, _ in home.keys.verifiers()]
    checkpoint = one.newest().checkpoint
    state = State(checkpoint.origin, 1, 1, bytes(32))
    assert open_checkpoint(one.sign_text(checkpoint.text()), keys) == checkpoint
    assert State.open(one.sign_text(state.text()), keys) == state
    with pytest.raises(NotChecked, match="none of the keys"):
        open_checkpoint(other.sign_text(checkpoint.text()), keys)
    with pytest.raises(NotChecked, match="none of the keys"):
        State.open(other.sign_text(state.text()), keys)


def test_a_new_key_overlaps_with_the_older_one(place):
    """Checkpoints bear both signatures until the older key is retired."""
    log = place.open().log
    ledger = place.ledger(log)
    (older,) = place.keys()
    before = ledger.newest(place.record(log), timeout_s=20)
    newer = place.home.keys.make(ORIGIN)
    both = ledger.newest(place.record(log), timeout_s=20)
    place.home.keys.retire(older.key_id.hex())
    after = ledger.newest(place.record(log), timeout_s=20)
    assert [key for key, signs in place.home.keys.verifiers() if signs] == [newer]
    for note, key, good in (
        *((before.note, older, True), (before.note, newer, False)),
        *((both.note, older, True), (both.note, newer, True)),
        *((after.note, older, False), (after.note, newer, True)),
    ):
        if good:
            assert open_checkpoint(note, [key])
        else:
            with pytest.raises(NotChecked, match="none of the keys"):
                open_checkpoint(note, [key])


def test_a_new_key_signs_what_was_signed_before_it(place):
    """Nobody who knows that key alone has to wait until something is recorded."""
    log = place.open().log
    ledger = place.ledger(log)
    (older,) = place.keys()
    signed = ledger.newest(place.record(log), timeout_s=20)
    newer = place.home.keys.make(ORIGIN)
    ledger.notify()
    wait_until(lambda: place.home.is_signed(ledger.newest()), "the newer key to sign")
    place.home.keys.retire(older.key_id.hex())
    for note in (ledger.newest().note, place.home.newest().note):
        assert open_checkpoint(note, [newer]) == open_checkpoint(note, [older]) == signed.checkpoint
    size = signed.checkpoint.size
    assert {each.checkpoint for each in place.home.history(size - 1)} == {signed.checkpoint}


@pytest.mark.parametrize("kept", [0, 40, -10])
def test_a_history_that_was_cut_off_is_mended(tmp_path, kept):
    """The newest checkpoint is in it again, and no half of a line."""
    home = Home(tmp_path / "ledger")
    home.begin(ORIGIN)
    path = tmp_path / "ledger" / "checkpoints.ndjson"
    path.write_bytes(path.read_bytes()[:kept])
    assert home.lock()
    home.unlock()
    assert list(home.history()) == [home.newest()]


def test_the_last_key_is_not_retired(tmp_path):
    """Else nothing could be signed any more."""
    home = Home(tmp_path / "ledger")
    home.begin(ORIGIN)
    ((key, _),) = home.keys.verifiers()
    with pytest.raises(StoreFault, match="only key"):
        home.keys.retire(key.key_id.hex())
    with pytest.raises(StoreFault, match="no key 00000000 signs"):
        home.keys.retire("00000000")


def test_a_private_key_is_for_its_owner_alone(tmp_path):
    """Nobody else may read the file."""
    home = Home(tmp_path / "ledger")
    home.begin(ORIGIN)
    (path,) = (tmp_path / "ledger" / "keys").glob("*.key")
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "ledger" / "keys").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("text", ["", "a+b", "a+00000000+AAAA", "name only"])
def test_what_is_no_key_is_refused(text):
    """With a sentence, whatever it is."""
    with pytest.raises(NotChecked, match="no verifier key"):
        VerifierKey.parse(text)


def test_nothing_is_proven_of_a_log_with_another_end(embedded):
    """As one that was restored, and went on to the size that was signed."""
    log = embedded.open().log
    signed = embedded.ledger(log).newest(embedded.record(log, 6), timeout_s=20)
    change(embedded, 7, b"x" * 32)
    rows = log.read_after(3, 1)
    again = Ledger(log, embedded.home)
    with pytest.raises(NotSigned, match="another root"):
        again.proofs(rows, signed, {})
