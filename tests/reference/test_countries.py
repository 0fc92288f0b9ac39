"""Countries: both spellings in, one out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso3166 import countries_by_alpha2

from registry.reference import countries


@pytest.mark.parametrize(
    ("written", "iso", "eurostat"),
    [
        ("PL", "PL", "PL"),
        ("pl", "PL", "PL"),
        ("EL", "GR", "EL"),
        ("gr", "GR", "EL"),
        ("uk", "GB", "UK"),
        ("GB", "GB", "UK"),
        ("Xk", "XK", "XK"),
        ("IL", "IL", "IL"),
    ],
)
def test_both_spellings_name_one_country(written, iso, eurostat):
    """ISO, Eurostat and any case are accepted; each answer is in one spelling."""
    assert (countries.iso(written), countries.eurostat(written)) == (iso, eurostat)


def test_a_country_has_its_english_name():
    """The name is ISO's, whatever spelling was asked with."""
    assert countries.name("EL") == countries.name("gr") == "Greece"
    assert countries.name("CZ") == "Czechia"
    assert countries.name("XK") == "Kosovo"


@given(st.sampled_from(sorted(countries_by_alpha2)))
def test_spellings_convert_back_and_forth(code):
    """ISO codes are fixed points, and come back from Eurostat's spelling."""
    assert countries.iso(code) == code
    assert countries.iso(countries.eurostat(code)) == code


@pytest.mark.parametrize("value", ["", "XX", "EU", "POL", "Poland", " PL", "ß", "\u017fi"])
def test_what_is_no_country_is_refused_by_name(value):
    """The refusal names the value."""
    for look_up in (countries.iso, countries.name, countries.eurostat):
        with pytest.raises(countries.UnknownCountry) as refused:
            look_up(value)
        assert repr(value) in str(refused.value)
        assert refused.value.value == value
