"""Participants: a cluster, organisation or partnership, or a delegation of a region or country."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain import ids, places, references
from registry.domain.edition import Edition, resolve_edition
from registry.errors import InvalidField, RuleRefused
from registry.events.v1 import participation_pb2 as pb

if TYPE_CHECKING:
    from registry.domain.world import World

_SINGULAR = {
    "clusters": "cluster",
    "organisations": "organisation",
    "partnerships": "partnership",
    "regions": "region",
    "countries": "country",
}


def stream_of(world: World, edition: str, participant: str) -> str:
    """Stream of a participation; the edition may be named by its number.

    Raises:
        InvalidField: where the participant is none.
        NotFound: where no edition has the number.
    """
    kind, _, code = normal(participant).partition("/")
    edition = resolve_edition(world, edition)
    return f"{edition}/participations/{_SINGULAR[kind]}-{code.lower()}"


def normal(participant: str) -> str:
    """Participant as it is recorded: region codes in capitals, countries by their ISO code.

    Raises:
        InvalidField: where it is neither a resource, a region nor a country.
    """
    kind, _, code = participant.partition("/")
    if kind == "countries" and code:
        return f"countries/{places.country(code, 'participant')}"
    if kind == "regions" and code:
        return f"regions/{code.upper()}"
    ids.check_name(participant, ids.PARTIES, "participant")
    return participant


def checked(stated: pb.Attendance, edition: Edition, world: World) -> pb.Attendance:
    """Attendance as it is recorded.

    Args:
        stated: as the caller has it, texts cleaned; changed in place.
        edition: where they take part.
        world: what else is recorded.

    Raises:
        InvalidField: naming the field.
        NotFound: where the participant is not registered.
        RuleRefused: participant-lives.
    """
    stated.participant = normal(stated.participant)
    if pb.PARTICIPATION_ROLE_UNSPECIFIED in stated.roles:
        raise InvalidField("roles", "must be roles; leave out what is not known")
    stated.roles[:] = sorted(set(stated.roles))
    kind, _, code = stated.participant.partition("/")
    if kind == "regions":
        _check_region(stated, code)
        return stated
    if stated.classification_version:
        raise InvalidField("classification_version", "is that of a region; leave it out")
    if kind in ids.PARTIES:
        _check_lives(stated.participant, edition, world)
    return stated


def _check_region(stated: pb.Attendance, code: str) -> None:
    if len(code) == places.COUNTRY_LETTERS:
        raise InvalidField("participant", f"is a country: write countries/{code}")
    region = places.region(
        code, stated.classification_version, "participant", "classification_version"
    )
    stated.classification_version = region.classification_version


def _check_lives(participant: str, edition: Edition, world: World) -> None:
    end = references.require(world, participant, "participant").ended
    start = edition.current_dates.start
    if end is not None and end.latest_day < start.earliest_day:
        raise RuleRefused(
            "participant-lives",
            edition.stream,
            f"{participant} ended {end}, before {edition.stream} began {start}",
            "check the participant, or retract its end",
        )
