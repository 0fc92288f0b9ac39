"""Search: resources are found by what they are and were called, alike on both databases."""

import pytest

from registry.domain.effective import UNKNOWN, day
from registry.events.v1 import cluster_pb2, organisation_pb2
from registry.projections.gathering import MAX_CANDIDATES
from registry.projections.matching import Borne, Grade
from registry.projections.searching import Asked
from tests.domain.given import at
from tests.projections.databases import content
from tests.projections.recording import announced, dissolved, ecosystems, formed, retracted

TODAY = day("2026-01-01")
DOLINA, SAC, MOVEO, LODZ = "clusters/dolina", "clusters/sac", "clusters/nm", "clusters/klaster-lodz"
AVIATION = "organisations/aviation-valley"


def cluster(stream, name, country="", on="unknown"):
    event = cluster_pb2.ClusterRegistered(
        name=name, country=country, name_effective=at(on).to_proto()
    )
    return stream, event, on


def organisation(stream, name, country=""):
    event = organisation_pb2.OrganisationRegistered(
        name=name, country=country, name_effective=UNKNOWN.to_proto()
    )
    return stream, event, "unknown"


def renamed(stream, name, on):
    return stream, cluster_pb2.ClusterRenamed(name=name), on


def alias(stream, text, on="unknown"):
    return stream, cluster_pb2.ClusterAliasAdded(alias=text), on


def identified(stream, scheme, value, on="unknown"):
    return stream, cluster_pb2.ClusterIdentifierAdded(scheme=scheme, value=value), on


def identifier_ended(stream, scheme, value, version, on):
    event = cluster_pb2.ClusterIdentifierEnded(scheme=scheme, value=value, added_version=version)
    return stream, event, on


REGISTRY = (
    cluster(DOLINA, "Dolina Lotnicza", "PL", "2003-04"),
    alias(DOLINA, "Aviation Valley"),
    identified(DOLINA, "eu-pic", "999888777", "2015"),
    ecosystems(DOLINA, "aerospace-defence"),
    cluster(SAC, "Śląski Klaster Lotniczy", "PL"),
    ecosystems(SAC, "aerospace-defence"),
    cluster(MOVEO, "Mov'eo", "FR", "2006"),
    renamed(MOVEO, "NextMove", "2021-01-07"),
    cluster(LODZ, "Klaster Bio-Tech Łódź", "PL"),
    organisation(AVIATION, "Aviation Valley Association", "PL"),
    formed("partnerships/eacp", "aerospace-defence"),
    announced("editions/ecc-2022", "2022-09-26", number=8),
)


def found(views, text, **asked):
    """Resource names of the hits, the best first."""
    page = views.search(Asked(text, asked.pop("day", TODAY), **asked), 50)
    return [hit.listed.stream for hit in page.hits]


def best(views, text, **asked):
    """What of the first hit matched."""
    return views.search(Asked(text, asked.pop("day", TODAY), **asked), 1).hits[0].matches[0]


@pytest.fixture
def registry(given):
    return given(*REGISTRY)


TYPED = (
    ("dolina lotnicza", DOLINA),
    ("DOLINA", DOLINA),
    ("dol", DOLINA),
    ("lotnicza dolina", DOLINA),
    ("Dolina Lotnizca", DOLINA),
    ("dolna lotncza", DOLINA),
    ("dolina valley", DOLINA),
    ("moveo", MOVEO),
    ("Mov\u2019eo", MOVEO),
    ("nextmvoe", MOVEO),
    ("next", MOVEO),
    ("lodz", LODZ),
    ("Łódź", LODZ),
    ("ldoz", LODZ),
    ("biotech", LODZ),
    ("bio tech", LODZ),
    ("bio-tech lodz", LODZ),
    ("slaski klaster", SAC),
    ("999888777", DOLINA),
    ("eu-pic 999888777", DOLINA),
    ("eu-pic:999888777", DOLINA),
    ("999888", DOLINA),
    ("clusters/nm", MOVEO),
    ("klaster-lodz", LODZ),
    ("editions/ecc", "editions/ecc-2022"),
    ("partnerships eacp", "partnerships/eacp"),
)


def test_it_is_found_however_it_is_typed(registry):
    """Without marks, case, apostrophes; begun, in another order, or with a slip of a finger."""
    first = {typed: next(iter(found(registry, typed)), None) for typed, _ in TYPED}
    assert first == dict(TYPED)


def test_what_nothing_is_called_finds_nothing(registry):
    """Nor is any letter of a question more than a letter."""
    for typed in ("zz", "999888778", "", "'", "%", "_", "dolina kopalnia", "*"):
        assert found(registry, typed) == [], typed


def test_the_whole_name_comes_before_its_beginning_a_word_and_a_misspelling(given):
    """So the thing meant is on top, however many are called alike."""
    names = ["Lotna", "Lotna Dolina", "Dolina Lotna", "Lotma", "Dolina Lotnas"]
    views = given(*(cluster(f"clusters/{n}0", name) for n, name in enumerate(names)))
    hits = views.search(Asked("lotna", TODAY, misspelt=True), 10).hits
    assert [hit.listed.name for hit in hits] == [*names[:3], "Dolina Lotnas", "Lotma"]
    grades = [hit.matches[0].grade for hit in hits]
    assert grades == [Grade.EXACT, Grade.PREFIX, Grade.WORDS, Grade.WORDS, Grade.FUZZY]


def test_who_is_called_so_comes_before_who_was(given):
    """A former name says from when until when."""
    views = given(
        cluster("clusters/old", "Mobility", on="2006"),
        renamed("clusters/old", "Motion", "2015-03"),
        cluster("clusters/new", "Mobility Cluster of the Northern Provinces"),
    )
    assert found(views, "mobility cl") == ["clusters/new"]
    old, new = views.search(Asked("mobility", TODAY), 10).hits
    assert old.listed.stream == "clusters/old"  # the whole name, if only once
    assert new.matches[0].grade is Grade.PREFIX
    match = old.matches[0]
    assert (match.borne, match.text) == (Borne.FORMER_NAME, "Mobility")
    assert (match.since, match.until) == ("2006", "2015-03")
    assert best(views, "mobility", day=day("2010")).borne is Borne.NAME
    given(cluster("clusters/now", "Mobility"))
    assert found(views, "mobility")[:2] == ["clusters/now", "clusters/old"]


def test_a_search_as_of_a_date_knows_no_later_names(registry):
    """What began later had not been said then."""
    assert found(registry, "nextmove", day=day("2010")) == []
    assert found(registry, "moveo", day=day("2010")) == [MOVEO]
    assert found(registry, "999888777", day=day("2010")) == []


def test_what_it_is_called_goes_before_how_long_that_is(given):
    """A long present name, a short alias, a shorter id and the shortest former name."""
    views = given(
        *(cluster("clusters/a", "Alphabetical Order of Everything"), cluster("clusters/b", "B")),
        *(alias("clusters/b", "Alphas"), cluster("clusters/alpha", "C")),
        *(cluster("clusters/d", "Alph"), renamed("clusters/d", "D", "2020")),
    )
    order = ["clusters/a", "clusters/b", "clusters/alpha", "clusters/d"]
    assert found(views, "alp") == order


def test_a_later_name_does_not_bring_a_misspelling(given):
    """Who will be called so is, till then, called nearly so, and somebody is called exactly so."""
    views = given(
        *(cluster("clusters/aa", "Beta"), cluster("clusters/bb", "Zeta")),
        renamed("clusters/bb", "Beta", "2020"),
    )
    assert found(views, "beta", day=day("2019-12-31")) == ["clusters/aa"]
    assert found(views, "beta") == ["clusters/aa", "clusters/bb"]
    assert found(views, "beta", day=day("2019-12-31"), misspelt=True) == [
        "clusters/aa",
        "clusters/bb",
    ]


def test_a_later_name_does_not_bring_a_word_of_an_id(given):
    """An id is found whole or begun, and its words alike on every day."""
    views = given(cluster("clusters/cl-aa", "Beta"), renamed("clusters/cl-aa", "Aachen", "2020"))
    before = day("2019-12-31")
    assert found(views, "aa", day=before) == []
    assert found(views, "aa") == ["clusters/cl-aa"]
    for typed in ("cl", "cl-a", "cl aa"):
        assert found(views, typed, day=before) == ["clusters/cl-aa"], typed


def test_an_identifier_says_its_scheme_and_that_it_ended(given):
    """It still finds who bore it."""
    views = given(
        cluster("clusters/aa", "A"),
        identified("clusters/aa", "lei", "X1", "2010"),
        identifier_ended("clusters/aa", "lei", "X1", 2, "2012-05-01"),
    )
    match = best(views, "lei x1")
    assert (match.borne, match.scheme, match.text) == (Borne.IDENTIFIER, "lei", "X1")
    assert (match.since, match.until) == ("2010", "2012-05-01")


def test_kind_country_and_ecosystem_select(registry):
    """Before the hits are counted out into pages."""
    assert found(registry, "aviation valley") == [DOLINA, AVIATION]
    assert found(registry, "aviation valley", kinds=("organisations",)) == [AVIATION]
    assert found(registry, "klaster", country="FR") == []
    assert set(found(registry, "klaster", country="PL")) == {SAC, LODZ}
    assert found(registry, "klaster", ecosystem="aerospace-defence") == [SAC]
    assert found(registry, "dolina", ecosystem="digital") == []


def test_what_is_retracted_is_not_found(given):
    """Neither a name nor a whole registration."""
    views = given(cluster("clusters/aa", "Alpha"), renamed("clusters/aa", "Beta", "2010"))
    given(retracted("clusters/aa", 2))
    assert found(views, "beta") == []
    given(retracted("clusters/aa", 1))
    assert found(views, "alpha") == []


def test_a_word_that_came_later_is_not_known_before(given):
    """As of an earlier position it is a misspelling still, and what it was meant to be is found."""
    views = given(cluster("clusters/aa", "Nextmove Alphe"))
    position = views.position
    assert found(views, "nextmvoe alpha") == ["clusters/aa"]
    given(cluster("clusters/bb", "Alpha"))
    assert found(views, "nextmvoe alpha") == []
    assert found(views, "nextmvoe alpha", position=position) == ["clusters/aa"]
    assert found(views, "alpha", position=position) == ["clusters/aa"]


def test_what_has_ended_is_found(given):
    """An old name is asked for because its bearer is gone."""
    views = given(cluster("clusters/aa", "Alpha", on="2001"), dissolved("clusters/aa", "2010"))
    (hit,) = views.search(Asked("alpha", TODAY), 5).hits
    assert hit.listed.ends == day("2010")


def test_pages_join_to_the_whole(given):
    """Whatever their size, in one order, none twice."""
    views = given(*(cluster(f"clusters/c{n}", f"Name {n % 3}") for n in range(7)))
    whole = [hit.key for hit in views.search(Asked("name", TODAY), 50).hits]
    assert len(set(whole)) == 7
    for size in (1, 2, 7):
        seen, more = [], True
        while more:
            page = views.search(Asked("name", TODAY), size, seen[-1] if seen else None)
            seen += [hit.key for hit in page.hits]
            more = page.more
        assert seen == whole


def test_a_question_that_fits_too_many_says_so(given):
    """Only so many are graded; the caller can say more."""
    facts = [cluster(f"clusters/c{n}", f"Cluster {n}") for n in range(MAX_CANDIDATES + 5)]
    views = given(*facts)
    page = views.search(Asked("cluster", TODAY), 10)
    assert page.narrow
    assert not views.search(Asked("cluster 204", TODAY), 10).narrow
    assert found(views, "cluster 204")[0] == "clusters/c204"


def test_both_ways_of_making_the_views_find_alike(database, log, recording):
    """A generation that is filled keeps the same words as one that followed."""
    views = database.views(log)
    views.wait(recording.each(*REGISTRY), timeout_s=20)
    before = content(views._store), spellings(database, 1)
    assert before[1]
    views.rebuild("registry")
    assert (content(views._store), spellings(database, 2)) == before


def spellings(database, generation):
    return sorted(database.execute("SELECT key, word FROM spellings", generation))


RESOLVED = {
    "Mov'eo": [(MOVEO, Borne.FORMER_NAME)],
    "nextmove": [(MOVEO, Borne.NAME)],
    "clusters/nm": [(MOVEO, Borne.ID)],
    "nm": [(MOVEO, Borne.ID)],
    "aviation valley": [(DOLINA, Borne.ALIAS), (AVIATION, Borne.ID)],
    "999888777": [(DOLINA, Borne.IDENTIFIER)],
    "eu-pic 999888777": [(DOLINA, Borne.IDENTIFIER)],
    "lei 999888777": [],
    "aviation": [],
    "clusters/n": [],
    "organisations/nm": [],
}


def test_an_exact_name_alias_identifier_or_id_is_resolved(registry):
    """To all who bear or bore it, and to nobody who only resembles it."""
    answers = {text: registry.resolve(Asked(text, TODAY)).hits for text in RESOLVED}
    assert {
        text: [(hit.listed.stream, hit.matches[0].borne) for hit in hits]
        for text, hits in answers.items()
    } == RESOLVED
