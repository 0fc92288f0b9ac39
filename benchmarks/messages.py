"""Messages: the calls that are measured."""

from __future__ import annotations

from benchmarks.load import Call
from benchmarks.peers import bare, library
from registry.v1 import cluster_service_pb2 as pb

PREFIX_BYTES = 5
NAME = "National Cluster of Measured Things"
EVENT_BYTES = 200
MAX_ANSWER_BYTES = 2000
MORE_OF_A_POSITION = 3
"""Bytes that a position can grow by while it is read."""


def nothing(address: str) -> Call:
    """Call the empty RPC of the bare server."""
    return Call(address, f"/{bare.SERVICE}/{bare.METHOD}", b"", PREFIX_BYTES, PREFIX_BYTES)


def register(address: str) -> Call:
    """Register a cluster; without an id and a request id it is another one every time."""
    request = pb.RegisterClusterRequest(name=NAME, country="CZ")
    request.options.effective.date.year = 2006
    path = "/registry.v1.ClusterService/RegisterCluster"
    return Call(address, path, request.SerializeToString(), PREFIX_BYTES + 1, MAX_ANSWER_BYTES)


def get(address: str, cluster: str, answer: pb.GetClusterResponse) -> Call:
    """Ask for one cluster; later answers differ in the position they were read at, if at all."""
    request = pb.GetClusterRequest(cluster=cluster)
    path = "/registry.v1.ClusterService/GetCluster"
    least = PREFIX_BYTES + answer.ByteSize()
    return Call(address, path, request.SerializeToString(), least, least + MORE_OF_A_POSITION)


def save(address: str) -> Call:
    """Register a cluster with the library."""
    message = _field(1, NAME.encode())
    answer = PREFIX_BYTES + len(_field(1, b"-" * 36))
    return Call(address, f"/{library.SERVICE}/{library.METHOD}", message, answer, answer)


def append(address: str) -> Call:
    """Append one event, without a condition, to UmaDB (umadb.v1.AppendRequest)."""
    event = (
        _field(1, b"ClusterRegistered") + _field(2, b"cluster:demo") + _field(3, b"x" * EVENT_BYTES)
    )
    return Call(address, "/umadb.v1.DCB/Append", _field(1, event), PREFIX_BYTES, MAX_ANSWER_BYTES)


def _field(number: int, value: bytes) -> bytes:
    """Encode a length-delimited protobuf field."""
    size, encoded = len(value), b""
    while size > 127:  # noqa: PLR2004 - seven bits a byte
        encoded += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + encoded + bytes([size]) + value
