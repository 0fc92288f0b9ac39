"""Following what changes, from a position on."""

import time
from collections.abc import Iterable, Iterator

from registry.v1.change_service_pb2 import (
    ListChangesRequest,
    ListChangesResponse,
    ResourceKind,
)
from registry_client.client import Client

PAGE_SIZE = 500


def follow_changes(
    client: Client,
    after: int = 0,
    *,
    kinds: Iterable[ResourceKind.ValueType] = (),
    page_size: int = PAGE_SIZE,
    poll_s: float | None = None,
) -> Iterator[ListChangesResponse]:
    """Give what changed after a position, page by page.

    Keep each page's `next_position` together with what you made of its changes, and begin there the
    next time: nothing is then missed or given twice.

    Args:
        client: connected.
        after: position after which to begin (exclusive); 0: the beginning.
        kinds: only resources of these; none: all.
        page_size: most resources in a page, but for those of one command more.
        poll_s: None ends where the log ends; else seconds after which to ask again, for ever.

    Raises:
        Invalid: for a position that is beyond the end of the log (reason
            POSITION_OUT_OF_RANGE): it is of another registry, or of one that was restored.
    """
    request = ListChangesRequest(page_size=page_size, resource_kinds=kinds)
    while True:
        request.after_position = after
        page = client.changes.ListChanges(request)
        yield page
        after = page.next_position
        if page.caught_up:
            if poll_s is None:
                return
            time.sleep(poll_s)
