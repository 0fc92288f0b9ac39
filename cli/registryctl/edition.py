"""`registryctl edition`: conference editions."""

import click

from registryctl.app import Noun
from registryctl.common import RETRACTABLE, Send, destroys, reads, selects, writes
from registryctl.params import BASIS, EDITION_MODE, Date, Resource

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
@click.option("--country", help="Country of the city.")
@click.option("--host", "hosts", multiple=True, help="A host, as stated; may be repeated.")
@click.option("--organiser", "organisers", multiple=True, help="An organiser, as stated.")
@click.option(
    "--host-or-organiser",
    "hosts_or_organisers",
    multiple=True,
    help="One of which the source does not say which; may be repeated.",
)
@click.option("--supporter", "supporters", multiple=True, help="A supporter, as stated.")
@click.option("--presidency", help="Country holding the presidency of the Council of the EU.")
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


@edition.command(rpc="EditionService/GetEdition", example="edition show ecc-2022")
@click.argument("edition", type=EDITION)
@reads
def show(ask: Send, **fields: object) -> None:
    """Show one edition as of a date."""
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


@edition.command(rpc="SummaryService/GetEditionSummary", example="edition summary ecc-2022 -o json")
@click.argument("edition", type=EDITION)
@reads
def summary(ask: Send, **fields: object) -> None:
    """Count who takes part, by country, region, kind, status and ecosystem."""
    ask(**fields)
