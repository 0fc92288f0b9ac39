"""Lists: selected, sorted, and of one position from the first page to the last."""

import pytest

from registry.domain.effective import day
from registry.events.v1 import partnership_pb2
from registry.projections import Listing
from tests.projections.recording import (
    announced,
    attended,
    cancelled,
    dissolved,
    ecosystems,
    entered,
    located,
    renamed,
    retracted,
)
from tests.projections.test_searching import cluster, organisation

TODAY = day("2026-01-01")
A, B, C, D = (f"clusters/{letter}{letter}" for letter in "abcd")
E, F = "editions/ee", "editions/ff"


def formed(stream, name, kind, on):
    return stream, partnership_pb2.PartnershipFormed(name=name, kind=kind), on


FACTS = (
    cluster(A, "Łódź Metal", "PL", "2005"),
    cluster(B, "aero valley", "FR", "2010-06"),
    cluster(C, "Bio Klaster", "PL"),
    cluster(D, "Zeta", "", "2031"),
    renamed(B, "Omega", "2021"),
    dissolved(A, "2015"),
    ecosystems(A, "digital"),
    ecosystems(C, "digital", "health"),
    located(A, "PL32/2013"),
    located(B, "PL12/2013"),
    located(C, "PL82", on="2016"),
    organisation("organisations/oo", "Park", "DE"),
    announced(E, "2020-05-01", number=7, on="2019"),
    announced(F, "2022-09-26", number=8, on="2021"),
    cancelled(E, "2020", number=7),
    attended(F, A, "2022"),
    entered(F, B, "2022"),
    formed("partnerships/pp", "P", partnership_pb2.PARTNERSHIP_KIND_ESCP_S3, "2016"),
    formed("partnerships/qq", "Q", partnership_pb2.PARTNERSHIP_KIND_ALLIANCE, "2012"),
)


def listed(views, kind, filter="", *, order_by="", on=TODAY, under=""):  # noqa: A002, PLR0913
    """Ids in the order of the list."""
    asked = Listing(kind, under, filter, order_by, on)
    return [s.rpartition("/")[2] for s in views.list_resources(asked, 100).streams]


SELECTED = {
    "": ["aa", "bb", "cc", "dd"],
    "country = PL": ["aa", "cc"],
    "country = pl": ["aa", "cc"],
    "country != PL": ["bb", "dd"],
    "NOT country = PL": ["bb", "dd"],
    'country = PL AND name : "metal"': ["aa"],
    "name = lodz-metal": ["aa"],
    'name = "ŁÓDŹ METAL"': ["aa"],
    "name : o": ["bb"],
    "name : aero": [],
    "ecosystem = digital": ["aa", "cc"],
    "ecosystem = digital AND NOT ecosystem = health": ["aa"],
    "region = PL82": ["aa", "cc"],
    "region = pl32": ["aa", "cc"],
    "region = PL": ["aa", "bb", "cc"],
    "region = PL91": [],
    "region != PL82": ["bb", "dd"],
    "life = live": ["bb", "cc"],
    "life = ended": ["aa"],
    "life = not-yet": ["dd"],
    "established = 2010": ["bb"],
    "established < 2010": ["aa"],
    "established <= 2010": ["aa", "bb"],
    "established > 2010": ["dd"],
    "established >= 2010-06": ["bb", "dd"],
    "dissolved > 2000": ["aa"],
    "(country = FR OR country = PL) AND life = live": ["bb", "cc"],
}


def test_a_filter_selects(given):
    """By name, country, ecosystem, life and dates; alone and together."""
    views = given(*FACTS)
    assert {text: listed(views, "clusters", text) for text in SELECTED} == SELECTED
    assert listed(views, "clusters", "name : aero", on=day("2015")) == ["bb"]
    assert listed(views, "clusters", "life = live", on=day("2014")) == ["aa", "bb", "cc"]
    assert listed(views, "clusters", "region = PL82", on=day("2015")) == ["aa"]
    assert listed(views, "organisations", "country = DE") == ["oo"]
    assert listed(views, "partnerships", "kind = escp-s3") == ["pp"]
    assert listed(views, "partnerships", "formed < 2016") == ["qq"]
    assert listed(views, "editions", "state = cancelled") == ["ee"]
    assert listed(views, "editions", "number > 7 AND first_day = 2022-09") == ["ff"]
    assert listed(views, "participations", "status = attended") == ["cluster-aa"]
    assert listed(views, "participations", f'participant = "{B}"', under=F) == ["cluster-bb"]
    assert listed(views, "participations", "kind = cluster", under=E) == []


def test_an_order_sorts(given):
    """As names are compared, each field up or down, and by resource name among equals."""
    views = given(*FACTS)
    assert listed(views, "clusters", order_by="name") == ["cc", "aa", "bb", "dd"]
    assert listed(views, "clusters", order_by="name desc") == ["dd", "bb", "aa", "cc"]
    assert listed(views, "clusters", order_by="country desc") == ["aa", "cc", "bb", "dd"]
    assert listed(views, "clusters", order_by="country, name desc") == ["dd", "bb", "aa", "cc"]
    assert listed(views, "editions", order_by="number desc") == ["ff", "ee"]
    assert listed(views, "partnerships", order_by="formed") == ["qq", "pp"]


@pytest.mark.parametrize("order_by", ["", "name", "country, name desc", "established desc"])
def test_pages_are_of_one_position_whatever_is_recorded(given, order_by):
    """None is skipped or comes twice: not who is renamed, tagged, retracted or new."""
    views = given(*FACTS)
    asked = Listing("clusters", "", "NOT ecosystem = retail", order_by, TODAY)
    whole = views.list_resources(asked, 100).streams
    first = views.list_resources(asked, 1)
    seen, page = list(first.streams), first
    changes = iter(
        [
            [renamed(C, "aaa", "2001"), ecosystems(B, "retail"), cluster("clusters/a0", "New")],
            [retracted(D, 1), renamed(A, "zzz", "2001")],
            [ecosystems(C, "retail"), retracted(B, 2)],
        ]
    )
    while page.next_after:
        given(*next(changes, [cluster("clusters/zz", "Late")]))
        pinned = asked._replace(position=first.read_position)
        page = views.list_resources(pinned, 1, page.next_after)
        assert page.read_position == first.read_position
        seen += page.streams
    assert tuple(seen) == whole
    assert set(views.list_resources(asked, 100).streams) != set(whole)
