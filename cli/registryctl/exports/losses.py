"""What a row cannot hold: found by reading it back as an import would."""

from typing import Any, NamedTuple

from registryctl.exports.listed import Listed
from registryctl.imports.fact import Mapping, Said, meaning, request
from registryctl.imports.lines import Record
from registryctl.imports.table import Refused, Row


class Loss(NamedTuple):
    """What a row cannot hold of its resource."""

    fields: set[str]
    """Fields of the resource that are not in the row, or differ there."""
    columns: set[str]
    """Columns that say what is not so: an import must not read them."""


def lost(listed: Listed, number: int, resource: Any, cells: dict[str, str]) -> Loss:
    """Compare what the resource says with what an import would read in its row."""
    known = _linked(resource)
    said = _said(listed.resources, Record(listed.name, number, resource), known)
    try:
        read = _said(listed.table, Row(listed.name, number, cells), known)
    except Refused as why:
        return Loss({why.field}, set())
    missing = [said[key] for key in said.keys() - read]
    others = [read[key] for key in read.keys() - said]
    fields = {name for one in missing for name in _fields(one, others)}
    untrue = {one.column for one in others}
    return Loss(fields or untrue, {one.column for one in others if not one.registers})


def _fields(missing: Said, others: list[Said]) -> list[str]:
    """Fields that are lost of a fact; of a registration those that are read as something else."""
    same = [one for one in others if one.command == missing.command]
    if not missing.registers or len(same) != 1:
        return [missing.column]
    wanted, got = request(missing), request(same[0])
    return [
        field.json_name if field.name != "options" else missing.column
        for field in wanted.DESCRIPTOR.fields
        if getattr(wanted, field.name) != getattr(got, field.name)
    ]


def _linked(resource: Any) -> frozenset[str]:
    """Ids of the partnerships that a partnership is related to: an import finds them there."""
    relations = getattr(resource, "relations", ())
    return frozenset(one.target.resource.partition("/")[2] for one in relations) - {""}


def _said(
    mapping: Mapping, row: Row | Record, ids: frozenset[str]
) -> dict[tuple[str, bytes], Said]:
    passes = (*mapping.passes, *mapping.closing)
    return {meaning(one): one for read in passes for one in read(row, ids)}
