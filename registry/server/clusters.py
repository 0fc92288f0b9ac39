"""ClusterService: cluster organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain.cluster import Cluster
from registry.server.resources import fill, fill_all
from registry.server.rpc import (
    Servicer,
    command,
    log_query,
    point_read,
    query,
    registration,
)
from registry.v1 import cluster_service_pb2 as pb

if TYPE_CHECKING:
    from registry.eventstore.commands import Command, Intent
    from registry.server.reading import Reading


class Clusters(Servicer):
    """Records and answers cluster organisations."""

    SERVICE = pb.DESCRIPTOR.services_by_name["ClusterService"]

    @registration
    def register_cluster(self, command: Command, request: pb.RegisterClusterRequest) -> Intent:
        """Register a cluster."""
        return self.registry.register_cluster(
            command,
            request.cluster_id,
            request.name,
            request.name_effective,
            request.country,
            request.established_meaning,
        )

    @command
    def rename_cluster(self, command: Command, request: pb.RenameClusterRequest) -> Intent:
        """Record another name."""
        return self.registry.rename_cluster(command, request.cluster, request.name)

    @command
    def add_cluster_alias(self, command: Command, request: pb.AddClusterAliasRequest) -> Intent:
        """Record an alias."""
        return self.registry.add_cluster_alias(command, request.cluster, request.alias)

    @command
    def set_cluster_legal_entity(
        self, command: Command, request: pb.SetClusterLegalEntityRequest
    ) -> Intent:
        """Record the legal entity."""
        return self.registry.set_cluster_legal_entity(
            command, request.cluster, request.legal_entity
        )

    @command
    def locate_cluster(self, command: Command, request: pb.LocateClusterRequest) -> Intent:
        """Record where the cluster is."""
        return self.registry.locate_cluster(
            command,
            request.cluster,
            request.regions,
            request.region_as_stated,
            request.basis_as_stated,
        )

    @command
    def set_cluster_ecosystems(
        self, command: Command, request: pb.SetClusterEcosystemsRequest
    ) -> Intent:
        """Record the ecosystems."""
        return self.registry.set_cluster_ecosystems(command, request.cluster, request.ecosystems)

    @command
    def add_cluster_identifier(
        self, command: Command, request: pb.AddClusterIdentifierRequest
    ) -> Intent:
        """Record an identifier."""
        return self.registry.add_cluster_identifier(
            command, request.cluster, request.scheme, request.value
        )

    @command
    def end_cluster_identifier(
        self, command: Command, request: pb.EndClusterIdentifierRequest
    ) -> Intent:
        """End an identifier."""
        return self.registry.end_cluster_identifier(
            command, request.cluster, request.scheme, request.value
        )

    @command
    def dissolve_cluster(self, command: Command, request: pb.DissolveClusterRequest) -> Intent:
        """Record the end of a cluster."""
        return self.registry.dissolve_cluster(command, request.cluster, request.end_memberships)

    @point_read
    def get_cluster(self, request: pb.GetClusterRequest, reading: Reading) -> pb.GetClusterResponse:
        """Answer one cluster."""
        found = self.backend.find(Cluster, request.cluster, reading)
        answer = pb.GetClusterResponse(read_position=found.position)
        fill(answer.cluster, found, reading.day)
        return answer

    @log_query
    def batch_get_clusters(
        self, request: pb.BatchGetClustersRequest, reading: Reading
    ) -> pb.BatchGetClustersResponse:
        """Answer several clusters, in the order asked for."""
        many = self.backend.find_many(Cluster, request.clusters, reading)
        answer = pb.BatchGetClustersResponse(read_position=many.position)
        fill_all(answer.clusters, many.reads, reading.day)
        return answer

    @query
    def list_clusters(
        self, request: pb.ListClustersRequest, reading: Reading
    ) -> pb.ListClustersResponse:
        """List clusters, selected and sorted."""
        page = self.backend.page(Cluster, request, reading)
        answer = pb.ListClustersResponse(**page.told)
        fill_all(answer.clusters, page.reads, page.day)
        return answer
