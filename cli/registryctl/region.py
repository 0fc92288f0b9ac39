"""`registryctl region`: NUTS and statistical regions, and what lies in them."""

from typing import Any

import click

from registryctl.app import Noun, settings
from registryctl.common import EXPLAIN, NUTS_VERSIONS, Send, shows, summarises
from registryctl.words import REGION

_NUTS = click.option(
    "--nuts",
    "version",
    type=click.Choice(NUTS_VERSIONS),
    default="2024",
    show_default=True,
    help="Version of the classification.",
)


@click.group(cls=Noun)
def region() -> None:
    """NUTS and statistical regions."""


@region.command(
    rpc="SummaryService/GetRegionSummary",
    also=(EXPLAIN,),
    example="region show PL12 --nuts 2013 --by 2024",
)
@click.argument("region", type=REGION, metavar="CODE")
@_NUTS
@click.option(
    "--by",
    "by_version",
    type=click.Choice(NUTS_VERSIONS),
    help="Version whose regions are counted (the one of --nuts).",
)
@summarises
def show(ask: Send, region: str, version: str, by_version: str | None) -> None:
    """Count what lies in a region, and all below it, on a date."""
    ask(region=region, version=int(version), by_version=int(by_version or 0))


@region.command(
    rpc="SummaryService/GetSpecialisation", example="region specialisation PL82 --as-of 2022"
)
@click.argument("region", type=REGION, metavar="CODE")
@_NUTS
@shows("specialising.show")
def specialisation(ask: Send, region: str, version: str) -> None:
    """Say in which ecosystems a region is specialised: location quotients of clusters.

    What is counted in a number, `region show CODE --explain specialisation.clusters.SLUG` says.
    """
    ask(region=region, version=int(version))


@region.command(rpc="RegionService/GetRegion", example="region describe PL32 --nuts 2013")
@click.argument("region", type=REGION, metavar="CODE")
@_NUTS
def describe(region: str, version: str) -> None:
    """Say what a code means in a version of the classification."""
    _show("RegionService/GetRegion", region=region, version=int(version))


@region.command("list", rpc="RegionService/ListRegions", example="region list PL --level 2")
@click.argument("parent", metavar="[CODE]", default="")
@click.option("--level", type=click.IntRange(1, 3), help="Of that level (the next below CODE).")
@_NUTS
@click.option("--limit", type=click.IntRange(min=0), default=0, help="Most regions (all).")
def list_(parent: str, level: int | None, version: str, limit: int) -> None:
    """List the regions below another; without CODE, the countries that have regions."""
    from registryctl import printing, wire  # noqa: PLC0415

    fields = {"parent": parent, "level": level, "version": int(version)}
    rows = wire.pages(settings(), "RegionService/ListRegions", fields, limit)
    printing.show_messages(settings(), rows)


@region.command(
    rpc="RegionService/ResolveRegion", example="region resolve PL32 --from 2013 --to 2024"
)
@click.argument("region", type=REGION, metavar="CODE")
@click.option(
    "--from",
    "from_version",
    type=click.Choice(NUTS_VERSIONS),
    help="Version the code is of (the newest that has it).",
)
@click.option(
    "--to",
    "to_version",
    type=click.Choice(NUTS_VERSIONS),
    default="2024",
    show_default=True,
    help="Version that is asked about.",
)
def resolve(region: str, from_version: str | None, to_version: str) -> None:
    """Say what the territory of a code is in another version, later or earlier."""
    versions = {"from_version": int(from_version or 0), "to_version": int(to_version)}
    _show("RegionService/ResolveRegion", region=region, **versions)


def _show(rpc: str, **fields: Any) -> None:
    from registryctl import printing, wire  # noqa: PLC0415

    printing.show_one(settings(), wire.call(settings(), rpc, wire.request(rpc, fields)))
