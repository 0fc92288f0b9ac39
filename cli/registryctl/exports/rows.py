"""Resources as rows of the tables that an import reads."""

from typing import Any

from registry.events.v1.participation_pb2 import ParticipationRole
from registry.events.v1.values_pb2 import Region
from registry.v1 import edition_service_pb2 as editions
from registryctl.exports import cells

Cells = dict[str, str]


def organisation(one: Any) -> Cells:
    """Cells of an organisation."""
    return {
        "id": _id(one.organisation),
        "name": one.name,
        "country_iso": one.country,
        "note": one.kind_as_stated,
        "established": cells.effective(one, "established"),
        "name_since": cells.effective(one, "name_since"),
        "identifiers": cells.identifiers(one),
    }


def cluster(one: Any) -> Cells:
    """Cells of a cluster: of its regions the seat."""
    return {
        "id": _id(one.cluster),
        "name": one.name,
        "name_since": cells.effective(one, "name_since"),
        "name_aliases": cells.joined(one.aliases),
        "country_iso": one.country,
        **_place(one.location),
        "coordinator_legal_entity": one.legal_entity.as_stated,
        "legal_entity_since": cells.effective(one, "legal_entity_since"),
        "established": cells.effective(one, "established"),
        "established_meaning": one.established_meaning,
        "dissolved": cells.effective(one, "dissolved"),
        **_ecosystems(one),
        "ecosystems_since": cells.effective(one, "ecosystems_since"),
        "identifiers": cells.identifiers(one),
        **_SOURCES,
    }


def _ecosystems(one: Any) -> Cells:
    return {
        "ecosystem_id": cells.joined(tag.ecosystem for tag in one.ecosystems),
        "ecosystem_basis": cells.basis(one.ecosystems[0].basis) if one.ecosystems else "",
    }


def _place(location: Any) -> Cells:
    seats = [region for region in location.regions if region.role == Region.ROLE_SEAT]
    seat = (seats or [Region()])[0]
    coded = cells.basis(seat.basis) if seats else ""
    return {
        "region_as_stated": location.region_as_stated,
        "nuts_code": seat.code,
        "nuts_version": cells.number(seat.classification_version),
        "nuts_basis": location.basis_as_stated,
        "nuts_basis_coded": coded,
        "location_since": cells.effective(location, "since"),
    }


def partnership(one: Any) -> Cells:
    """Cells of a partnership; its members are rows of their own."""
    return {
        "id": _id(one.partnership),
        "name": one.name,
        "type": one.kind_as_stated,
        "type_coded": cells.word(one, "kind", "PARTNERSHIP_KIND"),
        "call_or_programme": cells.marked(one.call, one.call_basis),
        "selection": cells.word(one, "selection", "SELECTION"),
        "start": cells.effective(one, "formed"),
        "activated": cells.effective(one, "activated", "unknown"),
        "end": cells.effective(one, "ended"),
        "duration_months": cells.number(one.duration_months),
        "coordinator": one.coordinator_as_stated,
        "partners_stated": one.partners_as_stated,
        "countries_stated": one.countries_as_stated,
        "target_countries": " ".join(one.target_countries) or cells.joined(one.target_areas),
        "ecosystem_or_theme": one.theme,
        **_ecosystems(one),
        "predecessor_or_parent": _relations(one.relations),
        **_SOURCES,
    }


def _relations(relations: Any) -> str:
    """What the relations were said to be to, each once; the mark is of all of them."""
    stated = dict.fromkeys(one.relation_as_stated or one.target.as_stated for one in relations)
    bases = {one.target.basis for one in relations}
    return cells.marked(cells.joined(stated), bases.pop() if len(bases) == 1 else 0)


def membership(one: Any) -> Cells:
    """Cells of a membership."""
    collection, _, member = one.member.partition("/")
    return {
        "partnership_id": _id(one.partnership),
        "member_kind": collection.removesuffix("s"),
        "member_id": member,
        "role": one.role_as_stated,
        "role_coded": cells.word(one, "joined_role", "PARTNER_ROLE"),
        "joined": cells.effective(one, "joined"),
        "left": cells.effective(one, "left"),
        **_SOURCES,
    }


def edition(one: Any) -> Cells:
    """Cells of an edition."""
    start = cells.date(one.dates.start)
    year = f"{one.dates.start.year}" if one.dates.start.year else ""
    parties = [cells.marked(each.as_stated, each.basis) for each in one.hosts_or_organisers]
    supporters = [
        cells.marked(f"supported by {each.as_stated}", each.basis) for each in one.supporters
    ]
    return {
        "id": _id(one.edition),
        "number": cells.number(one.number),
        "number_basis": one.number_basis_as_stated,
        "year": year,
        "name": one.name,
        "start_date": "" if start == year else start,
        "end_date": cells.date(one.dates.end),
        "date_basis": one.dates.basis_as_stated,
        "date_basis_coded": cells.basis(one.dates.basis),
        "mode": cells.word(one, "mode", "EDITION_MODE"),
        "city": cells.marked(one.city, one.city_basis),
        "country_iso": one.country,
        "hosts_organisers": cells.joined(parties + supporters),
        "eu_presidency": cells.marked(one.presidency, one.presidency_basis),
        "theme": one.theme,
        "announced": cells.effective(one, "announced"),
        "held": _since(one, editions.EDITION_STATE_HELD),
        "cancelled": _since(one, editions.EDITION_STATE_CANCELLED),
        **_SOURCES,
    }


def _since(one: Any, state: int) -> str:
    return cells.effective(one, "state_since", "unknown") if one.state == state else ""


def participation(one: Any) -> Cells:
    """Cells of a participation."""
    collection, _, code = one.participant.partition("/")
    kind = "delegation" if collection in _DELEGATIONS else collection.removesuffix("s")
    return {
        "edition_number": _id(one.edition),
        "participant_type": kind,
        "participant_id": code,
        "nuts_version": cells.number(one.classification_version),
        "participant_kind_as_stated": one.kind_as_stated,
        "role": one.roles_as_stated,
        "roles_coded": cells.joined(map(_role, one.roles)),
        "registered": cells.effective(one, "registered", "unknown"),
        "status": cells.word(one, "status", "PARTICIPATION_STATUS"),
        "status_since": cells.effective(one, "status_since", "unknown"),
        **_SOURCES,
    }


def _role(role: ParticipationRole.ValueType) -> str:
    name = ParticipationRole.Name(role).removeprefix("PARTICIPATION_ROLE_")
    return name.lower().replace("_", "-")


def _id(name: str) -> str:
    return name.partition("/")[2]


_DELEGATIONS = {"regions", "countries"}
_SOURCES = {"notes": "", "source": ""}
"""Columns that an import wants; a resource does not say where its facts are from."""
