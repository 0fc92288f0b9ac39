"""Answers that are shown again are those that were found, and are made into bytes once."""

from dataclasses import dataclass

from registry.server import shown
from registry.server.shown import Shown
from registry.v1.summary_service_pb2 import EcosystemSummary


@dataclass(frozen=True)
class Found:
    """What a question found; an equal one is another one."""

    name: str


def encoded(kept, found, made):
    def message():
        made.append(found.name)
        return EcosystemSummary(name=found.name)

    return EcosystemSummary.FromString(kept.encoded(found, message)).name


def test_what_is_found_again_is_not_made_again():
    """The same object is encoded once, an equal one for itself."""
    kept, made = Shown(), []
    one, equal = Found("one"), Found("one")
    assert [encoded(kept, each, made) for each in (one, one, equal)] == ["one"] * 3
    assert made == ["one", "one"]


def test_the_one_that_was_not_shown_for_longest_is_forgotten(monkeypatch):
    """As many are kept as may be, and an address that is used again is another answer's."""
    monkeypatch.setattr(shown, "MOST", 2)
    kept, made = Shown(), []
    one, two, three = map(Found, ("one", "two", "three"))
    for each in (one, two, one, three, one):
        assert encoded(kept, each, made) == each.name
    assert made == ["one", "two", "three"]
    del two
    assert all(encoded(kept, Found(str(n)), made) == str(n) for n in range(20))


async def test_a_summary_says_the_position_that_was_read(client):
    """Asked again it is the same, of a later position; where it changed, it is another one."""
    aa, found = "clusters/aa", []
    await client("RegisterCluster", clusterId="aa", name="A", country="PL")
    for name, fields in (
        ("SetClusterEcosystems", {"ecosystems": [{"ecosystem": "digital"}]}),
        ("RenameCluster", {"name": "B"}),
        ("SetClusterEcosystems", {"ecosystems": []}),
    ):
        position = (await client(name, cluster=aa, **fields)).recorded.position
        options = {"minPosition": position}
        answer = await client("GetEcosystemSummary", ecosystem="digital", options=options)
        assert answer.read_position >= position
        found.append(answer.summary.clusters.total)
    assert found == [1, 1, 0]
