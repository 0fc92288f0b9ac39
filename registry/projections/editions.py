"""Editions as they stand on a day: one, the series, and two compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registry.domain.edition_rules import Dates
from registry.domain.effective import Effective
from registry.errors import NotFound
from registry.projections import participations
from registry.projections.comparing import changes
from registry.projections.conditions import holds
from registry.projections.figures import WITHDRAWN
from registry.projections.subjects import Subject, scope_of
from registry.projections.summaries import (
    EditionComparison,
    EditionPoint,
    EditionSummary,
    ParticipantCounts,
)

if TYPE_CHECKING:
    from registry.projections.store import Reading

_COLUMNS = (
    "stream, name, city, country, number, start_date, end_date, dates_basis, dates_basis_kind"
)
_EDITION = f"SELECT {_COLUMNS} FROM editions e WHERE e.stream = :edition AND {holds('e')}"  # noqa: S608
_SERIES = f"""
SELECT {", ".join(f"e.{name}" for name in _COLUMNS.split(", "))} FROM editions e
JOIN resources n ON n.kind = 'editions' AND n.stream = e.stream AND {holds("n")}
WHERE {holds("e")} ORDER BY e.first_day, e.stream
"""  # noqa: S608 - our own names
_REPRESENTED = f"""
FROM participations p
JOIN editions e ON e.stream = p.edition AND {holds("e")}
JOIN memberships m ON m.member = p.participant AND m.direct = 1 AND {holds("m", "e.first_day")}
WHERE p.edition = :edition AND p.status <> '{WITHDRAWN}' AND {holds("p")}
"""
_PARTICIPANTS = f"""
SELECT p.participant FROM participations p
WHERE p.edition = :edition AND p.status <> '{WITHDRAWN}' AND {holds("p")}
"""  # noqa: S608 - our own names


def edition_summary(
    reading: Reading, subject: Subject, day: int, by_version: int
) -> EditionSummary:
    """Who takes part in an edition, as it stands on a day, by the regions of a version of NUTS.

    Participants are who and where they were on the first day of the edition.

    Raises:
        NotFound: where it is not registered.
    """
    edition = subject.key
    facts = _facts(_edition(reading, edition, day))
    taking_part = participations.of_edition(edition)
    represented = reading.rows(
        f"SELECT count(DISTINCT m.stream) {_REPRESENTED}", edition=edition, day=day
    )
    return EditionSummary(
        **facts,
        participants=participations.count(reading, taking_part, day, by_version),
        partnerships_represented=represented[0][0],
    )


def edition_series(
    reading: Reading, subject: Subject | None, day: int, by_version: int
) -> tuple[EditionPoint, ...]:
    """Every edition not cancelled, by date, with those of a subject (None: all) who take part."""
    those = participations.of_all_editions()
    if subject is not None:
        those = participations.of_scope(scope_of(subject))
    counts = participations.count_by_edition(reading, those, day, by_version)
    return tuple(
        EditionPoint(**_facts(row), participants=counts.get(row[0], ParticipantCounts()))
        for row in reading.rows(_SERIES, day=day)
    )


def compared_editions(
    reading: Reading, editions: tuple[str, str], day: int, by_version: int
) -> EditionComparison:
    """Two editions side by side: who takes part in which, and the figures that differ.

    Raises:
        NotFound: where one is not registered.
    """
    first, second = (
        edition_summary(reading, Subject.edition(each), day, by_version) for each in editions
    )
    came, come = (set(_participants(reading, each, day)) for each in editions)
    return EditionComparison(
        first=first,
        second=second,
        in_both=tuple(sorted(came & come)),
        only_in_first=tuple(sorted(came - come)),
        only_in_second=tuple(sorted(come - came)),
        changes=changes("participants", first.participants, second.participants),
    )


def require(reading: Reading, edition: str, day: int) -> None:
    """Refuse an edition that is not registered.

    Raises:
        NotFound: naming it.
    """
    _edition(reading, edition, day)


def listed_represented(reading: Reading, edition: str, day: int) -> list[tuple[str, str, int, str]]:
    """Partnership, member, version of its joining, and participation, as they are counted."""
    columns = "m.stream, m.member, m.joined_version, p.stream"
    sql = f"SELECT {columns} {_REPRESENTED} ORDER BY 1, 2, 3"
    found = reading.rows(sql, edition=edition, day=day)
    return [(partnership, member, joined, stream) for partnership, member, joined, stream in found]


def _participants(reading: Reading, edition: str, day: int) -> list[str]:
    return [name for (name,) in reading.rows(_PARTICIPANTS, edition=edition, day=day)]


def _edition(reading: Reading, edition: str, day: int) -> tuple[Any, ...]:
    found = reading.rows(_EDITION, edition=edition, day=day)
    if not found:
        raise NotFound(edition)
    return found[0]


def _facts(row: tuple[Any, ...]) -> dict[str, Any]:
    edition, name, city, country, number, start, end, stated, basis = row
    last = Effective.on(end) if end else None
    return {
        "edition": edition,
        "name": name,
        "city": city,
        "country": country,
        "dates": Dates(Effective.on(start), last, stated, basis).to_proto(),
        "number": number,
    }
