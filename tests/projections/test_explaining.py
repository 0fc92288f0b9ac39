"""What a figure counts, and the events behind it, on both databases."""

import pytest

from registry.domain.effective import day
from registry.errors import InvalidField, NotFound
from registry.projections.subjects import Subject
from tests.projections.recording import (
    announced,
    attended,
    cluster,
    confirmed,
    dissolved,
    ecosystems,
    entered,
    formed,
    joined,
    located,
    rescheduled,
    retracted,
    withdrawn,
)

TODAY = day("2026-01-01")
A, B, P, E, F = "clusters/a", "clusters/b", "partnerships/p", "editions/e", "editions/f"
DIGITAL = Subject.ecosystem("digital")


def explained(views, subject, figure, on=TODAY, by_version=2024):
    """Every resource that counts, with the facts and the events that say them."""
    found = views.explain(subject, figure, on, by_version, 100)
    assert found.value == len(found.contributions)
    return {
        each.resource: {
            evidence.what: f"{evidence.event.recorded.stream}@{evidence.event.recorded.version}"
            for evidence in each.evidence
        }
        for each in found.contributions
    }


def test_the_events_are_those_that_hold_on_the_day(given):
    """A late fact is behind the figures of its time; what was retracted is behind none."""
    views = given(
        *(cluster(A), ecosystems(A, "digital"), located(A, "PL82", on="2018")),
        *(located(A, "PL82", on="2010"), located(A, "PL82", on="2020"), retracted(A, 5)),
    )
    then = explained(views, DIGITAL, "clusters.byRegion.PL82", day("2012"))
    assert then == {A: {"existence": f"{A}@1", "ecosystems": f"{A}@2", "location": f"{A}@4"}}
    first = explained(views, DIGITAL, "clusters.byRegion.PL82", day("2018-01-01"))
    now = explained(views, DIGITAL, "clusters.byRegion.PL82")
    assert first == now
    assert now[A]["location"] == f"{A}@3"


def test_before_all_dates_of_an_edition_the_first_hold(given):
    """Which are not those of its announcement, where that is said to be later."""
    views = given(
        announced(E, "2020", on="2015"),
        rescheduled(E, "2021", on="2012"),
        attended(E, "clusters/a"),
    )
    for on, version in (("2010", 2), ("2012", 2), ("2016", 1)):
        found = explained(views, Subject.edition(E), "participants.total", day(on))
        (evidence,) = found.values()
        assert evidence["dates"] == f"{E}@{version}"


def test_nothing_is_said_of_what_is_not_registered(given):
    """As before a retraction, where the registration was redacted: its tags count for nothing."""
    views = given(ecosystems(A, "digital"), announced(E, "2020"), attended(E, A))
    (count,) = explained(views, Subject.edition(E), "participants.untagged").values()
    assert count == {"dates": f"{E}@1", "status": f"{E}/participations/cluster-a@1"}


def test_a_country_is_said_by_the_registration(given):
    """Where nothing else says where a cluster is."""
    views = given(cluster(A, country="PL"), ecosystems(A, "digital"))
    assert explained(views, DIGITAL, "clusters.byCountry.PL") == {
        A: {"existence": f"{A}@1", "ecosystems": f"{A}@2"}
    }
    assert explained(views, DIGITAL, "clusters.byCountry.CZ") == {}


def test_only_what_counts_is_explained(given):
    """A cluster that ended is behind no figure of today."""
    views = given(
        *(cluster(A), ecosystems(A, "digital"), dissolved(A, "2020")),
        *(cluster(B), ecosystems(B, "digital")),
    )
    assert list(explained(views, DIGITAL, "clusters.total")) == [B]
    assert list(explained(views, DIGITAL, "clusters.total", day("2019"))) == [A, B]


def test_whoever_returns_is_shown_to_have_been_there(given):
    """The participation in an earlier edition is among the events."""
    views = given(
        *(cluster(A), announced(E, "2010", number=1), announced(F, "2014", number=2)),
        *(attended(E, A), entered(F, A), rescheduled(F, "2015", "2013")),
    )
    evidence = views.explain(Subject.edition(F), "participants.returning", TODAY, 2024, 10)
    (who,) = evidence.contributions
    events = [(e.what, e.event.recorded.stream, e.event.recorded.version) for e in who.evidence]
    assert ("status", f"{E}/participations/cluster-a", 1) in events
    assert ("dates", F, 2) in events
    assert explained(views, Subject.edition(F), "participants.firstTime") == {}


def test_a_withdrawal_is_what_says_that_somebody_withdrew(given):
    """The status that holds, not the one that was first."""
    views = given(announced(E, "2022"), cluster(A), entered(E, A), withdrawn(E, A, "2021"))
    found = explained(views, Subject.edition(E), "participants.withdrawn")
    stream = f"{E}/participations/cluster-a"
    assert found[stream]["status"] == f"{stream}@2"


def test_an_attendance_says_that_somebody_attended_whatever_is_dated_later(given):
    """A confirmation that is dated today is not what the figure rests on."""
    views = given(
        *(announced(E, "2022"), cluster(A), entered(E, A, "2021")),
        *(attended(E, A, "2022"), confirmed(E, A, "2024")),
    )
    stream = f"{E}/participations/cluster-a"
    found = explained(views, Subject.edition(E), "participants.byStatus.attended")
    assert found[stream]["status"] == f"{stream}@2"
    before = explained(views, Subject.edition(E), "participants.total", day("2021-06"))
    assert before[stream]["status"] == f"{stream}@1"


def test_a_partnership_counts_by_the_members_that_joined(given):
    """Each membership is said by its own event."""
    views = given(
        *(cluster(A), ecosystems(A, "digital"), cluster(B), ecosystems(B, "health")),
        *(formed(P), joined(P, B), joined(P, A)),
    )
    found = explained(views, DIGITAL, "partnerships.withMembers")
    assert found[P]["membership"] == f"{P}@3"
    assert found[P]["ecosystems"] == f"{A}@2"
    linked = views.explain(DIGITAL, "linkedEcosystems.health", TODAY, 2024, 10)
    (link,) = linked.contributions
    joins = [e.event.recorded.version for e in link.evidence if e.what == "membership"]
    assert joins == [3, 2]


def test_contributions_come_in_pages(given):
    """By resource name, without gap or repetition; the value is that of all pages."""
    names = [f"clusters/c{n}" for n in range(5)]
    views = given(
        *(fact for name in names for fact in (cluster(name), ecosystems(name, "digital")))
    )
    found, after = [], ()
    for _ in range(3):
        page = views.explain(DIGITAL, "clusters.total", TODAY, 2024, 2, after)
        found += [each.resource for each in page.contributions]
        assert page.value == 5
        after = page.next_after
    assert (found, after) == (names, ())


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        ("clusters.byCountri.PL", r"did you mean clusters\.byCountry\.PL"),
        ("clusters.totle", r"did you mean clusters\.total"),
        ("clusters", r"clusters\.total, clusters\.byCountry\.PL, "),
        ("clusters.total.x", r"clusters\.total"),
        ("foo.bar", "begin with clusters, partnerships, participants, linkedEcosystems, "),
        ("clusters.byRegion", r"a key is missing: clusters\.byRegion\.PL82"),
        ("clusters.byRegion.", r"a key is missing: clusters\.byRegion\.PL82"),
        ("clusters.byRegion.*", r"a key is missing: clusters\.byRegion\.PL82"),
        ("linkedEcosystems", r"a key is missing: linkedEcosystems\.digital"),
        ("specialisation.coarser", r"a key is missing: specialisation\.coarser\.0"),
        ("clusters.byCountry.qq", "'qq' is no country"),
        ("clusters.byRegion.PLX", "'PLX' is not in NUTS 2024: it is in no version"),
        ("clusters.byRegion.PL32", "its territory lies in PL82"),
        ("clusters.byRegion.PL821", "counted at level 2: PL821 lies in PL82"),
        ("specialisation.clusters.PLX", "'PLX' is not in NUTS 2024"),
        ("specialisation.clusters.digital", "'DIGITAL' is not in NUTS 2024"),
        ("specialisation.coarser.3", "'3' is none of 0, 1, 2"),
        ("participants.byKind.clusters", "did you mean cluster?"),
        ("participants.byStatus.withdrawn", "'withdrawn' is none of registered"),
        ("participants.byEcosystem.digitall", "'digitall' is no ecosystem"),
        ("linkedEcosystems.x", "'x' is no ecosystem"),
    ],
)
def test_a_figure_that_is_none_is_refused_naming_what_is_meant(given, figure, said):
    """Nobody is told that nothing counts under a misspelt figure, or a key that none has."""
    views = given(cluster(A))
    with pytest.raises(InvalidField, match=said) as refused:
        views.explain(DIGITAL, figure, TODAY, 2024, 10)
    assert refused.value.violations[0][0] == "figure"


@pytest.mark.parametrize(
    "figure",
    [
        *("clusters.byCountry.GR", "clusters.byCountry.el", "clusters.byCountry.countries/EL"),
        *("clusters.byRegion.el30", "clusters.byRegion.GR30", "clusters.byRegion.regions/EL30"),
        *("specialisation.clusters.el", "specialisation.clusters.regions/GR"),
        *("specialisation.inRegion.EL301", "specialisation.inRegion.gr3"),
    ],
)
def test_a_key_may_be_written_as_codes_are_elsewhere(given, figure):
    """In any case, in the letters of ISO or of Eurostat, or as the summary prints it."""
    views = given(cluster(A), ecosystems(A, "digital"), located(A, "EL301"))
    assert list(explained(views, DIGITAL, figure)) == [A]


def test_an_ecosystem_as_a_key_may_be_written_as_elsewhere(given):
    """In any case; of a region's specialisation."""
    views = given(cluster(A), ecosystems(A, "digital"), located(A, "PL82"))
    for key in ("digital", "Digital", "ecosystems/digital"):
        found = explained(views, Subject.region("PL", 2024), f"specialisation.clusters.{key}")
        assert list(found) == [A]
    with pytest.raises(InvalidField, match="'PLX' is no ecosystem"):
        explained(views, Subject.region("PL", 2024), "specialisation.clusters.PLX")


def test_an_edition_that_is_not_there_is_not_found(given):
    """As its summary answers."""
    views = given(cluster(A))
    with pytest.raises(NotFound, match="editions/e"):
        views.explain(Subject.edition(E), "participants.total", TODAY, 2024, 10)


def test_an_edition_that_is_not_there_is_no_key(given):
    """Of one that is, none may have a delegation."""
    views = given(cluster(A), announced(E, "2010", number=1))
    poland = Subject.region("PL", 2024)
    assert explained(views, poland, "delegations.byEdition.e", day("2001-01-01")) == {}
    assert explained(views, poland, "delegations.byEdition.editions/E") == {}
    with pytest.raises(NotFound, match="editions/x"):
        explained(views, poland, "delegations.byEdition.x")
    with pytest.raises(InvalidField, match="'x/' is no id of an edition"):
        explained(views, poland, "delegations.byEdition.x/")
