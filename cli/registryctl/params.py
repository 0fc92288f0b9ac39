"""What a person types for a date, a resource or a kind, as the request wants it."""

import datetime
import re
from typing import Any

import click

from registryctl.configuration import NAME

_NO_LATER_THAN = re.compile(r"no[- ]later[- ]than[ :]", re.IGNORECASE)
_FORMS = "YYYY, YYYY-MM or YYYY-MM-DD"
_TYPED_FORMS = "YYYY, YYYY-MM, YYYY-MM-DD, today or yesterday"
_DAYS_BACK = {"today": 0, "yesterday": 1}
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def date_fields(text: str) -> dict[str, int]:
    """Read "2006", "2006-09" or "2006-09-01" as the fields of a google.type.Date.

    Raises:
        ValueError: for any other text, or a day that is not in the calendar.
    """
    if not _DATE.fullmatch(text):
        raise ValueError(f"expected {_FORMS}")
    parts = [int(part) for part in text.split("-")]
    datetime.date(*[*parts, 1, 1][:3])  # 00 is no month and no day
    return dict(zip(("year", "month", "day"), [*parts, 0, 0], strict=False))


def typed_date_fields(text: str, today: datetime.date | None = None) -> dict[str, int]:
    """`date_fields`, also of "today" and "yesterday" (UTC unless it is said which day it is).

    Raises:
        ValueError: for any other text, or a day that is not in the calendar.
    """
    if text in _DAYS_BACK:
        day = today or datetime.datetime.now(datetime.UTC).date()
        text = (day - datetime.timedelta(days=_DAYS_BACK[text])).isoformat()
    try:
        return date_fields(text)
    except ValueError as error:
        raise ValueError(str(error).replace(_FORMS, _TYPED_FORMS)) from None


def effective_fields(text: str) -> dict[str, Any]:
    """Read "2006-09", "unknown" or "no-later-than 2010" as the fields of an Effective.

    Raises:
        ValueError: for any other text.
    """
    if text.strip().lower() == "unknown":
        return {"bound": "BOUND_UNKNOWN"}
    said, attested = _NO_LATER_THAN.subn("", text.strip())
    bound = "BOUND_NO_LATER_THAN" if attested else "BOUND_AT"
    return {"date": date_fields(said.strip()), "bound": bound}


def forms_of_effective(error: ValueError) -> str:
    """What is wrong with a text that is no effective date; of a form, all there are."""
    return str(error).replace(_FORMS, f"{_FORMS}, unknown, or 'no-later-than DATE'")


class Address(click.ParamType[Any]):
    """Where a service listens; gRPC itself understands more forms than HOST:PORT."""

    name = "address"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse an empty one, such as that of a variable which is not set."""
        if not value:
            self.fail("it is empty: expected HOST:PORT", param, ctx)
        return value


class ContextName(click.ParamType[Any]):
    """Name of a context of the configuration file."""

    name = "name"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse what is no name."""
        if not NAME.fullmatch(value):
            expected = "a small letter or digit, then up to 62 of a-z, 0-9, '.', '_' and '-'"
            self.fail(f"{value!r} is no name of a context: expected {expected}", param, ctx)
        return value

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> Any:
        """Offer the contexts of the configuration file."""
        from registryctl import completing, configuration  # noqa: PLC0415

        del ctx, param
        return completing.quietly(
            lambda: completing.words(sorted(configuration.read().contexts), incomplete)
        )


class Date(click.ParamType[Any]):
    """A year, a month or a day, or one that is said as today or yesterday."""

    name = "date"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse what is no date of the calendar."""
        try:
            return value if isinstance(value, dict) else typed_date_fields(value)
        except ValueError as error:
            self.fail(f"{value!r} is no date: {error}", param, ctx)


class Effective(click.ParamType[Any]):
    """When a fact is true: a date, "unknown" or "no-later-than DATE"."""

    name = "date|unknown|no-later-than date"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse what is neither."""
        try:
            return value if isinstance(value, dict) else effective_fields(value)
        except ValueError as error:
            self.fail(f"{value!r} is no effective date: {forms_of_effective(error)}", param, ctx)


class Resource(click.ParamType[Any]):
    """A resource name; the id is enough where only one collection fits."""

    name = "resource"

    def __init__(self, *collections: str) -> None:
        self.collections = collections

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Complete an id to a resource name."""
        if "/" not in value and len(self.collections) == 1:
            return f"{self.collections[0]}/{value}"
        if value.partition("/")[0] not in self.collections:
            expected = " or ".join(f"{one}/ID" for one in self.collections)
            self.fail(f"{value!r} is no resource that fits here: expected {expected}", param, ctx)
        return value

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> Any:
        """Offer the resources that begin so."""
        from registryctl import completing  # noqa: PLC0415  # which knows the settings

        del param
        return completing.quietly(lambda: completing.resources(ctx, self.collections, incomplete))


class Participation(click.ParamType[Any]):
    """A participation, in full or as EDITION/PARTICIPANT."""

    name = "participation"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Complete "ecc-2022/region-pl82" to a resource name."""
        parts = value.split("/")
        if len(parts) == 2:  # noqa: PLR2004  # the short form
            return f"editions/{parts[0]}/participations/{parts[1]}"
        if len(parts) != 4 or (parts[0], parts[2]) != ("editions", "participations"):  # noqa: PLR2004
            self.fail(f"{value!r} is no participation: expected EDITION/PARTICIPANT", param, ctx)
        return value

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> Any:
        """Offer the participations that begin so."""
        from registryctl import completing  # noqa: PLC0415

        del param
        return completing.quietly(lambda: completing.participations(ctx, incomplete))


class Kind(click.Choice[str]):
    """A value of a proto enum, typed in lower case without its prefix."""

    def __init__(self, prefix: str, values: str) -> None:
        """Take the prefix of the enum's values, and their names as typed."""
        self.prefix = prefix
        super().__init__(values.split())

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Answer the name of the enum's value."""
        if value.startswith(f"{self.prefix}_"):  # a default, converted before
            return value
        typed = super().convert(value, param, ctx)
        return f"{self.prefix}_{typed.upper().replace('-', '_')}"


BASIS = Kind("BASIS", "stated inferred background")
PARTNERSHIP_KIND = Kind(
    "PARTNERSHIP_KIND",
    "escp-4i escp-4x escp-s3 cluster-partnership-excellence eurocluster horizon-project "
    "cluster-excellence-project alliance network regional-forum mou eeig other",
)
SELECTION = Kind("SELECTION", "co-funded voluntary")
PARTNER_ROLE = Kind("PARTNER_ROLE", "coordinator partner associated founder indirect")
RELATION = Kind(
    "RELATION",
    "predecessor parent supported-by became-organisation other predecessor-or-parent",
)
EDITION_MODE = Kind("EDITION_MODE", "onsite virtual hybrid")
PARTICIPATION_ROLE = Kind(
    "PARTICIPATION_ROLE",
    "attendee matchmaking speaker site-visit-host side-event-organiser award-laureate "
    "exhibitor other",
)
MEMBER = Resource("clusters", "organisations", "partnerships")
PARTICIPANT = Resource("clusters", "organisations", "partnerships", "regions", "countries")
