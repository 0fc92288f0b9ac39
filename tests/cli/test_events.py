"""Finding what was recorded, to undo it: by whom, when, of which type."""

import csv
import datetime
import io
import json
import os
import pty
import subprocess

import pytest

from registryctl.moments import moment
from tests.cli.service import BIN

NOW = datetime.datetime(2026, 3, 1, 10, 30, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("today", "2026-03-01T00:00", "2026-03-02T00:00"),
        ("yesterday", "2026-02-28T00:00", "2026-03-01T00:00"),
        ("2026-02-28", "2026-02-28T00:00", "2026-03-01T00:00"),
        ("2025-12", "2025-12-01T00:00", "2026-01-01T00:00"),
        ("2025-01", "2025-01-01T00:00", "2025-02-01T00:00"),
        ("2024", "2024-01-01T00:00", "2025-01-01T00:00"),
        ("2h", "2026-03-01T08:30", "2026-03-01T08:30"),
        ("30m", "2026-03-01T10:00", "2026-03-01T10:00"),
        ("1d", "2026-02-28T10:30", "2026-02-28T10:30"),
        ("2w", "2026-02-15T10:30", "2026-02-15T10:30"),
        ("2026-03-01T09:30", "2026-03-01T09:30", "2026-03-01T09:30"),
        ("2026-03-01T09:30+02:00", "2026-03-01T07:30", "2026-03-01T07:30"),
        ("2026-03-01 09:30Z", "2026-03-01T09:30", "2026-03-01T09:30"),
    ],
)
def test_a_time_is_typed_as_people_say_it(text, since, until):
    """A period is its beginning for --since and its end for --until; UTC without an offset."""
    for end, expected in ((False, since), (True, until)):
        assert moment(text, NOW, end=end).isoformat(timespec="minutes") == f"{expected}+00:00"


@pytest.mark.parametrize(
    ("text", "through"),
    [
        ("2025", "2025-12-31T23:59:59.999"),
        ("2026", "2026-03-01T10:30:00.000"),
        ("2026-03", "2026-03-01T10:30:00.000"),
        ("today", "2026-03-01T10:30:00.000"),
        ("2026-03-02", "2026-03-02T23:59:59.999"),
        ("2027", "2027-12-31T23:59:59.999"),
    ],
)
def test_a_period_is_known_at_its_end(text, through):
    """The present one is known now; what is known in one to come, nobody knows yet."""
    found = moment(text, NOW, end=False, through=True)
    assert found.isoformat(timespec="milliseconds") == f"{through}+00:00"


def test_what_will_be_known_is_refused(service):
    """As the service refuses it, of a day and of a year: now is not what is known then."""
    for line in ("cluster list --known-at 2999", "diff editions/x 2010@2999-01-01"):
        result = service.run(*line.split())
        assert result.exit_code == 2
        assert "lies in the future" in result.stderr


@pytest.mark.parametrize("text", ["", "tomorrow", "2h30m", "-2h", "2026-13", "9", "T", "0000"])
def test_what_is_no_time_is_a_usage_error(service, text):
    """It says what is expected."""
    result = service.run("events", "list", "--since", text)
    assert result.exit_code == 2
    assert "expected today, yesterday, a date" in result.stderr


def test_a_clerk_finds_what_to_take_back(service, new):
    """Time, what to name in `events retract`, type, date, reason and actor stand in the table."""
    command = ["cluster", "rename", new, "Wrong", "--effective", "2021"]
    service.json(*command, "--reason", "as told on the phone")
    mine = ["events", "list", "--actor", "me", "--since", "1h", "--type", "ClusterRenamed"]
    table = service.run(*mine, "--stream", f"clusters/{new}", "-o", "table").stdout
    header, row = table.splitlines()
    names = "recordedAt event type effective retracted reason actor payload"
    assert header.split() == names.split()
    for cell in (f"clusters/{new}@2", "2021", "as told on the phone", "principals/local"):
        assert cell in row
    assert " ClusterRenamed " in row
    assert service.run("events", "retract", f"clusters/{new}", "2", "--yes").exit_code == 0
    (event,) = service.json(*mine, f"clusters/{new}")
    assert event["retracted"] is True
    assert f"clusters/{new}@2" in [one["event"] for one in service.json(*mine)]


def test_a_csv_has_the_payload_of_every_event(service, new):
    """In one column, as JSON, since each type has other fields; none is left out."""
    service.json("cluster", "add-alias", new, "Alias")
    service.json("cluster", "set-ecosystems", new, "digital")
    result = service.run("events", "list", f"clusters/{new}", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    listed = service.json("events", "list", f"clusters/{new}")
    assert [json.loads(row["payload"]) for row in rows] == [event["payload"] for event in listed]
    assert {row["import"] for row in rows} == {""}


def test_a_csv_has_the_imported_line_of_every_event(example):
    """Of an imported event, in one column too."""
    result = example.run("events", "list", "-o", "csv", "--limit", "2")
    created, imported = csv.DictReader(io.StringIO(result.stdout))
    assert created["import"] == ""
    assert json.loads(imported["import"])["line"]


def test_events_are_selected_by_all_that_is_said(service, new):
    """Each option leaves out; nothing found is no fault, but an empty list."""
    service.json("cluster", "add-alias", new, "Alias", "--effective", "unknown")
    stream = f"clusters/{new}"
    versions = {
        (): ["1", "2"],
        ("--type", "ClusterAliasAdded"): ["2"],
        ("--type", "ClusterAliasAdded", "--type", "ClusterRegistered"): ["1", "2"],
        ("--limit", "1"): ["1"],
        ("--actor", "local"): ["1", "2"],
        ("--actor", "principals/other"): [],
        ("--since", "today", "--until", "today"): ["1", "2"],
        ("--until", "yesterday"): [],
        ("--since", "2999"): [],
        ("--effective-since", "2006-12"): ["1", "2"],
        ("--effective-since", "2021"): ["2"],
        ("--effective-until", "2005"): ["2"],
        ("--effective-until", "2006-01"): ["1", "2"],
    }
    for options, expected in versions.items():
        found = service.json("events", "list", stream, *options)
        assert [event["version"] for event in found] == expected, options
    replayed = service.run("events", "replay", "--stream", stream, "--type", "ClusterAliasAdded")
    assert replayed.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--type", "ClusterRename"], "did you mean ClusterRenamed?"),
        (["--since", "2h", "--until", "3h"], "must be after"),
        (["--effective-since", "2011", "--effective-until", "2010"], "--effective-until: must be"),
        (["--effective-until", "9999"], "is no date"),
        (["clusters/a", "--stream", "clusters/b"], "say the resource once"),
    ],
)
def test_a_selection_that_cannot_be_meant_is_refused(service, options, said):
    """Exit code 2, and what to say instead."""
    result = service.run("events", "list", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_an_event_is_retracted_by_the_name_that_is_printed(service, new):
    """STREAM@VERSION, as `events list` shows it; further versions may follow."""
    for alias in ("One", "Two"):
        service.json("cluster", "add-alias", new, alias)
    retract = ("events", "retract", f"clusters/{new}@2", "3", "--reason", "slips", "--yes")
    service.json(*retract)
    shown = service.json("events", "list", f"clusters/{new}")
    assert [event["version"] for event in shown if event["retracted"]] == ["2", "3"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["clusters/x"], "say which events: STREAM VERSION, or STREAM@VERSION"),
        (["clusters/x@"], "'' is no version"),
        (["clusters/x@0"], "'0' is no version"),
        (["clusters/x@two"], "'two' is no version"),
    ],
)
def test_a_retraction_says_of_what(service, words, said):
    """Or nothing is asked of the service."""
    result = service.run("events", "retract", *words, "--reason", "x", "--yes")
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.fixture
def member(service, new):
    """A partnership of the new cluster, by its resource name."""
    form = ["partnership", "form", "--name", "P", "--effective", "2009"]
    partnership = service.json(*form)["partnership"]["partnership"]
    service.json("partnership", "join", partnership, f"clusters/{new}", "--effective", "2010")
    return partnership


def test_what_rests_on_an_event_is_named_and_can_go_with_it(service, new, member):
    """The refusal names it; --also takes what it named, and a dry run shows what would go."""
    retract = ["events", "retract", f"clusters/{new}", "1", "--reason", "another one"]
    result = service.run(*retract, "--yes", "-o", "table")
    assert result.exit_code == 6
    assert f"retract {member}@2 together with it" in result.stderr
    assert "(--with-dependants)" in result.stderr
    dry = service.json(*retract, "--with-dependants", "--dry-run")
    assert [event["event"] for event in dry["recorded"]["events"]] == [member, f"clusters/{new}"]
    assert [event["event"] for event in dry["retracts"]] == [f"{member}@2", f"clusters/{new}@1"]
    result = service.run(*retract, "--also", member, "--yes", "-o", "table")
    assert result.exit_code == 2
    assert "--also: must be stream@version" in result.stderr
    done = service.json(*retract, "--also", f"{member}@2", "--yes")["recorded"]["events"]
    assert [event["event"] for event in done] == [f"{member}@3", f"clusters/{new}@2"]


def test_a_dry_run_shows_the_events_that_would_go(service, new, member):
    """As a person names them, with what they say; the same in every form."""
    retract = ("events", "retract", f"clusters/{new}", "1", "--with-dependants", "--dry-run")
    header, joined, registered = service.run(*retract, "-o", "table").stdout.splitlines()
    assert header.split() == ["event", "type", "effective", "payload"]
    assert joined.split()[:3] == [f"{member}@2", "PartnershipPartnerJoined", "2010"]
    assert f"member clusters/{new}" in joined
    assert registered.split()[:3] == [f"clusters/{new}@1", "ClusterRegistered", "2006"]
    first, second = csv.DictReader(io.StringIO(service.run(*retract, "-o", "csv").stdout))
    assert json.loads(first["payload"])["member"] == f"clusters/{new}"
    assert json.loads(second["payload"])["name"] == "Demo"
    assert service.json(*retract)["retracts"][1]["payload"]["name"] == "Demo"


def test_what_the_same_command_recorded_is_said_to_stay(service, new, member):
    """A dissolution ended memberships: its retraction takes that back alone, or with --also."""
    dissolve = ("cluster", "dissolve", new, "--end-memberships", "--effective", "2020", "--yes")
    service.json(*dissolve)
    stays = f"recorded by the same command and stays: {member}@3; "
    retract = ("events", "retract", f"clusters/{new}@2", "--reason", "slip")
    dry = service.run(*retract, "--dry-run")
    assert f"{stays}add --also {member}@3" in dry.stderr
    assert "stays" not in service.run(*retract, "--also", f"{member}@3", "--dry-run").stderr
    done = service.run(*retract, "--yes")
    assert done.exit_code == 0
    assert f"{stays}`registryctl events retract {member}@3` takes that back" in done.stderr
    other = service.run("events", "retract", f"{member}@3", "--reason", "slip", "--yes")
    assert (other.exit_code, "stays" in other.stderr) == (0, False)


@pytest.mark.parametrize(("typed", "exit_code"), [("clusters/{new}", 0), ("no", 2)])
def test_a_person_sees_what_would_go_before_saying_so(service, new, member, typed, exit_code):
    """Events and their types stand before the question."""
    terminal, end = pty.openpty()
    command = [BIN / "registryctl", "events", "retract", f"clusters/{new}", "1"]
    command.append("--with-dependants")
    environment = os.environ | {"REGISTRY_ADDRESS": service.address}
    with subprocess.Popen(command, stdin=end, env=environment, stdout=-1, stderr=-1) as process:
        os.write(terminal, (typed.format(new=new) + "\n").encode())
        said = process.communicate(timeout=30)[1].decode()
    os.close(terminal)
    os.close(end)
    assert process.returncode == exit_code
    assert f"{member}@2 PartnershipPartnerJoined 2010 member clusters/{new}" in said
    assert said.index(f"clusters/{new}@1 ClusterRegistered") < said.index("Type clusters/")
    shown = service.json("events", "list", f"clusters/{new}")
    assert shown[0]["retracted"] is (exit_code == 0)
