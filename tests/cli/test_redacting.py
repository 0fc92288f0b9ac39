"""Redacting at the command line: asked twice, shown, and verified without the words."""

import datetime
import json
import os
import pty
import subprocess
import time
import uuid

import pytest

from registry.ledger.verify import entry, leaf_hash
from tests.cli.service import BIN, served

MICROSECOND = datetime.timedelta(microseconds=1)
NAME = "ask Ms Moreau, 0170 5550100"
BY = ("--approver", "anna", "--approver", "ben")
WHY = ("--reason", "GDPR, article 17")


@pytest.fixture
def wrong(service, new):
    """An event that says what nobody should have recorded, retracted; its name."""
    stream = f"clusters/{new}"
    service.json("cluster", "rename", new, NAME, "--reason", "Ms Moreau says so")
    service.json("events", "retract", f"{stream}@2", "--reason", "no name", "--yes")
    return f"{stream}@2"


def redact(service, event, *options):
    """Redact without being asked; the result."""
    return service.run("events", "redact", event, *BY, *WHY, "--yes", *options)


def listed(service, event):
    """The event, as `events list` has it."""
    stream = event.partition("@")[0]
    return next(e for e in service.json("events", "list", stream) if e["event"] == event)


def test_every_list_says_redacted(service, wrong):
    """In JSON, in csv, in tables, in the history; nobody is shown the words."""
    result = redact(service, wrong)
    assert result.exit_code == 0, result.stderr
    assert "views are made anew" in result.stderr
    found = listed(service, wrong)
    assert (found["redacted"], found["retracted"], found["payload"]) == (True, True, None)
    assert (found["actor"], found["reason"], found["requestId"]) == ("", "", "")
    stream = wrong.partition("@")[0]
    shown = {
        form: service.run("-o", form, *command).stdout
        for form, *command in (
            ("table", "events", "list", stream),
            ("csv", "events", "list", stream),
            ("ndjson", "events", "watch", "--stream", stream, "--until-caught-up"),
            ("json", "events", "list", "--actor", "me", "--stream", stream),
        )
    }
    assert " redacted\n" in shown["table"]
    assert all("Moreau" not in text for text in shown.values())
    assert wrong not in shown["json"]  # it has no actor any more


def test_a_replay_has_the_digest_of_what_is_gone(service, wrong):
    """From which, with its place, its leaf is made."""
    redact(service, wrong)
    stream = wrong.partition("@")[0]
    result = service.run("events", "replay", "--stream", stream, "--state")
    event = next(e for e in map(json.loads, result.stdout.splitlines()) if e["event"] == wrong)
    assert (event["payload"], event["metadata"], event["state"]) == (None, None, "")
    digest = bytes.fromhex(event["redaction"]["stateSha256"])
    moment = datetime.datetime.fromisoformat(event["recordedAt"])
    micros = (moment - datetime.datetime.fromtimestamp(0, datetime.UTC)) // MICROSECOND
    data = entry(int(event["position"]), stream, 2, event["type"], micros, digest)
    assert leaf_hash(data).hex() == event["leaf"]


def test_a_history_tells_by_whom_and_why(service, wrong):
    """Beside the retraction."""
    redact(service, wrong)
    stream = wrong.partition("@")[0]
    text = service.run("-o", "table", "history", stream).stdout
    assert "redacted: ClusterRenamed" in text
    assert f"redacts {wrong}" in text
    assert f"{stream}@3: no name; redacted by {stream}@4: GDPR, article 17" in text
    entries = service.json("history", stream)
    assert entries[1]["payload"] is None
    assert entries[1]["redactedBy"]["approvers"] == ["principals/anna", "principals/ben"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{}", *BY, *WHY], "cannot be undone: say --yes"),
        (["{}", *BY[:2], *WHY, "--yes"], "--approver"),
        (["{}", *BY[:2], *BY[:2], *WHY, "--yes"], "--approver"),
        (["{}", *BY, "--yes"], "--reason: say by what right"),
        (["{}", "3", *BY, *WHY, "--yes"], "say one event"),
        (["{}", *BY, *WHY, "--effective", "2020", "--yes"], "--effective"),
        (["{}", *WHY, "--yes"], "--approver"),
    ],
    ids=[
        "not-asked",
        "one-approver",
        "the-same-twice",
        "no-reason",
        "two-events",
        "dated",
        "no-approver",
    ],
)
def test_what_is_not_meant_is_refused(service, wrong, arguments, said):
    """It names what is missing, and deletes nothing."""
    result = service.run("events", "redact", *(each.format(wrong) for each in arguments))
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert listed(service, wrong)["payload"]["name"] == NAME


def test_what_still_counts_is_refused(service, new):
    """With what to do first."""
    result = redact(service, f"clusters/{new}@1")
    assert result.exit_code == 6
    assert "still counts" in result.stderr
    assert "hint: retract it first" in result.stderr


def test_a_dry_run_shows_and_deletes_nothing(service, wrong):
    """Nor does it ask."""
    result = service.run("events", "redact", wrong, *BY, *WHY, "--dry-run")
    assert result.exit_code == 0
    assert "EventRedacted" in result.stdout
    assert f"{wrong} ClusterRenamed" in result.stderr
    assert NAME in result.stderr
    assert listed(service, wrong)["payload"]["name"] == NAME


@pytest.mark.parametrize(("typed", "exit_code"), [("{}", 0), ("no", 2)])
def test_a_person_sees_what_is_deleted_before_saying_so(service, wrong, typed, exit_code):
    """The words stand before the question."""
    terminal, end = pty.openpty()
    command = [BIN / "registryctl", "events", "redact", wrong, *BY, *WHY]
    environment = os.environ | {"REGISTRY_ADDRESS": service.address}
    with subprocess.Popen(command, stdin=end, env=environment, stdout=-1, stderr=-1) as process:
        os.write(terminal, (typed.format(wrong) + "\n").encode())
        said = process.communicate(timeout=30)[1].decode()
    os.close(terminal)
    os.close(end)
    assert process.returncode == exit_code
    assert f"{wrong} ClusterRenamed" in said
    assert said.index(NAME) < said.index(f"Type {wrong}")
    assert listed(service, wrong)["redacted"] is (exit_code == 0)


def test_a_bundle_without_the_words_is_verified_replayed_and_restored(tmp_path):
    """By a checkpoint that was kept before; the restored store verifies and answers the same."""
    with served(tmp_path) as service:
        key = service.json("audit", "keys")[0]["key"]
        service.json("cluster", "register", "aa", "--name", "Alpha")
        service.json("cluster", "rename", "aa", NAME)
        service.json("events", "retract", "clusters/aa@2", "--reason", "no name", "--yes")
        kept = service.run("audit", "checkpoint", "--key", key, "--min-position", "4").stdout
        (tmp_path / "kept").write_text(kept)
        assert redact(service, "clusters/aa@2").exit_code == 0
        bundle = str(tmp_path / "bundle")
        result = service.run("audit", "export", bundle, "--key", key)
        assert result.exit_code == 0, result.stderr
        assert service.run("audit", "prove", "3", "--key", key).exit_code == 0
        answers = service.json("events", "list"), service.json("history", "clusters/aa")
    found = service.run("audit", "verify", bundle, "--key", key, "--checkpoint", f"{tmp_path}/kept")
    assert found.exit_code == 0, found.stderr
    assert "redacted: 1 of the events, at position 3" in found.stdout
    replayed = service.run("audit", "replay", bundle, "--key", key)
    assert replayed.exit_code == 0, replayed.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if b"Moreau" in path.read_bytes()] == []
    other = tmp_path / "other"
    other.mkdir()
    command = ["restore", bundle, "--key", key, "--data", other / "store"]
    subprocess.run([BIN / "registry", *command], check=True, capture_output=True)
    checkpoint = ["--checkpoint", tmp_path / "bundle/checkpoint", "--key", key]
    command = ["check", "--data", other / "store", *checkpoint]
    subprocess.run([BIN / "registry", *command], check=True, capture_output=True)
    with served(other) as service:
        assert (service.json("events", "list"), service.json("history", "clusters/aa")) == answers


def test_the_views_say_when_they_are_without_it(service, wrong):
    """Then `view list` says that they hold nothing redacted."""
    redact(service, wrong)
    deadline = time.monotonic() + 30
    while service.json("view", "list")[0]["holdsRedacted"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    text = service.run("-o", "table", "view", "list").stdout
    assert "holdsRedacted" in text


def test_it_is_listed_as_retracted_though_nothing_says_so_any_more(service, wrong):
    """What retracted it may be redacted, too."""
    stream = wrong.partition("@")[0]
    for event in (wrong, f"{stream}@3"):
        assert redact(service, event).exit_code == 0
    found = [listed(service, f"{stream}@{version}") for version in (1, 2, 3)]
    assert [(each["retracted"], each["redacted"]) for each in found] == [
        (False, False),
        (True, True),
        (False, True),
    ]


def test_what_is_redacted_already_is_asked_about_no_more(service, wrong):
    """At a terminal, too."""
    redact(service, wrong)
    terminal, end = pty.openpty()
    command = [BIN / "registryctl", "events", "redact", wrong, *BY, *WHY]
    environment = os.environ | {"REGISTRY_ADDRESS": service.address}
    with subprocess.Popen(command, stdin=end, env=environment, stdout=-1, stderr=-1) as process:
        said = process.communicate(timeout=30)[1].decode()
    os.close(terminal)
    os.close(end)
    assert (process.returncode, "redacted already" in said) == (0, True)


def test_an_edition_may_be_named_by_its_number(service):
    """Whatever is shown before."""
    edition, number = f"e-{uuid.uuid4().hex[:8]}", str(uuid.uuid4().int % 900 + 100)
    announce = ("edition", "announce", edition, "--name", "E", "--number", number)
    service.json(*announce, "--start", "2022-09-26")
    service.json("edition", "reschedule", edition, "--start", "2023", "--reason", "a name")
    service.json("events", "retract", f"editions/{edition}@2", "--reason", "no", "--yes")
    result = service.run("events", "redact", f"editions/{number}@2", *BY, *WHY, "--dry-run")
    assert result.exit_code == 0, result.stderr
    assert f"editions/{edition}@2 EditionRescheduled" in result.stderr
    assert redact(service, f"editions/{number}@2").exit_code == 0
    assert listed(service, f"editions/{edition}@2")["redacted"]
