"""`registryctl edition`: conference editions."""

import click

from registryctl.app import Noun
from registryctl.common import (
    COUNTED_BY,
    EXPLAIN,
    NUTS_VERSIONS,
    RETRACTABLE,
    Send,
    destroys,
    reads_several,
    selects,
    shows,
    summarises,
    writes,
)
from registryctl.params import BASIS, EDITION_MODE, Date, Resource
from registryctl.words import COUNTRY, ECOSYSTEM

EDITION = Resource("editions")


@click.group(cls=Noun)
def edition() -> None:
    """Conference editions."""


@edition.command(
    rpc="EditionService/AnnounceEdition",
    example="edition announce ecc-2026 --number 10 --name ECC --start 2026-05 --effective 2025-11",
)
@click.argument("edition_id", required=False)
@click.option("--name", required=True, help="Display name.")
@click.option("--number", type=int, help="Number in the series.")
@click.option("--number-basis-as-stated", help="What the number rests on.")
@click.option("--start", type=Date(), metavar="DATE", required=True, help="First day.")
@click.option("--end", type=Date(), metavar="DATE", help="Last day.")
@click.option("--dates-basis-as-stated", help="What the dates rest on.")
@click.option("--mode", type=EDITION_MODE, help="How it takes place.")
@click.option("--city", help="City; none for a virtual edition.")
@click.option("--city-basis", type=BASIS, help="What the city rests on.")
@click.option("--country", type=COUNTRY, help="Country of the city.")
@click.option("--host", "hosts", multiple=True, help="A host, as stated; may be repeated.")
@click.option("--organiser", "organisers", multiple=True, help="An organiser, as stated.")
@click.option(
    "--host-or-organiser",
    "hosts_or_organisers",
    multiple=True,
    help="One of which the source does not say which; may be repeated.",
)
@click.option("--supporter", "supporters", multiple=True, help="A supporter, as stated.")
@click.option(
    "--presidency", type=COUNTRY, help="Country holding the presidency of the Council of the EU."
)
@click.option("--presidency-basis", type=BASIS, help="What the presidency rests on.")
@click.option("--theme", help="Theme, as the source says it.")
@writes
def announce(  # noqa: PLR0913, PLR0917  # one for each option that is no field as it stands
    send: Send,
    start: dict[str, int],
    end: dict[str, int] | None,
    dates_basis_as_stated: str | None,
    hosts: tuple[str, ...],
    organisers: tuple[str, ...],
    hosts_or_organisers: tuple[str, ...],
    supporters: tuple[str, ...],
    **fields: object,
) -> None:
    """Record a new edition; effective: when it was announced."""
    send(
        dates={"start": start, "end": end, "basis_as_stated": dates_basis_as_stated},
        hosts=[{"as_stated": one} for one in hosts],
        organisers=[{"as_stated": one} for one in organisers],
        hosts_or_organisers=[{"as_stated": one} for one in hosts_or_organisers],
        supporters=[{"as_stated": one} for one in supporters],
        **fields,
    )


@edition.command(
    rpc="EditionService/RescheduleEdition",
    example="edition reschedule ecc-2024 --start 2024-05-07 --end 2024-05-08",
)
@click.argument("edition", type=EDITION)
@click.option("--start", type=Date(), metavar="DATE", required=True, help="First day.")
@click.option("--end", type=Date(), metavar="DATE", help="Last day.")
@click.option("--dates-basis-as-stated", help="What the dates rest on.")
@writes
def reschedule(
    send: Send,
    edition: str,
    start: dict[str, int],
    end: dict[str, int] | None,
    dates_basis_as_stated: str | None,
) -> None:
    """Record other dates; effective: when that was decided."""
    dates = {"start": start, "end": end, "basis_as_stated": dates_basis_as_stated}
    send(edition=edition, dates=dates)


@edition.command(
    rpc="EditionService/HoldEdition", example="edition hold ecc-2024 --effective 2024-05-08"
)
@click.argument("edition", type=EDITION)
@writes
def hold(send: Send, **fields: object) -> None:
    """Record that it took place; effective: its last day."""
    send(**fields)


@edition.command(
    rpc="EditionService/CancelEdition",
    example='edition cancel ecc-2026 --reason "no host found" --yes',
)
@click.argument("edition", type=EDITION)
@destroys("edition", RETRACTABLE)
@writes
def cancel(send: Send, **fields: object) -> None:
    """Record that it will not take place; effective: when that was decided."""
    send(**fields)


@edition.command(
    rpc="EditionService/GetEdition",
    rpc_of_many="EditionService/BatchGetEditions",
    example="edition show ecc-2022",
)
@click.argument("edition", type=EDITION, nargs=-1, required=True)
@reads_several
def show(ask: Send, **fields: object) -> None:
    """Show one or several editions as of a date."""
    ask(**fields)


@edition.command(
    "list",
    rpc="EditionService/ListEditions",
    example='edition list --filter "first_day >= 2015" --order-by "number desc"',
)
@selects
def list_(ask: Send) -> None:
    """List editions, those that a filter selects, in an order."""
    ask()


@edition.command(
    rpc="SummaryService/GetEditionSummary",
    also=(EXPLAIN,),
    example="edition summary ecc-2022 --explain participants.returning",
)
@click.argument("edition", type=EDITION)
@COUNTED_BY
@summarises
def summary(ask: Send, by_version: str, **fields: object) -> None:
    """Count who takes part, by country, region, kind, status and ecosystem."""
    ask(by_version=int(by_version), **fields)


@edition.command(
    rpc="SummaryService/GetEditionSeries", example="edition series --ecosystem aerospace-defence"
)
@click.option("--ecosystem", type=ECOSYSTEM, help="Of those who belong to an ecosystem.")
@click.option("--region", metavar="CODE", help="Of those located in a region.")
@click.option(
    "--nuts",
    "version",
    type=click.Choice(NUTS_VERSIONS),
    default="2024",
    show_default=True,
    help="Version of NUTS that the region is of, and that is counted in.",
)
@shows("comparing.show_series")
def series(ask: Send, ecosystem: str | None, region: str | None, version: str) -> None:
    """Count who takes part in each edition, first-time and returning."""
    if ecosystem and region:
        raise click.UsageError("give --ecosystem or --region, not both")
    ask(ecosystem=ecosystem, region=region, version=int(version))


@edition.command(rpc="SummaryService/CompareEditions", example="edition compare ecc-2019 ecc-2022")
@click.argument("first", type=EDITION)
@click.argument("second", type=EDITION)
@COUNTED_BY
@shows("comparing.show_comparison")
def compare(ask: Send, by_version: str, **fields: object) -> None:
    """Compare two editions: who takes part in both, in one only, and what differs."""
    ask(by_version=int(by_version), **fields)
