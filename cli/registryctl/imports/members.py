"""Rows about clusters and organisations."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from registryctl.imports.cells import (
    INFERRED,
    STATED,
    basis_of,
    number,
    parts,
    since,
)
from registryctl.imports.fact import Mapping, Said
from registryctl.imports.table import Row


def organisation(row: Row, _: AbstractSet[str]) -> Iterator[Said]:
    """An organisation: nothing is known of its beginning; its note says what kind it is."""
    fields = {
        "organisation_id": row.need("id"),
        "name": row["name"],
        "country": row["country_iso"],
        "kind_as_stated": row["note"],
    }
    yield Said("register_organisation", fields, "id")


def cluster(row: Row, _: AbstractSet[str]) -> Iterator[Said]:
    """A cluster, its aliases, its legal entity, its place and its ecosystems."""
    name = f"clusters/{row.need('id')}"
    fields = {
        "cluster_id": row["id"],
        "name": row["name"],
        "country": row["country_iso"],
        "established_meaning": row["established_meaning"],
    }
    yield Said("register_cluster", fields, "id", since(row, "established"))
    for alias in parts(row["name_aliases"]):
        yield Said("add_cluster_alias", {"cluster": name, "alias": alias}, "name_aliases")
    if entity := row["coordinator_legal_entity"]:
        named = {"cluster": name, "legal_entity": {"as_stated": entity}}
        yield Said("set_cluster_legal_entity", named, "coordinator_legal_entity")
    yield from _located(row, name)
    yield from _ecosystems(row, name)


def _located(row: Row, name: str) -> Iterator[Said]:
    """Where it is: a code where one fits, and the region as stated where one is."""
    stated, code, basis = row["region_as_stated"], row["nuts_code"], basis_of(row["nuts_basis"])
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
    yield Said("locate_cluster", fields, "nuts_code" if code else "region_as_stated", basis=basis)


def _ecosystems(row: Row, name: str) -> Iterator[Said]:
    if slugs := parts(row["ecosystem_id"]):
        basis = basis_of(row["ecosystem_basis"]) if row["ecosystem_basis"] else INFERRED
        tags = [{"ecosystem": slug, "basis": basis} for slug in slugs]
        fields = {"cluster": name, "ecosystems": tags}
        yield Said("set_cluster_ecosystems", fields, "ecosystem_id", basis=basis)


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
)
