"""The lists that an export has, and how each is asked for and imported again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from registry.v1 import cluster_service_pb2 as clusters
from registry.v1 import edition_service_pb2 as editions
from registry.v1 import organisation_service_pb2 as organisations
from registry.v1 import participation_service_pb2 as participations
from registry.v1 import partnership_service_pb2 as partnerships
from registry.v1.options_pb2 import ReadOptions
from registry_client import Client, pages
from registryctl.exports import rows
from registryctl.imports import editions as edition_rows
from registryctl.imports import members, resources
from registryctl.imports import partnerships as partnership_rows
from registryctl.imports.fact import Mapping
from registryctl.wire import items

PAGE_SIZE = 1000


@dataclass(frozen=True)
class Listed:
    """One list."""

    name: str
    """Of its file, without the ending."""
    method: Callable[[Client], Callable[[Any], Any]]
    request: Message
    row: Callable[[rows.Resource], rows.Cells]
    table: Mapping
    """How an import reads the rows."""
    resources: Mapping
    """How it reads the resources."""
    has_begun: Callable[[Any], bool] = lambda _: True
    """Whether anything of a resource has begun by the date."""

    def pages(self, client: Client, options: dict[str, Any]) -> Iterator[Any]:
        """Resources page by page."""
        asked = type(self.request)(options=options, page_size=PAGE_SIZE)
        asked.MergeFrom(self.request)
        for page in pages(self.method(client), asked):
            yield items(page)


def position(client: Client, options: dict[str, Any]) -> int:
    """Position that a read with these options is of; 0 where nothing was known."""
    said = ReadOptions(**options)
    asked = organisations.ListOrganisationsRequest(options=said, page_size=1)
    return client.organisations.ListOrganisations(asked).read_position


LISTED = (
    Listed(
        "organisations",
        lambda client: client.organisations.ListOrganisations,
        organisations.ListOrganisationsRequest(),
        rows.organisation,
        members.ORGANISATIONS,
        resources.ORGANISATIONS,
    ),
    Listed(
        "clusters",
        lambda client: client.clusters.ListClusters,
        clusters.ListClustersRequest(),
        rows.cluster,
        members.CLUSTERS,
        resources.CLUSTERS,
    ),
    Listed(
        "partnerships",
        lambda client: client.partnerships.ListPartnerships,
        partnerships.ListPartnershipsRequest(),
        rows.partnership,
        partnership_rows.PARTNERSHIPS,
        resources.PARTNERSHIPS,
    ),
    Listed(
        "partnership_members",
        lambda client: client.partnerships.ListMemberships,
        partnerships.ListMembershipsRequest(include_past=True),
        rows.membership,
        partnership_rows.MEMBERS,
        resources.MEMBERS,
    ),
    Listed(
        "editions",
        lambda client: client.editions.ListEditions,
        editions.ListEditionsRequest(),
        rows.edition,
        edition_rows.EDITIONS,
        resources.EDITIONS,
    ),
    Listed(
        "participations",
        lambda client: client.participations.ListParticipations,
        participations.ListParticipationsRequest(),
        rows.participation,
        edition_rows.PARTICIPATIONS,
        resources.PARTICIPATIONS,
        has_begun=lambda one: bool(one.status),
    ),
)
