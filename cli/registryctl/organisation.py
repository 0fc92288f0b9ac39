"""`registryctl organisation`: organisations that take part without being clusters."""

import click

from registryctl import finding
from registryctl.app import Noun
from registryctl.common import Send, reads_several, registers, selects, writes
from registryctl.finding import resolves, searches
from registryctl.params import Effective, Resource
from registryctl.words import COUNTRY

ORGANISATION = Resource("organisations")


@click.group(cls=Noun)
def organisation() -> None:
    """Organisations that take part without being clusters."""


@organisation.command(
    rpc="OrganisationService/RegisterOrganisation",
    example='organisation register nca --name "NCA" --country CZ --effective unknown',
)
@click.argument("organisation_id", required=False)
@click.option("--name", required=True, help="Display name.")
@click.option(
    "--name-effective", type=Effective(), metavar="DATE", help="From when it is named so."
)
@click.option("--country", type=COUNTRY, help="ISO 3166-1 alpha-2 code.")
@click.option("--kind", "kind_as_stated", help="Kind of organisation, as the source says it.")
@registers
def register(send: Send, **fields: object) -> None:
    """Register an organisation; effective: the start of its existence."""
    send(**fields)


@organisation.command(
    rpc="OrganisationService/RenameOrganisation",
    example='organisation rename nca "National Cluster Association" --effective 2010',
)
@click.argument("organisation", type=ORGANISATION)
@click.argument("name")
@writes
def rename(send: Send, **fields: object) -> None:
    """Record another name; effective: from when."""
    send(**fields)


@organisation.command(
    rpc="OrganisationService/AddOrganisationIdentifier",
    example="organisation add-identifier nca eu-pic 999999999 --effective unknown",
)
@click.argument("organisation", type=ORGANISATION)
@click.argument("scheme")
@click.argument("value")
@writes
def add_identifier(send: Send, **fields: object) -> None:
    """Record an identifier of some scheme; effective: from when."""
    send(**fields)


@organisation.command(
    rpc="OrganisationService/EndOrganisationIdentifier",
    example="organisation end-identifier nca eu-pic 999999999 --effective 2021-06",
)
@click.argument("organisation", type=ORGANISATION)
@click.argument("scheme")
@click.argument("value")
@writes
def end_identifier(send: Send, **fields: object) -> None:
    """End an identifier; effective: its last day."""
    send(**fields)


@organisation.command(
    rpc="OrganisationService/GetOrganisation",
    rpc_of_many="OrganisationService/BatchGetOrganisations",
    example="organisation show nca --as-of 2020",
)
@click.argument("organisation", type=ORGANISATION, nargs=-1, required=True)
@reads_several
def show(ask: Send, **fields: object) -> None:
    """Show one or several organisations as of a date."""
    ask(**fields)


@organisation.command(
    "list",
    rpc="OrganisationService/ListOrganisations",
    example='organisation list --filter "country = DE" --limit 10',
)
@selects
def list_(ask: Send) -> None:
    """List organisations, those that a filter selects, in an order."""
    ask()


@organisation.command(
    rpc="SearchService/Search", example='organisation search "stowarzyszenie" --country PL'
)
@click.argument("text")
@searches(finding.ORGANISATION)
def search(send: Send, **fields: object) -> None:
    """Find organisations by a name, former name, alias, identifier or id, however it is typed."""
    send(**fields)


@organisation.command(
    rpc="SearchService/Resolve", example='organisation resolve "Cluster Strategy"'
)
@click.argument("text")
@resolves(finding.ORGANISATION)
def resolve(send: Send, **fields: object) -> None:
    """Say which organisation bears or bore exactly this name, alias, identifier or id."""
    send(**fields)
