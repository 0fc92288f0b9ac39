"""From the example's rows to facts: nothing is invented, nothing that is stated is lost."""

from collections import Counter

import pytest

from registry.reference import ecosystems
from registryctl.imports import cells, editions, partnerships, published
from registryctl.imports.report import Report
from registryctl.imports.run import facts, opened
from registryctl.imports.table import Row
from tests.cli.service import EXAMPLE


@pytest.fixture(scope="module")
def found():
    report = Report()
    all_facts = list(facts(opened(EXAMPLE, report), report, lambda _done, _total: None))
    assert report.totals() == {"accepted": 0, "unchanged": 299, "refused": 0}
    return all_facts


def requests(found, command, **fields):
    """Requests of one sort that have the given fields."""
    picked = [getattr(one.command, command) for one in found if one.said.command == command]
    return [one for one in picked if all(getattr(one, k) == v for k, v in fields.items())]


def row(**named):
    return Row("x.csv", 2, named)


def test_every_row_becomes_facts(found):
    """All 299 rows are read, and references come after what they refer to."""
    count = Counter(one.said.command for one in found)
    assert count["register_organisation"] == 22
    assert count["register_cluster"] == 113
    assert count["form_partnership"] == 40
    assert count["join_partnership"] == 97
    assert count["announce_edition"] == 9
    assert count["attend_participation"] == 18
    order = list(dict.fromkeys(one.said.command for one in found))
    assert order.index("form_partnership") < order.index("relate_partnership")
    assert order.index("register_cluster") < order.index("join_partnership")
    assert order.index("announce_edition") < order.index("attend_participation")


def test_a_fact_without_a_date_is_unknown(found):
    """108 of 113 clusters have no founding date, no membership has one; none is made up."""
    bounds = Counter(one.options.effective.bound for one in requests(found, "register_cluster"))
    assert bounds == {3: 108, 1: 5}
    assert {one.options.effective.bound for one in requests(found, "join_partnership")} == {3}
    attended = requests(found, "attend_participation")
    assert not any(one.options.HasField("effective") for one in attended)


def test_a_fact_carries_its_sources_and_its_place(found):
    """Addresses are addresses, the rest are citations; the notes go with the first source."""
    (cluster,) = requests(found, "register_cluster", cluster_id="dolina-lotnicza")
    assert len(cluster.options.provenance) == 6
    assert all(source.uri.startswith("https://") for source in cluster.options.provenance)
    assert "seat region is not the operating region" in cluster.options.provenance[0].note
    assert getattr(cluster.options, "import").line == 2
    (delegation,) = requests(found, "attend_participation", participant="regions/PL82")
    assert delegation.options.provenance[0].citation.startswith("Polish news item")


@pytest.mark.parametrize(
    ("cluster", "code", "basis", "stated"),
    [
        ("slaski-klaster-lotniczy", "PL22", 1, "Śląskie"),
        ("bydgoski-klaster-przemyslowy", "PL61", 3, "Kujawsko-pomorskie"),
        ("nutribiomed-klaster", "PL51", 2, "Dolnośląskie"),
        ("nextmove", None, None, "Normandie and Ile-de-France"),
    ],
)
def test_a_place_keeps_how_it_is_known(found, cluster, code, basis, stated):
    """Stated, inferred and background stay apart; without a code the words remain."""
    (located,) = requests(found, "locate_cluster", cluster=f"clusters/{cluster}")
    regions = [(region.code, region.basis) for region in located.regions]
    assert regions == ([(code, basis)] if code else [])
    assert located.region_as_stated == stated


def test_a_cluster_without_place_or_ecosystem_has_no_fact_of_it(found):
    """Nothing is said where the row says nothing."""
    assert requests(found, "locate_cluster", cluster="clusters/clutex") == []
    assert requests(found, "set_cluster_ecosystems", cluster="clusters/ciac-x") == []
    assert requests(found, "set_cluster_ecosystems", cluster="clusters/nanoprogress") == []


def test_relation_targets_that_are_no_id_stay_as_stated(found):
    """Only ids of the file become references; the others keep their words."""
    targets = [
        (one.partnership.partition("/")[2], one.relation, one.target.resource)
        for one in requests(found, "relate_partnership")
        if one.target.resource or one.relation != 6
    ]
    assert sorted(targets) == [
        ("ad-pack-eeig", 6, "partnerships/adpack"),
        ("ad-pack-eeig", 6, "partnerships/adpack2"),
        ("adpack2", 6, "partnerships/adpack"),
        ("cross-escp-4i-mou", 5, ""),
        ("metastars", 3, ""),
        ("remobilise", 6, "partnerships/recipe4mobility"),
    ]


def test_background_marks_become_a_basis(found):
    """The mark leaves the text and stays as what it means."""
    (vienna,) = requests(found, "announce_edition", edition_id="ecc-2012")
    assert (vienna.city, vienna.city_basis) == ("Vienna", 3)
    assert (vienna.presidency, vienna.presidency_basis) == ("DK", 3)
    named = [(party.as_stated, party.basis) for party in vienna.hosts_or_organisers]
    assert named == [("European Commission", 3)]
    (eurosme,) = requests(found, "form_partnership", partnership_id="eacp-eurosme")
    assert (eurosme.call, eurosme.call_basis) == ("COSME COS-CLUSTPARTNS-2017-3-02", 3)
    (related,) = requests(found, "relate_partnership", partnership="partnerships/remobilise")
    assert related.target.basis == 3
    for request in (vienna, eurosme):
        assert not any("background" in source.citation for source in request.options.provenance)


def test_dates_have_a_basis_where_their_words_leave_no_doubt(found):
    """What is part source and part background stays in its words."""
    bases = {one.edition_id: one.dates.basis for one in requests(found, "announce_edition")}
    assert {name for name, basis in bases.items() if basis != 1} == {"ecc-2010", "ecc-2012"}
    assert (bases["ecc-2010"], bases["ecc-2012"]) == (0, 0)
    dated = {"id": "x", "name": "X", "year": "2010", "date_basis": "background"}
    cells = dict.fromkeys(editions.EDITIONS.needed, "") | dated
    (said,) = editions.edition(row(**cells), frozenset())
    assert said.fields["dates"]["basis"] == "BASIS_BACKGROUND"


def test_an_edition_with_a_year_only_has_a_year_only(found):
    """The end of September is no date."""
    (edition,) = requests(found, "announce_edition", edition_id="ecc-2010")
    start = edition.dates.start
    assert (start.year, start.month, start.day) == (2010, 0, 0)
    assert not edition.dates.HasField("end")


def test_supporters_are_told_apart(found):
    """Hosts and organisers are not told apart by the column, and so they stay."""
    (prague,) = requests(found, "announce_edition", edition_id="ecc-2022")
    assert [*prague.organisers, *prague.hosts] == []
    assert [party.as_stated for party in prague.hosts_or_organisers] == [
        "Czech Ministry of Industry and Trade under the Czech Presidency",
        "European Commission",
    ]
    assert [party.as_stated for party in prague.supporters] == ["ECCP"]


@pytest.mark.parametrize(
    ("stated", "roles"),
    [
        ("attendee + B2B matchmaking", ["ATTENDEE", "MATCHMAKING"]),
        ("attendee + matchmaking (3 bilateral talks)", ["ATTENDEE", "MATCHMAKING"]),
        ("side-event speaker; site visits", ["SPEAKER", "OTHER"]),
        ("award laureate (IoT4Industry)", ["AWARD_LAUREATE"]),
        ("attendees", ["ATTENDEE"]),
        ("", []),
    ],
)
def test_roles_are_read_from_their_words(stated, roles):
    """Each role once, in the order of the text; one that is not known is another."""
    assert editions.roles(stated) == [f"PARTICIPATION_ROLE_{role}" for role in roles]


@pytest.mark.parametrize(
    ("stated", "kind"),
    [
        ("ESCP-4X", "ESCP_4X"),
        ("European Cluster Partnerships | Excellence (2nd wave)", "CLUSTER_PARTNERSHIP_EXCELLENCE"),
        ("legal entity of a partnership (EEIG)", "EEIG"),
        ("Horizon 2020 INNOSUP-1 project", "HORIZON_PROJECT"),
        ("MoU between partnerships", "MOU"),
        ("interregional partnership", "OTHER"),
        ("a mountain of clusters", "OTHER"),
        ("", "UNSPECIFIED"),
    ],
)
def test_kinds_are_read_from_their_words(stated, kind):
    """A kind that is not known is another, never a guess."""
    assert partnerships.kind(stated) == f"PARTNERSHIP_KIND_{kind}"


def test_a_theme_is_a_tag_only_if_it_is_a_published_name():
    """The published names are those of the reference data, and parts of names are none."""
    names = {name for one in ecosystems.ecosystems() for name in (one.name, *one.aliases)}
    assert set(published.ECOSYSTEMS) == names
    themes = [*names, "Mobility", "Agri-food and packaging", "  tExTiles ", "", "digital"]
    assert [published.ecosystem(one) for one in themes] == [ecosystems.match(one) for one in themes]


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("https://a.eu/x;y ; http://b.eu", ["uri", "uri"]),
        ("www.c.eu/page ; a news item", ["uri", "citation"]),
        ("https://a.eu ; columns marked background: background", ["uri", "citation"]),
        ("", []),
    ],
)
def test_sources_are_split_and_told_apart(source, kinds):
    """What is not an address is a citation."""
    found = cells.sources(row(source=source), cells.STATED)
    assert [next(iter(one)) for one in found] == kinds


def test_the_same_fact_has_the_same_request_id(found, tmp_path):
    """Another source, note or place in the file does not make it another fact; a name does."""
    header, *lines = (EXAMPLE / "organisations.csv").read_text().splitlines()
    moved = [header, *reversed(lines)]
    moved[1] = moved[1].replace("National Cluster Association", "Association of Clusters")
    (tmp_path / "organisations.csv").write_text("\n".join(moved) + "\n")
    report = Report()
    again = list(facts(opened(tmp_path, report), report, lambda _done, _total: None))
    before = {one.options.request_id for one in requests(found, "register_organisation")}
    after = {one.options.request_id for one in requests(again, "register_organisation")}
    assert len(before & after) == 21
    assert len(before | after) == 22 + 1


def test_request_ids_never_change(found):
    """An id that changed would record every fact of every import anew."""
    (edition,) = requests(found, "announce_edition", edition_id="ecc-2022")
    assert edition.options.request_id == "bf8964cf-e4a7-5104-b837-ce67b27cbf7e"
