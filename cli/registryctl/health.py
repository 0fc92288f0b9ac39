"""`registryctl health`: whether the service answers, and whether it signs what it records."""

import time
from dataclasses import replace

import click

from registryctl.app import UNARY_TIMEOUT_S, Verb, note, settings

READINESS = "registry.v1.readiness"
"""Name under which the health service answers whether it is ready."""
CHECKPOINT = "LedgerService/GetCheckpoint"
SIGNING, NOT_KEPT, REFUSED, UNKNOWN = "SIGNING", "NOT_KEPT", "REFUSED", "UNKNOWN"


@click.command(cls=Verb, also=(CHECKPOINT,), example="health --timeout 2")
@click.option("--live", is_flag=True, help="Ask only whether it lives, ready or not.")
def health(*, live: bool) -> None:
    """Ask whether the service is ready: its views run and keep up. Exit 7 where it is not.

    Where nothing is signed of what is recorded, it says why on stderr, and the service is ready
    all the same: signing is SIGNING, NOT_KEPT (there is no ledger), REFUSED or UNKNOWN.
    """
    from registryctl import failures, printing, wire  # noqa: PLC0415

    deadline = time.monotonic() + (settings().timeout or UNARY_TIMEOUT_S)
    status = wire.health(settings(), "" if live else READINESS)
    found = {"address": settings().address, "status": status}
    if status == "SERVING" and not live:
        found["signing"], warning = _signing(deadline - time.monotonic())
        if warning:
            note(f"warning: {warning}")
    printing.show_objects(settings(), [found])
    if status != "SERVING":
        raise click.exceptions.Exit(failures.UNREACHABLE)


def _signing(timeout_s: float) -> tuple[str, str]:
    """Whether what is recorded is signed, and what to say where it is not."""
    from registry_client import CallFailed  # noqa: PLC0415
    from registryctl import wire  # noqa: PLC0415
    from registryctl.statuses import reason  # noqa: PLC0415
    from registryctl.text import printable  # noqa: PLC0415

    asked = replace(settings(), timeout=max(timeout_s, 0.01))
    try:
        refusal = wire.call(asked, CHECKPOINT, wire.request(CHECKPOINT, {})).refusal
    except CallFailed as error:
        said = printable(error.status.message)
        if reason(error.status) == "NOT_SIGNED":
            return NOT_KEPT, f"no ledger is kept: {said}"
        return UNKNOWN, f"whether anything is signed is not known: {said}"
    if refusal:
        return REFUSED, f"nothing more is signed: {printable(refusal)}"
    return SIGNING, ""
