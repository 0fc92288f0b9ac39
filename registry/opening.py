"""Which store the settings name: refused with a sentence for the operator, or opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from registry.errors import StoreFault, StoreUnavailable
from registry.eventstore import store as stores
from registry.eventstore.ownership import StoreOwned
from registry.server.addresses import require_free
from registry.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.eventstore.store import Store

EXIT_FAILURE, EXIT_USAGE, EXIT_OWNED = 1, 2, 5


class Refused(Exception):
    """The service does not start; the message is a sentence for the operator."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def settings_with(given: Mapping[str, Any]) -> Settings:
    """Take the settings given on the command line, and those not given from the environment.

    Raises:
        Refused: naming the variable that makes no sense; options were checked before.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        wrong = [f"REGISTRY_{one['loc'][0]}".upper() + f": {one['msg']}" for one in error.errors()]
        raise Refused("; ".join(wrong), EXIT_USAGE) from error


def open_log(settings: Settings, *, create: bool) -> Store:
    """Open the log that the settings name, or make it first.

    Raises:
        Refused: where it is missing without `create`, there with it, in use, or damaged; where
            nobody could serve the store that is to be made.
    """
    try:
        url = settings.postgres_url()
    except (OSError, UnicodeError) as error:
        raise Refused(f"REGISTRY_DATABASE_URL_FILE cannot be read: {error}", EXIT_USAGE) from error
    if url is None and settings.data is None:
        raise Refused(
            "say where the store is: --data DIR, or REGISTRY_DATABASE_URL in the environment",
            EXIT_USAGE,
        )
    if url is not None and settings.data is not None:
        raise Refused(
            "both --data and REGISTRY_DATABASE_URL name a store; leave one out", EXIT_USAGE
        )
    try:
        if url:
            return _postgres(url, settings, create=create)
        return _sqlite(settings, create=create)
    except StoreOwned as error:
        raise Refused(str(error), EXIT_OWNED) from error
    except (StoreFault, StoreUnavailable, OSError) as error:
        raise Refused(str(error), EXIT_FAILURE) from error


def _sqlite(settings: Settings, *, create: bool) -> Store:
    directory = settings.data
    assert directory is not None  # noqa: S101 - checked by open_log
    exists = stores.sqlite_exists(directory)
    _require(f"in {directory}", settings, exists=exists, create=create)
    if create:
        stores.create_sqlite(directory)
    return stores.open_sqlite(directory)


def _postgres(url: str, settings: Settings, *, create: bool) -> Store:
    exists = stores.postgres_exists(url)
    _require("in the database", settings, exists=exists, create=create)
    if create:
        stores.create_postgres(url)
    return stores.open_postgres(url)


def _require(where: str, settings: Settings, *, exists: bool, create: bool) -> None:
    if create and exists:
        raise Refused(f"there is a store {where}; start without --create", EXIT_USAGE)
    if not create and not exists:
        raise Refused(f"there is no store {where}; make one with --create", EXIT_USAGE)
    if create:
        # A store that is made although nobody serves it would stand in the way of the next try.
        require_free(settings.address)
