"""`registryctl ecosystem`: industrial ecosystems."""

import click

from registryctl.app import Noun
from registryctl.common import Send, reads


@click.group(cls=Noun)
def ecosystem() -> None:
    """Industrial ecosystems."""


@ecosystem.command(
    rpc="SummaryService/GetEcosystemSummary",
    example="ecosystem show aerospace-defence --as-of 2022",
)
@click.argument("ecosystem", metavar="SLUG")
@reads
def show(ask: Send, **fields: object) -> None:
    """Count what belongs to an ecosystem on a date."""
    ask(**fields)
