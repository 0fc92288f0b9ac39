"""Filling: clusters that are registered, located and tagged, through RecordBatch."""

from __future__ import annotations

import uuid

import grpc

from benchmarks import messages
from benchmarks.load import Failed
from registry.v1 import record_service_pb2 as pb
from registry.v1.record_service_pb2_grpc import RecordServiceStub

COMMANDS_IN_A_MESSAGE = 500
COMMANDS_A_CLUSTER = 3
REGIONS = ("CZ01", "CZ02", "PL82", "FRL0", "ITC4", "AT13", "DE21")
ECOSYSTEMS = ("digital", "health", "agri-food", "aerospace-defence")


def fill(address: str, requests: list[pb.RecordBatchRequest]) -> None:
    """Send messages of commands; raises Failed unless each command recorded one event."""
    with grpc.insecure_channel(address) as channel:
        for response in RecordServiceStub(channel).RecordBatch(iter(requests)):
            for outcome in response.outcomes:
                if len(outcome.recorded.events) != 1:
                    raise Failed(f"a command was not recorded: {outcome}")


def messages_of(commands: int) -> list[pb.RecordBatchRequest]:
    """Make about this many commands, about clusters that nobody has registered yet."""
    made = [
        command
        for number in range(commands // COMMANDS_A_CLUSTER)
        for command in _cluster(f"measured-{uuid.uuid4()}", number)
    ]
    starts = range(0, len(made), COMMANDS_IN_A_MESSAGE)
    return [
        pb.RecordBatchRequest(commands=made[start : start + COMMANDS_IN_A_MESSAGE])
        for start in starts
    ]


def _cluster(cluster_id: str, number: int) -> list[pb.Command]:
    registered, located, tagged = pb.Command(), pb.Command(), pb.Command()
    registered.register_cluster.cluster_id = cluster_id
    registered.register_cluster.name = messages.NAME
    region = REGIONS[number % len(REGIONS)]
    registered.register_cluster.country = region[:2]
    registered.register_cluster.options.effective.date.year = 2006
    located.locate_cluster.cluster = f"clusters/{cluster_id}"
    located.locate_cluster.regions.add(code=region, classification_version=2024)
    tagged.set_cluster_ecosystems.cluster = f"clusters/{cluster_id}"
    tagged.set_cluster_ecosystems.ecosystems.add(ecosystem=ECOSYSTEMS[number % len(ECOSYSTEMS)])
    return [registered, located, tagged]
