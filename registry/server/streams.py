"""Flow of streams: working ahead within bounds, and ending when the service stops."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from registry.errors import Draining

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

T = TypeVar("T")


class _End:
    """Stands behind the last item."""


_END: Final = _End()


async def until(source: AsyncIterable[T], stop: asyncio.Event) -> AsyncIterator[T]:
    """Give the items of a source until the service stops.

    Raises:
        Draining: when it does.
    """
    items = aiter(source)
    stopped = asyncio.ensure_future(stop.wait())
    following: asyncio.Future[T | _End] | None = None
    try:
        while True:
            following = asyncio.ensure_future(anext(items, _END))
            await asyncio.wait((following, stopped), return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                raise Draining("the service is stopping; go on from what was answered")
            item = following.result()
            if isinstance(item, _End):
                return
            yield item
    finally:
        stopped.cancel()
        if following is not None:
            following.cancel()


async def ahead(source: AsyncIterable[T], depth: int) -> AsyncIterator[T]:
    """Give the items of a source, which works up to `depth` items ahead of who takes them."""
    taken: asyncio.Queue[T | _End | Exception] = asyncio.Queue(depth)

    async def take() -> None:
        try:
            async for item in source:
                await taken.put(item)
            await taken.put(_END)
        except Exception as error:  # noqa: BLE001 - raised where the items are taken
            await taken.put(error)

    taker = asyncio.create_task(take())
    try:
        while not isinstance(item := await taken.get(), _End):
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        taker.cancel()
