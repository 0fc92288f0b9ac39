"""Views derived from the log: the engine that keeps them up, and the questions they answer."""

from registry.projections.listing import Listing, MembershipPage, MembershipRow, Page
from registry.projections.matching import KINDS, Match
from registry.projections.searching import Asked, Hit, Key
from registry.projections.similarity import Similar
from registry.projections.tables import Listed
from registry.projections.views import (
    Answering,
    ProcessViews,
    Views,
    open_process_views,
    open_views,
)
from registry.projections.waiting import ViewStatus

__all__ = [
    "KINDS",
    "Answering",
    "Asked",
    "Hit",
    "Key",
    "Listed",
    "Listing",
    "Match",
    "MembershipPage",
    "MembershipRow",
    "Page",
    "ProcessViews",
    "Similar",
    "ViewStatus",
    "Views",
    "open_process_views",
    "open_views",
]
