"""`registryctl view`: the views, which can be made anew from the log."""

import click

from registryctl.app import Noun, remark, settings
from registryctl.words import VIEW

REBUILD_TIMEOUT_S = 3600.0


@click.group(cls=Noun)
def view() -> None:
    """Views, which can be made anew from the log."""


@view.command("list", rpc="ViewService/ListViews", example="view list")
def list_() -> None:
    """List the views and how far they are."""
    from registryctl import printing, wire  # noqa: PLC0415

    rpc = "ViewService/ListViews"
    printing.show_messages(settings(), wire.call(settings(), rpc, wire.request(rpc, {})).views)


@view.command(rpc="ViewService/RebuildView", example="view rebuild registry")
@click.argument("view", type=VIEW)
@click.option("--yes", is_flag=True, expose_value=False, help="Accepted; it asks nothing.")
def rebuild(view: str) -> None:
    """Fill a new generation from the log and switch to it; reads go on meanwhile."""
    from registryctl import printing, wire  # noqa: PLC0415

    rpc = "ViewService/RebuildView"
    remark(f"rebuilding {view} from the log beside the one in use; reads go on meanwhile ...")
    request = wire.request(rpc, {"view": view})
    printing.show_one(settings(), wire.call(settings(), rpc, request, default_s=REBUILD_TIMEOUT_S))
