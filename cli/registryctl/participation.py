"""`registryctl participation`: who takes part in an edition."""

from collections.abc import Callable

import click

from registryctl.app import Noun
from registryctl.common import Send, reads_several, selects, writes
from registryctl.params import PARTICIPANT, PARTICIPATION_ROLE, Participation, Resource

EDITION = Resource("editions")


def _attendance(function: Callable[..., None]) -> Callable[..., None]:
    """Add what registering and attending say alike."""
    for option in (
        click.option("--kind-as-stated", help="Kind of participant, as the source says it."),
        click.option("--roles-as-stated", help="The roles, as the source says them."),
        click.option("--role", "roles", type=PARTICIPATION_ROLE, multiple=True, help="A role."),
        click.option("--classification-version", type=int, help="NUTS version of a region's code."),
        click.argument("participant", type=PARTICIPANT),
        click.argument("edition", type=EDITION),
    ):
        function = option(function)
    return function


@click.group(cls=Noun)
def participation() -> None:
    """Who takes part in an edition."""


@participation.command(
    rpc="ParticipationService/RegisterParticipation",
    example="participation register ecc-2022 clusters/clutex --effective 2022-09-01",
)
@_attendance
@writes
def register(send: Send, **fields: object) -> None:
    """Register a participant for an edition; effective: when."""
    send(**fields)


@participation.command(
    rpc="ParticipationService/ConfirmParticipation",
    example="participation confirm ecc-2022/cluster-clutex --effective 2022-09-01",
)
@click.argument("participation", type=Participation())
@writes
def confirm(send: Send, **fields: object) -> None:
    """Record a confirmation; effective: when."""
    send(**fields)


@participation.command(
    rpc="ParticipationService/AttendParticipation",
    example="participation attend ecc-2022 regions/PL82 --role attendee",
)
@_attendance
@writes
def attend(send: Send, **fields: object) -> None:
    """Record that a participant attended; effective: the edition's first day where not said."""
    send(**fields)


@participation.command(
    rpc="ParticipationService/WithdrawParticipation",
    example="participation withdraw ecc-2022/cluster-clutex --effective 2022-09-20",
)
@click.argument("participation", type=Participation())
@writes
def withdraw(send: Send, **fields: object) -> None:
    """Record a withdrawal; effective: when."""
    send(**fields)


@participation.command(
    rpc="ParticipationService/GetParticipation",
    rpc_of_many="ParticipationService/BatchGetParticipations",
    example="participation show ecc-2022/region-pl82",
)
@click.argument("participation", type=Participation(), nargs=-1, required=True)
@reads_several
def show(ask: Send, **fields: object) -> None:
    """Show one or several participations as of a date."""
    ask(**fields)


@participation.command(
    "list",
    rpc="ParticipationService/ListParticipations",
    example='participation list --edition ecc-2022 --filter "kind = delegation"',
)
@click.option("--edition", type=EDITION, help="Only those of this edition.")
@selects
def list_(ask: Send, **fields: object) -> None:
    """List participations, those that a filter selects, in an order."""
    ask(**fields)
