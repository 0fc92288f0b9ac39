"""`registryctl region`: NUTS and statistical regions."""

import click

from registryctl.app import Noun
from registryctl.common import Send, reads


@click.group(cls=Noun)
def region() -> None:
    """NUTS and statistical regions."""


@region.command(rpc="SummaryService/GetRegionSummary", example="region show PL82")
@click.argument("region", metavar="CODE")
@reads
def show(ask: Send, **fields: object) -> None:
    """Count what lies in a region, and all below it, on a date."""
    ask(**fields)
