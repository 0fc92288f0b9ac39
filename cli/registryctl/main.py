"""The program: nouns, `import` and `health` under one root."""

import click

from registryctl.app import Root
from registryctl.audit import audit
from registryctl.changes import changes
from registryctl.cluster import cluster
from registryctl.completion import completion
from registryctl.context import context
from registryctl.diff import diff
from registryctl.ecosystem import ecosystem
from registryctl.edition import edition
from registryctl.events import events
from registryctl.exporting import export
from registryctl.finding import find
from registryctl.health import health
from registryctl.history import history
from registryctl.importing import import_
from registryctl.organisation import organisation
from registryctl.participation import participation
from registryctl.partnership import partnership
from registryctl.region import region
from registryctl.view import view


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cluster-registry", message="%(prog)s %(version)s")
def registryctl() -> None:
    """Record, ask and audit the cluster registry over gRPC.

    Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 not allowed, 5 conflict,
    6 refused by a rule, 7 unavailable or too late, 130 interrupted.

    The options below may also stand after the command. An option wins over its variable, that
    over the context in use (see `registryctl context`), that over the default.
    """


for command in (
    organisation,
    cluster,
    partnership,
    edition,
    participation,
    ecosystem,
    region,
    events,
    audit,
    changes,
    history,
    view,
    find,
    diff,
    import_,
    export,
    health,
    context,
    completion,
):
    registryctl.add_command(command)


def main() -> None:
    """Run the program."""
    registryctl(prog_name="registryctl")
