"""`registryctl ecosystem`: industrial ecosystems."""

import click

from registryctl.app import Noun
from registryctl.common import COUNTED_BY, EXPLAIN, Send, shows, summarises
from registryctl.words import ECOSYSTEM


@click.group(cls=Noun)
def ecosystem() -> None:
    """Industrial ecosystems."""


@ecosystem.command(
    rpc="SummaryService/GetEcosystemSummary",
    also=(EXPLAIN,),
    example="ecosystem show aerospace-defence --as-of 2022",
)
@click.argument("ecosystem", type=ECOSYSTEM, metavar="SLUG")
@COUNTED_BY
@summarises
def show(ask: Send, by_version: str, **fields: object) -> None:
    """Count what belongs to an ecosystem on a date."""
    ask(by_version=int(by_version), **fields)


@ecosystem.command(
    rpc="SummaryService/GetSpecialisation", example="ecosystem specialisation digital --level 0"
)
@click.argument("ecosystem", type=ECOSYSTEM, metavar="SLUG")
@click.option(
    "--level",
    type=click.IntRange(0, 2),
    default=2,
    show_default=True,
    help="Level of the regions; 0: countries.",
)
@COUNTED_BY
@shows("specialising.show")
def specialisation(ask: Send, by_version: str, **fields: object) -> None:
    """Say in which regions an ecosystem is concentrated: location quotients of clusters.

    What is counted in a number, `ecosystem show SLUG --explain specialisation.clusters.CODE` says.
    """
    ask(by_version=int(by_version), **fields)
