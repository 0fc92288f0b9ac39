"""Rows about conference editions and who took part."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from registry.events.v1.participation_pb2 import ParticipationRole
from registryctl.imports.cells import (
    BACKGROUND,
    STATED,
    UNSAID,
    all_coded,
    coded_basis,
    date,
    number,
    one_of,
    parts,
    since,
    with_basis,
)
from registryctl.imports.fact import Mapping, Said
from registryctl.imports.table import Refused, Row

_MODES = {
    "onsite": "EDITION_MODE_ONSITE",
    "virtual": "EDITION_MODE_VIRTUAL",
    "hybrid": "EDITION_MODE_HYBRID",
    "": "EDITION_MODE_UNSPECIFIED",
}
# The first whose words a stated role begins with; "site visits" does not say who hosts them.
_ROLES = (
    ("attendee", "ATTENDEE"),
    ("b2b matchmaking", "MATCHMAKING"),
    ("matchmaking", "MATCHMAKING"),
    ("side-event speaker", "SPEAKER"),
    ("speaker", "SPEAKER"),
    ("site-visit host", "SITE_VISIT_HOST"),
    ("side-event organiser", "SIDE_EVENT_ORGANISER"),
    ("award laureate", "AWARD_LAUREATE"),
    ("exhibitor", "EXHIBITOR"),
)
_PARTICIPANTS = {
    "cluster": "clusters",
    "organisation": "organisations",
    "partnership": "partnerships",
    "delegation": "regions",
}
_KINDS = {
    "clusters": "cluster",
    "organisations": "organisation",
    "partnerships": "partnership",
    "regions": "region",
    "countries": "country",
}
_ATTEND = "attend_participation"
_COMMANDS = {
    "": _ATTEND,
    "attended": _ATTEND,
    "registered": "",
    "confirmed": "confirm_participation",
    "withdrawn": "withdraw_participation",
}
"""What became of a participation beyond its registration, by its status."""
_COUNTRY_CODE_LENGTH = 2
_SUPPORTED_BY = "supported by "


def edition(row: Row, _: AbstractSet[str] = frozenset()) -> Iterator[Said]:
    """An edition, and that it was held where that is said.

    The column names hosts and organisers without telling them apart, and so they stay; those
    that "supported by" names are supporters.
    """
    city, city_basis = with_basis(row["city"])
    presidency, presidency_basis = with_basis(row["eu_presidency"])
    fields = {
        "edition_id": row.need("id"),
        "number": number(row, "number"),
        "number_basis_as_stated": row["number_basis"],
        "name": row["name"],
        "dates": _dates(row),
        "mode": one_of(row, "mode", _MODES),
        "city": city,
        "city_basis": city_basis,
        "country": row["country_iso"],
        **_parties(row["hosts_organisers"]),
        "presidency": presidency,
        "presidency_basis": presidency_basis,
        "theme": row["theme"],
    }
    yield Said("announce_edition", fields, "id", since(row, "announced"))
    if row.get("held"):
        yield Said("hold_edition", {"edition": f"editions/{row['id']}"}, "held", since(row, "held"))


def cancelled(row: Row, _: AbstractSet[str] = frozenset()) -> Iterator[Said]:
    """That it does not take place, where that is said."""
    if row.get("cancelled"):
        named = {"edition": f"editions/{row['id']}"}
        yield Said("cancel_edition", named, "cancelled", since(row, "cancelled"))


def participation(row: Row, _: AbstractSet[str] = frozenset()) -> Iterator[Said]:
    """A participation: an attendance where it does not say what else.

    An attendance without a date is that of the edition's first day.
    """
    collection, code = one_of(row, "participant_type", _PARTICIPANTS), row.need("participant_id")
    if collection == "regions" and len(code) == _COUNTRY_CODE_LENGTH:
        collection = "countries"
    edition_name = f"editions/{row.need('edition_number')}"
    version = number(row, "nuts_version")
    fields = {
        "edition": edition_name,
        "participant": f"{collection}/{code}",
        **({"classification_version": version} if version else {}),
        "roles": all_coded(row, "roles_coded", ParticipationRole) or roles(row["role"]),
        "roles_as_stated": row["role"],
        "kind_as_stated": row["participant_kind_as_stated"],
    }
    command = one_of(row, "status", _COMMANDS)
    if not row.get("status") and (row.get("registered") or row.get("status_since")):
        wrong = "say what became of it: registered, confirmed, attended or withdrawn"
        raise Refused("status", "EMPTY_CELL", wrong)
    if row.get("registered"):
        yield Said("register_participation", fields, "registered", since(row, "registered"))
    elif command != _ATTEND:
        raise Refused("registered", "EMPTY_CELL", "say when it was registered, or unknown")
    if command == _ATTEND:
        at_all = since(row, "status_since") if row.get("status_since") else None
        yield Said(command, fields, "participant_id", at_all)
    elif command:
        below = f"{_KINDS[collection]}-{code.lower()}"
        named = {"participation": f"{edition_name}/participations/{below}"}
        yield Said(command, named, "status", since(row, "status_since"))


def roles(stated: str) -> list[str]:
    """Roles that a text names, in its order, each once."""
    bare = re.sub(r"\([^)]*\)", "", stated.lower())
    found = [_role(part.strip()) for part in re.split(r"[+;,]", bare) if part.strip()]
    return [f"PARTICIPATION_ROLE_{name}" for name in dict.fromkeys(found)]


def _role(stated: str) -> str:
    return next((name for words, name in _ROLES if stated.startswith(words)), "OTHER")


def _dates(row: Row) -> dict[str, Any]:
    """The dates of an edition; of some only the year is known."""
    stated = row["date_basis"]
    basis = coded_basis(row, "date_basis_coded") or _basis_of_dates(stated)
    dates: dict[str, Any] = {"basis_as_stated": stated, "basis": basis}
    dates["start"] = date(row, "start_date" if row["start_date"] else "year")
    return {**dates, "end": date(row, "end_date")} if row["end_date"] else dates


def _basis_of_dates(stated: str) -> str:
    """Basis of the dates as a whole, where the words leave no doubt.

    Words that tell of the source and of background ("start in source; end is background", "the
    source says only ...; background: ...") do not say which of them the dates sent are, or speak
    of a date that is not in the table: that stays unsaid, and the words stay as stated.
    """
    told = [word in stated.lower() for word in ("source", "background")]
    return {(True, False): STATED, (False, True): BACKGROUND}.get((told[0], told[1]), UNSAID)


def _parties(named: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {"hosts_or_organisers": [], "supporters": []}
    for part in parts(named):
        text, basis = with_basis(part)
        supports = text.startswith(_SUPPORTED_BY)
        party = {"as_stated": text.removeprefix(_SUPPORTED_BY), "basis": basis}
        found["supporters" if supports else "hosts_or_organisers"].append(party)
    return found


EDITIONS = Mapping(
    "editions.csv",
    {
        "edition_id": "id",
        "number": "number",
        "number_basis_as_stated": "number_basis",
        "name": "name",
        "dates": "start_date",
        "mode": "mode",
        "city": "city",
        "country": "country_iso",
        "hosts_or_organisers": "hosts_organisers",
        "supporters": "hosts_organisers",
        "presidency": "eu_presidency",
        "theme": "theme",
    },
    ("year", "end_date", "date_basis", "notes", "source"),
    (edition,),
    ("date_basis_coded", "announced", "held", "cancelled"),
    (cancelled,),
)
PARTICIPATIONS = Mapping(
    "participations.csv",
    {
        "edition": "edition_number",
        "participant": "participant_id",
        "roles": "role",
        "roles_as_stated": "role",
        "kind_as_stated": "participant_kind_as_stated",
    },
    ("participant_type", "notes", "source"),
    (participation,),
    ("nuts_version", "roles_coded", "registered", "status", "status_since"),
    key="",
)
