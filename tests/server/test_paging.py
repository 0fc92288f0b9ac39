"""Tokens of lists: where a page begins, and what is no token."""

import base64
import json

import pytest

from registry.errors import InvalidField
from registry.server.paging import Place, ended_with, place, token
from registry.server.reading import Reading
from registry.v1.cluster_service_pb2 import ListClustersRequest

LISTED = Place(day=738_000, position=7, after=("clusters/aa",))


def read(day=LISTED.day, min_position=0):
    """A read of a list on some day."""
    return Reading(day, min_position, timeout_s=1)


def test_every_page_is_of_the_day_of_the_first():
    """Also where midnight lies between them: else names and statuses would be of two days."""
    request = ListClustersRequest(page_token=token(ListClustersRequest(), LISTED))
    assert place(request, read(day=LISTED.day + 1)) == LISTED
    assert place(ListClustersRequest(), read(day=5)) == Place(day=5)


def test_a_page_is_of_the_position_of_the_first():
    """What was seen by then may be asked for, and nothing later."""
    request = ListClustersRequest(page_token=token(ListClustersRequest(), LISTED))
    assert place(request, read(min_position=7)) == LISTED
    with pytest.raises(InvalidField, match=r"options\.min_position: .*position 7"):
        place(request, read(min_position=8))


def test_the_last_page_has_no_token():
    assert token(ListClustersRequest(), Place(day=1, position=7)) == ""


@pytest.mark.parametrize(
    "content",
    [
        *([], {}, 7, [1, 2], [1, 2, 3, 4], [1, 7, [], {}], [1, 0, ["a"], {}], [-1, 7, ["a"], {}]),
        *([1.5, 7, ["a"], {}], [True, 7, ["a"], {}], [1, 2**63, ["a"], {}], [1, 7, ["a"], []]),
    ],
)
def test_what_is_no_token_is_refused(content):
    """Nobody but the service makes them; a made-up one is a wrong field, not a fault."""
    made_up = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    with pytest.raises(InvalidField, match="page_token"):
        place(ListClustersRequest(page_token=made_up), read())


@pytest.mark.parametrize("made_up", [("a",), ("a", "b", "3"), ("a", "b", 3, 4), (1, "b", 3)])
def test_a_token_that_ends_as_no_page_does_is_refused(made_up):
    """One that was changed by hand is a wrong field, not a fault."""
    assert ended_with((), str, str, int) == ()
    assert ended_with(("a", "b", 3), str, str, int) == ("a", "b", 3)
    with pytest.raises(InvalidField, match="page_token"):
        ended_with(made_up, str, str, int)
