"""A client as users write it: a channel, a stub for each service, requests as proto JSON."""

import grpc.aio
import pytest
from google.protobuf.json_format import ParseDict
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status

from registry.server.rpc import Method
from registry.server.status import TRAILER
from registry.v1 import (
    change_service_pb2,
    cluster_service_pb2,
    edition_service_pb2,
    event_service_pb2,
    history_service_pb2,
    ledger_service_pb2,
    organisation_service_pb2,
    participation_service_pb2,
    partnership_service_pb2,
    record_service_pb2,
    region_service_pb2,
    search_service_pb2,
    summary_service_pb2,
    view_service_pb2,
)

FILES = (
    organisation_service_pb2,
    cluster_service_pb2,
    partnership_service_pb2,
    edition_service_pb2,
    participation_service_pb2,
    summary_service_pb2,
    event_service_pb2,
    view_service_pb2,
    record_service_pb2,
    region_service_pb2,
    change_service_pb2,
    history_service_pb2,
    ledger_service_pb2,
    search_service_pb2,
)
SERVICES = [s for file in FILES for s in file.DESCRIPTOR.services_by_name.values()]
RPCS = {rpc.name: Method.of(rpc) for service in SERVICES for rpc in service.methods}


class Client:
    """Calls any RPC by its name."""

    def __init__(self, address):
        self.address = address
        self.channel = grpc.aio.insecure_channel(address)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.channel.close()

    async def __call__(self, name, /, timeout_s=10.0, **fields):
        """Call an RPC with one answer; fields in the forms of proto JSON."""
        return await self.unary(name)(request(name, **fields), timeout=timeout_s)

    def unary(self, name):
        """The call of an RPC with one answer."""
        rpc = RPCS[name]
        return self.channel.unary_unary(
            rpc.path, rpc.request.SerializeToString, rpc.response.FromString
        )

    async def answers(self, name, /, **fields):
        """All answers of an RPC that streams them."""
        return [answer async for answer in self.streaming(name, **fields)]

    def streaming(self, name, /, timeout_s=10.0, **fields):
        """Call an RPC that streams its answers, to take them one by one."""
        rpc = RPCS[name]
        call = self.channel.unary_stream(
            rpc.path, rpc.request.SerializeToString, rpc.response.FromString
        )
        return call(request(name, **fields), timeout=timeout_s)

    def batches(self):
        """Open a stream of commands."""
        rpc = RPCS["RecordBatch"]
        return self.channel.stream_stream(
            rpc.path, rpc.request.SerializeToString, rpc.response.FromString
        )(timeout=20)


def request(name, /, **fields):
    """Build the request of an RPC."""
    return ParseDict(fields, RPCS[name].request())


class Refusal:
    """A failed call: its code, message, and details by their type."""

    def __init__(self, status):
        self.code = grpc.StatusCode[
            next(c.name for c in grpc.StatusCode if c.value[0] == status.code)
        ]
        self.message = status.message
        self._details = status.details
        for name in ("ErrorInfo", "BadRequest", "PreconditionFailure", "ResourceInfo", "RetryInfo"):
            detail = getattr(error_details_pb2, name)()
            found = any(each.Unpack(detail) for each in status.details)
            setattr(self, name, detail if found else None)

    @property
    def reason(self):
        """The reason, once its domain is seen to be ours."""
        assert self.ErrorInfo.domain == "registry.v1"
        return self.ErrorInfo.reason

    @property
    def missing(self):
        """Names of the resources that are not there."""
        found = error_details_pb2.ResourceInfo()
        return [found.resource_name for each in self._details if each.Unpack(found)]

    @property
    def fields(self):
        """Paths of the fields that are wrong."""
        return [violation.field for violation in self.BadRequest.field_violations]


async def refusal(calling):
    """Answer how a call fails."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await calling
    error = caught.value
    details = dict(error.trailing_metadata()).get(TRAILER)
    assert details is not None, f"no details: {error}"
    status = Status.FromString(details)
    assert (status.code, status.message) == (error.code().value[0], error.details())
    return Refusal(status)
