"""The eventsourcing library as its documentation shows it, behind a synchronous gRPC server.

An Application on the library's SQLite module (WAL, SQLite's own synchronous=FULL), one aggregate
of one event saved in every RPC, on the thread pool of gRPC's own examples.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from google.protobuf.wrappers_pb2 import StringValue

from benchmarks.peers.announcing import announce, arguments

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

SERVICE, METHOD = "benchmarks.Library", "Register"
WORKERS = 10
FILE = "library.db"
FULL = 2


class Cluster(Aggregate):
    """A cluster that has a name and a country."""

    @event("Registered")
    def __init__(self, name: str, country: str) -> None:
        self.name = name
        self.country = country


class Clusters(Application["UUID"]):
    """Registers clusters."""

    def register(self, name: str, country: str) -> UUID:
        """Register a cluster."""
        cluster = Cluster(name, country)
        self.save(cluster)
        return cluster.id


def handler(clusters: Clusters) -> grpc.RpcMethodHandler[Any, Any]:
    """One RPC: a name in, an id out, when the event is durable."""

    def register(request: StringValue, _: grpc.ServicerContext) -> StringValue:
        return StringValue(value=str(clusters.register(request.value, "CZ")))

    return grpc.unary_unary_rpc_method_handler(
        register, StringValue.FromString, StringValue.SerializeToString
    )


def serve(directory: Path, ready: Path) -> None:
    """Serve until the process is told to end."""
    os.environ["PERSISTENCE_MODULE"] = "eventsourcing.sqlite"
    os.environ["SQLITE_DBNAME"] = str(directory / FILE)
    clusters = Clusters()
    require_durable(clusters)
    server = grpc.server(ThreadPoolExecutor(WORKERS))
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(SERVICE, {METHOD: handler(clusters)})]
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    announce(ready, port)
    while True:
        time.sleep(3600)


def require_durable(clusters: Clusters) -> None:
    """Refuse to be compared on other terms than WAL and synchronous=FULL."""
    recorder: Any = clusters.recorder
    with recorder.datastore.transaction(commit=False) as cursor:
        found = []
        for pragma in ("journal_mode", "synchronous"):
            cursor.execute(f"PRAGMA {pragma}")
            found.append(cursor.fetchone()[0])
    if found != ["wal", FULL]:
        raise RuntimeError(f"the library's store has journal mode and synchronous {found}")


if __name__ == "__main__":
    given = arguments()
    serve(given.data, given.ready_file)
