"""A client of the cluster registry: what every program that calls it would have to write.

    with connect("127.0.0.1:50051", read_own_writes=True) as registry:
        answer = registry.clusters.RegisterCluster(RegisterClusterRequest(name="Demo"))

Requests and answers are the generated messages of `registry.v1`, and calls those of its stubs, so
that everything the service can do can be said, and a type checker knows it.
"""

from registry_client.client import Client, connect
from registry_client.errors import (
    AlreadyExists,
    CallFailed,
    Conflict,
    Invalid,
    NotFound,
    RuleRefused,
    Unavailable,
    Violation,
)
from registry_client.following import follow_changes, follow_events
from registry_client.paging import pages
from registry_client.request_ids import new_request_id

__all__ = [
    "AlreadyExists",
    "CallFailed",
    "Client",
    "Conflict",
    "Invalid",
    "NotFound",
    "RuleRefused",
    "Unavailable",
    "Violation",
    "connect",
    "follow_changes",
    "follow_events",
    "new_request_id",
    "pages",
]
