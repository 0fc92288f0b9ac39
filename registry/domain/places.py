"""Countries, regions and ecosystems of a request, checked against the reference tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from registry.errors import InvalidField
from registry.events.v1 import values_pb2
from registry.reference import countries, ecosystems, nuts

if TYPE_CHECKING:
    from collections.abc import Iterable

COUNTRY_LETTERS = 2


class Code(NamedTuple):
    """A region's code and the year of the classification it belongs to."""

    code: str
    classification_version: int


def country(code: str, field: str) -> str:
    """ISO 3166-1 alpha-2 code of a country written the ISO or the Eurostat way; "" stays.

    Raises:
        InvalidField: naming the field.
    """
    if not code:
        return ""
    try:
        return countries.iso(code)
    except countries.UnknownCountry as error:
        raise InvalidField(field, str(error)) from None


def region(code: str, version: int, field: str, version_field: str) -> Code:
    """Code of a region or country with its version; 0 is the newest that has the code.

    Raises:
        InvalidField: saying in which versions the code is.
    """
    written = code.upper()
    if len(written) == COUNTRY_LETTERS:
        written = country(written, field)
    try:
        version = version or nuts.newest_version(written)
        nuts.region(written, version)
    except nuts.UnknownVersion as error:
        raise InvalidField(version_field, str(error)) from None
    except nuts.UnknownRegion as error:
        raise InvalidField(field, str(error)) from None
    return Code(written, version)


def regions(stated: Iterable[values_pb2.Region], field: str) -> list[values_pb2.Region]:
    """Regions as they are recorded: version and role explicit, seats first.

    Raises:
        InvalidField: naming the field, for an unknown code or one given twice in a role.
    """
    found: dict[tuple[int, str, int], values_pb2.Region] = {}
    for n, one in enumerate(stated):
        path = f"{field}[{n}]"
        code, version = region(
            one.code, one.classification_version, f"{path}.code", f"{path}.classification_version"
        )
        role = one.role or values_pb2.Region.ROLE_SEAT
        if (role, code, version) in found:
            raise InvalidField(path, f"{code} ({version}) is given twice in the same role")
        found[role, code, version] = values_pb2.Region(
            code=code, classification_version=version, role=role, basis=one.basis
        )
    return [found[key] for key in sorted(found)]


def tags(stated: Iterable[values_pb2.EcosystemTag], field: str) -> list[values_pb2.EcosystemTag]:
    """Ecosystem tags as they are recorded: by slug.

    Raises:
        InvalidField: naming the field, for an unknown slug or one given twice.
    """
    found: dict[str, values_pb2.EcosystemTag] = {}
    for n, one in enumerate(stated):
        path = f"{field}[{n}].ecosystem"
        try:
            ecosystems.ecosystem(one.ecosystem)
        except ecosystems.UnknownEcosystem as error:
            raise InvalidField(path, str(error)) from None
        if one.ecosystem in found:
            raise InvalidField(path, f"{one.ecosystem} is given twice")
        found[one.ecosystem] = values_pb2.EcosystemTag(ecosystem=one.ecosystem, basis=one.basis)
    return [found[slug] for slug in sorted(found)]
