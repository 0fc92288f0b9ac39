"""Ecosystems: 14 slugs, and the texts that are one."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.reference import ecosystems
from registry.reference.ecosystems import Ecosystem, ecosystem, match

SLUGS = [
    "aerospace-defence",
    "agri-food",
    "construction",
    "cultural-creative",
    "digital",
    "electronics",
    "energy-intensive",
    "energy-renewables",
    "health",
    "mobility-transport-automotive",
    "proximity-social-economy",
    "retail",
    "textiles",
    "tourism",
]


def test_there_are_the_fourteen():
    """All ecosystems are there, in the order of their publication."""
    assert [e.slug for e in ecosystems.ecosystems()] == SLUGS


def test_an_ecosystem_has_its_published_names():
    """A name, and the others it was published with."""
    assert ecosystem("energy-renewables") == Ecosystem(
        "energy-renewables", "Energy-renewables", ("Renewable Energy",)
    )
    assert ecosystem("digital").aliases == ()


def test_an_unknown_slug_is_refused_with_the_known_ones():
    """The refusal names the value and what would do."""
    with pytest.raises(ecosystems.UnknownEcosystem, match=r"'space'.*aerospace-defence.*tourism"):
        ecosystem("space")


@given(st.sampled_from(SLUGS), st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_each_published_name_matches_in_any_case(slug, change):
    """Slug, name and aliases are the ecosystem, whatever their case."""
    found = ecosystem(slug)
    assert {match(change(text)) for text in (slug, found.name, *found.aliases)} == {slug}


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Téxtile", "textiles"),
        (unicodedata.normalize("NFD", "DIGITÁL"), "digital"),
        (" Proximity,  social economy and civil society ", "proximity-social-economy"),
        ("Creative & Cultural Industries", "cultural-creative"),
    ],
)
def test_diacritics_and_spaces_do_not_count(text, slug):
    """A name is recognised however it was typed."""
    assert match(text) == slug


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mobility",
        "Space",
        "Agri-food and packaging",
        "Advanced packaging",
        "Smart grids",
        "CCI",
    ],
)
def test_a_part_of_a_name_is_no_ecosystem(text):
    """A theme is a tag only where it equals a published name."""
    assert match(text) is None


@given(st.text())
def test_any_text_is_answered(text):
    """Whatever the text, the answer is a slug or none."""
    assert match(text) in {None, *SLUGS}
