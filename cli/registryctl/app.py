"""The frame every command stands in: global options, exit codes, help with an example."""

import inspect
import sys
from dataclasses import dataclass
from typing import Any

import click

from registryctl.params import Address
from registryctl.text import printable

FAILED, USAGE, INTERRUPTED = 1, 2, 130
UNARY_TIMEOUT_S = 10.0


@dataclass
class Settings:
    """What the global options say; a flag wins over the environment, that over the default."""

    address: str = "127.0.0.1:50051"
    output: str = ""
    output_asked: bool = False
    """Whether the form was asked for on the command line, not by the environment."""
    timeout: float | None = None
    """Seconds a call may take; a command has its own default."""
    debug: bool = False

    @property
    def form(self) -> str:
        """Output form: a table on a terminal, one JSON object a line in a pipe."""
        return self.output or ("table" if sys.stdout.isatty() else "ndjson")


def settings() -> Settings:
    """Settings of the running command."""
    return click.get_current_context().ensure_object(Settings)


def note(text: str) -> None:
    """Tell a person something; never on stdout, which is for what was asked."""
    click.echo(text, err=True)


class Verb(click.Command):
    """A command with an example, and the RPC it calls; takes the global options too."""

    def __init__(
        self,
        *args: Any,
        example: str,
        rpc: str = "",
        rpc_of_many: str = "",
        also: tuple[str, ...] = (),
        **more: Any,
    ) -> None:
        """Take the example without its leading "registryctl", RPCs as "Service/Method".

        Args:
            args: as click takes them.
            example: one line that works.
            rpc: what it calls.
            rpc_of_many: what it calls instead where several resources are named.
            also: what it calls instead with some options.
            more: as click takes them.
        """
        super().__init__(*args, **more)
        self.example, self.rpc, self.rpc_of_many, self.also = example, rpc, rpc_of_many, also
        self.params += _global_options(nested=True)

    def get_short_help_str(self, limit: int = 45) -> str:
        """Its purpose in the list of commands, whole: click would cut it off."""
        del limit
        purpose = inspect.cleandoc(self.help or "").partition("\n\n")[0].replace("\n", " ")
        return purpose.partition(";")[0].rstrip(".") + "."

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the example below the options."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Example"):
            formatter.write(f"  registryctl {self.example}\n")


class Noun(click.Group):
    """A group of verbs."""

    command_class = Verb


class Root(Noun):
    """The program: turns every failure into a sentence and an exit code."""

    group_class = Noun

    def __init__(self, *args: Any, **more: Any) -> None:
        """Add the global options."""
        super().__init__(*args, **more)
        self.params += _global_options(nested=False)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse what is not UTF-8: Python hands on such bytes as lone surrogates.

        Raises:
            click.exceptions.Exit: where an argument is not.
        """
        for given in args:
            if any("\ud800" <= letter <= "\udfff" for letter in given):
                shown = given.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
                note(f"registryctl: the argument '{printable(shown)}' is not UTF-8")
                raise click.exceptions.Exit(USAGE)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; leave usage errors to click.

        Raises:
            click.exceptions.Exit: with the code that says what happened.
        """
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except (KeyboardInterrupt, click.Abort):
            note("\nregistryctl: interrupted")
            code = INTERRUPTED
        except Exception as error:  # noqa: BLE001  # whatever it is, a person gets a sentence
            from registryctl import failures  # noqa: PLC0415  # imports gRPC

            code = failures.show(error, ctx.ensure_object(Settings))
        raise click.exceptions.Exit(code)


def _global_options(*, nested: bool) -> list[click.Parameter]:
    def option(*names: str, help: str, **more: Any) -> click.Option:  # noqa: A002  # click's name
        variable = None if nested else f"REGISTRY_{names[-1].lstrip('-').upper()}"
        return click.Option(
            names,
            help=help,
            expose_value=False,
            callback=_keep,
            hidden=nested,
            envvar=variable,
            show_envvar=True,
            default=None,
            **more,
        )

    return [
        option("--address", type=Address(), help="Host and port of the service (127.0.0.1:50051)."),
        option(
            "-o",
            "--output",
            type=click.Choice(["table", "json", "ndjson", "csv"]),
            help="Form of the output: table on a terminal, else ndjson.",
        ),
        option("--timeout", type=click.FloatRange(min=0.01), help="Seconds a call may take (10)."),
        option("--debug", is_flag=True, help="Show calls and stack traces on stderr."),
    ]


def _keep(ctx: click.Context, param: click.Parameter, value: object) -> None:
    if value is not None and param.name:
        settings = ctx.ensure_object(Settings)
        setattr(settings, param.name, value)
        if param.name == "output":
            source = ctx.get_parameter_source(param.name)
            settings.output_asked = source is click.core.ParameterSource.COMMANDLINE
