"""Draws region codes together with a version that has them."""

from hypothesis import strategies as st

from registry.reference import nuts
from registry.reference._tables import tables

PLACES = sorted((code, year) for code, years in tables().versions.items() for year in years)

places = st.sampled_from(PLACES)
versions = st.sampled_from(nuts.VERSIONS)
