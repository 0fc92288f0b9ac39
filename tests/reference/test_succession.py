"""Succession: what a code of one version is in another, and when that stays open."""

import pytest
from hypothesis import given

from registry.reference import nuts
from registry.reference.nuts import Candidate, Resolution
from tests.reference.strategies import places, versions


@given(places)
def test_a_code_is_itself_in_its_own_version(place):
    """Resolving to the same version is exact."""
    code, version = place
    assert nuts.resolve(code, version, version) == Resolution("exact", code)


@given(places, versions)
def test_every_answer_names_codes_of_the_version_asked_for(place, to):
    """Exact codes and candidates are regions there, and a kind has what belongs to it."""
    code, version = place
    found = nuts.resolve(code, version, to)
    assert (found.kind == "exact") == (found.code is not None)
    assert (found.kind == "ambiguous") == bool(found.candidates)
    for target in filter(None, (found.code, *(c.code for c in found.candidates))):
        assert nuts.region(target, to).level == nuts.region(code, version).level


@given(places, versions)
def test_shares_are_parts_of_one_whole(place, to):
    """Known shares lie in 0..1, largest first, and do not add up to more than the territory."""
    code, version = place
    candidates = nuts.resolve(code, version, to).candidates
    areas = [c.share_area for c in candidates if c.share_area is not None]
    people = [c.share_population for c in candidates if c.share_population is not None]
    assert all(0 <= share <= 1 for share in areas + people)
    assert sum(areas) <= 1.001
    assert sum(people) <= 1.001
    assert areas == sorted(areas, reverse=True)
    assert len({c.code for c in candidates}) == len(candidates)


@given(places, versions)
def test_there_and_back_again_finds_the_code(place, to):
    """What holds a territory later is, looked at from there, at least partly that territory."""
    code, version = place
    found = nuts.resolve(code, version, to)
    for target in filter(None, (found.code, *(c.code for c in found.candidates))):
        back = nuts.resolve(target, to, version)
        assert code in (back.code, *(c.code for c in back.candidates))


@pytest.mark.parametrize(
    ("code", "version", "to", "target"),
    [
        ("PL32", 2013, 2024, "PL82"),
        ("PL32", 2006, 2016, "PL82"),
        ("PL82", 2024, 2013, "PL32"),
        ("GR30", 2006, 2024, "EL30"),
        ("EL30", 2024, 2006, "GR30"),
        ("BE3", 2006, 2024, "BE3"),
        ("DE1", 2006, 2024, "DE1"),
        ("DE41", 2006, 2024, "DE40"),  # merge: wholly in it
        ("PL91", 2024, 2013, "PL12"),  # backwards over a split: wholly in it
        ("NL33", 2021, 2024, "NL36"),
        ("HR021", 2006, 2024, "HR021"),  # away as HR047, and back
        ("PL127", 2013, 2024, "PL911"),
        ("FR512", 2013, 2016, "FRG02"),
        ("RS12", 2024, 2024, "RS12"),
        ("GR", 2006, 2024, "EL"),
        ("GB", 2016, 2024, "UK"),
        ("IL", 2024, 2006, "IL"),
    ],
)
def test_a_whole_territory_is_followed_exactly(code, version, to, target):
    """Recodes and merges are walked, one version after the other."""
    assert nuts.resolve(code, version, to) == Resolution("exact", target)


@pytest.mark.parametrize(
    ("code", "version", "to", "candidates"),
    [
        ("PL12", 2013, 2024, [("PL92", 0.8283, 0.4519), ("PL91", 0.1717, 0.5481)]),
        ("PL12", 2006, 2016, [("PL92", 0.8283, 0.4519), ("PL91", 0.1717, 0.5481)]),
        ("LT00", 2013, 2024, [("LT02", 0.85, 0.7333), ("LT01", 0.15, 0.2667)]),
        ("PT16", 2013, 2024, [("PT19", 0.825, 0.7463), ("PT1D", 0.175, 0.2537)]),
        ("HR04", 2016, 2021, [("HR02", 0.727, 0.4274), ("HR06", 0.2528, 0.2981)]),
        ("DE40", 2024, 2006, [("DE41", None, None), ("DE42", None, None)]),
    ],
)
def test_a_split_is_never_decided(code, version, to, candidates):
    """A split code is ambiguous, with the published shares of its parts."""
    found = nuts.resolve(code, version, to)
    assert found.code is None
    assert list(found.candidates[:2]) == [Candidate(*c) for c in candidates]


@pytest.mark.parametrize(
    ("code", "version", "to", "candidates"),
    [
        ("NO02", 2016, 2021, [("NO02", 0.9902, 0.9602), ("NO08", 0.0098, 0.0398)]),
        ("UKM6", 2010, 2013, [("UKM6", 0.9907, 0.9498), ("UKM3", 0.0093, 0.0502)]),
        ("IE022", 2006, 2013, [("IE022", 0.9995, 0.9899), ("IE011", 0.0005, 0.0101)]),
        ("DE255", 2006, 2024, [("DE255", 0.9243, 0.9772), ("DE254", 0.0757, 0.0228)]),
        ("NL33", 2016, 2021, [("NL33", 0.9659, 0.9904), ("NL31", 0.0341, 0.0096)]),
        ("NL33", 2016, 2024, [("NL36", 0.9659, 0.9904), ("NL35", 0.0341, 0.0096)]),
        ("UKM62", 2006, 2010, [("UKM62", 0.9874, 0.9998)]),
    ],
)
def test_a_kept_code_over_another_territory_is_ambiguous(code, version, to, candidates):
    """Keeping the code is not keeping the territory, even where only the rest is published."""
    assert nuts.resolve(code, version, to) == Resolution(
        "ambiguous", None, tuple(Candidate(*c) for c in candidates)
    )


@pytest.mark.parametrize(
    ("code", "candidates"),
    [
        ("NO072", ["NO072", "NO073"]),
        ("NO073", ["NO072", "NO073"]),
        ("HR02", ["HR02", "HR05", "HR06"]),
    ],
)
def test_a_code_that_comes_back_is_ambiguous_without_shares(code, candidates):
    """Merged and split again: the shares of the split are those of the merged territory."""
    found = nuts.resolve(code, 2006, 2024)
    assert found == Resolution(
        "ambiguous", None, tuple(Candidate(c, None, None) for c in candidates)
    )


@pytest.mark.parametrize(
    ("code", "version", "to"),
    [("UKD", 2016, 2024), ("UKD", 2021, 2024), ("UKM6", 2006, 2024), ("FRY5", 2024, 2010)],
)
def test_a_territory_without_counterpart_has_left(code, version, to):
    """Codes of the United Kingdom end without a successor; Mayotte was not in before 2013."""
    assert nuts.resolve(code, version, to) == Resolution("left")


@pytest.mark.parametrize(
    ("code", "version", "to"),
    [("PL82", 2013, 2024), ("PL32", 2024, 2024), ("XYZ", 2024, 2024), ("RS12", 2024, 2021)],
)
def test_what_is_not_known_is_said(code, version, to):
    """A code outside its version, or without published history, is unknown."""
    assert nuts.resolve(code, version, to) == Resolution("unknown")
