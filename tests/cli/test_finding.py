"""What is found by the command line, with the real data."""

import pytest


def first(example, *words):
    """The first hit of a search."""
    return example.json(*words)[0]


def test_anything_is_found_however_it_is_typed(example):
    """Kinds are not asked for, and are told apart."""
    assert first(example, "find", "moveo")["resource"] == "clusters/nextmove"
    assert first(example, "find", "european cluster conf")["resource"].startswith("editions/")
    kinds = {hit["resource"].partition("/")[0] for hit in example.json("find", "silicon")}
    assert len(kinds) > 1


@pytest.mark.parametrize("search", ["cluster search cluster", "organisation search cluster"])
def test_a_noun_searches_its_kind_only(example, search):
    """Whatever else is called so."""
    hits = example.json(*search.split())
    noun = search.partition(" ")[0]
    assert {hit["resource"].partition("/")[0] for hit in hits} == {f"{noun}s"}


def test_more_hits_than_a_page_are_all_listed(example):
    """Up to the limit, the best first and none twice."""
    hits = example.json("find", "cluster", "--limit", "150")
    few = example.json("find", "cluster", "--limit", "3")
    assert hits[:3] == few
    names = [hit["resource"] for hit in hits]
    assert len(set(names)) == len(names)


def test_what_nobody_is_called_is_said_so(example):
    """A search finds none; a name that should be there is an error."""
    searched = example.run("find", "qqqqq")
    assert (searched.exit_code, searched.stdout) == (0, "")
    resolved = example.run("cluster", "resolve", "qqqqq")
    assert resolved.exit_code == 3
    assert "qqqqq" in resolved.stderr


def test_an_ambiguous_name_names_all_who_bear_it(service):
    """And the person is told that it is."""
    for name in ("amb-one", "amb-two"):
        command = f"cluster register {name} --name Ambiguous --effective 2006"
        done = service.json(*command.split())
    position = done["recorded"]["position"]
    result = service.run("cluster", "resolve", "ambiguous", "--min-position", position)
    assert result.exit_code == 0
    assert "ambiguous: 2 resources" in result.stderr
    assert "clusters/amb-one" in result.stdout
    assert "clusters/amb-two" in result.stdout


def test_a_country_that_is_none_is_refused(example):
    """Naming the field; nothing is looked for."""
    result = example.run("find", "klaster", "--country", "QQ")
    assert result.exit_code == 2
    assert "country" in result.stderr


def test_lists_are_selected_and_sorted(example):
    """As the service does it, however many pages there are."""
    asked = ["--filter", "country = PL AND ecosystem = digital", "--order-by", "name desc"]
    names = [cluster["name"] for cluster in example.json("cluster", "list", *asked)]
    assert names == ["Wschodni Klaster ICT", "Mazowiecki Klaster ICT", "Klaster IT"]
    numbers = example.json("edition", "list", "--filter", "number > 7", "--order-by", "number")
    assert [edition["number"] for edition in numbers] == [8, 9]


def test_a_filter_that_is_wrong_says_where(example):
    """With the fields that there are."""
    result = example.run("partnership", "list", "--filter", "country = PL")
    assert result.exit_code == 2
    assert "at column 1: 'country' is no field; fields: name, kind" in result.stderr


def test_a_person_who_registers_is_warned_of_a_similar_name(service):
    """On stderr, also by --dry-run; it is recorded all the same."""
    words = ["cluster", "register", "warned-1", "--name", "Balneological Union", "--country", "PL"]
    position = service.json(*words)["recorded"]["position"]
    service.json("cluster", "list", "--limit", "1", "--min-position", position)
    for more in (["--dry-run"], []):
        words = ["cluster", "register", "warned-2", "--name", "Balneologcal Union", *more]
        result = service.run(*words)
        assert result.exit_code == 0
        assert "warning: clusters/warned-1 has a similar name" in result.stderr
