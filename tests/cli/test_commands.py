"""Commands against a real service: what they print, and how they end."""

import csv
import datetime
import io
import json
import os
import pty
import socket
import subprocess
import uuid

import pytest
from click.testing import CliRunner

from registryctl import wire
from registryctl.main import registryctl
from tests.cli.service import BIN


def test_a_command_answers_what_was_recorded(service, new):
    """In a pipe the whole answer is one JSON object."""
    result = service.run("cluster", "rename", new, "Other", "--effective", "2021-01-07")
    answer = json.loads(result.stdout)
    assert answer["cluster"]["name"] == "Other"
    (event,) = answer["recorded"]["events"]
    assert event["event"] == f"clusters/{new}@2"
    assert event["type"] == "registry.events.v1.ClusterRenamed"
    assert not answer["recorded"]["repeatedRequest"]


def test_a_write_can_be_read_at_once(service):
    """--min-position of a write's answer makes the next read see it."""
    answer = service.json("organisation", "register", "--name", "Org", "--effective", "unknown")
    position = answer["recorded"]["position"]
    name = answer["organisation"]["organisation"]
    found = service.json("organisation", "list", "--min-position", position)
    assert name in [one["organisation"] for one in found]


def test_a_dry_run_records_nothing(service, new):
    """It prints the event that would be recorded."""
    result = service.run("-o", "json", "cluster", "rename", new, "Other", "--dry-run")
    (event,) = json.loads(result.stdout)["recorded"]["events"]
    assert json.loads(event["json"])["name"] == "Other"
    assert "nothing was recorded" in result.stderr
    assert service.json("cluster", "show", new)["name"] == "Demo"


def test_a_dry_run_shows_when_it_would_be_true(service, new):
    """As typed, or today where nothing is: the date a person would otherwise find out too late."""
    command = ["-o", "table", "cluster", "rename", new, "Other", "--dry-run"]
    told = service.run(*command, "--effective", "no-later-than 2015-03")
    assert "no-later-than 2015-03" in told.stdout
    assert "name Other" in told.stdout
    assert "{" not in told.stdout
    assert datetime.datetime.now(datetime.UTC).date().isoformat() in service.run(*command).stdout


def test_the_same_request_id_is_answered_once(service, new):
    """The second answer says that it is one."""
    command = ["cluster", "add-alias", new, "Alias", "--request-id", str(uuid.uuid4())]
    assert not service.json(*command)["recorded"]["repeatedRequest"]
    again = service.run("-o", "json", *command)
    assert json.loads(again.stdout)["recorded"]["repeatedRequest"]
    assert "answered before" in again.stderr
    other = service.run(*command[:3], "Another", *command[4:])
    assert other.exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "exit_code", "hint"),
    [
        ("cluster show no-such", 3, "list"),
        ("cluster register {new} --name Again", 5, "choose another id"),
        ("cluster rename {new} X --expected-version 7", 5, "the version you saw"),
        ("cluster show {new} --min-position 999999", 2, "position"),
        ("cluster register Not_An_Id --name X", 2, "--help"),
        ("edition summary no-such", 3, "list"),
        ("region show XX99", 3, "PL82"),
        ("region show PL32", 3, "region resolve PL32"),
        ("ecosystem show Textile", 3, "did you mean textiles?"),
        ("ecosystem show zzz", 3, "agri-food, construction"),
        ("cluster set-ecosystems {new} Digital", 2, "did you mean digital?"),
        ("events list clusters/no-such", 3, "named as its resource"),
        ("events list --type Foo", 2, "such as ClusterRenamed"),
        ("events list --type ClusterRename", 2, "did you mean ClusterRenamed?"),
        ("events retract clusters/{new} 9 --yes", 3, "events list clusters/{new}"),
        ("view rebuild foo", 3, "view list"),
        ("cluster locate {new} --seat PL32", 2, "region resolve PL32"),
        ("cluster rename {new} X --effective 2060", 2, "`registryctl cluster rename --help`"),
    ],
)
def test_a_refusal_has_its_exit_code_and_a_hint(service, new, arguments, exit_code, hint):
    """Nothing is on stdout; the last line on stderr says what to do."""
    result = service.run(*arguments.format(new=new).split())
    assert result.exit_code == exit_code, result.stderr
    assert result.stdout == ""
    assert result.stderr.splitlines()[-1].startswith("hint: ")
    assert hint.format(new=new) in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["cluster", "rename", "{new}", "X", "--effective", "2060"],
            "--effective: may lie at most",
        ),
        (["cluster", "rename", "{new}", "x" * 2001], "NAME: must be at most"),
        (["cluster", "rename", "{new}", "X", "--reason", "x" * 2001], "--reason: must be at most"),
        (["cluster", "list", "--filter", "colour = red"], "--filter: at column 1"),
        (
            ["edition", "announce", "e-x", "--name", "E", "--start", "2028", "--end", "2027"],
            "--end: lies before",
        ),
        (["events", "list", "--since", "1h", "--until", "2h"], "--until: must be after"),
    ],
)
def test_a_refused_field_is_named_as_it_was_typed(service, new, arguments, said):
    """As the option or the argument; a clerk never saw the request."""
    result = service.run(*(argument.format(new=new) for argument in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"invalid argument: {said}" in result.stderr


def test_a_date_that_a_rule_refuses_is_mended_by_its_option(service, new):
    """The date may be today's, which nobody typed."""
    assert service.run("cluster", "dissolve", new, "--effective", "2020", "--yes").exit_code == 0
    result = service.run("cluster", "rename", new, "X")
    assert result.exit_code == 6
    assert result.stderr.splitlines()[-1].endswith(" (--effective)")


def test_advice_is_said_once(service, new):
    """In the hint, not in the sentence before it too."""
    result = service.run("cluster", "register", new, "--name", "Again")
    assert f"clusters/{new} is registered already\n" in result.stderr
    assert result.stderr.count("choose another id") == 1


def test_a_rule_refuses_with_exit_code_6(service, new):
    """The rule is named, its remedy is the hint."""
    partnership = f"p-{new}"
    service.json("partnership", "form", partnership, "--name", "P", "--effective", "2017")
    service.json("partnership", "join", partnership, f"clusters/{new}", "--effective", "unknown")
    dissolve = ["cluster", "dissolve", new, "--effective", "2020", "--yes"]
    result = service.run(*dissolve)
    assert result.exit_code == 6
    assert "refused by the rule" in result.stderr
    assert f"partnerships/{partnership}" in result.stderr
    assert "(--end-memberships)" in result.stderr.splitlines()[-1]
    done = service.run(*dissolve, "--end-memberships")
    assert done.exit_code == 0, done.stderr


def test_a_failure_in_json_is_a_status(service):
    """-o json prints google.rpc.Status with the reason on stderr, wherever -o stands."""
    for arguments in (
        ["-o", "json", "cluster", "show", "no-such"],
        ["cluster", "show", "no-such", "-o", "json"],
    ):
        result = service.run(*arguments)
        status = json.loads(result.stderr)
        assert status["code"] == 5
        assert status["details"][0]["reason"] == "NOT_FOUND"


def test_what_cannot_be_undone_is_not_done_by_a_script_unasked(service, new):
    """Without a terminal and without --yes it is a usage error, and no hang."""
    result = service.run(
        "cluster", "dissolve", new, "--effective", "2020", typed=f"clusters/{new}\n"
    )
    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert "events retract" in result.stderr
    assert service.json("cluster", "show", new)["life"] == "LIFE_STATE_LIVE"


@pytest.mark.parametrize(("typed", "exit_code"), [("clusters/{new}", 0), ("yes", 2)])
def test_a_person_types_the_name_of_what_goes(service, new, typed, exit_code):
    """On a terminal it asks, and takes nothing but the name."""
    terminal, end = pty.openpty()
    command = [BIN / "registryctl", "cluster", "dissolve", new, "--effective", "2020"]
    environment = os.environ | {"REGISTRY_ADDRESS": service.address}
    with subprocess.Popen(command, stdin=end, env=environment, stdout=-1, stderr=-1) as process:
        os.write(terminal, (typed.format(new=new) + "\n").encode())
        process.communicate(timeout=30)
    os.close(terminal)
    os.close(end)
    assert process.returncode == exit_code


def test_an_argument_that_is_not_utf8_is_named():
    """One line and exit code 2, wherever it stands."""
    command = [BIN / "registryctl", "cluster", "show", b"caf\xe9"]
    result = subprocess.run(command, capture_output=True, check=False)
    assert (result.returncode, result.stdout) == (2, b"")
    (line,) = result.stderr.decode().splitlines()
    assert "'caf\\xe9' is not UTF-8" in line


def test_a_view_is_rebuilt_without_a_question(service):
    """It is made from the log: nothing can be lost."""
    name = service.json("view", "list")[0]["view"]
    for more in ([], ["--yes"]):
        result = service.run("view", "rebuild", name, *more)
        assert result.exit_code == 0, result.stderr
        assert "reads go on" in result.stderr


def test_what_the_source_leaves_open_can_be_said(service):
    """Parties that host or organise, and what a call rests on; editions by their number."""
    answer = service.json(
        *("edition", "announce", "--name", "E", "--start", "2031-05"),
        *("--host-or-organiser", "A", "--host-or-organiser", "B", "--effective", "2030"),
    )
    named = [party["asStated"] for party in answer["edition"]["hostsOrOrganisers"]]
    assert named == ["A", "B"]
    form = ["partnership", "form", "--name", "P", "--call", "C", "--call-basis", "background"]
    answer = service.json(*form, "--effective", "2030")
    assert answer["partnership"]["callBasis"] == "BASIS_BACKGROUND"


def test_participations_are_listed_by_the_number_of_their_edition(example):
    """As `edition summary` takes it."""
    by_number = example.json("participation", "list", "--edition", "8")
    assert by_number == example.json("participation", "list", "--edition", "ecc-2022")
    assert len(by_number) == 8


def test_an_empty_address_is_a_usage_error(service):
    """As from a variable that is not set; gRPC's own words would not say so."""
    result = service.run("--address", "", "health")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "expected HOST:PORT" in result.stderr


def test_nobody_there_is_exit_code_7():
    """The hint says how to start the service."""
    result = subprocess.run(
        [BIN / "registryctl", "--address", "127.0.0.1:1", "health", "--timeout", "5"],
        capture_output=True,
        check=False,
    )
    assert result.returncode == 7
    assert b"registry serve" in result.stderr


@pytest.mark.parametrize("chosen", [[], ["--request-id", "0190-x"]])
def test_a_command_that_was_not_answered_may_be_sent_again(chosen):
    """The hint names its request id, also where nobody chose one."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = ["--address", f"127.0.0.1:{silent.getsockname()[1]}", "--timeout", "0.5"]
        command = [*where, "cluster", "rename", "nextmove", "X", *chosen]
        result = CliRunner().invoke(registryctl, command)
    assert (result.exit_code, result.stdout) == (7, "")
    named = result.stderr.splitlines()[-1].rpartition("--request-id ")[2]
    if chosen:
        assert named == chosen[-1]
    else:
        assert uuid.UUID(named).version == 7


def test_health_says_that_it_serves(service):
    """Live and ready."""
    assert service.json("health")["status"] == "SERVING"
    assert service.json("health", "--live")["status"] == "SERVING"


def test_the_flag_wins_over_the_environment(service):
    """Address: flag, then REGISTRY_ADDRESS, then the default."""
    assert service.run("health", "--address", "127.0.0.1:1").exit_code == 7
    assert service.run("health", "--address", service.address).exit_code == 0


def test_a_list_reads_all_pages(service, monkeypatch):
    """A page is no limit; --limit is."""
    monkeypatch.setattr(wire, "PAGE_SIZE", 2)
    for _ in range(5):
        service.json("organisation", "register", "--name", "Paged", "--effective", "unknown")
    position = service.json("view", "list")[0]["headPosition"]
    every = service.json("organisation", "list", "--min-position", position)
    names = [one["organisation"] for one in every]
    assert len(names) >= 5
    assert names == sorted(set(names))
    assert len(service.json("organisation", "list", "--limit", "3")) == 3


def test_lists_come_as_csv_and_as_tables(service, new):
    """The same rows in every form."""
    position = service.json("view", "list")[0]["headPosition"]
    command = ["cluster", "list", "--min-position", position]
    rows = list(csv.DictReader(io.StringIO(service.run(*command, "-o", "csv").stdout)))
    table = service.run(*command, "-o", "table").stdout.splitlines()
    lines = service.run(*command).stdout.splitlines()
    assert len(rows) == len(table) - 1 == len(lines)
    assert f"clusters/{new}" in [row["cluster"] for row in rows]
    assert rows[0]["cluster"] in table[1]


def test_a_region_is_described_listed_and_resolved(service):
    """The code as a person knows it, in its version and in another."""
    shown = service.json("region", "describe", "pl32", "--nuts", "2013")
    assert (shown["code"], shown["name"], shown["parent"]) == (
        "PL32",
        "Podkarpackie",
        "regions/PL3",
    )
    listed = service.json("region", "list", "PL8", "--limit", "2")
    assert [region["code"] for region in listed] == ["PL81", "PL82"]
    assert service.json("region", "resolve", "PL32")["resolved"] == "regions/PL82"
    split = service.json("region", "resolve", "PL12", "--from", "2013", "--to", "2024")
    assert split["kind"] == "RESOLUTION_KIND_AMBIGUOUS"
    assert [each["region"] for each in split["candidates"]] == ["regions/PL92", "regions/PL91"]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["export", ""], "DIRECTORY"),
        (["import", ""], "DIRECTORY"),
        (["import", ".", "--report", ""], "--report"),
        (["import", ".", "--rejects", ""], "--rejects"),
        (["diff", "clusters/x", ""], "FIRST"),
        (["diff", "clusters/x", "2010", ""], "SECOND"),
        (["history", ""], "RESOURCE"),
        (["events", "list", ""], "RESOURCE"),
        (["events", "list", "--stream", ""], "--stream"),
        (["events", "list", "--actor", ""], "--actor"),
        (["events", "retract", "", "1", "--yes"], "STREAM"),
        (["cluster", "show", "x", ""], "CLUSTER..."),
        (["partnership", "members", ""], "[PARTNERSHIP]"),
        (["region", "list", ""], "CODE"),
        (["find", ""], "TEXT"),
    ],
)
def test_an_argument_that_is_empty_is_refused(service, monkeypatch, tmp_path, command, name):
    """It is that of a variable which is not set, and means neither all nor here nor now."""
    monkeypatch.chdir(tmp_path)
    result = service.run(*command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert name in result.stderr
    assert "must not be empty" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("cluster show {new} --known-position 1", "--known-position may be before it was recorded"),
        ("cluster show {new} --known-at 2001", "--known-at may be before it was recorded"),
        ("history clusters/{new} --known-position 1", "--known-position may be before"),
        ("diff clusters/{new} 2010@1 @1", "2010@1 and @1 may be before it was recorded"),
        ("cluster show no-such", "what there is; dates may hide it, see --as-of"),
        ("diff clusters/no-such 2010", "hint: the `list` commands show what there is\n"),
        ("cluster rename no-such Name", "hint: the `list` commands show what there is\n"),
    ],
)
def test_what_is_not_found_is_hidden_by_what_was_asked_for(service, new, line, said):
    """By the known time or position where one was said; by a date where the command takes one."""
    result = service.run(*line.format(new=new).split())
    assert result.exit_code == 3
    assert said in result.stderr


@pytest.mark.parametrize(
    "line", ["history {new}", "events list {new}", "events retract {new} 2 --yes --reason x"]
)
def test_an_id_without_its_collection_is_answered_with_the_whole_name(service, new, line):
    """Of each collection that it may be of."""
    result = service.run(*line.format(new=new).split())
    assert (result.exit_code, result.stdout) == (2, "")
    said = f"'{new}' has no collection: say clusters/{new}, organisations/{new}, "
    assert said in " ".join(result.stderr.split())
