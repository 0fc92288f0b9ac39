"""Rows about clusters and organisations."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from registryctl.imports.cells import (
    INFERRED,
    STATED,
    UNKNOWN,
    basis_of,
    coded_basis,
    identifiers,
    number,
    parts,
    since,
)
from registryctl.imports.fact import Mapping, Said
from registryctl.imports.table import Row


def organisation(row: Row, _: AbstractSet[str] = frozenset()) -> Iterator[Said]:
    """An organisation and its identifiers; its note says what kind it is."""
    fields = {
        "organisation_id": row.need("id"),
        "name": row["name"],
        **_name_effective(row),
        "country": row["country_iso"],
        "kind_as_stated": row["note"],
    }
    yield Said("register_organisation", fields, "id", since(row, "established"))
    for each in identifiers(row):
        named = {"organisation": f"organisations/{row['id']}", **each}
        yield Said("add_organisation_identifier", named, "identifiers")


def cluster(row: Row, _: AbstractSet[str] = frozenset()) -> Iterator[Said]:
    """A cluster, its aliases, legal entity, place, ecosystems and identifiers."""
    name = f"clusters/{row.need('id')}"
    fields = {
        "cluster_id": row["id"],
        "name": row["name"],
        **_name_effective(row),
        "country": row["country_iso"],
        "established_meaning": row["established_meaning"],
    }
    yield Said("register_cluster", fields, "id", since(row, "established"))
    for alias in parts(row["name_aliases"]):
        yield Said("add_cluster_alias", {"cluster": name, "alias": alias}, "name_aliases")
    if entity := row["coordinator_legal_entity"]:
        named = {"cluster": name, "legal_entity": {"as_stated": entity}}
        at = since(row, "legal_entity_since")
        yield Said("set_cluster_legal_entity", named, "coordinator_legal_entity", at)
    yield from _located(row, name)
    yield from _ecosystems(row, name)
    for each in identifiers(row):
        yield Said("add_cluster_identifier", {"cluster": name, **each}, "identifiers")


def dissolved(row: Row, _: AbstractSet[str] = frozenset()) -> Iterator[Said]:
    """The end of a cluster, where one is known."""
    if row.get("dissolved"):
        named = {"cluster": f"clusters/{row['id']}"}
        yield Said("dissolve_cluster", named, "dissolved", since(row, "dissolved"))


def _name_effective(row: Row) -> dict[str, object]:
    """From when it has the name; left out where that is not known."""
    at = since(row, "name_since")
    return {} if at is UNKNOWN else {"name_effective": at}


def _located(row: Row, name: str) -> Iterator[Said]:
    """Where it is: a code where one fits, and the region as stated where one is."""
    stated, code = row["region_as_stated"], row["nuts_code"]
    basis = coded_basis(row, "nuts_basis_coded") or basis_of(row["nuts_basis"])
    if not (stated or code):
        return
    region = {
        "code": code,
        "classification_version": number(row, "nuts_version"),
        "role": "ROLE_SEAT",
        "basis": basis,
    }
    fields = {
        "cluster": name,
        "regions": [region] if code else [],
        "region_as_stated": stated,
        "basis_as_stated": row["nuts_basis"],
    }
    if not code and basis == INFERRED and "not in source" not in row["nuts_basis"]:
        basis = STATED  # the basis is about the missing code; the words are the source's
    column, at = "nuts_code" if code else "region_as_stated", since(row, "location_since")
    yield Said("locate_cluster", fields, column, at, basis)


def _ecosystems(row: Row, name: str) -> Iterator[Said]:
    if slugs := parts(row["ecosystem_id"]):
        basis = basis_of(row["ecosystem_basis"]) if row["ecosystem_basis"] else INFERRED
        tags = [{"ecosystem": slug, "basis": basis} for slug in slugs]
        fields = {"cluster": name, "ecosystems": tags}
        at = since(row, "ecosystems_since")
        yield Said("set_cluster_ecosystems", fields, "ecosystem_id", at, basis)


ORGANISATIONS = Mapping(
    "organisations.csv",
    {
        "organisation_id": "id",
        "name": "name",
        "country": "country_iso",
        "kind_as_stated": "note",
    },
    (),
    (organisation,),
    ("established", "name_since", "identifiers"),
)
CLUSTERS = Mapping(
    "clusters.csv",
    {
        "cluster_id": "id",
        "cluster": "id",
        "name": "name",
        "country": "country_iso",
        "effective": "established",
        "established_meaning": "established_meaning",
        "alias": "name_aliases",
        "legal_entity": "coordinator_legal_entity",
        "classification_version": "nuts_version",
        "regions": "nuts_code",
        "region_as_stated": "region_as_stated",
        "basis_as_stated": "nuts_basis",
        "ecosystems": "ecosystem_id",
    },
    ("ecosystem_basis", "notes", "source"),
    (cluster,),
    (
        *("name_since", "legal_entity_since", "nuts_basis_coded", "location_since"),
        *("ecosystems_since", "identifiers", "dissolved"),
    ),
    (dissolved,),
)
