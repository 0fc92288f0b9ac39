"""Kinds of streams: which aggregate the events of a stream fold into."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from registry.errors import NotFound

if TYPE_CHECKING:
    from registry.domain.effective import Effective
    from registry.domain.world import Aggregate

# Aggregates refer to each other's kinds, so their modules are imported when first asked for.
_KINDS = {
    "organisations": ("organisation", "Organisation"),
    "clusters": ("cluster", "Cluster"),
    "partnerships": ("partnership", "Partnership"),
    "editions": ("edition", "Edition"),
    "participations": ("participation", "Participation"),
}
_DEPTHS = {2: 0, 4: 2}
"""Where a resource name of so many segments names its kind."""

if TYPE_CHECKING:

    class Body(Aggregate, Protocol):
        """An organisation, cluster or partnership: what others refer to."""

        @property
        def country(self) -> str:
            """ISO code, empty where there is none."""

        @property
        def ended(self) -> Effective | None:
            """End of its existence, if there is one."""

        @property
        def ended_version(self) -> int:
            """Version of the event that ended it; 0 where none did."""


def kind_of(stream: str) -> type[Aggregate]:
    """Aggregate of a stream, by its resource name.

    Raises:
        NotFound: for a name that no resource can have.
    """
    name = collection_of(stream)
    if not name:
        raise NotFound(stream)
    return _aggregate(name)


def collection_of(stream: str) -> str:
    """Collection that a resource name belongs to ("participations"); "" for any other stream."""
    segments = stream.split("/")
    name = segments[_DEPTHS[len(segments)]] if len(segments) in _DEPTHS else ""
    if name not in _KINDS or (name == "participations") != (len(segments) == max(_DEPTHS)):
        return ""
    return name


def body_of(name: str) -> type[Body]:
    """Aggregate of a name that was checked to be an organisation, cluster or partnership."""
    return cast("type[Body]", kind_of(name))


@cache
def _aggregate(kind: str) -> type[Aggregate]:
    module, name = _KINDS[kind]
    return cast("type[Aggregate]", getattr(import_module(f"registry.domain.{module}"), name))
