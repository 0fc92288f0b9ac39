"""The frame every command stands in: global options, exit codes, help with an example."""

import inspect
import sys
from dataclasses import dataclass, field
from typing import Any

import click

from registryctl import configuration
from registryctl.params import Address, ContextName
from registryctl.text import printable

FAILED, USAGE, INTERRUPTED = 1, 2, 130
UNARY_TIMEOUT_S = 10.0


OUTPUTS = ("table", "json", "ndjson", "csv")


@dataclass
class Read:
    """Where an answer was read."""

    position: int
    """In the log; 0 where nothing was recorded yet."""
    as_of: str
    """The day it is for; empty where it is of all."""
    told: bool = False
    """Whether what was printed says it."""

    def __str__(self) -> str:
        """Say it in words."""
        return f"as of {self.as_of}, at position {self.position}".removeprefix("as of , ")


@dataclass
class Settings:
    """What the global options say; a flag wins over the environment, that over the context."""

    address: str = "127.0.0.1:50051"
    output: str = ""
    output_asked: bool = False
    """Whether the form was asked for on the command line, not by the environment."""
    context: str = ""
    """Name of the context; empty where none is in use."""
    timeout: float | None = None
    """Seconds a call may take; a command has its own default."""
    debug: bool = False
    quiet: bool = False
    color: bool | None = None
    """Whether to colour; None: where it is for a person who did not forbid it."""
    command: str = ""
    """The running command as it is typed, without its arguments."""
    typed: dict[str, str] = field(default_factory=dict)
    """How each of its parameters is typed, by the field it fills: "--effective", "NAME"."""
    read: Read | None = None
    """Where the last answer was read; None where it does not say so."""
    known: str = ""
    """What says as of when it is to be known, as it is typed: "--known-at"; empty where nothing."""
    sources: dict[str, str] = field(default_factory=dict)
    """Who says a setting: an option or a variable, by the setting's name."""
    _completed: bool = False

    def is_told(self) -> None:
        """Say that where the last answer was read stands in what was printed."""
        if self.read is not None:
            self.read.told = True

    @property
    def form(self) -> str:
        """Output form: a table on a terminal, one JSON object a line in a pipe."""
        return self.output or ("table" if sys.stdout.isatty() else "ndjson")

    def complete(self) -> None:
        """Add what the context says, where nothing that wins over it says it.

        Raises:
            click.ClickException: for a context that is not there, or a file that cannot be read.
        """
        if self._completed:
            return
        self._completed = True
        found = configuration.read()
        self.context = self.context or found.current
        if not self.context:
            return
        for name, value in found.context(self.context).items():
            if name in configuration.SETTINGS and name not in self.sources:
                setattr(self, name, value)
                self.sources[name] = f"context {self.context}"

    def explained(self) -> dict[str, str]:
        """Settings, and who says each."""
        said = {"context": self.context} if self.context else {}
        for name in configuration.SETTINGS:
            shown = self.form if name == "output" else getattr(self, name)
            said |= {name: shown, f"{name}From": self.sources.get(name, "default")}
        return said


def given() -> Settings:
    """What the command line and the environment say, without the context."""
    return click.get_current_context().ensure_object(Settings)


def settings() -> Settings:
    """Settings of the running command."""
    found = given()
    found.complete()
    return found


def note(text: str) -> None:
    """Tell a person something; never on stdout, which is for what was asked."""
    click.echo(text, err=True)


def remark(text: str) -> None:
    """Tell what is good to know, no fault and no warning; --quiet leaves it out."""
    context = click.get_current_context(silent=True)
    if context is None or not context.ensure_object(Settings).quiet:
        note(text)


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
        own = {name for param in self.params for name in param.opts}
        self.params += [one for one in _global_options(nested=True) if not own & set(one.opts)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse an argument or a path that is empty, such as that of a variable which is not set.

        Raises:
            click.BadParameter: naming it.
        """
        typed, _, _ = self.make_parser(ctx).parse_args(list(args))
        for param in self.params:
            stands = isinstance(param, click.Argument) or isinstance(param.type, click.Path)
            if stands and "" in _several(typed.get(str(param.name))):
                raise click.BadParameter("must not be empty", ctx, param)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; remember what it is, for whoever explains a failure."""
        running = given()
        running.command = ctx.command_path
        running.typed = {
            str(one.name): one.opts[-1] if isinstance(one, click.Option) else str(one.name).upper()
            for one in self.params
        }
        super().invoke(ctx)
        if running.read is not None:
            from registryctl import telling  # noqa: PLC0415  # imports gRPC

            telling.tell(running, running.read)

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
        ctx.ensure_object(Settings)  # which every command below shares
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
        variable = f"REGISTRY_{names[-1].partition('/')[0].lstrip('-').upper()}"
        return click.Option(
            names,
            help=help,
            expose_value=False,
            callback=_keep,
            hidden=nested,
            envvar=None if nested else variable,
            show_envvar=True,
            default=None,
            **more,
        )

    return [
        option("--context", type=ContextName(), help="Context to take the service from."),
        option("--address", type=Address(), help="Host and port of the service (127.0.0.1:50051)."),
        option(
            "-o",
            "--output",
            type=click.Choice(OUTPUTS),
            help="Form of the output: table on a terminal, else ndjson.",
        ),
        option("--timeout", type=click.FloatRange(min=0.01), help="Seconds a call may take (10)."),
        option("--color/--no-color", help="Colour (on a terminal, unless NO_COLOR is set)."),
        option(
            "-q", "--quiet", is_flag=True, help="Say nothing on stderr but faults and warnings."
        ),
        option("--debug", is_flag=True, help="Show calls and stack traces on stderr."),
    ]


def _several(value: Any) -> tuple[Any, ...] | list[Any]:
    """What was typed for a parameter, which may be repeated."""
    return value if isinstance(value, tuple | list) else (value,)


def _keep(ctx: click.Context, param: click.Parameter, value: object) -> None:
    if value is None or not param.name:
        return
    settings = ctx.ensure_object(Settings)
    setattr(settings, param.name, value)
    asked = ctx.get_parameter_source(param.name) is click.core.ParameterSource.COMMANDLINE
    settings.sources[param.name] = param.opts[-1] if asked else str(param.envvar)
    if param.name == "output":
        settings.output_asked = asked
    if param.name == "color":
        ctx.color = settings.color
