"""`registryctl health`: whether the service answers."""

import click

from registryctl.app import Verb, settings

READINESS = "registry.v1.readiness"
"""Name under which the health service answers whether it is ready."""


@click.command(cls=Verb, example="health --timeout 2")
@click.option("--live", is_flag=True, help="Ask only whether it lives, ready or not.")
def health(*, live: bool) -> None:
    """Ask whether the service is ready: its views run and keep up. Exit 7 where it is not."""
    from registryctl import failures, printing, wire  # noqa: PLC0415

    status = wire.health(settings(), "" if live else READINESS)
    printing.show_objects(settings(), [{"address": settings().address, "status": status}])
    if status != "SERVING":
        raise click.exceptions.Exit(failures.UNREACHABLE)
