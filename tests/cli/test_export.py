"""The export of a real service, and what becomes of it when it is imported elsewhere."""

import hashlib
import json
import shlex

import pytest

from tests.cli.service import EXAMPLE, served

TABLES = (
    "organisations",
    "clusters",
    "partnerships",
    "partnership_members",
    "editions",
    "participations",
)
COURSE = """
organisation register nca --name NCA --country CZ --effective 1990
organisation add-identifier nca lei 5299009N55YRQC69CN08 --effective unknown
cluster register old --name "Old; name" --country PL --effective "no-later-than 2005"
cluster rename old "New name" --effective 2015-03
cluster add-alias old Alias --effective 2010
cluster set-legal-entity old NCA --organisation organisations/nca --effective 2012
cluster locate old --seat PL82 --operating PL81 --basis stated --effective 2011
cluster set-ecosystems old digital health --effective 2013
cluster set-ecosystems old --effective 2014
cluster add-identifier old eccp 12 --effective 2010
cluster register gone --name Gone --country CZ --effective 2001
cluster register third --name Third --country DE --effective unknown
partnership form pp --name P --kind alliance --ecosystem digital --effective 2016
partnership join pp clusters/old --role coordinator --effective 2016
partnership join pp clusters/gone --role partner --effective 2016
partnership join pp clusters/third --role partner --role-as-stated Friend --effective 2017
partnership change-coordinator pp clusters/third --effective 2018
partnership relate pp parent --to-as-stated "A network; of networks" --effective 2019
partnership activate pp --effective 2017
cluster dissolve gone --end-memberships --effective 2019-06-30 --yes
partnership form qq --name Q --effective 2010
partnership join qq organisations/nca --role founder --effective unknown
partnership join qq partnerships/pp --role associated --effective 2017
partnership change-coordinator qq organisations/nca --effective 2018
partnership change-coordinator qq --effective 2019
cluster register late --name Late --country FR --effective 2009
partnership join qq clusters/late --role partner --effective 2010
partnership end qq --effective 2020
cluster dissolve late --effective 2021 --yes
partnership form rr --name R --effective 2010
partnership join rr clusters/old --role coordinator --effective 2011
partnership end rr --effective 2014
cluster register four --name Four --country IT --effective unknown
partnership join pp clusters/four --role partner --role-as-stated "A friend" --effective 2017
partnership leave pp clusters/four --effective 2018-03
cluster add-alias four "One; two" --effective unknown
cluster add-identifier four foo "a=b; c" --effective unknown
edition announce e1 --name E1 --number 1 --start 2022-09-26 --host "A host" --effective 2022-01
edition reschedule e1 --start 2022-10-01 --end 2022-10-02 --effective 2022-03
participation register e1 regions/PL82 --role attendee --effective 2022-05
participation confirm e1/region-pl82 --effective 2022-06
participation register e1 clusters/old --role exhibitor --effective 2022-05
participation withdraw e1/cluster-old --effective 2022-07
participation attend e1 countries/PL --role speaker --roles-as-stated Keynote --effective 2022-10-02
participation register e1 clusters/third --effective unknown
participation attend e1 clusters/third --effective 2022-10-01
edition hold e1 --effective 2022-10-02
edition announce e2 --name E2 --number 2 --start 2023 --effective unknown
participation register e2 clusters/old --effective 2022-12
edition cancel e2 --effective 2023-02 --yes
"""
DATES = ("2017-06-30", "2024-12-31")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Service with every kind of fact, dated in every way."""
    with served(tmp_path_factory.mktemp("course")) as found:
        for line in COURSE.strip().splitlines():
            result = found.run(*shlex.split(line))
            assert result.exit_code == 0, (line, result.stderr)
        yield found


@pytest.fixture
def fresh(tmp_path):
    """Service with an empty store."""
    with served(tmp_path / "fresh") as found:
        yield found


@pytest.fixture(autouse=True)
def _room(tmp_path):
    (tmp_path / "fresh").mkdir()


def exported(service, directory, *options):
    """Export; answers what the files say by their names, and the notes on stderr."""
    head = service.json("view", "list")[0]["headPosition"]
    result = service.run("export", str(directory), "--min-position", head, *options)
    assert result.exit_code == 0, result.stderr
    return {path.name: path.read_bytes() for path in directory.glob("*.*")}, result.stderr


def imported(service, directory):
    result = service.run("import", str(directory))
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1]), result.stderr


def unversioned(files):
    """Resources of an export, without versions and order of joining: how it was recorded."""

    def without(value):
        if isinstance(value, dict):
            versions = {"version", "joinedVersion", "addedVersion"}
            kept = {name: without(one) for name, one in value.items() if name not in versions}
            return kept | {"members": sorted(kept.get("members", []), key=str)}
        return [without(one) for one in value] if isinstance(value, list) else value

    return {
        name: [without(json.loads(line)) for line in content.splitlines()]
        for name, content in files.items()
        if name.endswith(".ndjson")
    }


def tables(files):
    return {name: content for name, content in files.items() if name.endswith(".csv")}


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_the_example_goes_out_and_comes_in_again(example, fresh, tmp_path, form):
    """Where it came from nothing is new; elsewhere everything is, and is exported the same."""
    files, notes = exported(example, tmp_path / "one", "--format", form)
    assert "cannot hold" not in notes
    head = example.json("view", "list")[0]["headPosition"]
    counts, notes = imported(example, tmp_path / "one")
    assert (counts, notes) == ({"accepted": 0, "unchanged": 299, "refused": 0}, "")
    assert example.json("view", "list")[0]["headPosition"] == head
    assert imported(fresh, tmp_path / "one")[0] == {"accepted": 299, "unchanged": 0, "refused": 0}
    again, _ = exported(fresh, tmp_path / "two", "--format", form)
    assert tables(again) == tables(files)
    assert unversioned(again) == unversioned(files)


@pytest.mark.parametrize("date", DATES)
def test_whole_resources_hold_every_fact_of_a_date(course, fresh, tmp_path, date):
    """Imported elsewhere they are the same on that date; where they come from nothing is new."""
    options = ("--format", "ndjson", "--as-of", date)
    files, notes = exported(course, tmp_path / "one", *options)
    assert "cannot hold" not in notes
    counts, _ = imported(fresh, tmp_path / "one")
    assert (counts["unchanged"], counts["refused"]) == (0, 0)
    again, _ = exported(fresh, tmp_path / "two", *options)
    assert unversioned(again) == unversioned(files)
    head = course.json("view", "list")[0]["headPosition"]
    counts, _ = imported(course, tmp_path / "one")
    assert (counts["accepted"], counts["refused"]) == (0, 0)
    assert course.json("view", "list")[0]["headPosition"] == head


def test_a_table_tells_what_it_cannot_hold(course, fresh, tmp_path):
    """What it does not name comes in and goes out again as it was."""
    date = "2022-05-15"
    whole, _ = exported(course, tmp_path / "whole", "--format", "ndjson", "--as-of", date)
    _, notes = exported(course, tmp_path / "one", "--as-of", date)
    lost = {
        note.partition(":")[0].removesuffix(".csv"): note
        for note in notes.splitlines()
        if "cannot hold all" in note
    }
    assert "location 1" in lost["clusters"]
    assert "aliases 2" in lost["clusters"]
    assert "hosts 1" in lost["editions"]
    counts, _ = imported(fresh, tmp_path / "one")
    assert counts["refused"] == 0
    head = course.json("view", "list")[0]["headPosition"]
    counts, notes = imported(course, tmp_path / "one")
    assert (counts["accepted"], counts["refused"]) == (0, 0)
    assert "facts of columns that their rows call incomplete" in notes
    assert course.json("view", "list")[0]["headPosition"] == head
    again, _ = exported(fresh, tmp_path / "two", "--format", "ndjson", "--as-of", date)
    before, after = unversioned(whole), unversioned(again)
    for name in TABLES:
        pairs = zip(before[f"{name}.ndjson"], after[f"{name}.ndjson"], strict=True)
        differing = {
            field for one, two in pairs for field in one | two if one.get(field) != two.get(field)
        }
        for field in differing:
            assert SAYS.get(field, field) in lost.get(name, ""), (name, field)


SAYS = {
    "aliasesSince": "aliases",
    "legalEntitySince": "legalEntity",
    "ecosystemsSince": "ecosystems",
    "datesSince": "dates",
    "coordinator": "coordinatorChange",
    "role": "",
    "members": "",
}
"""Fields that are told by the name of another; what a member is, by its own row."""


def test_an_export_says_of_which_date_it_is_and_what_its_files_are(course, tmp_path):
    """Counts, positions and digests are those of the files; asked again, the files are the same."""
    files, _ = exported(course, tmp_path / "one", "--as-of", "2019")
    manifest = json.loads(files["export.json"])
    assert (manifest["format"], manifest["asOf"]) == ("csv", "2019")
    head = course.json("view", "list")[0]["headPosition"]
    assert str(manifest["readPosition"]) == head
    assert [one["file"] for one in manifest["files"]] == [f"{name}.csv" for name in TABLES]
    for one in manifest["files"]:
        content = files[one["file"]]
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
        assert one["resources"] == content.count(b"\n") - 1
    assert exported(course, tmp_path / "two", "--as-of", "2019")[0] == files
    assert not list((tmp_path / "one").glob(".export-*"))


def test_what_was_exported_is_exported_again_as_known_then(fresh, tmp_path):
    """Byte for byte, whatever is recorded and taken back since: by position and by time."""
    start = "cluster register aa --name A --country PL --effective 2005"
    position = fresh.json(*start.split())["recorded"]["position"]
    options = ("--as-of", "2020-12-31")
    files, _ = exported(fresh, tmp_path / "then", *options)
    then = max(event["recordedAt"] for event in fresh.json("events", "list"))
    for line in (
        "cluster rename aa Other --effective 2010",
        "cluster register bb --name B --effective 2001",
        'events retract clusters/aa 1 2 --reason "another one" --yes',
    ):
        assert fresh.run(*shlex.split(line)).exit_code == 0, line
    assert exported(fresh, tmp_path / "now", *options)[0] != files
    for number, known in enumerate((("--known-position", position), ("--known-at", then))):
        assert exported(fresh, tmp_path / str(number), *options, *known)[0] == files
    refused = fresh.run(
        "export", str(tmp_path / "x"), "--known-at", "2020", "--known-position", "1"
    )
    assert refused.exit_code == 2


def test_what_an_export_says_of_its_files_is_one_document(course, tmp_path):
    """As JSON an array, as every list is."""
    found = course.json("export", str(tmp_path / "one"), "--only", "clusters", "--only", "editions")
    assert [each["file"] for each in found] == ["clusters.csv", "editions.csv"]


def test_past_memberships_and_only_what_has_begun_are_exported(course, tmp_path):
    """As of a date: who had left stays, with the last day; who had not registered yet is absent."""
    only = ("--only", "partnership_members", "--only", "participations", "--format", "ndjson")
    files, _ = exported(course, tmp_path / "one", *only, "--as-of", "2022-05-15")
    assert set(files) == {"partnership_members.ndjson", "participations.ndjson", "export.json"}
    lines = files["partnership_members.ndjson"].splitlines()
    left = {one["member"]: one.get("left") for one in map(json.loads, lines)}
    assert left["clusters/gone"]["date"] == {"year": 2019, "month": 6, "day": 30}
    assert left["clusters/old"] is None
    roles = {(one["partnership"], one["member"]): one["role"] for one in map(json.loads, lines)}
    assert roles["partnerships/pp", "clusters/old"] == "PARTNER_ROLE_PARTNER"
    assert roles["partnerships/rr", "clusters/old"] == "PARTNER_ROLE_COORDINATOR"
    found = map(json.loads, files["participations.ndjson"].splitlines())
    assert [one["participant"] for one in found] == [
        "clusters/old",
        "clusters/third",
        "regions/PL82",
    ]


def test_an_export_takes_no_file_away_unless_it_is_told_to(course, tmp_path):
    """Tables that are there stay; with --replace they are new, all at once."""
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "clusters.csv").write_text("mine\n")
    refused = course.run("export", str(tmp_path / "one"))
    assert refused.exit_code == 2
    assert "clusters.csv" in refused.stderr
    assert "--replace" in refused.stderr
    assert (tmp_path / "one" / "clusters.csv").read_text() == "mine\n"
    exported(course, tmp_path / "one", "--replace")
    assert (tmp_path / "one" / "clusters.csv").read_text().startswith("id,name,")
    (tmp_path / "one" / "mine.csv").write_text("mine\n")
    files, _ = exported(
        course, tmp_path / "one", "--replace", "--format", "ndjson", "--only", "clusters"
    )
    assert sorted(files) == ["clusters.ndjson", "export.json", "mine.csv"]


def test_an_export_that_fails_leaves_what_was_there(course, tmp_path):
    """Nothing is replaced where not all is answered."""
    files, _ = exported(course, tmp_path / "one")
    failed = course.run("export", str(tmp_path / "one"), "--replace", "--min-position", "999999999")
    assert failed.exit_code != 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()} == files


def lines(tmp_path, name, *resources):
    directory = tmp_path / "data"
    directory.mkdir(exist_ok=True)
    text = "".join(one if isinstance(one, str) else json.dumps(one) + "\n" for one in resources)
    (directory / f"{name}.ndjson").write_text(text)
    return directory


def test_a_line_that_is_no_resource_is_named_and_can_be_mended(service, tmp_path):
    """The others come in; mended and imported again, it does too."""
    good = {"cluster": "clusters/nd-good", "name": "Good"}
    directory = lines(
        tmp_path,
        "clusters",
        good,
        "\n",
        "{not json\n",
        "[]\n",
        {"cluster": "clusters/nd-bad", "naem": "Typo"},
        {"cluster": "clusters/nd-empty", "name": ""},
        {"cluster": "nd-none", "name": "No name of a resource"},
    )
    report, mended = tmp_path / "report.ndjson", tmp_path / "mend"
    result = service.run(
        "import", str(directory), "--report", str(report), "--rejects", str(mended)
    )
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"accepted": 1, "unchanged": 0, "refused": 5}
    said = [json.loads(line) for line in report.read_text().splitlines()]
    assert [(one["line"], one["reason"]) for one in said] == [
        (3, "MALFORMED_JSON"),
        (4, "MALFORMED_JSON"),
        (5, "INVALID_FIELD"),
        (6, "INVALID_FIELD"),
        (7, "INVALID_FIELD"),
    ]
    assert "naem" in said[2]["message"]
    found = [json.loads(line) for line in (mended / "clusters.ndjson").read_text().splitlines()]
    assert [one["rejected"][0]["line"] for one in found] == [5, 6, 7]
    found[0]["name"] = found[0].pop("naem")
    found[1]["name"], found[2]["cluster"] = "Named", "clusters/nd-none"
    (mended / "clusters.ndjson").write_text("".join(json.dumps(one) + "\n" for one in found))
    assert imported(service, mended)[0] == {"accepted": 3, "unchanged": 0, "refused": 0}


def test_a_list_comes_in_one_form(service, tmp_path):
    """A table and resources of one name may say different things: nothing is recorded."""
    directory = lines(tmp_path, "clusters", {"cluster": "clusters/nd-two", "name": "Two"})
    (directory / "clusters.csv").write_text("id\n")
    refused = service.run("import", str(directory))
    assert refused.exit_code == 2
    assert "clusters.ndjson" in refused.stderr


TAKES_PART = (
    "edition_number,participant_type,participant_id,role,participant_kind_as_stated,notes,source"
)
MEMBERS = "partnership_id,member_kind,member_id,role,notes,source"
ORGANISATIONS = "id,name,country_iso,note"
WORDS = [
    ("participations", TAKES_PART, "ff-1,cluster,zz,,,,", "roles_coded", "attendant"),
    ("participations", TAKES_PART, "ff-1,cluster,zz,,,,", "status", "gone"),
    ("partnership_members", MEMBERS, "pp-1,cluster,zz,,,", "role_coded", "boss"),
    ("partnership_members", MEMBERS, "pp-1,cluster,zz,,,", "left", "soon"),
    ("organisations", ORGANISATIONS, "ww-1,W,DE,", "established", "31.12.2020"),
    ("organisations", ORGANISATIONS, "ww-1,W,DE,", "identifiers", "999"),
]


@pytest.mark.parametrize(("table", "header", "row", "column", "word"), WORDS)
def test_a_word_that_a_column_does_not_know_is_refused(  # noqa: PLR0913, PLR0917
    service, tmp_path, table, header, row, column, word
):
    """The row is refused, the column named, and the words it knows; never another is taken."""
    (tmp_path / f"{table}.csv").write_text(f"{header},{column}\n{row},{word}\n")
    report = tmp_path / "report"
    result = service.run("import", str(tmp_path), "--report", str(report))
    assert json.loads(result.stdout)["refused"] == 1
    (said,) = map(json.loads, report.read_text().splitlines())
    assert (said["field"], said["reason"], said["line"]) == (column, "INVALID_FIELD", 2)
    assert word in said["message"]
    assert "expected" in said["message"]


def test_a_participation_without_its_status_is_no_attendance(service, tmp_path):
    """Where the column went missing, a registration or a withdrawal must not become one."""
    for column in ("registered", "status_since"):
        text = f"{TAKES_PART},{column}\nff-1,cluster,zz,,,,,2024-02\n"
        (tmp_path / "participations.csv").write_text(text)
        refused = service.run("import", str(tmp_path))
        assert refused.exit_code == 1
        assert "participations.csv:2: status: EMPTY_CELL" in refused.stderr


def test_what_cannot_be_written_is_a_sentence(service, tmp_path):
    """A directory in the place of a file, or where nothing can be made: nothing is replaced."""
    (tmp_path / "one" / "clusters.csv").mkdir(parents=True)
    refused = service.run("export", str(tmp_path / "one"), "--replace")
    assert (refused.exit_code, "clusters.csv" in refused.stderr) == (2, True)
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["clusters.csv"]
    nowhere = service.run("export", "/proc/nowhere")
    assert (nowhere.exit_code, "cannot write /proc/nowhere: " in nowhere.stderr) == (2, True)


def test_a_row_with_one_wrong_cell_records_nothing(service, tmp_path):
    """Also where the cell says how it ended, which is recorded last; it is told once."""
    header = (EXAMPLE / "clusters.csv").read_text().splitlines()[0]
    cells = {"id": "ww-2", "name": "W", "country_iso": "DE", "name_aliases": "Alias"}
    row = ",".join(cells.get(column, "") for column in header.split(","))
    (tmp_path / "clusters.csv").write_text(f"{header},dissolved\n{row},soon\n")
    report = tmp_path / "report"
    result = service.run("import", str(tmp_path), "--report", str(report))
    assert json.loads(result.stdout) == {"accepted": 0, "unchanged": 0, "refused": 1}
    assert [json.loads(line)["field"] for line in report.read_text().splitlines()] == ["dissolved"]
    assert service.run("cluster", "show", "ww-2").exit_code == 3
