"""Events in, answers out: what the views say, on SQLite and on PostgreSQL."""

import pytest

from registry.domain.effective import day
from registry.errors import NotFound
from registry.events.v1 import values_pb2
from registry.projections import MembershipListing
from tests.projections.recording import (
    INDIRECT,
    announced,
    attended,
    cancelled,
    cluster,
    confirmed,
    dissolved,
    ecosystems,
    ended,
    entered,
    formed,
    joined,
    left,
    located,
    organisation,
    rescheduled,
    retracted,
    withdrawn,
)

TODAY = day("2026-01-01")
A, B, C = "clusters/a", "clusters/b", "clusters/c"
P, Q = "partnerships/p", "partnerships/q"
E, F = "editions/e", "editions/f"


def test_clusters_of_an_ecosystem_are_counted_by_country_and_region(given):
    """Each cluster is in one country bucket and in one region bucket."""
    views = given(
        *(cluster(A, country="PL", on="2003-04"), located(A, "PL82"), ecosystems(A, "digital")),
        *(cluster(B, country="PL"), located(B, "PL12/2013"), ecosystems(B, "digital")),
        *(cluster(C, country="GB"), located(C, "UKD/2016"), ecosystems(C, "digital")),
        *(cluster("clusters/d"), ecosystems("clusters/d", "digital", "health")),
        *(cluster("clusters/e", country="BE"), located("clusters/e", "BE3")),
        ecosystems("clusters/e", "digital"),
    )
    counts = views.ecosystem_summary("digital", TODAY)[0].clusters
    assert counts.total == 5
    assert counts.by_country == {"PL": 2, "GB": 1, "BE": 1}
    assert counts.country_unknown == 1
    assert counts.by_region == {"PL82": 1, "BE3": 1}
    assert (counts.unlocated, counts.ambiguous, counts.left_nuts) == (1, 1, 1)
    assert counts.start_unknown == 4


def test_only_what_lives_on_the_day_counts(given):
    """A cluster counts from the first day of its start through the last day of its end."""
    views = given(cluster(A, on="2010"), ecosystems(A, "digital"), dissolved(A, "2020"), cluster(B))
    found = {
        text: views.ecosystem_summary("digital", day(text))[0].clusters.total
        for text in ("2009-12-31", "2010-01-01", "2020-12-31", "2021-01-01")
    }
    assert list(found.values()) == [0, 1, 1, 0]


def test_a_late_fact_changes_the_answers_for_its_time_only(given):
    """What was recorded last is not what holds last."""
    views = given(
        cluster(A),
        located(A, "PL22", on="2015"),
        located(A, "PL82", on="2010"),
        ecosystems(A, "digital"),
    )
    regions = {
        year: dict(views.ecosystem_summary("digital", day(year))[0].clusters.by_region)
        for year in ("2009", "2012", "2016")
    }
    assert regions == {"2009": {}, "2012": {"PL82": 1}, "2016": {"PL22": 1}}


def test_a_region_has_all_below_it_and_what_may_lie_in_it(given):
    """A split code counts as ambiguous in each region it may lie in; a country has the rest too."""
    views = given(
        *(cluster(A, country="PL"), located(A, "PL823")),
        *(cluster(B, country="PL"), located(B, "PL12/2013")),
        *(cluster(C, country="PL"),),
    )
    totals = {
        code: views.region_summary(code, TODAY)[0].clusters for code in ("PL", "PL823", "PL91")
    }
    assert totals["PL823"].by_region == {"PL82": 1}
    assert (totals["PL91"].total, totals["PL91"].ambiguous) == (1, 1)
    assert (totals["PL"].total, totals["PL"].ambiguous, totals["PL"].unlocated) == (3, 1, 1)
    assert totals["PL"].by_country == {"PL": 3}


@pytest.mark.parametrize(("written", "meant"), [("GR", "EL"), ("el3", "EL3"), ("GB", "UK")])
def test_countries_may_be_written_both_ways(given, written, meant):
    """ISO's GR and GB and Eurostat's EL and UK are one country each."""
    views = given(cluster(A, country="GB"), located(A, "UKD/2016"))
    summary, _ = views.region_summary(written, TODAY)
    assert summary.region == meant
    assert summary.clusters.left_nuts == (1 if meant == "UK" else 0)


def test_a_partnership_counts_while_it_lives_and_only_by_direct_members(given):
    """Tagged ones, those with members, and links to other ecosystems."""
    views = given(
        *(cluster(A, country="PL"), ecosystems(A, "digital"), located(A, "PL82")),
        *(cluster(B), ecosystems(B, "health")),
        *(cluster(C), ecosystems(C, "retail")),
        *(formed(P, "digital", on="2018"), joined(P, A), joined(P, B), ended(P, "2020")),
        joined(P, C, role=INDIRECT),
        *(formed(Q), joined(Q, C)),
    )
    then, _ = views.ecosystem_summary("digital", day("2019"))
    assert (then.partnerships.tagged, then.partnerships.with_members) == (1, 1)
    assert [(each.ecosystem, each.partnerships) for each in then.linked_ecosystems] == [
        ("health", 1)
    ]
    indirect, _ = views.ecosystem_summary("retail", day("2019"))
    assert (indirect.partnerships.with_members, indirect.linked_ecosystems) == (1, ())
    now, _ = views.ecosystem_summary("digital", TODAY)
    assert (now.partnerships.tagged, now.partnerships.with_members) == (0, 0)
    assert now.linked_ecosystems == ()
    assert views.region_summary("PL8", day("2019"))[0].partnerships.with_members == 1


def test_memberships_are_cut_to_the_period_of_the_partnership(given):
    """A membership without dates holds as long as the partnership does."""
    views = given(formed(P, on="2018"), joined(P, A), joined(P, B, on="2019-06"), ended(P, "2020"))

    def members(text):
        return [
            row.member
            for row in views.list_memberships(MembershipListing(P, day=day(text)), 10).rows
        ]

    assert members("2017") == []
    assert members("2018") == [A]
    assert members("2020") == [A, B]
    assert members("2021") == []


def test_past_memberships_are_listed_where_asked_for(given):
    """All that begin by the day, of one partnership, of one member, or of all."""
    views = given(
        *(formed(P, on="2018"), joined(P, A), left(P, A, 2, on="2018-06")),
        *(joined(P, B, on="2019-06"), ended(P, "2020"), formed(Q), joined(Q, A, on="2021")),
    )

    def members(text, **of):
        asked = MembershipListing(day=day(text), include_past=True, **of)
        return [row[:2] for row in views.list_memberships(asked, 10).rows]

    assert members("2019-05-31") == [(P, A)]
    assert members("2022") == [(P, A), (P, B), (Q, A)]
    assert members("2022", partnership=P) == [(P, A), (P, B)]
    assert members("2022", member=A) == [(P, A), (Q, A)]
    all_now = MembershipListing(day=day("2022"))
    assert [row[:2] for row in views.list_memberships(all_now, 10).rows] == [(Q, A)]


def test_memberships_come_in_pages_by_partnership_and_member(given):
    """Pages join without gap or repetition, also where a member joined twice."""
    views = given(
        *(formed(P), joined(P, A, on="2010"), left(P, A, 2, on="2012")),
        *(joined(P, A, on="2013"), joined(P, B), formed(Q), joined(Q, A)),
        joined(P, A, on="2011", role=INDIRECT),
    )
    found, after = [], ()
    while True:
        page = views.list_memberships(MembershipListing(member=A, day=TODAY), 1, after)
        assert len(page.rows) <= 1
        assert not set(found) & set(page.rows)  # or it would go on for ever
        found += page.rows
        after = page.next_after
        if not after:
            break
    assert [tuple(row) for row in found] == [(P, A, 4), (P, A, 6), (Q, A, 2)]


def test_lists_have_live_registrations_only(given):
    """A retracted registration is in no list, and one recorded anew is back."""
    views = given(cluster(A), cluster(B), cluster(C), organisation("organisations/o"))
    page = views.list_streams("clusters", 2)
    assert (page.streams, page.next_after) == ((A, B), (B,))
    assert views.list_streams("clusters", 2, page.next_after).streams == (C,)
    given(retracted(B, 1))
    assert views.list_streams("clusters", 10).streams == (A, C)
    given(cluster(B))
    assert views.list_streams("clusters", 10).streams == (A, B, C)


def test_participations_are_listed_by_edition(given):
    """Of one edition, or of all."""
    views = given(
        *(cluster(A), announced(E, "2020"), announced(F, "2022")),
        *(attended(E, A, "2020"), attended(F, A, "2022")),
    )
    assert len(views.list_streams("participations", 10).streams) == 2
    assert views.list_streams("participations", 10, under=E).streams == (
        f"{E}/participations/cluster-a",
    )


def test_an_edition_counts_who_takes_part(given):
    """By country, region, kind, status and ecosystem, with the remainders."""
    views = given(
        *(cluster(A, country="CZ"), ecosystems(A, "health", "digital"), located(A, "CZ01")),
        *(organisation("organisations/o", country="CZ"), formed(P, "digital")),
        announced(E, "2022-09-26", number=8, end="2022-09-27"),
        *(attended(E, A, "2022-09-26"), attended(E, "organisations/o", "2022-09-26")),
        *(entered(E, P, "2022-01"), confirmed(E, P, "2022-02")),
        *(entered(E, "regions/PL82", "2022-03", 2024), entered(E, "countries/GB", "2022-04")),
        *(entered(E, "regions/PL12", "2022-05", 2013), entered(E, B, "2022-01")),
        withdrawn(E, B, "2022-02"),
    )
    summary, position = views.edition_summary(E, TODAY)
    counts = summary.participants
    assert position == views.position
    assert (summary.name, summary.city, summary.country, summary.number) == (E, "Prague", "CZ", 8)
    assert summary.dates.start.year == 2022
    assert summary.dates.end.day == 27
    assert summary.dates.basis_as_stated == "source"
    assert summary.dates.basis == values_pb2.BASIS_STATED
    assert counts.total == 6
    assert counts.by_country == {"CZ": 2, "PL": 2, "GB": 1}
    assert counts.country_unknown == 1
    assert counts.by_region == {"CZ01": 1, "PL82": 1, "UK": 1}
    assert (counts.unlocated, counts.ambiguous, counts.left_nuts) == (2, 1, 0)
    assert counts.by_kind == {"cluster": 1, "organisation": 1, "partnership": 1, "delegation": 3}
    assert counts.by_status == {"attended": 2, "confirmed": 1, "registered": 3}
    assert counts.by_ecosystem == {"digital": 2, "health": 1}
    assert counts.untagged == 4
    assert counts.withdrawn == 1


def test_an_edition_stands_as_of_the_day(given):
    """Registered, then confirmed, then attended: each from its own day."""
    views = given(
        announced(E, "2022-09-26"),
        *(cluster(A), entered(E, A, "2022-01-10"), confirmed(E, A, "2022-02-10")),
        attended(E, A, "2022-09-26"),
    )
    statuses = [
        dict(views.edition_summary(E, day(text))[0].participants.by_status)
        for text in ("2022-01-09", "2022-01-10", "2022-03", "2022-09-26")
    ]
    assert statuses == [{}, {"registered": 1}, {"confirmed": 1}, {"attended": 1}]


def test_participants_are_what_they_were_on_the_first_day(given):
    """Region and ecosystems are read as of the edition, not as of today."""
    views = given(
        cluster(A, country="PL"),
        *(located(A, "PL22"), located(A, "PL82", on="2023")),
        *(ecosystems(A, "digital"), ecosystems(A, "health", on="2023")),
        *(announced(E, "2022-09-26"), attended(E, A, "2022-09-26")),
    )
    counts = views.edition_summary(E, TODAY)[0].participants
    assert (counts.by_region, counts.by_ecosystem) == ({"PL22": 1}, {"digital": 1})
    assert views.region_summary("PL22", TODAY)[0].participants.total == 1
    assert views.region_summary("PL82", TODAY)[0].participants.total == 0
    assert views.ecosystem_summary("digital", TODAY)[0].participants.total == 1
    given(rescheduled(E, "2023-09-26", on="2022-06"))
    assert views.edition_summary(E, TODAY)[0].participants.by_region == {"PL82": 1}
    decided = [views.edition_summary(E, day(d))[0].dates for d in ("2022-05-31", "2022-06-01")]
    assert [dates.start.year for dates in decided] == [2022, 2023]


def test_an_edition_of_a_year_begins_with_it(given):
    """Where no closer date is known, participants are where they were on 1 January."""
    views = given(
        *(cluster(A), located(A, "PL22"), located(A, "PL82", on="2022-01-02")),
        *(announced(E, "2022"), attended(E, A)),
    )
    assert views.edition_summary(E, TODAY)[0].participants.by_region == {"PL22": 1}


def test_returning_goes_by_edition_number(given):
    """Who took part in an edition with a lower number, not cancelled, returns."""
    views = given(
        *(cluster(A), cluster(B), cluster(C)),
        *(announced(E, "2024", number=1), announced(F, "2010", number=2)),
        announced("editions/g", "2009", number=3),
        *(attended(E, A), attended(F, A), attended("editions/g", B), attended(F, B)),
        *(entered(E, C, "2020"), withdrawn(E, C, "2021"), attended(F, C)),
    )

    def first_and_returning(edition):
        counts = views.edition_summary(edition, TODAY)[0].participants
        return counts.first_time, counts.returning

    assert first_and_returning(E) == (1, 0)
    assert first_and_returning(F) == (2, 1)
    assert first_and_returning("editions/g") == (0, 1)
    given(cancelled(E, "2025"))
    assert first_and_returning(F) == (3, 0)


def test_a_cancelled_edition_counts_for_nobody(given):
    """Who was to come took no part: not for their region, their ecosystem or their next edition."""
    views = given(
        *(cluster(A), located(A, "PL82"), ecosystems(A, "digital")),
        *(announced(E, "2020", number=1), announced(F, "2022", number=2)),
        *(entered(E, A, "2019-01"), entered(E, "regions/PL82", "2019-01", 2024)),
        attended(F, A, "2022"),
    )

    def figures(text):
        region, _ = views.region_summary("PL82", day(text))
        digital, _ = views.ecosystem_summary("digital", day(text))
        came, _ = views.edition_summary(F, TODAY)
        totals = region.participants.total, region.delegations.total, digital.participants.total
        return *totals, came.participants.returning

    assert figures("2026") == (3, 1, 2, 1)
    given(cancelled(E, "2019-06"))
    assert figures("2019-05-31") == (2, 1, 1, 0)
    assert figures("2019-06-01") == (0, 0, 0, 0)
    assert figures("2026") == (1, 0, 1, 0)


def test_an_edition_without_number_goes_by_its_first_day(given):
    """Where one of two editions has no number, the earlier first day is the earlier edition."""
    views = given(
        *(cluster(A), announced(E, "2020"), announced(F, "2022", number=8)),
        *(attended(E, A), attended(F, A)),
    )
    assert views.edition_summary(F, TODAY)[0].participants.returning == 1
    assert views.edition_summary(E, TODAY)[0].participants.returning == 0


def test_partnerships_with_a_participant_as_member_are_represented(given):
    """They live on the first day, and the member is a direct one then."""
    views = given(
        *(cluster(A), announced(E, "2022-09-26"), attended(E, A)),
        *(formed(P, on="2022"), joined(P, A)),
        *(formed(Q, on="2023"), joined(Q, A)),
        *(formed("partnerships/r"), joined("partnerships/r", A, role=INDIRECT)),
    )
    assert views.edition_summary(E, TODAY)[0].partnerships_represented == 1


def test_delegations_are_counted_by_edition(given):
    """Those of the region and of regions in it that did not withdraw, by the id of the edition."""
    views = given(
        *(announced(E, "2022"), announced(F, "2024")),
        *(attended(E, "regions/PL82", version=2024), attended(F, "regions/PL823", version=2024)),
        *(attended(F, "countries/PL"), attended(F, "regions/PL12", version=2013)),
        *(entered(E, "regions/PL822", "2021", 2024), withdrawn(E, "regions/PL822", "2021-06")),
    )

    def delegations(code):
        found = views.region_summary(code, TODAY)[0].delegations
        return found.total, dict(found.by_edition)

    assert delegations("PL82") == (2, {"e": 1, "f": 1})
    assert delegations("PL9") == (1, {"f": 1})
    assert delegations("PL91") == (0, {})
    assert delegations("PL") == (4, {"e": 1, "f": 3})


def test_a_seat_counts_before_operating_regions(given):
    """Without a seat, the one region it operates in; of several none is chosen."""
    views = given(
        *(cluster(A, country="PL"), ecosystems(A, "digital"), located(A, "PL82")),
        located(A, "PL21", on="2008", operating=["PL22", "PL81"]),
        located(A, on="2010", operating=["PL22"]),
        located(A, on="2020", operating=["PL22", "PL81"]),
    )
    years = ("2007", "2009", "2015")
    counts = [views.ecosystem_summary("digital", day(year))[0].clusters for year in years]
    assert [dict(each.by_region) for each in counts] == [{"PL82": 1}, {"PL21": 1}, {"PL22": 1}]
    now = views.ecosystem_summary("digital", TODAY)[0].clusters
    assert (now.by_region, now.ambiguous) == ({}, 1)
    assert views.region_summary("PL81", TODAY)[0].clusters.ambiguous == 1


def test_unknown_subjects_are_not_found(given):
    """A slug, a code or an edition that is none is said to be none."""
    views = given(announced(E, "2022"), retracted(E, 1))
    for ask in (
        lambda: views.ecosystem_summary("metallurgy", TODAY),
        lambda: views.region_summary("PL12", TODAY),
        lambda: views.region_summary("QQ", TODAY),
        lambda: views.edition_summary(E, TODAY),
        lambda: views.edition_summary("editions/none", TODAY),
    ):
        with pytest.raises(NotFound):
            ask()
