"""`registryctl cluster`: cluster organisations."""

import click

from registryctl import finding
from registryctl.app import Noun
from registryctl.common import (
    RETRACTABLE,
    Send,
    destroys,
    reads_several,
    registers,
    selects,
    writes,
)
from registryctl.finding import resolves, searches
from registryctl.params import BASIS, Effective, Resource
from registryctl.words import COUNTRY, ECOSYSTEM, REGION

CLUSTER = Resource("clusters")


@click.group(cls=Noun)
def cluster() -> None:
    """Cluster organisations."""


@cluster.command(
    rpc="ClusterService/RegisterCluster",
    example="cluster register demo-x --name Demo --country CZ --effective 2006",
)
@click.argument("cluster_id", required=False)
@click.option("--name", required=True, help="Display name.")
@click.option(
    "--name-effective", type=Effective(), metavar="DATE", help="From when it is named so."
)
@click.option("--country", type=COUNTRY, help="ISO 3166-1 alpha-2 code.")
@click.option("--established-meaning", help="What began then, as the source says it.")
@registers
def register(send: Send, **fields: object) -> None:
    """Register a cluster; effective: the start of its existence."""
    send(**fields)


@cluster.command(
    rpc="ClusterService/RenameCluster",
    example="cluster rename nextmove NextMove --effective 2021-01-07",
)
@click.argument("cluster", type=CLUSTER)
@click.argument("name")
@writes
def rename(send: Send, **fields: object) -> None:
    """Record another name; effective: from when."""
    send(**fields)


@cluster.command(
    rpc="ClusterService/AddClusterAlias",
    example='cluster add-alias dolina-lotnicza "Aviation Valley" --effective unknown',
)
@click.argument("cluster", type=CLUSTER)
@click.argument("alias")
@writes
def add_alias(send: Send, **fields: object) -> None:
    """Record another name it is known by; effective: from when."""
    send(**fields)


@cluster.command(
    rpc="ClusterService/SetClusterLegalEntity",
    example='cluster set-legal-entity klaster-it "Fundacja IT" --effective unknown',
)
@click.argument("cluster", type=CLUSTER)
@click.argument("as_stated", default="")
@click.option("--organisation", type=Resource("organisations"), help="Where it is registered.")
@writes
def set_legal_entity(send: Send, cluster: str, as_stated: str, organisation: str | None) -> None:
    """Record the organisation that acts in law for it; effective: from when."""
    send(cluster=cluster, legal_entity={"resource": organisation, "as_stated": as_stated})


@cluster.command(
    rpc="ClusterService/LocateCluster",
    example="cluster locate klaster-it --seat PL82 --classification 2024 --effective 2013",
)
@click.argument("cluster", type=CLUSTER)
@click.option("--seat", type=REGION, multiple=True, help="Region code of the seat.")
@click.option(
    "--operating", type=REGION, multiple=True, help="Region code it operates in; may be repeated."
)
@click.option("--classification", type=int, default=2024, help="NUTS version of the codes (2024).")
@click.option("--basis", type=BASIS, help="What the codes rest on.")
@click.option("--as-stated", "region_as_stated", help="The region as the source says it.")
@click.option("--basis-as-stated", help="How the codes were chosen, as the source says it.")
@writes
def locate(  # one for each option
    send: Send,
    seat: tuple[str, ...],
    operating: tuple[str, ...],
    classification: int,
    basis: str | None,
    **fields: object,
) -> None:
    """Record where it is, replacing what was said before; effective: from when."""
    said = [(code, "ROLE_SEAT") for code in seat] + [(code, "ROLE_OPERATING") for code in operating]
    shared = {"classification_version": classification, "basis": basis}
    send(regions=[{"code": code, "role": role, **shared} for code, role in said], **fields)


@cluster.command(
    rpc="ClusterService/SetClusterEcosystems",
    example="cluster set-ecosystems klaster-it digital --basis inferred --effective unknown",
)
@click.argument("cluster", type=CLUSTER)
@click.argument("ecosystem", type=ECOSYSTEM, nargs=-1)
@click.option("--basis", type=BASIS, help="What the assignment rests on.")
@writes
def set_ecosystems(send: Send, cluster: str, ecosystem: tuple[str, ...], basis: str | None) -> None:
    """Record all its ecosystems, replacing what was said before; effective: from when."""
    send(cluster=cluster, ecosystems=[{"ecosystem": one, "basis": basis} for one in ecosystem])


@cluster.command(
    rpc="ClusterService/AddClusterIdentifier",
    example="cluster add-identifier klaster-it eccp 1234 --effective unknown",
)
@click.argument("cluster", type=CLUSTER)
@click.argument("scheme")
@click.argument("value")
@writes
def add_identifier(send: Send, **fields: object) -> None:
    """Record an identifier of some scheme; effective: from when."""
    send(**fields)


@cluster.command(
    rpc="ClusterService/EndClusterIdentifier",
    example="cluster end-identifier klaster-it eccp 1234 --effective 2021-06",
)
@click.argument("cluster", type=CLUSTER)
@click.argument("scheme")
@click.argument("value")
@writes
def end_identifier(send: Send, **fields: object) -> None:
    """End an identifier; effective: its last day."""
    send(**fields)


@cluster.command(
    rpc="ClusterService/DissolveCluster",
    example="cluster dissolve demo-x --end-memberships --effective 2023-12-31 --yes",
)
@click.argument("cluster", type=CLUSTER)
@click.option("--end-memberships", is_flag=True, help="End its memberships on the same date.")
@destroys("cluster", RETRACTABLE)
@writes
def dissolve(send: Send, **fields: object) -> None:
    """Record its end; effective: its last day."""
    send(**fields)


@cluster.command(
    rpc="ClusterService/GetCluster",
    rpc_of_many="ClusterService/BatchGetClusters",
    example="cluster show nextmove --as-of 2010",
)
@click.argument("cluster", type=CLUSTER, nargs=-1, required=True)
@reads_several
def show(ask: Send, **fields: object) -> None:
    """Show one or several clusters as of a date."""
    ask(**fields)


@cluster.command(
    "list",
    rpc="ClusterService/ListClusters",
    example='cluster list --filter "country = PL AND life = live" --order-by name',
)
@selects
def list_(ask: Send) -> None:
    """List clusters, those that a filter selects, in an order."""
    ask()


@cluster.command(rpc="SearchService/Search", example='cluster search "dolina lotnizca"')
@click.argument("text")
@searches(finding.CLUSTER)
def search(send: Send, **fields: object) -> None:
    """Find clusters by a name, former name, alias, identifier or id, however it is typed."""
    send(**fields)


@cluster.command(rpc="SearchService/Resolve", example='cluster resolve "Mov\'eo"')
@click.argument("text")
@resolves(finding.CLUSTER)
def resolve(send: Send, **fields: object) -> None:
    """Say which cluster bears or bore exactly this name, alias, identifier or id."""
    send(**fields)
