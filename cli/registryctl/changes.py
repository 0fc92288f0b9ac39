"""`registryctl changes`: what changed, for those who keep a copy of the registry."""

from collections.abc import Iterator
from typing import Any

import click

from registryctl.app import Noun, note, settings
from registryctl.common import recalls
from registryctl.params import Kind

LIST = "ChangeService/ListChanges"
KIND = Kind("RESOURCE_KIND", "organisation cluster partnership edition participation")

COLUMNS = "resource kind position version recordedAt events"


@click.group(cls=Noun)
def changes() -> None:
    """What changed, for those who keep a copy."""


@changes.command("list", rpc=LIST, example="changes list --after 538 --kind cluster")
@click.option("--after", type=click.IntRange(min=0), default=0, help="Position to begin after.")
@click.option(
    "--kind", "kinds", type=KIND, multiple=True, help="Only this kind; may be repeated (all)."
)
@click.option(
    "--page-size",
    type=click.IntRange(1, 1000),
    default=500,
    help="Most resources in one question (500); a resource may be in each.",
)
@recalls
def list_(options: dict[str, Any], after: int, kinds: tuple[str, ...], page_size: int) -> None:
    """List the resources that changed after a position, up to the end of what is known.

    Each stands once with what became of it: created, changed, corrected, ended or retracted.
    Go on later after the position that is said at the end.
    """
    from registryctl import printing  # noqa: PLC0415

    fields = {
        "options": options,
        "resource_kinds": kinds,
        "page_size": page_size,
    }
    printing.show_messages(settings(), _changes(after, fields), columns=COLUMNS)


def _changes(after: int, fields: dict[str, Any]) -> Iterator[Any]:
    from registryctl import wire  # noqa: PLC0415

    caught_up = False
    while not caught_up:
        request = wire.request(LIST, fields | {"after_position": after})
        page = wire.call(settings(), LIST, request)
        yield from page.changes
        after, caught_up = page.next_position, page.caught_up
    settings().is_told()
    note(f"position {after}: go on with --after {after}")
