"""Words that a shell can complete: codes, names of events and views."""

from typing import Any

import click

from registryctl import completing
from registryctl.imports import published

STORE = "store"
"""The one stream that is of no resource."""


class Country(click.ParamType[Any]):
    """Code of a country; the service says which there are."""

    name = "code"

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> completing.Items:
        """Offer the codes that begin so."""
        del ctx, param
        return completing.words(completing.countries(), incomplete)


class Ecosystem(click.ParamType[Any]):
    """Slug of an ecosystem; the service says which there are."""

    name = "slug"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Take the name that a difference is of, "ecosystems/digital", for the slug."""
        del param, ctx
        return value.removeprefix("ecosystems/")

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> completing.Items:
        """Offer the slugs that begin so."""
        del ctx, param
        return completing.words(sorted(set(published.ECOSYSTEMS.values())), incomplete)


class Region(click.ParamType[Any]):
    """Code of a region."""

    name = "code"

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> completing.Items:
        """Offer the codes that begin so, a level further than what is typed."""
        del param
        return completing.quietly(lambda: completing.regions(ctx, incomplete))


class EventType(click.ParamType[Any]):
    """Name of an event's message; the service says which there are."""

    name = "type"

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> completing.Items:
        """Offer the names that begin so."""
        del ctx, param
        return completing.quietly(lambda: completing.words(completing.event_types(), incomplete))


class View(click.ParamType[Any]):
    """Name of a view."""

    name = "view"

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> completing.Items:
        """Offer the views of the service."""
        del param
        return completing.quietly(lambda: completing.views(ctx, incomplete))


class Stream(click.ParamType[Any]):
    """Stream of the log: a resource name, or that of the store."""

    name = "resource"
    collections = ("clusters", "organisations", "partnerships", "editions")

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse an empty one, which would be every stream, and an id without its collection."""
        if not value:
            self.fail("must not be empty", param, ctx)
        if "/" not in value and value != STORE:
            meant = [f"{collection}/{value}" for collection in self.collections]
            names = f"{', '.join(meant[:-1])} or {meant[-1]}"
            self.fail(f"{value!r} has no collection: say {names}", param, ctx)
        return value

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> completing.Items:
        """Offer the resources that begin so."""
        del param
        return completing.quietly(lambda: completing.resources(ctx, self.collections, incomplete))


COUNTRY, ECOSYSTEM, REGION = Country(), Ecosystem(), Region()
EVENT_TYPE, VIEW, STREAM = EventType(), View(), Stream()
