"""What holds of every quotient, whatever was recorded: the aggregates say the same numbers."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.domain.life import Life
from registry.projections.comparing import flattened
from registry.projections.figures import camel
from registry.projections.sqlite import SQLiteViews
from registry.projections.subjects import Subject
from registry.projections.views import Views
from registry.reference import nuts
from tests.projections import histories
from tests.projections.histories import DAYS, SLUGS, ListLog
from tests.projections.recording import Recording

REGIONS = (
    *(("PL82", 2024), ("PL823", 2024), ("PL8", 2024), ("PL91", 2024), ("EL", 2024), ("UK", 2024)),
    *(("PL12", 2013), ("PL32", 2013), ("UKD", 2021), ("BE3", 2016), ("PT16", 2016)),
)
LEVELS = (0, 1, 2)


@pytest.fixture(scope="module")
def views_of(tmp_path_factory):
    """Views of a history, in a directory of their own."""
    opened = []

    def make(history):
        log = ListLog()
        recording = Recording(log)
        for command in history:
            recording.record(*command)
        views = Views(log, SQLiteViews(tmp_path_factory.mktemp("views")))
        views.start()
        opened.append(views)
        return views, histories.states(log.rows)

    yield make
    for views in opened:
        views.close()


class Base:
    """The clusters of the aggregates on a day, looked at one by one."""

    def __init__(self, found, day, version):
        self.version, self.day = version, day
        clusters = [state for stream, state in found.items() if stream.startswith("clusters/")]
        self.existing = [state for state in clusters if state.life_on(day) is Life.LIVE]
        self.tagged = [state for state in self.existing if self.slugs(state)]
        self.all = [state for state in self.tagged if self.country(state)]

    def slugs(self, state):
        """Its ecosystems."""
        return {tag.ecosystem for tag in state.ecosystems.on(self.day) or ()}

    def codes(self, state, version):
        """Where it may lie."""
        return histories.candidates(state, version, self.day)

    def country(self, state):
        """The one it lies in; empty where none is known."""
        return histories.country(state, self.day)

    def lies_in(self, state, code, version):
        """Whether it certainly does."""
        codes = self.codes(state, version)
        return bool(codes) and all(each and nuts.within(each, code, version) for each in codes)

    def may_lie_in(self, state, code, version):
        """Whether it may, and not certainly."""
        return not self.lies_in(state, code, version) and any(
            nuts.within(each, code, version) or nuts.within(code, each, version)
            for each in filter(None, self.codes(state, version))
        )


@settings(max_examples=25, deadline=None)
@given(history=histories.histories(), day=st.sampled_from(DAYS))
def test_the_numbers_of_a_region_are_those_of_the_aggregates(views_of, history, day):
    """Four numbers of every row, the base, and who is left out."""
    views, found = views_of(history)
    for code, version in REGIONS:
        base = Base(found, day, version)
        inside = [state for state in base.all if base.lies_in(state, code, version)]
        answer, _ = views.specialisation(Subject.region(code, version), day, version)
        for row in answer.rows:
            both = [state for state in inside if row.ecosystem in base.slugs(state)]
            of_all = [state for state in base.all if row.ecosystem in base.slugs(state)]
            check_row(row, len(both), len(inside), len(of_all), len(base.all))
        check_base(answer.base, base)
        may = [state for state in base.all if base.may_lie_in(state, code, version)]
        left = answer.left_out
        assert left.coarser + left.ambiguous + left.left_nuts == len(may)
        summary, _ = views.region_summary(code, day, version)
        certain = summary.clusters.total - summary.clusters.uncertain
        assert certain == len(inside) + left.without_ecosystem


@settings(max_examples=25, deadline=None)
@given(
    history=histories.histories(),
    day=st.sampled_from(DAYS),
    version=st.sampled_from([2013, 2016, 2024]),
)
def test_the_numbers_of_an_ecosystem_are_those_of_the_aggregates(views_of, history, day, version):
    """Over the regions of a level, with those in none of them, they add up to the ecosystem."""
    views, found = views_of(history)
    base = Base(found, day, version)
    for slug in SLUGS:
        of_all = [state for state in base.all if slug in base.slugs(state)]
        summary, _ = views.ecosystem_summary(slug, day, version)
        assert sum(summary.clusters.by_country.values()) == len(of_all)
        for level in LEVELS:
            answer, _ = views.specialisation(Subject.ecosystem(slug), day, version, level)
            expected = in_regions(base, level)
            assert {row.region: row.in_region for row in answer.rows} == expected
            both = in_regions(base, level, slug)
            for row in answer.rows:
                numbers = both.get(row.region, 0), expected[row.region]
                check_row(row, *numbers, len(of_all), len(base.all))
            check_base(answer.base, base)
            left = answer.left_out
            elsewhere = left.coarser + left.ambiguous + left.left_nuts
            assert sum(both.values()) + elsewhere == len(of_all)
            assert len(of_all) + left.without_country == summary.clusters.total


def in_regions(base, level, slug=""):
    """How many of the base, or of an ecosystem, lie in each region of a level."""
    found = Counter()
    for state in base.all:
        codes = base.codes(state, base.version)
        above = [set(nuts.ancestors(code, base.version)) for code in codes]
        if slug in base.slugs(state) or not slug:
            shared = set.intersection(*above) if above else ()
            found.update(f"regions/{code}" for code in shared if len(code) - 2 == level)
    return found


def check_row(row, both, in_region, in_ecosystem, total):
    found = (row.clusters, row.in_region, row.in_ecosystem, row.total)
    assert found == (both, in_region, in_ecosystem, total), row
    if in_region and in_ecosystem:
        assert row.quotient == pytest.approx((both / in_region) / (in_ecosystem / total))
    else:
        assert row.quotient is None


def check_base(found, base):
    untagged = len(base.existing) - len(base.tagged)
    unlocated = len(base.tagged) - len(base.all)
    expected = (len(base.existing), len(base.all), untagged, unlocated)
    assert (found.existing, found.total, found.untagged, found.unlocated) == expected


@settings(max_examples=10, deadline=None)
@given(history=histories.histories(), day=st.sampled_from(DAYS))
def test_every_number_is_explained_by_as_many_as_it_counts(views_of, history, day):
    """The four numbers of each row, the base, and who is left out, by level or not."""
    views, _ = views_of(history)
    for subject in (Subject.region("PL8", 2024), Subject.region("PL91", 2024)):
        answer, _ = views.specialisation(subject, day)
        check_explained(views, subject, day, parts(answer, "withoutCountry"))
        for row in answer.rows:
            slug = row.ecosystem
            named = {"inRegion": row.in_region, f"clusters.{slug}": row.clusters}
            named |= {f"inEcosystem.{slug}": row.in_ecosystem}
            check_explained(views, subject, day, named)
    for slug in SLUGS:
        subject = Subject.ecosystem(slug)
        answer, _ = views.specialisation(subject, day, level=1)
        at_level = {"coarser", "ambiguous", "leftNuts"}
        named = parts(answer, "withoutEcosystem")
        named = {f"{name}.1" if name in at_level else name: n for name, n in named.items()}
        check_explained(views, subject, day, named)
        for row in answer.rows:
            code = row.region.removeprefix("regions/")
            named = {f"inRegion.{code}": row.in_region, f"clusters.{code}": row.clusters}
            check_explained(views, subject, day, named | {"inEcosystem": row.in_ecosystem})


def parts(answer, without):
    """Base and left out by the names of their figures, but for one that it cannot have."""
    both = flattened(answer.base) | flattened(answer.left_out)
    named = {camel(figure.field): number for figure, number in both.items()}
    assert named.pop(without) == 0
    return named


def check_explained(views, subject, day, named):
    for name, number in named.items():
        found = views.explain(subject, f"specialisation.{name}", day, 2024, 500)
        assert (name, found.value) == (name, number)
        assert len(found.contributions) == number
        assert all(each.evidence for each in found.contributions)
