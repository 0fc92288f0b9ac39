"""A bundle is verified from its first byte to its last, against what was signed and kept."""

import contextlib
import json
import os
import random
import shutil
from hashlib import sha256

import pytest

from registry.ledger.home import Home
from registry.ledger.proofs import Proof, State
from registry.ledger.verify import (
    Checkpoint,
    Entry,
    NotChecked,
    Tampered,
    VerifierKey,
    commands_text,
    entry,
    read_rows,
    tile_path,
    verify,
)
from registry.v1.event_service_pb2 import StoredEvent
from tests.ledger import bundled, tlog
from tests.ledger.bundled import put
from tests.ledger.conftest import ORIGIN, Place
from tests.ledger.redacted import with_words

EVENTS = 1000
FLIPS = 60
"""Bytes of the everyday run; `make test-hostile` takes all of them."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A bundle of a thousand events, its keys, and a checkpoint that was kept on the way."""
    directory = tmp_path_factory.mktemp("bundle")
    with contextlib.ExitStack() as closing:
        place = Place(closing, directory / "ledger", directory=directory / "store")
        log = place.open().log
        ledger = place.ledger(log)
        kept = ledger.newest(place.record(log, 700), timeout_s=60).note
        ledger.newest(place.record(log, EVENTS - 701), timeout_s=60)
        ledger.close()
        for position in (700, EVENTS):
            place.home.publish(State(ORIGIN, position, 1, bytes(32)), position)
        bundle = bundled.write(directory / "made", log, place.home)
        yield bundle, place.keys(), {"mine": kept}, place.home


@pytest.fixture
def copy(made, tmp_path):
    """A copy of it."""
    bundle, keys, kept, _ = made
    return bundled.Copy(bundle, tmp_path / "copy", keys, kept)


def test_a_bundle_is_verified(copy):
    """All that was signed of it."""
    found = copy.verify()
    assert found.checkpoint.size == EVENTS
    assert found.checkpoints >= 3
    assert not found.redacted


def test_another_reader_of_the_format_reads_it(made):
    """Tiles, entries and checkpoint, by a reader written from the C2SP documents alone."""
    bundle, keys, *_ = made
    log = tlog.Log(bundle, str(keys[0]))
    assert log.size == EVENTS
    entries = list(log.entries())
    assert [Entry.parse(data, n).position for n, data in enumerate(entries, 1)] == [
        *range(1, EVENTS + 1)
    ]
    assert log.root_of(entries) == log.root == log.root_by_tiles()


def undetected(copy, flips):
    """Those of the flips that nobody noticed."""
    missed = []
    for (path, place), bit in flips:
        try:
            copy.flipped(path, place, bit)
        except (Tampered, NotChecked):
            continue
        missed.append((path, place, bit))
    return missed


def test_a_byte_that_was_changed_is_found(copy):
    """Anywhere: some bytes of every file."""
    draw = random.Random(os.environ.get("HOSTILE_SEED", "1"))
    of_each = {path: (path, place) for path, place in copy.flips()}.values()
    flips = [*of_each, *draw.sample(copy.flips(), FLIPS)]
    assert undetected(copy, [(flip, draw.randrange(8)) for flip in flips]) == []


@pytest.mark.hostile
@pytest.mark.parametrize("part", range(8))
def test_every_byte_that_was_changed_is_found(copy, part):
    """Every byte of a thousand events in turn."""
    draw = random.Random(part)
    flips = [(flip, draw.randrange(8)) for flip in copy.flips()[part::8]]
    if os.environ.get("SHORT"):
        flips = flips[:: len(flips) // 60]
    assert undetected(copy, flips) == []


@pytest.mark.parametrize("data", [b"", b"x", None])
def test_a_file_that_is_missing_or_another_is_found(copy, data):
    """Each of them."""
    for path in copy.paths:
        if path.read_bytes() != data:
            with pytest.raises((Tampered, NotChecked)):
                copy.with_file(path, data)
        with pytest.raises((Tampered, NotChecked)):
            copy.with_file(path, path.read_bytes() + b"x")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (",1,1,1,", ",2,1,1,"),
        (",1,1,1,", ",1,2,1,"),
        (",1,1,1,", ",01,1,1,"),
        (",1,1,1,", ",1 ,1,1,"),
        (",1,1,1,", ",1,1,"),  # a field is missing
        (",1,1,1,", ",,1,1,1,"),
        (",1,1,1,", "\n1,1,1,"),  # one in two lines
        ("\n", ""),  # two in a line
        ("id,", "name,"),  # other columns
        ("other,4,4,4,", "back,0,0,0,,0,1,\nother,4,4,4,"),  # an id twice
    ],
)
def test_a_row_that_is_none_is_found(tmp_path, old, new):
    """Also where the operator signed it."""
    home = Home(tmp_path / "ledger")
    home.begin(ORIGIN)
    bundle = with_words().write(tmp_path / "bundle", home)
    keys = [key for key, _ in home.keys.verifiers()]
    verify(bundle, keys)
    before = (bundle / "commands.csv").read_bytes()
    changed = before.replace(old.encode(), new.encode(), 1)
    assert changed != before
    text = commands_text(ORIGIN, verify(bundle, keys).checkpoint.size, sha256(changed).digest())
    put(bundle, "commands", home.sign_text(text).encode())
    put(bundle, "commands.csv", changed)
    with pytest.raises(Tampered, match=r"commands\.csv (does not|lacks)|line . of commands\.csv"):
        verify(bundle, keys)


def test_commands_are_those_that_were_signed(made, copy, tmp_path):
    """All of each, also what no event says: else a restored store would answer others."""
    *_, home = made
    other = Home(tmp_path / "other")
    other.begin("registry.example/other")
    table, note = ((copy.directory / name).read_bytes() for name in ("commands.csv", "commands"))
    digest = sha256(table).digest()
    fingerprint = table.splitlines()[-1].split(b",")[-1]
    put(copy.directory, "commands.csv", table.replace(fingerprint, bytes(64)))
    with pytest.raises(Tampered, match=r"commands\.csv is not what was signed"):
        copy.verify()
    put(copy.directory, "commands.csv", table)
    for wrong in (
        home.sign_text(commands_text(ORIGIN, EVENTS - 1, digest)),
        home.sign_text(commands_text("registry.example/other", EVENTS, digest)),
        home.newest().note,
        other.sign_text(commands_text(ORIGIN, EVENTS, digest)),
        other.sign_text(commands_text("registry.example/other", EVENTS, digest)),
        "",
    ):
        put(copy.directory, "commands", wrong.encode())
        with pytest.raises((Tampered, NotChecked)):
            copy.verify()
    put(copy.directory, "commands", note)
    copy.verify()


@pytest.mark.parametrize(
    "name", ["tile/entries/003", "states/009", "tile/7/000", "tile/0/003.p/1", "tile/entries/x"]
)
def test_a_tile_that_is_none_of_the_log_is_found(copy, name):
    """Other readers might take it for one; what lies beside the tiles is not looked at."""
    (copy.directory / "notes.txt").write_text("mine")
    (copy.directory / "tile" / ".DS_Store").write_text("of a file manager")
    copy.verify()
    (copy.directory / name).parent.mkdir(parents=True, exist_ok=True)
    (copy.directory / name).write_bytes(b"x")
    with pytest.raises(Tampered, match=f"{name} is no part"):
        copy.verify()


def test_a_directory_of_tiles_elsewhere_is_found(copy, tmp_path):
    """Other readers would follow the link."""
    (tmp_path / "elsewhere").mkdir()
    (copy.directory / "tile/0/x001").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Tampered, match="tile/0/x001 is no part"):
        copy.verify()


@pytest.mark.parametrize("name", ["checkpoint", "commands.csv", "tile/0/000", "states/000"])
def test_what_is_no_file_is_not_read(copy, name):
    """It could be without end, or never begin."""
    path = copy.directory / name
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises((Tampered, NotChecked), match=r"no (such )?file"):
        copy.verify()
    path.unlink()
    os.mkfifo(path)
    with pytest.raises((Tampered, NotChecked), match=r"no (such )?file"):
        copy.verify()


def test_what_was_signed_of_the_views_is_of_the_end_of_this_log(made, copy):
    """Not of an earlier position, and not of another log."""
    *_, home = made
    state = State(ORIGIN, EVENTS, 1, bytes(32))
    for wrong, said in (
        (state._replace(position=700), "not of the end"),
        (state._replace(origin="registry.example/other"), "of another log"),
    ):
        put(copy.directory, "state", home.sign_text(wrong.text()).encode())
        with pytest.raises(Tampered, match=said):
            copy.verify()
    put(copy.directory, "state", b"x")
    with pytest.raises(Tampered, match="state is no digest"):
        copy.verify()
    put(copy.directory, "state", home.sign_text(state.text()).encode())
    copy.verify()


def test_checkpoints_are_counted_once(copy):
    """However often a line is there."""
    found = copy.verify().checkpoints
    line = (copy.directory / "checkpoints.ndjson").read_bytes()
    put(copy.directory, "checkpoints.ndjson", line * 5)
    assert copy.verify().checkpoints == found


@pytest.mark.parametrize("rows", ["[1]", '{"note": "x"}', '{"note": "a\\n1"}', "{}", "5"])
def test_a_checkpoint_that_is_none_is_named(copy, rows):
    """By its line."""
    put(copy.directory, "checkpoints.ndjson", f"{rows}\n".encode())
    with pytest.raises(Tampered, match=r"line 1 of checkpoints\.ndjson"):
        copy.verify()


def test_one_row_a_line_is_read_by_its_line_feeds(made, copy):
    """By nothing else that may count for the end of a line."""
    *_, home = made
    note = home.sign_text(State(ORIGIN, 700, 1, bytes(32)).text())
    row = json.dumps({"note": note, "said": "one\u2028two"}, ensure_ascii=False)
    put(copy.directory, "digests.ndjson", f"{row}\n".encode())
    copy.verify()
    assert len(list(read_rows(copy.directory / "digests.ndjson"))) == 1
    put(copy.directory, "digests.ndjson", f"{row}, {row}\n".encode())
    with pytest.raises(Tampered, match="line 1"):
        copy.verify()


def test_a_time_has_an_end():
    """No store could keep it."""
    for recorded_at in (0, 2**63 - 1):
        assert Entry.parse(entry(1, "s", 1, "t", recorded_at, bytes(32)), 1)
    with pytest.raises(Tampered):
        Entry.parse(entry(1, "s", 1, "t", 2**63, bytes(32)), 1)


def with_digests(copy, *notes):
    """What a verification says of a bundle with these published digests."""
    lines = "".join(json.dumps({"note": note}) + "\n" for note in notes)
    put(copy.directory, "digests.ndjson", lines.encode())
    return copy.verify()


def test_a_published_digest_is_a_statement_of_this_log(made, copy, tmp_path):
    """Of a position in the bundle; by a trusted key, or by one that is not known any more."""
    *_, home = made
    state = State(ORIGIN, 700, 1, bytes(32))
    note = home.sign_text(state.text())
    older = Home(tmp_path / "older")
    older.begin(ORIGIN)
    assert with_digests(copy, note, older.sign_text(state.text()))
    assert with_digests(copy)
    for wrong, said in (
        (home.sign_text(state._replace(position=EVENTS + 1).text()), "not in the bundle"),
        (home.sign_text(state._replace(position=0).text()), "not in the bundle"),
        (home.sign_text(state._replace(origin="registry.example/other").text()), "another log"),
        (note.replace("\n700\n", "\n701\n"), "line 2 of digests.ndjson is not the text"),
        (home.newest().note, "line 2 of digests.ndjson is no digest"),
        (5, "no digest"),
    ):
        with pytest.raises(Tampered, match=said):
            with_digests(copy, note, wrong)


@pytest.mark.parametrize("name", ["checkpoints.ndjson", "digests.ndjson"])
@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        "1" * 5000,
        json.dumps({"note": f"{ORIGIN}\n{'9' * 5000}\n{'A' * 43}=\n\n"}),
        json.dumps({"note": f"{ORIGIN}/state\n{'9' * 5000}\n1\n{'A' * 43}=\n\n"}),
        json.dumps({"note": "\ud800\n1\n1\n\n"}),
    ],
)
def test_lines_that_nobody_can_read_are_refused(copy, name, line):
    """Too deep, too long; it says so and does not break."""
    put(copy.directory, name, f"{line}\n".encode())
    with pytest.raises((Tampered, NotChecked)):
        copy.verify()


@pytest.mark.parametrize("number", ["9" * 5000, "01", "-1", "+1", " 1", "1_0", "\u0663", ""])
def test_a_number_is_written_in_one_way(number):
    """In checkpoints, proofs and statements about views; and it is none that nobody can count."""
    for parse, form in (
        (Checkpoint.parse, f"{ORIGIN}\n%s\n{'A' * 43}=\n"),
        (Proof.parse, "c2sp.org/tlog-proof@v1\nindex %s\n\n"),
        (State.parse, f"{ORIGIN}/state\n%s\n1\n{'A' * 43}=\n\n"),
        (State.parse, f"{ORIGIN}/state\n1\n%s\n{'A' * 43}=\n\n"),
    ):
        parse(form % 7)
        with pytest.raises(NotChecked):
            parse(form % number)


# -- what somebody does who knows the format -------------------------------------------


class Forger:
    """Somebody with the bundle in hand, who makes everything fit but the signature."""

    def __init__(self, original, directory):
        self.original, self.directory = original, directory
        self.events = list(tlog.events(original))

    def write(self, *, home=None):
        """Write the bundle anew from the events, signed by another home where there is one."""
        shutil.copytree(self.original, self.directory, ignore=lambda *_: ["tile", "states"])
        bundle = bundled.Bundle(self.directory)
        for position, (fields, state) in enumerate(self.events, 1):
            bundle.add(sent((position, *fields[1:]), state))
        root = bundle.finish()
        for name in bundled.SIDES:
            bundle.write(name, (self.original / name).read_text())
        if home is not None:
            checkpoint = Checkpoint(ORIGIN, len(self.events), root)
            bundle.write("checkpoint", home.sign(checkpoint, 0).note)
        bundle.write_sums()
        return self.directory


def sent(place, state):
    """An event as it would be sent, with a leaf that fits."""
    leaf = sha256(b"\x00" + entry(*place, sha256(state).digest())).digest()
    position, stream, version, topic, recorded_at = place
    return StoredEvent(
        position=position,
        stream=stream,
        version=version,
        topic=topic,
        recorded_at=recorded_at,
        state=state,
        leaf=leaf,
    )


def swap(events):
    events[499], events[500] = events[500], events[499]


def drop(events):
    del events[499]


def insert(events):
    events.insert(499, events[498])


def renumber(events):
    (position, stream, version, *rest), state = events[499]
    events[499] = (position, stream, version + 1, *rest), state


def change_time(events):
    (*rest, recorded_at), state = events[499]
    events[499] = (*rest, recorded_at + 1), state


def change_content(events):
    fields, state = events[499]
    events[499] = fields, state[:-1] + bytes([state[-1] ^ 1])


def garble(events):
    fields, _ = events[499]
    events[499] = fields, b"\xff"


def cut(events):
    del events[900:]


@pytest.mark.parametrize("forge", [swap, drop, insert, renumber, change_time, change_content, cut])
def test_a_forgery_that_fits_is_found_by_the_signature(made, tmp_path, forge):
    """Whoever rebuilds all hashes has not the signed root."""
    bundle, keys, kept, _ = made
    forger = Forger(bundle, tmp_path / "forged")
    forge(forger.events)
    with pytest.raises(Tampered):
        verify(forger.write(), keys, kept)


@pytest.mark.parametrize(
    "forge", [swap, drop, insert, renumber, change_time, change_content, garble]
)
def test_a_forgery_by_the_owner_of_the_key_is_found_by_what_was_kept(made, tmp_path, forge):
    """Two histories of one log: a checkpoint that was kept tells them apart."""
    bundle, keys, kept, home = made
    forger = Forger(bundle, tmp_path / "forged")
    forge(forger.events)
    with pytest.raises(Tampered) as found:
        verify(forger.write(home=home), keys, kept)
    assert found.value.position


def test_a_log_that_was_rolled_back_is_found(made, tmp_path):
    """It is shorter than what was kept, and everything in it is signed."""
    bundle, keys, kept, home = made
    forger = Forger(bundle, tmp_path / "forged")
    del forger.events[500:]
    with pytest.raises(Tampered, match="has lost some or is older"):
        verify(forger.write(home=home), keys, kept)


def test_what_another_key_signed_is_not_verified(made, tmp_path):
    """Also one of the same name."""
    bundle, keys, kept, _ = made
    other = Home(tmp_path / "other")
    other.begin(ORIGIN)
    forged = Forger(bundle, tmp_path / "forged").write(home=other)
    with pytest.raises(NotChecked, match="none of the keys"):
        verify(forged, keys, kept)


def test_a_key_of_another_log_verifies_nothing(made):
    """Its origin is another."""
    bundle, *_ = made
    stranger = VerifierKey.of("registry.example/other", bytes(32))
    with pytest.raises(NotChecked):
        verify(bundle, [stranger])


def test_tiles_lie_where_the_format_says():
    """The examples of the document."""
    assert tile_path(0, 1234067, 256) == "tile/0/x001/x234/067"
    assert tile_path(1, 0, 17) == "tile/1/000.p/17"
    assert tile_path("entries", 273, 112) == "tile/entries/273.p/112"
