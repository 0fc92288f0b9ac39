"""Lists page by page."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from google.protobuf.message import Message


class Page(Protocol):
    """An answer with one page of a list."""

    @property
    def next_page_token(self) -> str:
        """Token of the next page; "" on the last one."""


Q = TypeVar("Q", bound=Message)
P = TypeVar("P", bound=Page)


def pages(call: Callable[[Q], P], request: Q) -> Iterator[P]:
    """Ask for all pages of a list, one after the other, as they are taken.

    Args:
        call: the method of a stub, `registry.clusters.ListClusters`.
        request: its request; page_size says how much one page has.
    """
    asked: Any = type(request)()
    asked.CopyFrom(request)
    while True:
        page = call(asked)
        yield page
        if not page.next_page_token:
            return
        asked.page_token = page.next_page_token
