"""Views derived from the log: the engine that keeps them up, and the questions they answer.

From the log to rows: projector, deriving (naming, listed), tables; areas and spelling beside.
Keeping them up: engine, filling, following, waiting; child, link, remote for another process.
What all of them are: digesting; apart for another process.
Databases: store, sqlite (sqlite_files, sqlite_plans), postgres.
Questions are asked of views. Of ecosystems, regions and editions: subjects and scopes, then
clusters, partnerships, partners, participations; figures and locating put rows into buckets,
explaining and evidence say why, comparing what differs. Lists: listing, filters, fields.
Search: searching, matching.
"""

from registry.projections.answering import Answering
from registry.projections.listing import (
    Listing,
    MembershipListing,
    MembershipPage,
    MembershipRow,
    Page,
)
from registry.projections.matching import KINDS, Match
from registry.projections.searching import Asked, Hit, Key
from registry.projections.similarity import Similar
from registry.projections.tables import Listed
from registry.projections.views import (
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
    "MembershipListing",
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
