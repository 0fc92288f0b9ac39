"""`registryctl view`: the views, which can be made anew from the log."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import click

from registryctl.app import Noun, Settings, remark, settings
from registryctl.words import VIEW

REBUILD_TIMEOUT_S = 3600.0
WATCH_EVERY_S, WATCH_TIMEOUT_S = 0.3, 1.0
LIST = "ViewService/ListViews"


@click.group(cls=Noun)
def view() -> None:
    """Views, which can be made anew from the log."""


@view.command("list", rpc="ViewService/ListViews", example="view list")
def list_() -> None:
    """List the views and how far they are."""
    from registryctl import printing, wire  # noqa: PLC0415

    printing.show_messages(settings(), wire.call(settings(), LIST, wire.request(LIST, {})).views)


@view.command(rpc="ViewService/RebuildView", example="view rebuild registry")
@click.argument("view", type=VIEW)
@click.option("--yes", is_flag=True, expose_value=False, help="Accepted; it asks nothing.")
def rebuild(view: str) -> None:
    """Fill a new generation from the log and switch to it; reads go on meanwhile."""
    from registryctl import printing, wire  # noqa: PLC0415

    rpc = "ViewService/RebuildView"
    remark(f"rebuilding {view} from the log beside the one in use; reads go on meanwhile ...")
    request = wire.request(rpc, {"view": view})
    with _watching(view):
        answer = wire.call(settings(), rpc, request, default_s=REBUILD_TIMEOUT_S)
    printing.show_one(settings(), answer)


@contextmanager
def _watching(view: str) -> Iterator[None]:
    """Show how far the new generation is, where a person looks."""
    from registryctl import terminal  # noqa: PLC0415

    asking = settings()
    if not terminal.watched(asking):
        yield
        return
    done = threading.Event()
    with terminal.progress(asking, "rebuild", "events") as progress:
        watcher = threading.Thread(target=_watch, args=(asking, view, progress, done), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def _watch(
    asking: Settings, view: str, progress: Callable[[int, int], None], done: threading.Event
) -> None:
    from registry_client import CallFailed  # noqa: PLC0415
    from registryctl import wire  # noqa: PLC0415

    quick = replace(asking, timeout=WATCH_TIMEOUT_S, debug=False)
    while not done.wait(WATCH_EVERY_S):
        with suppress(CallFailed):  # the rebuild itself says what is wrong
            for found in wire.call(quick, LIST, wire.request(LIST, {})).views:
                if found.view == view and found.rebuilding:
                    progress(found.rebuild_position, found.head_position)
