"""`registryctl partnership`: partnerships and their members."""

import click

from registryctl.app import Noun
from registryctl.common import Send, lists, reads_several, selects, writes
from registryctl.params import (
    BASIS,
    MEMBER,
    PARTNER_ROLE,
    PARTNERSHIP_KIND,
    RELATION,
    SELECTION,
    Resource,
)
from registryctl.words import COUNTRY, ECOSYSTEM

PARTNERSHIP = Resource("partnerships")


@click.group(cls=Noun)
def partnership() -> None:
    """Partnerships and their members."""


@partnership.command(
    rpc="PartnershipService/FormPartnership",
    example="partnership form metastars --name METASTARS --kind eurocluster --effective 2022-09-01",
)
@click.argument("partnership_id", required=False)
@click.option("--name", required=True, help="Display name.")
@click.option("--kind", type=PARTNERSHIP_KIND, help="What sort of partnership it is.")
@click.option("--kind-as-stated", help="The sort, as the source says it.")
@click.option("--call", help="Call or programme.")
@click.option("--call-basis", type=BASIS, help="What the call rests on.")
@click.option("--selection", type=SELECTION, help="How it was selected.")
@click.option("--ecosystem", type=ECOSYSTEM, multiple=True, help="Ecosystem slug; may be repeated.")
@click.option("--ecosystem-basis", type=BASIS, help="What the ecosystems rest on.")
@click.option("--theme", help="Theme, as the source says it.")
@click.option(
    "--target-country", "target_countries", type=COUNTRY, multiple=True, help="Country aimed at."
)
@click.option("--target-area", "target_areas", multiple=True, help="Area aimed at, no country.")
@click.option("--duration-months", type=int, help="Planned duration.")
@click.option("--partners-as-stated", help="Number of partners, as the source says it.")
@click.option("--countries-as-stated", help="Number of countries, as the source says it.")
@click.option("--coordinator-as-stated", help="Coordinator, as the source says it.")
@writes
def form(
    send: Send, ecosystem: tuple[str, ...], ecosystem_basis: str | None, **fields: object
) -> None:
    """Record a new partnership; effective: its start."""
    tags = [{"ecosystem": one, "basis": ecosystem_basis} for one in ecosystem]
    send(ecosystems=tags, **fields)


@partnership.command(
    rpc="PartnershipService/ActivatePartnership",
    example="partnership activate metastars --effective 2022-09-01",
)
@click.argument("partnership", type=PARTNERSHIP)
@writes
def activate(send: Send, **fields: object) -> None:
    """Measure it against the rules of its kind and call; effective: from when it is active."""
    send(**fields)


@partnership.command(
    rpc="PartnershipService/EndPartnership", example="partnership end metastars --effective 2025-02"
)
@click.argument("partnership", type=PARTNERSHIP)
@writes
def end(send: Send, **fields: object) -> None:
    """Record its end; effective: its last day."""
    send(**fields)


@partnership.command(
    rpc="PartnershipService/JoinPartnership",
    example="partnership join metastars clusters/dolina-lotnicza --effective unknown",
)
@click.argument("partnership", type=PARTNERSHIP)
@click.argument("member", type=MEMBER)
@click.option("--role", type=PARTNER_ROLE, help="What it is to the partnership (partner).")
@click.option("--role-as-stated", help="The role, as the source says it.")
@writes
def join(send: Send, **fields: object) -> None:
    """Record a member; effective: from when."""
    send(**fields)


@partnership.command(
    rpc="PartnershipService/LeavePartnership",
    example="partnership leave metastars clusters/dolina-lotnicza --effective 2024-06-30",
)
@click.argument("partnership", type=PARTNERSHIP)
@click.argument("member", type=MEMBER)
@click.option("--role", type=PARTNER_ROLE, help="The role that ends, where it has several.")
@writes
def leave(send: Send, **fields: object) -> None:
    """End a membership; effective: its last day."""
    send(**fields)


@partnership.command(
    rpc="PartnershipService/ChangeCoordinator",
    example="partnership change-coordinator adpack clusters/nanoprogress --effective 2018",
)
@click.argument("partnership", type=PARTNERSHIP)
@click.argument("member", type=MEMBER, required=False)
@writes
def change_coordinator(send: Send, **fields: object) -> None:
    """Record another coordinator, or none; effective: from when."""
    send(**fields)


@partnership.command(
    rpc="PartnershipService/RelatePartnership",
    example="partnership relate adpack2 predecessor --to partnerships/adpack --effective unknown",
)
@click.argument("partnership", type=PARTNERSHIP)
@click.argument("relation", type=RELATION)
@click.option("--to", "resource", type=MEMBER, help="The target, where it is registered.")
@click.option("--to-as-stated", "as_stated", help="The target, as the source says it.")
@click.option("--relation-as-stated", help="The relation, as the source says it.")
@writes
def relate(send: Send, resource: str | None, as_stated: str | None, **fields: object) -> None:
    """Record a relation to another party; effective: from when."""
    if not (resource or as_stated):
        raise click.UsageError("say --to or --to-as-stated")
    send(target={"resource": resource, "as_stated": as_stated}, **fields)


@partnership.command(
    rpc="PartnershipService/GetPartnership",
    rpc_of_many="PartnershipService/BatchGetPartnerships",
    example="partnership show adpack2 --as-of 2019-05-14",
)
@click.argument("partnership", type=PARTNERSHIP, nargs=-1, required=True)
@reads_several
def show(ask: Send, **fields: object) -> None:
    """Show one or several partnerships with their members as of a date."""
    ask(**fields)


@partnership.command(
    "list",
    rpc="PartnershipService/ListPartnerships",
    example='partnership list --filter "kind = escp-s3" --as-of 2018',
)
@selects
def list_(ask: Send) -> None:
    """List partnerships, those that a filter selects, in an order."""
    ask()


@partnership.command(
    rpc="PartnershipService/ListMemberships",
    example="partnership members --member clusters/nanoprogress --as-of 2017",
)
@click.argument("partnership", type=PARTNERSHIP, required=False)
@click.option("--member", type=MEMBER, help="Those of this member instead.")
@click.option("--include-past", is_flag=True, help="Those too that ended before the date.")
@lists
def members(ask: Send, partnership: str | None, member: str | None, **more: object) -> None:
    """List the memberships that are live on a date: of a partnership, of a member, or all."""
    if partnership and member:
        raise click.UsageError("say a partnership or --member, not both")
    ask(partnership=partnership, member=member, **more)
