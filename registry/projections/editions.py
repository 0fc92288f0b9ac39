"""Summary of an edition as it stands on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain.edition_rules import Dates
from registry.domain.effective import Effective
from registry.errors import NotFound
from registry.projections import participations
from registry.projections.conditions import holds
from registry.projections.figures import WITHDRAWN
from registry.projections.summaries import EditionSummary

if TYPE_CHECKING:
    from registry.events.v1 import edition_pb2, values_pb2
    from registry.projections.store import Reading

_EDITION = f"""
SELECT name, city, country, number, start_date, end_date, dates_basis, dates_basis_kind
FROM editions e WHERE e.stream = :edition AND {holds("e")}
"""  # noqa: S608 - our own names
_REPRESENTED = f"""
FROM participations p
JOIN editions e ON e.stream = p.edition AND {holds("e")}
JOIN memberships m ON m.member = p.participant AND m.direct = 1 AND {holds("m", "e.first_day")}
WHERE p.edition = :edition AND p.status <> '{WITHDRAWN}' AND {holds("p")}
"""


def edition_summary(reading: Reading, edition: str, day: int, by_version: int) -> EditionSummary:
    """Who takes part in an edition, as it stands on a day, by the regions of a version of NUTS.

    Participants are who and where they were on the first day of the edition.

    Raises:
        NotFound: where it is not registered.
    """
    found = reading.rows(_EDITION, edition=edition, day=day)
    if not found:
        raise NotFound(edition)
    name, city, country, number, start, end, stated, basis = found[0]
    taking_part = participations.of_edition(edition)
    represented = reading.rows(
        f"SELECT count(DISTINCT m.stream) {_REPRESENTED}", edition=edition, day=day
    )
    return EditionSummary(
        edition=edition,
        name=name,
        city=city,
        country=country,
        dates=_dates(start, end, stated, basis),
        number=number,
        participants=participations.count(reading, taking_part, day, by_version),
        partnerships_represented=represented[0][0],
    )


def listed_represented(reading: Reading, edition: str, day: int) -> list[tuple[str, str, int, str]]:
    """Partnership, member, version of its joining, and participation, as they are counted."""
    columns = "m.stream, m.member, m.joined_version, p.stream"
    sql = f"SELECT {columns} {_REPRESENTED} ORDER BY 1, 2, 3"
    found = reading.rows(sql, edition=edition, day=day)
    return [(partnership, member, joined, stream) for partnership, member, joined, stream in found]


def _dates(
    start: str, end: str, stated: str, basis: values_pb2.Basis.ValueType
) -> edition_pb2.EditionDates:
    last = Effective.on(end) if end else None
    return Dates(Effective.on(start), last, stated, basis).to_proto()
