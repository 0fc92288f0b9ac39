"""Frozen states: a changed copy leaves the original as it was."""

import pytest

from registry.domain.cluster import Cluster
from registry.domain.frozen import changed


def test_a_change_makes_another_state():
    before = Cluster("clusters/x", country="CZ")
    after = changed(before, registered=True)
    assert (before.registered, after.registered) == (False, True)
    assert after == Cluster("clusters/x", registered=True, country="CZ")


def test_a_field_that_is_none_is_refused():
    """A misspelt field would be an event without effect."""
    with pytest.raises(TypeError, match=r"Cluster has no \['contry'\]"):
        changed(Cluster("clusters/x"), contry="CZ")
