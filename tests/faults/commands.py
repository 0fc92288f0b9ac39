"""Commands of the fault tests, with request ids of their own."""

import uuid
from typing import Any

from google.type import date_pb2

from registry.events.v1 import edition_pb2, values_pb2
from registry.v1 import cluster_service_pb2 as clusters
from registry.v1 import edition_service_pb2 as editions
from registry.v1 import partnership_service_pb2 as partnerships
from registry.v1.options_pb2 import CommandOptions
from registry.v1.record_service_pb2 import Command


def options(year: int, month: int = 0, request_id: str = "") -> CommandOptions:
    """Effective at a year or month; a new request id unless one is given."""
    date = date_pb2.Date(year=year, month=month)
    return CommandOptions(
        request_id=request_id or str(uuid.uuid4()), effective=values_pb2.Effective(date=date)
    )


def name_of(command: Command) -> str:
    """Which command it is, as its field is named."""
    return str(command.WhichOneof("command"))


def request_of(command: Command) -> Any:
    """The request within a command."""
    return getattr(command, name_of(command))


def request_id_of(command: Command) -> str:
    return str(request_of(command).options.request_id)


def register(cluster_id: str, name: str = "A cluster", request_id: str = "") -> Command:
    request = clusters.RegisterClusterRequest(
        options=options(2000, request_id=request_id), cluster_id=cluster_id, name=name, country="CZ"
    )
    return Command(register_cluster=request)


def rename(cluster_id: str, name: str) -> Command:
    request = clusters.RenameClusterRequest(
        options=options(2010), cluster=f"clusters/{cluster_id}", name=name
    )
    return Command(rename_cluster=request)


def dissolve(cluster_id: str, *, end_memberships: bool = False) -> Command:
    request = clusters.DissolveClusterRequest(
        options=options(2020, 6),
        cluster=f"clusters/{cluster_id}",
        end_memberships=end_memberships,
    )
    return Command(dissolve_cluster=request)


def form(partnership_id: str) -> Command:
    request = partnerships.FormPartnershipRequest(
        options=options(2000), partnership_id=partnership_id, name="A partnership"
    )
    return Command(form_partnership=request)


def join(partnership_id: str, cluster_id: str, year: int) -> Command:
    request = partnerships.JoinPartnershipRequest(
        options=options(year),
        partnership=f"partnerships/{partnership_id}",
        member=f"clusters/{cluster_id}",
    )
    return Command(join_partnership=request)


def announce(edition_id: str, number: int) -> Command:
    request = editions.AnnounceEditionRequest(
        options=options(2019),
        edition_id=edition_id,
        number=number,
        name="A conference",
        dates=edition_pb2.EditionDates(start=date_pb2.Date(year=2020, month=5, day=4)),
        mode=edition_pb2.EDITION_MODE_VIRTUAL,
    )
    return Command(announce_edition=request)


def identify(cluster_id: str, value: str) -> Command:
    """Bear an identifier that is unique by its scheme."""
    request = clusters.AddClusterIdentifierRequest(
        options=options(2015), cluster=f"clusters/{cluster_id}", scheme="wikidata", value=value
    )
    return Command(add_cluster_identifier=request)
