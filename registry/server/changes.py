"""ChangeService: what changed, for services that follow the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from registry.errors import InvalidField
from registry.eventstore.changes import changes_after
from registry.server.backend import require_reached
from registry.server.reading import page_size
from registry.server.rpc import Servicer, log_query
from registry.v1 import change_service_pb2 as pb

if TYPE_CHECKING:
    from registry.eventstore.changes import Change
    from registry.server.reading import Reading

_PREFIX = "RESOURCE_KIND_"
COLLECTIONS = {
    number: f"{name.removeprefix(_PREFIX).lower()}s"
    for name, number in pb.ResourceKind.items()
    if number
}
"""The collection of each kind of resource: "clusters"."""
KINDS = {collection: number for number, collection in COLLECTIONS.items()}


class Changes(Servicer):
    """Answers what changed."""

    SERVICE = pb.DESCRIPTOR.services_by_name["ChangeService"]

    @log_query
    def list_changes(
        self, request: pb.ListChangesRequest, reading: Reading
    ) -> pb.ListChangesResponse:
        """Answer the resources that changed after a position."""
        if request.options.HasField("as_of"):
            raise InvalidField(
                "options.as_of", "has no meaning here: say it when you read what changed"
            )
        log = self.registry.recorded_log
        head = log.head().position
        require_reached(reading.min_position, head)
        known = self.backend.known(reading)
        head = head if known is None else known
        require_reached(request.after_position, head)
        wanted = frozenset(COLLECTIONS[kind] for kind in request.resource_kinds)
        page = changes_after(log, request.after_position, head, page_size(request), wanted)
        answer = pb.ListChangesResponse(
            next_position=page.upto, read_position=head, caught_up=page.upto == head
        )
        for change in page.changes:
            _fill(answer.changes.add(), change)
        return answer


def _fill(into: pb.Change, change: Change) -> None:
    last = change.events[-1]
    into.resource = change.stream
    into.resource_kind = KINDS[change.collection]
    into.kind = cast("pb.ChangeKind.ValueType", int(change.kind))
    into.position = last.position
    into.version = last.version
    into.recorded_at.FromMicroseconds(last.recorded_at)
    for each in change.events:
        into.events.add(
            event=f"{each.stream}@{each.version}", type=each.topic, position=each.position
        )
