"""Random histories, and what the aggregates themselves say of them."""

from hypothesis import strategies as st

from registry.domain.effective import FOREVER, Effective
from registry.domain.fold import fold
from registry.domain.kinds import kind_of
from registry.domain.life import Life
from registry.eventstore.envelope import open_row
from registry.eventstore.rows import Appended, Batch, Head, LogRow, NewEvent
from registry.eventstore.stamping import stamp
from registry.reference import countries, nuts
from tests.projections import recording as r

CLUSTERS = ("clusters/a", "clusters/b", "clusters/c")
PARTNERSHIPS = ("partnerships/p", "partnerships/q")
EDITIONS = ("editions/e", "editions/f", "editions/g")
PARTICIPANTS = (*CLUSTERS, "organisations/o", *PARTNERSHIPS, "regions/PL82", "countries/GR")
SLUGS = ("digital", "health", "retail")
CODES = ("PL82", "PL823", "PL8", "PL12/2013", "UKD/2016", "BE3", "EL30", "GR/2024", "PT16/2013")
COUNTRIES = ("", "PL", "GB", "GR")
DAYS = tuple(Effective.on(year).last_day for year in ("2009", "2012", "2015", "2018", "2026"))

dates = st.sampled_from(["unknown", "2010", "2012-06", "no later than 2014", "2016-02-29", "2020"])
endings = st.sampled_from(["2011", "2015-03", "no later than 2017", "2019-01-01"])
clusters = st.sampled_from(CLUSTERS)
partnerships = st.sampled_from(PARTNERSHIPS)
editions = st.sampled_from(EDITIONS)
participants = st.sampled_from(PARTICIPANTS)
some_slugs = st.lists(st.sampled_from(SLUGS), max_size=2, unique=True)
some_codes = st.lists(st.sampled_from(CODES), max_size=2, unique=True)


def _spread(build):
    return lambda arguments: build(arguments[0], *arguments[1], on=arguments[2])


facts = st.one_of(
    st.builds(r.located, clusters, st.sampled_from(CODES), on=dates),
    st.tuples(clusters, some_codes, dates).map(_spread(r.located)),
    st.tuples(clusters, some_slugs, dates).map(_spread(r.ecosystems)),
    st.builds(r.renamed, clusters, on=dates),
    st.builds(r.dissolved, clusters, endings),
    st.builds(r.joined, partnerships, st.sampled_from(CLUSTERS + PARTNERSHIPS), on=dates),
    st.builds(r.left, partnerships, clusters, st.integers(2, 4), endings),
    st.builds(r.ended, partnerships, endings),
    st.builds(r.rescheduled, editions, st.sampled_from(["2011-05", "2018-10-01"]), on=dates),
    st.builds(r.cancelled, editions, endings),
    st.builds(r.entered, editions, participants, on=dates),
    st.builds(r.attended, editions, participants, on=dates),
    st.builds(r.withdrawn, editions, st.sampled_from(CLUSTERS), on=endings),
)


@st.composite
def histories(draw):
    """Commands of one or several facts, now and then a retraction; streams begin registered."""
    commands = [
        [r.cluster(stream, country=draw(st.sampled_from(COUNTRIES)), on=draw(dates))]
        for stream in CLUSTERS
    ]
    commands += [[r.formed(stream, *draw(some_slugs), on=draw(dates))] for stream in PARTNERSHIPS]
    commands += [
        [r.announced(stream, draw(st.sampled_from(["2010", "2016-11-30"])), number=number)]
        for stream, number in zip(EDITIONS, (1, 2, 0), strict=True)
    ]
    commands += [[r.organisation("organisations/o", country="PL")]]
    commands += draw(st.lists(st.lists(facts, min_size=1, max_size=3), max_size=25))
    return _with_retractions(draw, commands)


def _with_retractions(draw, commands):
    known, found = {}, []
    for command in commands:
        stream = command[0][0]
        live = known.get(stream)
        if live and draw(st.integers(0, 5)) == 0:
            version = draw(st.sampled_from(sorted(live)))
            live.discard(version)
            command = [(*r.retracted(stream, version),), *command]  # noqa: PLW2901 - one more
        for fact in command:
            _count(fact, known)
        found.append(command)
    return found


def _count(fact, known):
    """Remember the versions that may be retracted: of a stream all but retractions."""
    stream = fact[0]
    counts = known.setdefault(("count", stream), [0])
    counts[0] += 1
    if fact[2] is not None:
        known.setdefault(stream, set()).add(counts[0])


class ListLog:
    """A log in memory, stamped as every log is."""

    def __init__(self, rows=()):
        self.rows = list(rows)

    def append_locked(self, build):
        """Record a batch."""
        head = self.head()
        self.rows += [LogRow(*row) for row in stamp(build(), head, head.recorded_at + 1)]
        return Appended(head.position + 1, self.head())

    def head(self):
        """End of the log."""
        return Head(self.rows[-1].position, self.rows[-1].recorded_at) if self.rows else Head(0, 0)

    def read_after(self, position, limit, stream=""):
        """Rows after a position, which is dense from 1 here."""
        del stream
        return self.rows[position : position + limit]

    def read_selected(self, after, upto, limit, stream="", topics=()):
        """As a log does."""
        rows = [row for row in self.read_after(after, 10**9, stream) if row.position <= upto]
        return [row for row in rows if not topics or row.topic in topics][:limit]

    def read_streams(self, streams, upto=None):
        """Rows of streams, by stream and version."""
        end = FOREVER if upto is None else upto
        found = [row for row in self.rows if row.stream in streams and row.position <= end]
        return sorted(found, key=lambda row: (row.stream, row.version))


def record_nonsense(log):
    """Record an event that no version of the code knows; its position."""
    event = NewEvent("clusters/x", 1, "registry.events.v1.Unheard", b"")
    return log.append_locked(lambda: Batch([event], [], 0, {}, {})).first


def states(rows):
    """Aggregate of every stream of a log, registered ones only."""
    histories = {}
    for row in rows:
        histories.setdefault(row.stream, []).append(open_row(row).recorded)
    found = {
        stream: fold(kind_of(stream).new(stream), history) for stream, history in histories.items()
    }
    return {stream: state for stream, state in found.items() if state.registered}


def live_clusters(found, slug, day):
    """Clusters that live on a day and belong to an ecosystem then, by the aggregates."""
    return [
        state
        for stream, state in found.items()
        if stream.startswith("clusters/")
        and state.life_on(day) is Life.LIVE
        and slug in [tag.ecosystem for tag in state.ecosystems.on(day) or ()]
    ]


def memberships(found, partnership, day):
    """Members of a partnership on a day and the versions of their joining, by the aggregate."""
    if partnership not in found:
        return []
    members = found[partnership].members_on(day)
    return sorted((span.what.member, span.version) for span in members)


def statuses(found, edition, day):
    """How many participations of an edition have which status on a day, by the aggregates."""
    counts = {}
    for stream, state in found.items():
        if stream.startswith(f"{edition}/participations/"):
            entry = state.status_on(day)
            if entry is not None:
                name = entry.value.name.lower()
                counts[name] = counts.get(name, 0) + 1
    return counts


def clusters_in(found, area, version, day):
    """Clusters that live on a day and lie certainly, and those that may lie, in a region."""
    certain, possible = [], []
    for stream, state in found.items():
        if stream.startswith("clusters/") and state.life_on(day) is Life.LIVE:
            codes = candidates(state, version, day)
            inside = [bool(code) and nuts.within(code, area, version) for code in codes]
            if inside and all(inside):
                certain.append(state)
            elif any(inside):
                possible.append(state)
    return certain, possible


def country(state, day):
    """ISO code of the country a cluster lies in; empty where none is known, or several are."""
    location = state.location.on(day)
    letters = {r.code[:2] for r in location.regions} if location else set()
    return state.country or (countries.iso(letters.pop()) if len(letters) == 1 else "")


def candidates(state, version, day):
    """Codes of a version that a cluster may have, its country where there is no other.

    One that is in none of them any more may lie outside of every region: "" stands for that.
    """
    location = state.location.on(day)
    recorded = [(r.code, r.classification_version) for r in location.regions] if location else []
    found, gone = set(), []
    for code, year in recorded:
        became = nuts.resolve(code, year, version)
        gone += [""] if became.kind == "left" else []
        found |= {became.code} if became.code else {each.code for each in became.candidates}
    if not found:
        known = country(state, day)
        return [countries.eurostat(known)] if known else []
    finest = [c for c in found if not any(o != c and nuts.within(o, c, version) for o in found)]
    return finest + gone
