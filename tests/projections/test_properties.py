"""What holds of the views for every history."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.projections import MembershipListing, engine, filling
from registry.projections.comparing import flattened
from registry.projections.conditions import OPEN
from registry.projections.projector import Projector
from registry.projections.sqlite import SQLiteViews
from registry.projections.subjects import Subject
from registry.projections.tables import indexes
from registry.projections.views import Views
from tests.projections import histories
from tests.projections.databases import content
from tests.projections.histories import DAYS, EDITIONS, PARTNERSHIPS, SLUGS, ListLog
from tests.projections.recording import Recording

REGIONS = (
    *((code, 2024, 0) for code in ("PL", "PL8", "PL82", "PL823", "EL", "EL30", "UK", "PT")),
    *(("PL91", 2024, 2013), ("PL12", 2013, 2024), ("PL32", 2013, 0), ("UKD", 2021, 2024)),
    *(("GR30", 2006, 2024), ("BE3", 2016, 2010), ("PT16", 2016, 2024)),
)
"""Code, version, and the version that is counted in."""


def log_of(history):
    """A log with a history in it."""
    log = ListLog()
    recording = Recording(log)
    for command in history:
        recording.record(*command)
    return log


def projected(log, store, *, batch_limit=500):
    """Fill a generation from a log, in batches, by a projector that starts anew at each."""
    generation = store.create()
    with store.switching(generation) as writing:
        writing.define(indexes())
    changes = True
    while changes:
        with store.writing() as writing:
            projector = Projector(log, batch_limit=batch_limit)
            changes = projector.changes_after(writing.checkpoint.position)
            if changes:
                writing.apply(changes)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A directory for each example."""
    numbers = iter(range(1_000_000))
    base = tmp_path_factory.mktemp("views")

    def make():
        directory = base / str(next(numbers))
        directory.mkdir()
        return SQLiteViews(directory)

    return make


@settings(max_examples=20, deadline=None)
@given(history=histories.histories(), batch_limit=st.integers(1, 7), cut=st.integers(0, 100))
def test_rows_depend_on_the_log_alone(place, history, batch_limit, cut):
    """Small batches, one large one, and what was known at a position: always the same rows."""
    log = log_of(history)
    at_once, in_steps, earlier = place(), place(), place()
    projected(log, at_once)
    projected(log, in_steps, batch_limit=batch_limit)
    assert content(in_steps) == content(at_once)
    known = ListLog(log.rows[: 1 + cut % len(log.rows)])
    while open_command(known.rows):
        known.rows.pop()
    position = len(known.rows)
    projected(known, earlier)
    then = content(at_once, f"known_from <= {position} AND known_to > {position}")
    assert [row[:-1] for row in then] == [
        row[:-1] for row in content(earlier, f"known_to = {OPEN}")
    ]
    for store in (at_once, in_steps, earlier):
        store.close()


@settings(max_examples=20, deadline=None)
@given(
    history=histories.histories(), batch_limit=st.integers(1, 7), most=st.sampled_from([1, 4, 1000])
)
def test_a_generation_that_is_filled_has_the_rows_of_one_that_followed(
    place, history, batch_limit, most
):
    """Ends that wait for the indexes, some of them or all, end the same rows in the end."""
    log = log_of(history)
    followed, filled = place(), place()
    projected(log, followed)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engine, "FILL_LIMIT", batch_limit)
        patched.setattr(filling, "MAX_WAITING", most)
        views = Views(log, filled)
        views.start()
    assert content(filled) == content(followed)
    views.close()
    followed.close()


def open_command(rows):
    """Whether a log was cut within a command."""
    metadata = histories.open_row(rows[-1]).metadata
    return metadata.command_index + 1 < metadata.command_size


@settings(max_examples=25, deadline=None)
@given(history=histories.histories())
def test_totals_add_up_and_agree_with_the_aggregates(place, history):
    """Every total is the sum of its buckets, whatever was recorded, retracted or left out."""
    log = log_of(history)
    found = histories.states(log.rows)
    views = Views(log, place())
    views.start()
    for day in DAYS:
        for slug in SLUGS:
            check_ecosystem(views.ecosystem_summary(slug, day)[0], found, day)
        for code, version, by_version in REGIONS:
            check_region(views.region_summary(code, day, version, by_version)[0], found, day)
        for edition in set(EDITIONS) & set(found):
            check_edition(views.edition_summary(edition, day)[0], found, day)
        for partnership in PARTNERSHIPS:
            page = views.list_memberships(MembershipListing(partnership, day=day), 1000)
            listed = [(row.member, row.joined_version) for row in page.rows]
            assert listed == histories.memberships(found, partnership, day)
    views.close()


@settings(max_examples=10, deadline=None)
@given(history=histories.histories(), day=st.sampled_from(DAYS))
def test_every_figure_is_explained_by_as_many_as_it_counts(place, history, day):
    """Whatever a summary says, its explanation lists that many, each with the events behind it."""
    log = log_of(history)
    views = Views(log, place())
    views.start()
    for slug in SLUGS:
        summary, _ = views.ecosystem_summary(slug, day)
        check_explained(views, Subject.ecosystem(slug), summary, day, 2024)
        for link in summary.linked_ecosystems:
            figure = f"linkedEcosystems.{link.ecosystem}"
            found = views.explain(Subject.ecosystem(slug), figure, day, 2024, 500)
            assert found.value == link.partnerships
    for code, version, by_version in REGIONS[2:12:3]:
        summary, _ = views.region_summary(code, day, version, by_version)
        check_explained(views, Subject.region(code, version), summary, day, summary.by_version)
    for edition in set(EDITIONS) & set(histories.states(log.rows)):
        summary, _ = views.edition_summary(edition, day)
        subject = Subject.edition(edition)
        check_explained(views, subject, summary, day, 2024)
        represented = views.explain(subject, "partnershipsRepresented", day, 2024, 500)
        assert represented.value == summary.partnerships_represented
    views.close()


def check_explained(views, subject, summary, day, by_version):
    for group in ("clusters", "partnerships", "participants", "delegations", "partners"):
        for figure, number in flattened(getattr(summary, group, Nothing())).items():
            found = views.explain(subject, figure.path(group), day, by_version, 500)
            assert (figure, found.value) == (figure, number)
            assert len(found.contributions) == number
            assert all(each.evidence for each in found.contributions)


@dataclass
class Nothing:
    """Counts without figures."""


def check_ecosystem(summary, found, day):
    assert_sums_of_clusters(summary.clusters)
    assert_sums_of_participants(summary.participants)
    alive = histories.live_clusters(found, summary.ecosystem, day)
    assert summary.clusters.total == len(alive)
    undated = [state for state in alive if state.established.unknown]
    assert summary.clusters.start_unknown == len(undated)


def check_region(summary, found, day):
    assert_sums_of_clusters(summary.clusters)
    assert_sums_of_participants(summary.participants)
    certain, possible = histories.clusters_in(found, summary.region, summary.version, day)
    assert summary.clusters.total == len(certain) + len(possible)
    assert summary.clusters.uncertain == len(possible)
    places = summary.clusters.ambiguous_places
    assert summary.clusters.ambiguous == sum(place.clusters for place in places)
    assert summary.participants.uncertain <= summary.participants.total
    assert all(n <= summary.partners.total for n in summary.partners.by_region.values())


def check_edition(summary, found, day):
    counts = summary.participants
    assert_sums_of_participants(counts)
    statuses = histories.statuses(found, summary.edition, day)
    assert counts.withdrawn == statuses.pop("withdrawn", 0)
    assert counts.by_status == statuses


def assert_sums_of_clusters(counts):
    assert counts.total == sum(counts.by_country.values()) + counts.country_unknown
    elsewhere = counts.unlocated + counts.ambiguous + counts.left_nuts
    assert counts.total == sum(counts.by_region.values()) + elsewhere
    assert counts.start_unknown <= counts.total


def assert_sums_of_participants(counts):
    total = counts.total
    assert total == sum(counts.by_country.values()) + counts.country_unknown
    elsewhere = counts.unlocated + counts.ambiguous + counts.left_nuts
    assert total == sum(counts.by_region.values()) + elsewhere
    assert total == sum(counts.by_kind.values()) == sum(counts.by_status.values())
    assert total == counts.first_time + counts.returning
    assert counts.untagged <= total <= sum(counts.by_ecosystem.values()) + counts.untagged
