"""Trust: keys and checkpoints that an auditor has from elsewhere, and how a check ends."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from registryctl.app import FAILED, Noun, Settings, note
from registryctl.text import printable

if TYPE_CHECKING:
    from registry.ledger.verify import VerifierKey

F = TypeVar("F", bound=Callable[..., Any])

TAMPERED, NOT_CHECKED = 1, 2
"""Exit codes; 0: verified."""
KEY_VARIABLE = "REGISTRY_VERIFIER_KEY"
NO_KEY = (
    f"no key is trusted: give one by --key or in {KEY_VARIABLE}; `registryctl audit keys` shows"
    " what the service says, which somebody else has to confirm"
)


def trusts(function: F) -> F:
    """Give a command the keys that are trusted."""
    return click.option(
        "--key",
        "keys",
        multiple=True,
        metavar="KEY",
        envvar=KEY_VARIABLE,
        show_envvar=True,
        help="Verifier key to trust, or a file with some; may be repeated.",
    )(function)


def trusted(said: tuple[str, ...]) -> "list[VerifierKey]":
    """The keys that options say, each itself or as a file of some ("log" may stand before them).

    Raises:
        NotChecked: for what is no key, or where there are none: without a key from elsewhere
            nothing is proven.
    """
    from registry.ledger import trust  # noqa: PLC0415 - slow
    from registry.ledger.verify import NotChecked  # noqa: PLC0415

    if not said:
        raise NotChecked(NO_KEY)
    return trust.trusted(said)


class Checks(Noun):
    """Commands that end with the exit code that says how a check ended, and one sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run one.

        Raises:
            click.exceptions.Exit: with 1 only where something is not what was signed.
        """
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:  # nobody reads what came out
            code = NOT_CHECKED
        except Exception as error:  # noqa: BLE001 - of whatever else nothing is said of the log
            code = _tell(error, ctx.ensure_object(Settings))
        raise click.exceptions.Exit(code)


def _tell(error: Exception, settings: Settings) -> int:
    """Say how a check ended; the exit code."""
    from registry.ledger.verify import NotChecked, Tampered  # noqa: PLC0415 - slow
    from registryctl import failures  # noqa: PLC0415 - imports gRPC

    if isinstance(error, Tampered):
        note(f"registryctl: TAMPERED: {printable(str(error))}")
        return TAMPERED
    if isinstance(error, NotChecked):
        note(f"registryctl: could not check: {printable(str(error))}")
        return NOT_CHECKED
    code = failures.show(error, settings)
    return NOT_CHECKED if code == FAILED else code
