"""Regions: which exist in which version, what is above and below them, how they are called."""

import subprocess
import sys

import pytest
from hypothesis import given, strategies

from registry.reference import nuts
from registry.reference._tables import tables
from tests.reference.strategies import PLACES, places, versions


def test_the_tables_are_complete():
    """Every shipped code is there, in the number of versions it was published for."""
    assert len(tables().versions) == 2859
    assert len(PLACES) == 10829
    assert sum(version == nuts.LATEST for _, version in PLACES) == 1931


@given(places)
def test_a_code_is_a_region_in_each_of_its_versions(place):
    """A code that is in a version has a region there, of the level its length says."""
    code, version = place
    found = nuts.region(code, version)
    assert (found.code, found.version, found.level) == (code, version, len(code) - 2)
    assert nuts.newest_version(code) >= version


@given(places, versions)
def test_a_code_is_refused_in_every_other_version(place, version):
    """A code that is not in a version is refused, and the refusal says where it is."""
    years = tables().versions[place[0]]
    if version not in years:
        with pytest.raises(nuts.UnknownRegion, match=", ".join(map(str, years))):
            nuts.region(place[0], version)


@given(places)
def test_ancestors_go_level_by_level_up_to_the_country(place):
    """Above a region is one region of each coarser level of that version, and last its country."""
    code, version = place
    above = nuts.ancestors(code, version)
    regions = [nuts.region(a, version) for a in above]
    assert above[0] == code
    assert [r.level for r in regions] == list(range(len(code) - 2, -1, -1))
    assert len({r.country_iso for r in regions}) == 1
    assert all(nuts.within(code, a, version) for a in above)


@given(places)
def test_a_region_is_among_the_children_of_its_parent(place):
    """Parent and children say the same."""
    code, version = place
    parent = nuts.region(code, version).parent
    assert parent is not None
    assert code in nuts.children(parent, version)
    assert all(nuts.region(c, version).parent == code for c in nuts.children(code, version))


@given(places)
def test_nuts_2_is_never_finer_and_never_outside(place):
    """A region rolls up to level 2, or stays what it is where it is coarser."""
    code, version = place
    rolled_up = nuts.nuts2(code, version)
    assert nuts.region(rolled_up, version).level == min(2, len(code) - 2)
    assert nuts.within(code, rolled_up, version)


def test_podkarpackie_has_another_parent_in_each_version():
    """The parent is that of the version asked for."""
    assert nuts.ancestors("PL323", 2013) == ("PL323", "PL32", "PL3", "PL")
    assert nuts.ancestors("PL82", 2016) == ("PL82", "PL8", "PL")
    assert nuts.within("PL82", "PL8", 2024)
    assert not nuts.within("PL82", "PL9", 2024)


@pytest.mark.parametrize(
    ("written", "code", "iso"),
    [("GR", "EL", "GR"), ("EL", "EL", "GR"), ("GB", "UK", "GB"), ("UK", "UK", "GB")],
)
@pytest.mark.parametrize("version", nuts.VERSIONS)
def test_a_country_may_be_written_both_ways(written, code, iso, version):
    """ISO and Eurostat spelling name one country, in every version."""
    found = nuts.region(written, version)
    assert (found.code, found.country_iso, found.level, found.parent) == (code, iso, 0, None)
    assert nuts.ancestors(written, version) == (code,)


def test_greece_is_one_country_over_its_change_of_code():
    """GR codes of 2006 stand below the same country as the EL codes of later."""
    assert nuts.ancestors("GR300", 2006) == ("GR300", "GR30", "GR3", "EL")
    assert nuts.within("GR30", "GR", 2006)
    assert nuts.within("EL30", "GR", 2024)
    assert nuts.children("GR", 2006) == ("GR1", "GR2", "GR3", "GR4")


def test_statistical_regions_stand_beside_the_regulation():
    """A country outside the Union has statistical regions, or is a country only."""
    assert nuts.region("RS12").statistical
    assert nuts.region("RS").statistical
    assert nuts.ancestors("RS12", 2024) == ("RS12", "RS1", "RS")
    assert nuts.region("NO02", 2010).statistical
    assert not nuts.region("PL82").statistical
    assert nuts.children("IL", 2024) == ()
    assert not nuts.region("IL").statistical


@pytest.mark.parametrize(
    ("code", "version", "name"),
    [
        ("PL82", 2024, "Podkarpackie"),
        ("PL32", 2006, "Podkarpackie"),  # by an exact recode
        ("NL33", 2021, "Zuid-Holland"),
        ("UKD", 2013, "North West (England)"),
        ("RS12", 2024, "Регион Војводине"),
        ("PL12", 2013, None),  # split
        ("NO02", 2016, None),  # the code is now over another territory
        ("DE41", 2006, None),  # merged: the name of the whole is not its own
        ("PL", 2010, "Poland"),
    ],
)
def test_a_name_is_that_of_exactly_this_territory(code, version, name):
    """An older code takes its name through an exact recode, else it has none."""
    assert nuts.region(code, version).name == name


def test_every_region_of_today_has_a_name():
    """No region of the latest version is nameless."""
    today = [code for code, version in PLACES if version == nuts.LATEST]
    assert [code for code in today if not nuts.region(code).name] == []


@pytest.mark.parametrize("code", ["XYZ", "pl82", "PL999", "", "XX", "EU", "pl", "PL 82"])
def test_what_is_no_code_is_refused(code):
    """A code of no version is refused by each look-up."""
    for look_up in (nuts.region, nuts.newest_version):
        with pytest.raises(nuts.UnknownRegion, match="in no version"):
            look_up(code)
    with pytest.raises(nuts.UnknownRegion):
        nuts.within("PL82", code, 2024)


@pytest.mark.parametrize("version", [0, 2003, 2015, 2027])
def test_what_is_no_version_is_refused(version):
    """A version that is none is refused with those that are."""
    with pytest.raises(nuts.UnknownVersion, match="2006, 2010, 2013, 2016, 2021, 2024"):
        nuts.region("PL82", version)
    with pytest.raises(nuts.UnknownVersion):
        nuts.resolve("PL82", 2024, version)


def test_importing_reads_no_table():
    """The tables are read on first use, so that a program starts fast."""
    program = (
        "import registry.reference.nuts, registry.reference.ecosystems\n"
        "from registry.reference import _tables\n"
        "assert _tables.tables.cache_info().currsize == 0\n"
        "registry.reference.nuts.region('PL82')\n"
        "assert _tables.tables.cache_info().currsize == 1\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@given(places)
def test_a_code_is_recognised_as_people_write_it(place):
    """In lower case too, and never as another one of its version."""
    code, version = place
    assert nuts.written(code.lower(), version) == code
    assert nuts.versions(nuts.written(code.lower())) == nuts.versions(code)


@given(versions, strategies.integers(1, 3))
def test_every_region_of_a_level_is_below_the_countries(version, level):
    """Each once, whether it is asked for as a whole or country by country."""
    whole = nuts.below(None, version, level)
    assert set(whole) == {c for c, v in PLACES if v == version and len(c) == level + 2}
    by_country = [
        c for country in nuts.below(None, version) for c in nuts.below(country, version, level)
    ]
    assert sorted(by_country) == list(whole) == sorted(set(whole))


@given(places)
def test_directly_below_are_the_children(place):
    """Unless another level is asked for; the region itself is at its own."""
    code, version = place
    assert nuts.below(code, version) == nuts.children(code, version)
    assert nuts.below(code, version, len(code) - 2) == (code,)
