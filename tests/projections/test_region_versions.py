"""A region by a version of NUTS: exact, ambiguous with shares, or gone; on both databases."""

import pytest

from registry.domain.effective import day
from registry.errors import NotFound
from tests.projections.recording import (
    INDIRECT,
    announced,
    attended,
    cluster,
    ecosystems,
    formed,
    joined,
    located,
    organisation,
)

TODAY = day("2026-01-01")
A, B, C, D = "clusters/a", "clusters/b", "clusters/c", "clusters/d"
P, Q, E = "partnerships/p", "partnerships/q", "editions/e"


@pytest.mark.parametrize(
    ("code", "version"), [("PL32", 2013), ("PL82", 2016), ("PL82", 2021), ("PL82", 2024)]
)
def test_a_recoded_region_has_the_same_clusters_in_every_version(given, code, version):
    """Podkarpackie is PL32 until 2013 and PL82 from 2016, in whichever one was recorded."""
    views = given(
        *(cluster(A, country="PL"), located(A, "PL32/2013")),
        *(cluster(B, country="PL"), located(B, "PL82")),
    )
    summary, _ = views.region_summary(code, TODAY, version)
    assert (summary.region, summary.version, summary.by_version) == (code, version, version)
    assert summary.name == "Podkarpackie"
    assert summary.clusters.by_region == {code: 2}
    assert summary.clusters.uncertain == 0


def test_what_was_split_is_counted_with_its_candidates_and_shares(given):
    """Mazowieckie's clusters by NUTS 2024 may lie in either of two regions."""
    views = given(
        *(cluster(A, country="PL"), located(A, "PL12/2013")),
        *(cluster(B, country="PL"), located(B, "PL12/2010")),
    )
    counts = views.region_summary("PL12", TODAY, 2013, 2024)[0].clusters
    assert (counts.total, counts.ambiguous, counts.uncertain) == (2, 2, 0)
    assert counts.by_region == {}
    places = {place.regions[0].version: place for place in counts.ambiguous_places}
    assert {version: place.clusters for version, place in places.items()} == {2010: 1, 2013: 1}
    shares = {each.region: each for each in places[2013].candidates}
    assert list(shares) == ["regions/PL92", "regions/PL91"]
    assert shares["regions/PL91"].share_area == pytest.approx(0.17, abs=0.01)
    assert sum(each.share_population for each in shares.values()) == pytest.approx(1)

    before = views.region_summary("PL12", TODAY, 2013)[0].clusters
    assert (before.by_region, before.ambiguous_places) == ({"PL12": 2}, ())


def test_what_may_lie_in_a_region_is_uncertain_there(given):
    """Also where the version that is counted in has a code for it."""
    views = given(cluster(A, country="PL"), located(A, "PL12/2013"))
    by_2013 = views.region_summary("PL91", TODAY, 2024, 2013)[0].clusters
    assert (by_2013.by_region, by_2013.uncertain) == ({"PL12": 1}, 1)
    country = views.region_summary("PL", TODAY)[0].clusters
    assert (country.ambiguous, country.uncertain) == (1, 0)


def test_what_may_lie_in_a_region_makes_no_partnership_and_no_partner_of_it(given):
    """These have no bucket for what is uncertain: only what certainly lies there counts."""
    views = given(
        *(cluster(A, country="PL"), located(A, "PL12/2013"), formed(P), joined(P, A)),
        *(cluster(C, country="CZ"), located(C, "CZ06"), joined(P, C)),
    )

    def shared(code):
        summary, _ = views.region_summary(code, TODAY)
        return summary.partnerships.with_members, summary.partners.total

    assert (shared("PL"), shared("PL9"), shared("PL91")) == ((1, 1), (1, 1), (0, 0))


def test_several_regions_are_candidates_without_shares(given):
    """Nobody said which part of a cluster is in which of its regions."""
    views = given(cluster(A, country="PL"), located(A, "PL12/2013", "PL82"))
    (place,) = views.region_summary("PL", TODAY)[0].clusters.ambiguous_places
    assert [(each.region, each.version) for each in place.regions] == [
        ("regions/PL12", 2013),
        ("regions/PL82", 2024),
    ]
    found = [(each.region, each.share_area) for each in place.candidates]
    assert found == [("regions/PL82", None), ("regions/PL91", None), ("regions/PL92", None)]


def test_a_region_and_a_part_of_it_are_one_place(given):
    """The finer one says more, and contradicts nothing."""
    views = given(cluster(A, country="PL"), located(A, "PL8", "PL82", "PL823"))
    counts = views.region_summary("PL", TODAY)[0].clusters
    assert (counts.by_region, counts.ambiguous) == ({"PL82": 1}, 0)


def test_the_country_is_the_one_recorded_else_that_of_every_region(given):
    """Of regions of two countries neither is chosen."""
    views = given(
        *(cluster(A, country="CZ"), located(A, "PL82"), ecosystems(A, "digital")),
        *(cluster(B), located(B, "PL82"), ecosystems(B, "digital")),
        *(cluster(C, country="CZ"), located(C, "PL82", "PL91"), ecosystems(C, "digital")),
        *(cluster(D), located(D, "PL82", "CZ06"), ecosystems(D, "digital")),
    )
    counts = views.ecosystem_summary("digital", TODAY)[0].clusters
    assert (counts.by_country, counts.country_unknown) == ({"CZ": 2, "PL": 1}, 1)
    assert (counts.by_region, counts.ambiguous) == ({"PL82": 2}, 2)


def test_regions_of_two_countries_say_none_even_where_one_has_left_nuts(given):
    """What is counted by does not decide where something is: it may lie in what is outside."""
    views = given(cluster(A), located(A, "EL30", "UKD/2016"))
    for by_version in (2013, 2024):
        counts = views.region_summary("EL", TODAY, 2024, by_version)[0].clusters
        assert (counts.total, counts.country_unknown, counts.by_country) == (1, 1, {})
        assert (counts.ambiguous, counts.uncertain) == (1, 1)


def test_a_country_is_no_candidate_beside_its_parts(given):
    """Of several regions the finest are candidates, of those that were split too."""
    views = given(cluster(A), located(A, "PL", "PL12/2013"))
    counts = views.region_summary("PL", TODAY, 2024)[0].clusters
    (place,) = counts.ambiguous_places
    assert [each.region for each in place.candidates] == ["regions/PL91", "regions/PL92"]
    assert counts.uncertain == 0


def test_a_region_that_left_nuts_keeps_its_clusters_where_it_was(given):
    """UKD is a region of NUTS 2021, and outside the classification by 2024; the country stays."""
    views = given(
        *(cluster(A, country="GB"), located(A, "UKD/2016")),
        *(cluster(B), located(B, "UKD/2016")),
    )
    assert views.region_summary("UKD", TODAY, 2021)[0].clusters.by_region == {"UKD": 2}
    gone = views.region_summary("UKD", TODAY, 2021, 2024)[0].clusters
    assert (gone.total, gone.by_region, gone.left_nuts) == (2, {}, 2)
    assert gone.by_country == {"GB": 2}
    with pytest.raises(NotFound, match="in 2024 its territory is outside NUTS"):
        views.region_summary("UKD", TODAY)


def test_greece_is_found_however_it_is_written(given):
    """By ISO's letters and Eurostat's, in a version that wrote GR and in those that write EL."""
    views = given(*(cluster(A, country="GR"), located(A, "EL30")), *(cluster(B, country="GR"),))
    for code in ("GR", "EL"):
        assert views.region_summary(code, TODAY)[0].clusters.total == 2
    for code, version in (("EL30", 2024), ("GR30", 2024), ("EL30", 2006), ("GR30", 2006)):
        assert views.region_summary(code, TODAY, version)[0].clusters.total == 1


def test_participants_and_delegations_count_by_the_version_too(given):
    """A delegation of PL82 was at the edition for those who ask for PL32."""
    views = given(
        *(cluster(A, country="PL"), located(A, "PL12/2013"), announced(E, "2022", number=8)),
        *(attended(E, A), attended(E, "regions/PL82", version=2024)),
    )
    old, _ = views.region_summary("PL32", TODAY, 2013)
    assert (old.delegations.by_edition, old.participants.by_region) == ({"e": 1}, {"PL32": 1})
    assert old.participants.uncertain == 0
    half, _ = views.region_summary("PL91", TODAY)
    assert (half.participants.total, half.participants.uncertain) == (1, 1)
    by_2013 = views.edition_summary(E, TODAY, 2013)[0].participants
    assert by_2013.by_region == {"PL12": 1, "PL32": 1}


def test_partner_regions_are_those_of_direct_members_elsewhere(given):
    """A partnership counts once in every bucket in which it has a member elsewhere."""
    views = given(
        *(cluster(A, country="PL"), located(A, "PL82"), cluster(B), located(B, "PL822")),
        *(cluster(C, country="CZ"), located(C, "CZ06"), cluster(D, country="CZ")),
        *(organisation("organisations/o", country="CZ"), formed(P), formed(Q)),
        *(joined(P, A), joined(P, B), joined(P, C), joined(P, D), joined(P, "organisations/o")),
        *(joined(Q, A), joined(Q, C, role=INDIRECT), joined(Q, B)),
    )
    partners = views.region_summary("PL82", TODAY)[0].partners
    assert (partners.total, partners.by_region, partners.unlocated) == (1, {"CZ06": 1}, 1)
    assert (partners.by_country, partners.country_unknown) == ({"CZ": 1}, 0)
    assert views.region_summary("PL", TODAY)[0].partners.by_country == {"CZ": 1}
    within = views.region_summary("PL822", TODAY)[0].partners
    assert (within.total, within.by_region) == (2, {"CZ06": 1, "PL82": 2})


def test_places_are_written_once_for_all_who_share_them(given):
    """Whoever is recorded later at a place, or moves to one, is found there."""
    views = given(
        *(cluster(A), located(A, "PL82"), cluster(B), located(B, "PL82")),
        *(cluster(C), located(C, "PL22", on="2010"), located(C, "PL82", on="2020")),
    )
    assert views.region_summary("PL82", TODAY)[0].clusters.total == 3
    assert views.region_summary("PL82", day("2015"))[0].clusters.total == 2
