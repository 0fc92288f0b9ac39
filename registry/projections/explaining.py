"""Explaining: what is counted under a figure of a summary, and which facts put it there.

A figure is named by its path in the answer, as proto JSON writes it: "clusters.byRegion.PL82",
"participants.returning", "linkedEcosystems.health", "partnershipsRepresented".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from registry.projections import (
    clusters,
    editions,
    participations,
    partners,
    partnerships,
    regions,
    tagged,
)
from registry.projections.evidence import Fact
from registry.projections.figures import TOTAL, Figure
from registry.projections.paths import Group, parsed
from registry.projections.subjects import ECOSYSTEM, EDITION, REGION, scope_of
from registry.projections.summaries import (
    ClusterCounts,
    DelegationCounts,
    ParticipantCounts,
    PartnerCounts,
    PartnershipCounts,
)
from registry.projections.tagged import EcosystemCounts, RegionCounts

if TYPE_CHECKING:
    from registry.projections.participations import Those
    from registry.projections.scopes import Scope
    from registry.projections.store import Reading
    from registry.projections.subjects import Subject


class Question(NamedTuple):
    """Of what, when, and by which version of NUTS."""

    reading: Reading
    subject: Subject
    day: int
    by_version: int

    @property
    def scope(self) -> Scope:
        """Of an ecosystem or a region."""
        return scope_of(self.subject)

    @property
    def those(self) -> Those:
        """Participations that are counted."""
        if self.subject.kind == EDITION:
            return participations.of_edition(self.subject.key)
        return participations.of_scope(self.scope)


class Counted(NamedTuple):
    """A resource that is counted, and the facts that put it there."""

    resource: str
    facts: tuple[Fact, ...]


Found: TypeAlias = "Iterator[tuple[Iterable[Figure], str, Iterable[Fact]]]"
"""Figures under which a resource counts, the resource, and the facts."""


def explain(question: Question, path: str) -> list[Counted]:
    """What is counted under a figure, by resource name; as many as the figure says.

    Raises:
        InvalidField: for a path that names no figure of the summary, or a key that none can have.
        NotFound: for an edition that is not registered, as the subject or as the key.
    """
    kind = question.subject.kind
    named = {group: Group(counts, keyed) for group, (_, counts, keyed) in _GROUPS[kind].items()}
    group, figure = parsed(path, named, question.by_version)
    if kind == EDITION:
        editions.require(question.reading, question.subject.key, question.day)
    if figure.field == "by_edition":
        editions.require(question.reading, f"editions/{figure.key}", question.day)
    facts: dict[str, dict[Fact, None]] = {}
    for figures, resource, found in _GROUPS[kind][group].rows(question):
        if figure in figures:
            facts.setdefault(resource, {}).update(dict.fromkeys(found))
    return [Counted(resource, tuple(facts[resource])) for resource in sorted(facts)]


# -- what is counted -----------------------------------------------------------------------


def _clusters(q: Question) -> Found:
    for stream, row in clusters.listed(q.reading, q.scope, q.day):
        yield row.figures(q.by_version), stream, _belonging(q.scope, stream, q.day)


def _participants(q: Question) -> Found:
    tags: dict[str, list[Figure]] = {}
    for stream, ecosystem in participations.listed_ecosystems(q.reading, q.those, q.day):
        tags.setdefault(stream, []).append(Figure("by_ecosystem", ecosystem))
    for part, row in participations.listed(q.reading, q.those, q.day):
        facts = [Fact("status", part.stream, q.day), Fact("dates", part.edition, q.day)]
        facts += [Fact(what, part.subject, part.first_day) for what in ("location", "ecosystems")]
        facts += [Fact("status", part.earlier, q.day)] if part.earlier else []
        yield [*row.figures(q.by_version), *tags.get(part.stream, ())], part.stream, facts


def _tagged(q: Question) -> Found:
    for stream in partnerships.listed_tagged(q.reading, q.scope, q.day):
        yield [Figure("tagged")], stream, [Fact("existence", stream)]


def _with_members(q: Question) -> Found:
    for name, member, joined in partnerships.listed_members(q.reading, q.scope, q.day):
        facts = [Fact("existence", name), Fact("membership", name, version=joined)]
        yield [Figure("with_members")], name, [*facts, *_belonging(q.scope, member, q.day)]


def _partnerships(q: Question) -> Found:
    yield from _tagged(q) if q.subject.kind == ECOSYSTEM else ()
    yield from _with_members(q)


def _linked(q: Question) -> Found:
    for link in partnerships.listed_links(q.reading, q.scope, q.day):
        facts = [*_joining(*link[:5]), *_belonging(q.scope, link.member, q.day)]
        figure = Figure("linked_ecosystems", link.ecosystem)
        yield [figure], link.partnership, [*facts, Fact("ecosystems", link.other, q.day)]


def _partners(q: Question) -> Found:
    for partner in partners.listed(q.reading, q.scope, q.day):
        facts = [*_joining(*partner[:5]), *_belonging(q.scope, partner.member, q.day)]
        facts += [Fact("location", partner.other, q.day)]
        yield partner.figures(q.by_version), partner.partnership, facts


def _delegations(q: Question) -> Found:
    for stream, edition in regions.listed_delegations(q.reading, q.scope, q.day):
        figures = [TOTAL, Figure("by_edition", edition.removeprefix("editions/"))]
        yield figures, stream, [Fact("status", stream, q.day)]


def _specialised(q: Question) -> Found:
    for stream, row in tagged.listed(q.reading, q.subject, q.day):
        facts = [Fact(what, stream, q.day) for what in ("location", "ecosystems")]
        yield row.figures(q.subject, q.by_version), stream, [Fact("existence", stream), *facts]


def _represented(q: Question) -> Found:
    for name, _, joined, stream in editions.listed_represented(q.reading, q.subject.key, q.day):
        facts = [Fact("membership", name, version=joined), Fact("status", stream, q.day)]
        yield [TOTAL], name, [Fact("existence", name), *facts]


def _belonging(scope: Scope, stream: str, day: int) -> Iterable[Fact]:
    return [
        Fact("existence", stream),
        Fact(scope.rests_on, stream, day),
        Fact("location", stream, day),
    ]


def _joining(
    partnership: str, member: str, joined: int, other: str, other_joined: int
) -> Iterator[Fact]:
    yield Fact("existence", partnership)
    yield Fact("membership", partnership, version=joined)
    yield Fact("membership", partnership, version=other_joined)
    yield from (Fact("existence", stream) for stream in (member, other))


class _Group(NamedTuple):
    """Figures of one part of a summary, and what counts under them."""

    rows: Callable[[Question], Found]
    counts: type | None = None
    keyed: bool = False


_LOCATED = {
    "clusters": _Group(_clusters, ClusterCounts),
    "partnerships": _Group(_partnerships, PartnershipCounts),
    "participants": _Group(_participants, ParticipantCounts),
}
_GROUPS: dict[str, dict[str, _Group]] = {
    ECOSYSTEM: {
        **_LOCATED,
        "linked_ecosystems": _Group(_linked, keyed=True),
        "specialisation": _Group(_specialised, EcosystemCounts),
    },
    REGION: {
        **_LOCATED,
        "delegations": _Group(_delegations, DelegationCounts),
        "partners": _Group(_partners, PartnerCounts),
        "specialisation": _Group(_specialised, RegionCounts),
    },
    EDITION: {
        "participants": _Group(_participants, ParticipantCounts),
        "partnerships_represented": _Group(_represented),
    },
}
