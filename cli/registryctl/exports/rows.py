"""Resources, in proto JSON, as rows of the tables that an import reads."""

from typing import Any

from registryctl.exports import cells
from registryctl.text import date, short

Cells = dict[str, str]
Resource = dict[str, Any]


def organisation(one: Resource) -> Cells:
    """Cells of an organisation."""
    return {
        "id": _id(one["organisation"]),
        "name": one["name"],
        "country_iso": one["country"],
        "note": one["kindAsStated"],
        "established": cells.since(one, "established"),
        "name_since": cells.since(one, "nameSince"),
        "identifiers": cells.identifiers(one),
    }


def cluster(one: Resource) -> Cells:
    """Cells of a cluster: of its regions the seat."""
    return {
        "id": _id(one["cluster"]),
        "name": one["name"],
        "name_since": cells.since(one, "nameSince"),
        "name_aliases": cells.joined(one["aliases"]),
        "country_iso": one["country"],
        **_place(one.get("location", {})),
        "coordinator_legal_entity": one.get("legalEntity", {}).get("asStated", ""),
        "legal_entity_since": cells.since(one, "legalEntitySince"),
        "established": cells.since(one, "established"),
        "established_meaning": one["establishedMeaning"],
        "dissolved": cells.since(one, "dissolved"),
        **_ecosystems(one["ecosystems"]),
        "ecosystems_since": cells.since(one, "ecosystemsSince"),
        "identifiers": cells.identifiers(one),
        **_SOURCES,
    }


def _ecosystems(tags: list[Resource]) -> Cells:
    return {
        "ecosystem_id": cells.joined(tag["ecosystem"] for tag in tags),
        "ecosystem_basis": cells.basis(tags[0]["basis"]) if tags else "",
    }


def _place(location: Resource) -> Cells:
    seats = [region for region in location.get("regions", ()) if region["role"] == "ROLE_SEAT"]
    seat = seats[0] if seats else {}
    return {
        "region_as_stated": location.get("regionAsStated", ""),
        "nuts_code": seat.get("code", ""),
        "nuts_version": cells.number(seat.get("classificationVersion", 0)),
        "nuts_basis": location.get("basisAsStated", ""),
        "nuts_basis_coded": cells.basis(seat["basis"]) if seats else "",
        "location_since": cells.since(location, "since"),
    }


def partnership(one: Resource) -> Cells:
    """Cells of a partnership; its members are rows of their own."""
    return {
        "id": _id(one["partnership"]),
        "name": one["name"],
        "type": one["kindAsStated"],
        "type_coded": short(one["kind"]),
        "call_or_programme": cells.marked(one["call"], one["callBasis"]),
        "selection": short(one["selection"]),
        "start": cells.since(one, "formed"),
        "activated": cells.since(one, "activated", "unknown"),
        "end": cells.since(one, "ended"),
        "duration_months": cells.number(one["durationMonths"]),
        "coordinator": one["coordinatorAsStated"],
        "partners_stated": one["partnersAsStated"],
        "countries_stated": one["countriesAsStated"],
        "target_countries": " ".join(one["targetCountries"]) or cells.joined(one["targetAreas"]),
        "ecosystem_or_theme": one["theme"],
        **_ecosystems(one["ecosystems"]),
        "predecessor_or_parent": _relations(one["relations"]),
        **_SOURCES,
    }


def _relations(relations: list[Resource]) -> str:
    """What the relations were said to be to, each once; the mark is of all of them."""
    stated = dict.fromkeys(
        one["relationAsStated"] or one["target"]["asStated"] for one in relations
    )
    bases = {one["target"]["basis"] for one in relations}
    return cells.marked(cells.joined(stated), bases.pop() if len(bases) == 1 else "")


def membership(one: Resource) -> Cells:
    """Cells of a membership."""
    collection, _, member = one["member"].partition("/")
    return {
        "partnership_id": _id(one["partnership"]),
        "member_kind": collection.removesuffix("s"),
        "member_id": member,
        "role": one["roleAsStated"],
        "role_coded": short(one["joinedRole"]),
        "joined": cells.since(one, "joined"),
        "left": cells.since(one, "left"),
        **_SOURCES,
    }


def edition(one: Resource) -> Cells:
    """Cells of an edition."""
    dates = one.get("dates", {})
    start, year = date(dates.get("start", {})), date({"year": dates.get("start", {}).get("year")})
    parties = [cells.marked(each["asStated"], each["basis"]) for each in one["hostsOrOrganisers"]]
    supporters = [
        cells.marked(f"supported by {each['asStated']}", each["basis"])
        for each in one["supporters"]
    ]
    return {
        "id": _id(one["edition"]),
        "number": cells.number(one["number"]),
        "number_basis": one["numberBasisAsStated"],
        "year": year,
        "name": one["name"],
        "start_date": "" if start == year else start,
        "end_date": date(dates.get("end", {})),
        "date_basis": dates.get("basisAsStated", ""),
        "date_basis_coded": cells.basis(dates["basis"]) if dates else "",
        "mode": short(one["mode"]),
        "city": cells.marked(one["city"], one["cityBasis"]),
        "country_iso": one["country"],
        "hosts_organisers": cells.joined(parties + supporters),
        "eu_presidency": cells.marked(one["presidency"], one["presidencyBasis"]),
        "theme": one["theme"],
        "announced": cells.since(one, "announced"),
        "held": _state_since(one, "EDITION_STATE_HELD"),
        "cancelled": _state_since(one, "EDITION_STATE_CANCELLED"),
        **_SOURCES,
    }


def _state_since(one: Resource, state: str) -> str:
    return cells.since(one, "stateSince", "unknown") if one["state"] == state else ""


def participation(one: Resource) -> Cells:
    """Cells of a participation."""
    collection, _, code = one["participant"].partition("/")
    kind = "delegation" if collection in _DELEGATIONS else collection.removesuffix("s")
    return {
        "edition_number": _id(one["edition"]),
        "participant_type": kind,
        "participant_id": code,
        "nuts_version": cells.number(one["classificationVersion"]),
        "participant_kind_as_stated": one["kindAsStated"],
        "role": one["rolesAsStated"],
        "roles_coded": cells.joined(map(short, one["roles"])),
        "registered": cells.since(one, "registered", "unknown"),
        "status": short(one["status"]),
        "status_since": cells.since(one, "statusSince", "unknown"),
        **_SOURCES,
    }


def _id(name: str) -> str:
    return name.partition("/")[2]


_DELEGATIONS = {"regions", "countries"}
_SOURCES = {"notes": "", "source": ""}
"""Columns that an import wants; a resource does not say where its facts are from."""
