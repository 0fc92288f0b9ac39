"""Which store the settings name: refused with a sentence for the operator, opened or made."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from registry.errors import StoreFault, StoreUnavailable
from registry.eventstore import store as stores
from registry.eventstore.ownership import StoreOwned
from registry.server.addresses import require_free
from registry.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from registry.eventstore.reads import LogReads
    from registry.eventstore.store import Store

EXIT_FAILURE, EXIT_USAGE, EXIT_OWNED = 1, 2, 5


class Refused(Exception):
    """The program does not go on; the message is a sentence for the operator."""

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
    url = _place(settings)
    with _refusals():
        if url:
            return _postgres(url, settings, create=create)
        return _sqlite(settings, create=create)


def create_store(settings: Settings, *, if_missing: bool = False) -> tuple[str, bool]:
    """Make the store that the settings name; answer its id, and whether it was made now.

    Args:
        settings: name the store.
        if_missing: leave one that is there as it is, also while it is served.

    Raises:
        Refused: where there is one already, unless `if_missing`; where it is damaged, or none
            can be made.
    """
    url = _place(settings)
    with _refusals():
        exists = _exists(settings, url)
        if exists and not if_missing:
            where = "in the database" if url else f"in {settings.data}"
            raise Refused(f"there is a store {where}; serve it as it is", EXIT_USAGE)
        if not exists:
            _make(settings, url)
        return _store_id(settings, url), not exists


def restore_store(settings: Settings, fill: Callable[[LogReads], None]) -> None:
    """Make the store that the settings name, filled from elsewhere.

    Raises:
        Refused: where there is one already, or it cannot be filled.
    """
    url = _place(settings)
    with _refusals():
        if _exists(settings, url):
            where = "in the database" if url else f"in {settings.data}"
            raise Refused(f"there is a store {where}; restore into a new one", EXIT_USAGE)
        if url:
            stores.restore_postgres(url, fill)
        else:
            stores.restore_sqlite(_directory(settings), fill)


def check_store(settings: Settings, check: Callable[[LogReads], None]) -> None:
    """Open the store that the settings name, and have it checked.

    Raises:
        Refused: where it cannot be opened, or is not what it should be.
    """
    store = open_log(settings, create=False)
    try:
        with _refusals():
            check(store.log)
    finally:
        store.close()


def _place(settings: Settings) -> str | None:
    """Answer the URL of the store on PostgreSQL; None for one in the directory `data`."""
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
    return url


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """Tell the operator what is wrong with a store."""
    try:
        yield
    except StoreOwned as error:
        raise Refused(str(error), EXIT_OWNED) from error
    except (StoreFault, StoreUnavailable, OSError) as error:
        raise Refused(str(error), EXIT_FAILURE) from error


def _exists(settings: Settings, url: str | None) -> bool:
    return stores.postgres_exists(url) if url else stores.sqlite_exists(_directory(settings))


def _make(settings: Settings, url: str | None) -> None:
    if url:
        stores.create_postgres(url)
    else:
        stores.create_sqlite(_directory(settings))


def _store_id(settings: Settings, url: str | None) -> str:
    return stores.postgres_store_id(url) if url else stores.sqlite_store_id(_directory(settings))


def _directory(settings: Settings) -> Path:
    assert settings.data is not None  # noqa: S101 - checked by _place
    return settings.data


def _sqlite(settings: Settings, *, create: bool) -> Store:
    directory = _directory(settings)
    _require(f"in {directory}", settings, exists=stores.sqlite_exists(directory), create=create)
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
