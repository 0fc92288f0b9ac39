"""A change of what the views show needs a new VIEW_VERSION, or old rows stay beside new ones."""

import hashlib
from itertools import product

from registry.domain.values import Region
from registry.projections import spelling
from registry.projections.locating import location, standing
from registry.projections.projector import Projector
from registry.projections.tables import VIEW_VERSION, indexes, schema
from registry.reference import nuts
from registry.reference._tables import tables
from tests.projections.histories import ListLog
from tests.projections.recording import (
    INDIRECT,
    SEAT,
    Recording,
    announced,
    attended,
    cancelled,
    cluster,
    dissolved,
    ecosystems,
    ended,
    entered,
    formed,
    joined,
    left,
    located,
    organisation,
    rescheduled,
    withdrawn,
)

DIGESTS = {
    1: "bf9a3d0599770fbdcbe8a362ff0cfc6d8016b6d72f998c47846d8dfe47deea82",
    2: "d32bc0b211e0da29d604e727cd90b501abb1ed3bebe671bb38ccd55bf405a066",
    3: "2945c261a01b7c60babfbf339810aaad4814ae2c373cbf4049c2aae657382e5a",
    4: "881b8ff7501e84879cec0af4ddc855dcff329e3d83bbdd9738b9e6d091ddd1c2",
    5: "1295d2409c452764d6225051c18cca0addd0285703ba7d440c3c8cc03994ce27",
    6: "56d4ac89193eb61a973d52aad1c75bb0bee2363e4ddf57961694389f9c04c610",
    7: "106993a2a1341827b5447442701da0f5dc60d094c78e9fb41325261d54d89fa0",
    8: "c32a3ea2409a0109b240ce04bbbd35040f784fe978fbdb0a0b182e7e26cce954",
    9: "11be58d39a66a1ecf87aa325a6bc0e8f371b51b69afc2c7208ac70b576cd93e5",
}
"""Per VIEW_VERSION; a new one needs an entry of its own."""

A, P, E = "clusters/a", "partnerships/p", "editions/e"
FACTS = (
    *(cluster(A, country="PL", on="2003-04"), located(A, "PL12/2013", on="no later than 2010")),
    *(ecosystems(A, "digital", "health"), dissolved(A, "2024"), organisation("organisations/o")),
    *(formed(P, "retail", on="2016"), joined(P, A), joined(P, A, role=INDIRECT), ended(P, "2020")),
    *(left(P, A, 2, "2018"), announced(E, "2010-09", number=2, end="2010"), cancelled(E, "2012")),
    *(rescheduled(E, "2011", "2009"), entered(E, A, "2010"), withdrawn(E, A, "2011")),
    *(attended(E, "regions/PL82", version=2024), attended(E, "countries/GB")),
)


def test_a_change_of_the_rows_is_a_new_version():
    """Schema, rows, keys of words and the place of every code are those of this VIEW_VERSION."""
    digest = hashlib.sha256()
    for statement in [*schema("text"), *indexes()]:
        digest.update(statement.encode())
    for row in sorted(map(repr, rows())):
        digest.update(row.encode())
    for word in ("lodz", "lotnicza"):
        digest.update(repr(sorted(spelling._keys(word))).encode())
    for code, version in sorted(codes()):
        where = location((Region(code, version, SEAT, 1),), "")
        for year in nuts.VERSIONS:
            digest.update(repr((where, year, standing(where, year))).encode())
    assert digest.hexdigest() == DIGESTS[VIEW_VERSION], (
        "what the views show has changed: raise VIEW_VERSION, and add its digest here"
    )


def rows():
    log = ListLog()
    Recording(log).each(*FACTS)
    changes = Projector(log).changes_after(0)
    assert changes is not None
    return [(kind.__name__, *row) for kind, began in changes.began.items() for row in began]


def codes():
    return {(code, version) for code, found_in in tables().versions.items() for version in found_in}


def test_every_region_code_is_located_somewhere():
    """Every code of every version has one place in each version, and its country is known."""
    for (code, version), year in product(codes(), nuts.VERSIONS):
        found = standing(location((Region(code, version, SEAT, 1),), ""), year)
        assert bool(found.region) == (found.bucket == "at")
        assert bool(found.candidates) == (found.bucket == "ambiguous")
        if found.region:
            assert nuts.region(found.region, year).level <= 2
        assert found.areas or found.bucket == "unlocated" or not found.country
