"""`registryctl diff`: a resource or a summary at two points of the two times."""

from typing import Any

import click

from registryctl.app import Verb, given, settings
from registryctl.common import EXPLAIN, NUTS_VERSIONS
from registryctl.moments import Point
from registryctl.words import Stream

COMPARE = "SummaryService/CompareSummaries"
GETS = {
    "organisations": "OrganisationService/GetOrganisation",
    "clusters": "ClusterService/GetCluster",
    "partnerships": "PartnershipService/GetPartnership",
    "editions": "EditionService/GetEdition",
    "participations": "ParticipationService/GetParticipation",
}
"""RPC that answers one resource, by its collection."""
SUMMARISED = {"ecosystems": "ecosystem", "regions": "region"}
"""What has no resource, and the field of a summary that names it."""
_POINT = Point()


class Subject(Stream):
    """Resource name, or that of an ecosystem or a region."""

    name = "subject"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse what can be neither."""
        collection, _, own_id = "/".join(value.split("/")[-2:]).partition("/")
        if not own_id or collection not in GETS | SUMMARISED:
            known = "clusters/x, organisations/x, partnerships/x, editions/x, ecosystems/digital"
            self.fail(f"{value!r}: expected {known} or regions/PL82", param, ctx)
        return value


@click.command(
    cls=Verb,
    rpc=COMPARE,
    also=(EXPLAIN, *GETS.values()),
    example="diff clusters/nextmove 2010 2022",
)
@click.argument("subject", type=Subject())
@click.argument("first", type=_POINT)
@click.argument("second", type=_POINT, default="now")
@click.option("--summary", is_flag=True, help="Of an edition: who takes part, not the edition.")
@click.option(
    "--explain",
    "figure",
    metavar="FIGURE",
    help='Show what came and what went under a figure: "clusters.total".',
)
@click.option(
    "--nuts",
    "version",
    type=click.Choice(NUTS_VERSIONS),
    default="2024",
    show_default=True,
    help="Version of NUTS that a region is of, and that is counted in.",
)
def diff(  # noqa: PLR0913  # its parameters
    subject: str, first: Any, second: Any, *, summary: bool, figure: str | None, version: str
) -> None:
    """Show what differs of a resource, an ecosystem or a region between two points; say when.

    A point is DATE (as of it, by what is known now; also as today or yesterday), @KNOWN (today, as
    it was known) or DATE@KNOWN. KNOWN is a time or a position in the log: a number, or #NUMBER
    where a year could be meant. The second point is now where it is not said.
    """
    from registryctl import differing  # noqa: PLC0415

    points = differing.Point(*first), differing.Point(*second)
    given().known = " and ".join(each.typed for each in points if "@" in each.typed)
    collection = subject.split("/")[-2]
    if collection not in SUMMARISED and not summary and figure is None:
        of: dict[str, Any] = {collection.removesuffix("s"): subject}
        differing.show_resources(settings(), GETS[collection], of, points)
        return
    field = SUMMARISED.get(collection, "edition")
    if field == "edition" and collection != "editions":
        raise click.UsageError(f"{collection} have no summary: leave --summary and --explain out")
    of = {field: subject.removeprefix("ecosystems/"), "version": int(version)}
    if figure is None:
        differing.show_summaries(settings(), COMPARE, of, points)
    else:
        differing.show_counted(settings(), {**of, "figure": figure}, points)
