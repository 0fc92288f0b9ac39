"""What can be recorded and asked by the command line, against a real service."""

import json
import uuid

from google.protobuf.json_format import ParseDict

from registry.events.v1 import envelope_pb2
from registryctl import recorded


def test_names_are_those_of_the_date(service, new):
    """--as-of answers the past."""
    for name, since in (("NextMove", "2021-01-07"), ("Mov'eo", "2006")):
        assert service.run("cluster", "rename", new, name, "--effective", since).exit_code == 0
    assert service.json("cluster", "show", new, "--as-of", "2010")["name"] == "Mov'eo"
    assert service.json("cluster", "show", new, "--as-of", "2022")["name"] == "NextMove"


def test_events_are_listed_readably(service, new):
    """Envelope and payload are decoded; what was retracted is marked and stays."""
    service.json(
        *["cluster", "rename", new, "Wrong", "--effective", "2021", "--reason", "as told"],
        *["--source", "https://example.org/a", "--source", "a letter"],
    )
    retracted = service.run("events", "retract", f"clusters/{new}", "2", "--yes")
    assert retracted.exit_code == 0, retracted.stderr
    events = service.json("events", "list", f"clusters/{new}")
    assert [event["version"] for event in events] == ["1", "2", "3"]
    assert [event["retracted"] for event in events] == [False, True, False]
    renamed = events[1]
    assert renamed["type"] == "registry.events.v1.ClusterRenamed"
    assert renamed["payload"] == {"name": "Wrong"}
    assert renamed["effective"] == "2021"
    assert renamed["reason"] == "as told"
    assert renamed["sources"] == ["https://example.org/a", "a letter"]
    assert renamed["recordedAt"].endswith("Z")
    assert service.json("cluster", "show", new)["name"] == "Demo"


def test_a_replay_streams_what_is_stored(service, new):
    """One JSON object a line, in the order of the log, resumable after any position."""
    lines = service.run("events", "replay", "--state").stdout.splitlines()
    found = [json.loads(line) for line in lines]
    positions = [int(event["position"]) for event in found]
    assert positions == list(range(1, len(positions) + 1))
    assert found[0]["type"] == "registry.events.v1.StoreCreated"
    last = found[-1]
    assert len(bytes.fromhex(last["leaf"])) == 32
    envelope = envelope_pb2.Envelope.FromString(bytes.fromhex(last["state"]))
    metadata = ParseDict(last["metadata"], envelope_pb2.Metadata())
    assert metadata.command_id == envelope.metadata.command_id
    rest = service.run("events", "replay", "--after", last["position"])
    assert (rest.exit_code, rest.stdout) == (0, "")
    limited = service.run("events", "replay", "--limit", "2").stdout.splitlines()
    assert len(limited) == 2
    assert new in last["stream"]


def test_a_replay_is_ndjson_whatever_the_environment_says(service, monkeypatch):
    """Only a form asked for on the command line itself is refused, with what to say instead."""
    monkeypatch.setenv("REGISTRY_OUTPUT", "table")
    replay = ("events", "replay", "--limit", "1")
    assert json.loads(service.run(*replay).stdout)["position"] == "1"
    for asked in ((*replay, "-o", "csv"), ("-o", "csv", *replay)):
        result = service.run(*asked)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "use -o ndjson" in result.stderr
    assert service.run(*replay, "-o", "ndjson").exit_code == 0


def test_a_recorded_time_keeps_its_microseconds():
    """Recorded times are exact, in UTC."""
    assert recorded.recorded_time(1_600_000_000_000_001) == "2020-09-13T12:26:40.000001Z"


def test_a_view_is_rebuilt_on_request(service):
    """It answers from a new generation."""
    (before, *_) = service.json("view", "list")
    after = service.json("view", "rebuild", before["view"])
    assert after["generation"] > before["generation"]


def test_an_edition_takes_its_course(service):
    """Announce, reschedule, participate, hold, count; cancel frees the number."""
    run, number = uuid.uuid4().hex[:8], str(uuid.uuid4().int % 900 + 100)
    edition = f"e-{run}"
    announce = ["edition", "announce", edition, "--name", "E", "--number", number]
    service.json(*announce, "--start", "2022-09-26", "--host", "A ministry", "--mode", "onsite")
    service.json("edition", "reschedule", edition, "--start", "2022-10-01", "--end", "2022-10-02")
    service.json(
        "participation",
        "register",
        edition,
        "regions/PL82",
        "--role",
        "attendee",
        "--effective",
        "2022-08",
    )
    service.json("participation", "confirm", f"{edition}/region-pl82", "--effective", "2022-09")
    service.json("participation", "attend", edition, "countries/PL", "--role", "speaker")
    service.json("participation", "withdraw", f"{edition}/region-pl82", "--effective", "2022-09-20")
    held = service.json("edition", "hold", edition, "--effective", "2022-10-02")
    shown = service.json(
        "edition", "summary", edition, "--min-position", held["recorded"]["position"]
    )
    assert shown["participants"]["total"] == 1
    assert shown["participants"]["withdrawn"] == 1
    assert shown["dates"]["start"] == {"year": 2022, "month": 10, "day": 1}
    found = service.json("participation", "list", "--edition", edition)
    assert [one["status"] for one in found] == [
        "PARTICIPATION_STATUS_ATTENDED",
        "PARTICIPATION_STATUS_WITHDRAWN",
    ]


def test_every_fact_of_a_cluster_can_be_typed(service, new):
    """Alias, legal entity, place, ecosystems and identifiers arrive as typed."""
    unknown = ["--effective", "unknown"]
    service.json("cluster", "add-alias", new, "Alias", *unknown)
    service.json("cluster", "set-legal-entity", new, "A foundation", *unknown)
    service.json("cluster", "locate", new, "--seat", "PL82", "--basis", "background", *unknown)
    service.json("cluster", "set-ecosystems", new, "digital", "health", *unknown)
    service.json("cluster", "add-identifier", new, "eccp", "12", "--effective", "2010")
    service.json("cluster", "end-identifier", new, "eccp", "12", "--effective", "2015")
    shown = service.json("cluster", "show", new, "--as-of", "2012")
    assert shown["aliases"] == ["Alias"]
    assert shown["legalEntity"]["asStated"] == "A foundation"
    assert shown["location"]["regions"][0]["code"] == "PL82"
    assert shown["location"]["regions"][0]["basis"] == "BASIS_BACKGROUND"
    assert [tag["ecosystem"] for tag in shown["ecosystems"]] == ["digital", "health"]
    assert shown["identifiers"][0]["value"] == "12"


def test_every_fact_of_a_partnership_can_be_typed(service, new):
    """Members, coordinator, relations and the end arrive as typed."""
    name, unknown = f"p-{new}", ["--effective", "unknown"]
    service.json(
        "partnership",
        "form",
        name,
        "--name",
        "P",
        "--kind",
        "alliance",
        "--ecosystem",
        "digital",
        "--target-country",
        "US",
        "--effective",
        "2016",
    )
    service.json("partnership", "join", name, f"clusters/{new}", "--role", "partner", *unknown)
    service.json(
        "partnership", "change-coordinator", name, f"clusters/{new}", "--effective", "2017"
    )
    service.json("partnership", "relate", name, "parent", "--to-as-stated", "A network", *unknown)
    service.json("partnership", "leave", name, f"clusters/{new}", "--effective", "2018")
    ended = service.json("partnership", "end", name, "--effective", "2019")
    shown = service.json("partnership", "show", name, "--as-of", "2017-06")
    assert shown["kind"] == "PARTNERSHIP_KIND_ALLIANCE"
    assert shown["coordinator"] == f"clusters/{new}"
    assert shown["relations"][0]["target"]["asStated"] == "A network"
    at = ["--min-position", ended["recorded"]["position"]]
    assert len(service.json("partnership", "members", name, "--as-of", "2017", *at)) == 1
    assert service.json("partnership", "members", name, "--as-of", "2019", *at) == []
    past = service.json("partnership", "members", name, "--as-of", "2019", "--include-past", *at)
    assert [one["left"]["date"]["year"] for one in past] == [2018]
    both = service.run("partnership", "members", name, "--member", f"clusters/{new}")
    assert both.exit_code == 2


def test_every_fact_of_an_organisation_can_be_typed(service):
    """Names and identifiers arrive as typed, and hold on their dates."""
    name = f"o-{uuid.uuid4().hex[:12]}"
    service.json("organisation", "register", name, "--name", "Old", "--effective", "2001")
    service.json("organisation", "rename", name, "New", "--effective", "2010")
    pic = ["eu-pic", str(uuid.uuid4().int % 900_000_000 + 100_000_000)]
    service.json("organisation", "add-identifier", name, *pic, "--effective", "2005")
    service.json("organisation", "end-identifier", name, *pic, "--effective", "2007")
    before = service.json("organisation", "show", name, "--as-of", "2006")
    assert (before["name"], len(before["identifiers"])) == ("Old", 1)
    after = service.json("organisation", "show", f"organisations/{name}", "--as-of", "2011")
    assert (after["name"], after["identifiers"]) == ("New", [])


def test_a_cancelled_edition_frees_its_number(service):
    """Another edition may take the number; before that it is refused by a rule."""
    first, second = (f"e-{uuid.uuid4().hex[:8]}" for _ in range(2))
    announce = "edition announce {} --name E --number 77 --start 2023 --effective 2022".format
    service.json(*announce(first).split())
    assert service.run(*announce(second).split()).exit_code == 6
    cancel = ["edition", "cancel", first, "--effective", "2022-12"]
    assert service.run(*cancel).exit_code == 2
    service.json(*cancel, "--yes")
    service.json(*announce(second).split())
    assert service.json("edition", "show", first)["state"] == "EDITION_STATE_CANCELLED"


def test_the_example_is_shown_and_listed(example):
    """Resources of every sort can be read, of some by their short names."""
    shown = example.json("participation", "show", "ecc-2022/region-pl82")
    assert shown["participant"] == "regions/PL82"
    assert shown["statusSince"]["date"] == {"year": 2022, "month": 9, "day": 26}
    assert len(example.json("edition", "list")) == 9
    assert len(example.json("partnership", "list")) == 40
    assert len(example.json("cluster", "list")) == 113
    assert len(example.json("participation", "list")) == 18
    of_scs = example.json("partnership", "members", "--member", "clusters/pole-scs")
    assert "partnerships/dream-eurocluster" in [one["partnership"] for one in of_scs]


def test_a_partnership_is_activated_by_the_rules_of_its_kind(service, new):
    """The rules not met: exit code 6; met: recorded with the rule set's name."""
    name = f"p-{new}"
    form = ["partnership", "form", name, "--name", "P", "--kind", "escp-s3"]
    service.json(*form, "--effective", "2018")
    activate = ["partnership", "activate", name, "--effective", "2018"]
    assert service.run(*activate).exit_code == 6
