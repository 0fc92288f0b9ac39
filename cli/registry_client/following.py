"""Following what changes and what is recorded, from a position on."""

import random
import time
from collections.abc import Callable, Iterable, Iterator

from registry.v1.change_service_pb2 import (
    ListChangesRequest,
    ListChangesResponse,
    ResourceKind,
)
from registry.v1.event_service_pb2 import WatchEventsRequest, WatchEventsResponse
from registry_client.client import Client
from registry_client.errors import Unavailable

PAGE_SIZE = 500
BACKOFF_S, MAX_BACKOFF_S = 0.1, 5.0


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


def follow_events(
    client: Client,
    request: WatchEventsRequest,
    *,
    timeout_s: float | None = None,
    broken: Callable[[Unavailable], object] = lambda _: None,
) -> Iterator[WatchEventsResponse]:
    """Give events as they are recorded, batch by batch for ever, whatever breaks meanwhile.

    Keep each batch's `read_position` together with what you made of its events, and begin there the
    next time: nothing is then missed or given twice. A heartbeat is a batch without events.

    Args:
        client: connected.
        request: which events, and after which position; it is not changed.
        timeout_s: seconds after which it ends; None: never.
        broken: told of each break before it is tried again.

    Raises:
        Unavailable: where the registry cannot be reached at the beginning; also after `timeout_s`
            (code DEADLINE_EXCEEDED).
        Invalid: for what cannot be watched, or a position beyond the end of the log (reason
            POSITION_OUT_OF_RANGE): it is of another registry, or of one that was restored.
    """
    asked = WatchEventsRequest()
    asked.CopyFrom(request)
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    begun, backoff_s = False, BACKOFF_S
    while True:
        left_s = None if deadline is None else max(deadline - time.monotonic(), 0.001)
        try:
            for batch in client.events.WatchEvents(asked, timeout=left_s):
                yield batch
                begun, backoff_s = True, BACKOFF_S
                asked.from_end, asked.after_position = False, batch.read_position
        except Unavailable as error:
            if not begun or error.code == "DEADLINE_EXCEEDED":
                raise
            broken(error)
            time.sleep(error.retry_delay_s or random.uniform(0, backoff_s))  # noqa: S311 - no secret
            backoff_s = min(2 * backoff_s, MAX_BACKOFF_S)
