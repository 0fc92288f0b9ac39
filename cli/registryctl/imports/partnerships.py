"""Rows about partnerships and their members."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from registry.events.v1.partnership_pb2 import PartnerRole, PartnershipKind
from registryctl.imports.cells import (
    BACKGROUND,
    INFERRED,
    STATED,
    coded,
    coded_basis,
    number,
    one_of,
    parts,
    since,
    unmarked,
    with_basis,
)
from registryctl.imports.fact import Mapping, Said
from registryctl.imports.published import ecosystem
from registryctl.imports.table import Row

# The first that the stated kind contains as whole words.
_KINDS = (
    ("escp-4i", "ESCP_4I"),
    ("escp-4x", "ESCP_4X"),
    ("escp-s3", "ESCP_S3"),
    (r"european cluster partnerships? \| excellence", "CLUSTER_PARTNERSHIP_EXCELLENCE"),
    ("cluster excellence project", "CLUSTER_EXCELLENCE_PROJECT"),
    ("eurocluster", "EUROCLUSTER"),
    ("horizon|innosup", "HORIZON_PROJECT"),
    ("eeig", "EEIG"),
    ("mou|memorandum of understanding", "MOU"),
    ("regional forum", "REGIONAL_FORUM"),
    ("alliance", "ALLIANCE"),
    ("network", "NETWORK"),
)
_SELECTIONS = {
    "co-funded": "SELECTION_CO_FUNDED",
    "voluntary": "SELECTION_VOLUNTARY",
    "": "SELECTION_UNSPECIFIED",
}
_ROLES = (
    ("coordinator", "COORDINATOR"),
    ("associated", "ASSOCIATED"),
    ("founder", "FOUNDER"),
    ("indirect", "INDIRECT"),
)
_COLLECTIONS = {
    "cluster": "clusters",
    "organisation": "organisations",
    "partnership": "partnerships",
}
_SUPPORTED_BY = "supported by "


def partnership(row: Row, _: AbstractSet[str] = frozenset()) -> Iterator[Said]:
    """A partnership, and its end where that is known."""
    call, call_basis = with_basis(row["call_or_programme"])
    countries, areas = _targets(row["target_countries"])
    tag_basis = coded_basis(row, "ecosystem_basis") or STATED
    fields = {
        "partnership_id": row.need("id"),
        "name": row["name"],
        "kind": coded(row, "type_coded", PartnershipKind) or kind(row["type"]),
        "kind_as_stated": row["type"],
        "call": call,
        "call_basis": call_basis,
        "selection": one_of(row, "selection", _SELECTIONS),
        "ecosystems": [{"ecosystem": tag, "basis": tag_basis} for tag in _ecosystems(row)],
        "theme": row["ecosystem_or_theme"],
        "target_countries": countries,
        "target_areas": areas,
        "duration_months": number(row, "duration_months"),
        "partners_as_stated": row["partners_stated"],
        "countries_as_stated": row["countries_stated"],
        "coordinator_as_stated": row["coordinator"],
    }
    yield Said("form_partnership", fields, "id", since(row, "start"))
    if row["end"]:
        fields = {"partnership": f"partnerships/{row['id']}"}
        yield Said("end_partnership", fields, "end", since(row, "end"))


def activated(row: Row, _: AbstractSet[str] = frozenset()) -> Iterator[Said]:
    """From when it is active, where that is known: it has its members by now."""
    if row.get("activated"):
        named = {"partnership": f"partnerships/{row['id']}"}
        yield Said("activate_partnership", named, "activated", since(row, "activated"))


def relations(row: Row, ids: AbstractSet[str]) -> Iterator[Said]:
    """What came before it or supports it; a target that is no id stays as stated."""
    column = "predecessor_or_parent"
    text, background = unmarked(row[column])
    for part in parts(text):
        for relation, target, stated in _related(part, ids):
            basis = BACKGROUND if background else STATED
            resource = f"partnerships/{target}" if target in ids else ""
            fields = {
                "partnership": f"partnerships/{row['id']}",
                "relation": relation,
                "target": {"resource": resource, "as_stated": target, "basis": basis},
                "relation_as_stated": stated,
            }
            yield Said("relate_partnership", fields, column, basis=basis)


def member(row: Row, _: AbstractSet[str] = frozenset()) -> Iterator[Said]:
    """A membership, and its end where that is known."""
    collection = one_of(row, "member_kind", _COLLECTIONS)
    fields = {
        "partnership": f"partnerships/{row.need('partnership_id')}",
        "member": f"{collection}/{row.need('member_id')}",
        "role": coded(row, "role_coded", PartnerRole) or _role(row["role"]),
        "role_as_stated": row["role"],
    }
    joined, basis = since(row, "joined"), _basis(row["notes"])
    yield Said("join_partnership", fields, "member_id", joined, basis)
    if row.get("left"):
        said = {name: fields[name] for name in ("partnership", "member", "role")}
        yield Said("leave_partnership", said, "left", since(row, "left"), basis)


def kind(stated: str) -> str:
    """Kind of partnership that a stated one is."""
    found = (name for words, name in _KINDS if re.search(rf"\b({words})\b", stated, re.IGNORECASE))
    return f"PARTNERSHIP_KIND_{next(found, 'OTHER' if stated else 'UNSPECIFIED')}"


def _ecosystems(row: Row) -> list[str]:
    """Slugs of a cell of them, or of the theme where it is the name of one."""
    tag = ecosystem(row["ecosystem_or_theme"])
    return parts(row.get("ecosystem_id")) or ([tag] if tag else [])


def _role(stated: str) -> str:
    found = (name for word, name in _ROLES if word in stated.lower())
    return f"PARTNER_ROLE_{next(found, 'PARTNER')}"


def _basis(notes: str) -> str:
    """Notes may say that the membership is inferred, or which of several are; then it is open."""
    if "inferred" not in notes:
        return STATED
    return "BASIS_UNSPECIFIED" if "is stated" in notes else INFERRED


def _targets(text: str) -> tuple[list[str], list[str]]:
    """Countries by their codes; anything else is an area."""
    codes = re.split(r"[\s,;]+", text) if text else []
    if all(re.fullmatch("[A-Z]{2}", code) for code in codes):
        return codes, []
    return [], parts(text)


def _related(part: str, ids: AbstractSet[str]) -> Iterator[tuple[str, str, str]]:
    """Relation, target, and the words of the source where they say more than the target."""
    if part.startswith(_SUPPORTED_BY):
        yield "RELATION_SUPPORTED_BY", part.removeprefix(_SUPPORTED_BY), part
    elif part.startswith("members are "):
        yield "RELATION_OTHER", part, part
    elif set(several := part.split("/")) <= ids:
        for one in several:
            yield "RELATION_PREDECESSOR_OR_PARENT", one, part if one != part else ""
    else:
        yield "RELATION_PREDECESSOR_OR_PARENT", part, ""


PARTNERSHIPS = Mapping(
    "partnerships.csv",
    {
        "partnership_id": "id",
        "partnership": "id",
        "name": "name",
        "kind_as_stated": "type",
        "call": "call_or_programme",
        "selection": "selection",
        "effective": "start",
        "duration_months": "duration_months",
        "partners_as_stated": "partners_stated",
        "countries_as_stated": "countries_stated",
        "coordinator_as_stated": "coordinator",
        "target_countries": "target_countries",
        "target_areas": "target_countries",
        "theme": "ecosystem_or_theme",
        "ecosystems": "ecosystem_or_theme",
        "target": "predecessor_or_parent",
    },
    ("end", "notes", "source"),
    (partnership, relations),
    ("type_coded", "ecosystem_id", "ecosystem_basis", "activated"),
    (activated,),
)
MEMBERS = Mapping(
    "partnership_members.csv",
    {
        "partnership": "partnership_id",
        "member": "member_id",
        "role_as_stated": "role",
    },
    ("member_kind", "notes", "source"),
    (member,),
    ("role_coded", "joined", "left"),
    key="",
)
