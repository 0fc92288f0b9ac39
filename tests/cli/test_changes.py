"""Following the registry at the command line: what changed, and several resources at once."""

import json


def changed(result):
    """Resources of an output, with what became of them."""
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    return [(row["resource"], row["kind"].removeprefix("CHANGE_KIND_")) for row in rows]


def position_of(result):
    """The position that is said at the end."""
    return result.stderr.split()[-1]


def test_what_changed_is_one_object_a_line_and_the_place_to_go_on_is_said(service, new):
    """Asked again from there, only what is new is listed."""
    first = service.run("changes", "list", "--kind", "cluster")
    assert (f"clusters/{new}", "CREATED") in changed(first)
    service.run("cluster", "rename", new, "Other", "--effective", "2021")
    second = service.run("changes", "list", "--after", position_of(first), "--kind", "cluster")
    assert changed(second) == [(f"clusters/{new}", "CHANGED")]
    third = service.run("changes", "list", "--after", position_of(second))
    assert (third.exit_code, third.stdout) == (0, "")


def test_pages_are_read_to_the_end(example):
    """Whatever their size, every resource of the example is listed."""
    result = example.run("changes", "list", "--page-size", "7", "--kind", "edition")
    editions = example.json("edition", "list")
    assert sorted(set(changed(result))) == [(e["edition"], "CREATED") for e in editions]


def test_a_position_of_another_registry_is_refused(service):
    """What was kept belongs to it no more; it must not go on in silence."""
    result = service.run("changes", "list", "--after", "99999999")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "beyond the end of the log" in result.stderr


def test_a_table_says_it_in_words(example):
    """As a person types and reads them."""
    result = example.run("-o", "table", "changes", "list", "--kind", "edition")
    (row,) = [line for line in result.stdout.splitlines() if "editions/ecc-2022 " in line]
    assert row.split()[1] == "created"
    assert "editions/ecc-2022@1 EditionAnnounced" in row


def test_several_resources_are_shown_in_the_order_asked_for(example):
    """One is shown as ever; one that is missing is named, and nothing is shown."""
    both = example.json("cluster", "show", "nextmove", "dolina-lotnicza", "--as-of", "2010")
    assert [one["cluster"] for one in both] == ["clusters/nextmove", "clusters/dolina-lotnicza"]
    alone = example.json("cluster", "show", "nextmove", "--as-of", "2010")
    assert alone["name"] == both[0]["name"]
    result = example.run("cluster", "show", "nextmove", "no-such", "nor-this")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "clusters/no-such, clusters/nor-this are not in the registry" in result.stderr


def test_more_than_a_request_may_name_are_shown(service, new):
    """They are asked for in several."""
    found = service.run("cluster", "show", *[new] * 501)
    assert len(found.stdout.splitlines()) == 501
