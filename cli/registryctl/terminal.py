"""What a person sees: colour where it is wanted, and how far a long command is."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from registryctl.app import Settings

if TYPE_CHECKING:
    from rich.console import Console

Progress = Callable[[int, int], None]
"""Told how many are done, and of how many (0: not known)."""


def coloured(settings: Settings, stream: TextIO) -> bool:
    """Whether to colour: as an option says, else not where NO_COLOR or TERM=dumb forbids it."""
    if settings.color is not None:
        return settings.color
    return not os.environ.get("NO_COLOR") and not _dumb() and stream.isatty()


def console(settings: Settings, stream: TextIO, width: int | None = None) -> "Console":
    """Console that takes text as it stands."""
    from rich.console import Console  # noqa: PLC0415  # only where a person looks

    colour = coloured(settings, stream)
    return Console(
        file=stream,
        width=width,
        markup=False,
        highlight=False,
        emoji=False,
        color_system="standard" if colour else None,
        no_color=not colour,
        force_terminal=stream.isatty() or colour,
    )


def watched(settings: Settings) -> bool:
    """Whether a person sees how far something is."""
    return not settings.quiet and not _dumb() and sys.stderr.isatty()


@contextmanager
def progress(settings: Settings, what: str, unit: str) -> Iterator[Progress]:
    """Show how far something is, on stderr: bar, rate and what is left.

    Nothing is shown with --quiet, or where nobody looks at a terminal that can move its cursor.
    """
    if not watched(settings):
        yield lambda _done, _total: None
        return
    from rich.progress import Progress as Bar  # noqa: PLC0415

    shown = console(settings, sys.stderr)
    with Bar(*_columns(unit), console=shown, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def _columns(unit: str) -> list[Any]:
    from rich import progress as parts  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    class Rate(parts.ProgressColumn):
        def render(self, task: parts.Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.0f} {unit}/s" if speed else "")

    return [
        parts.TextColumn("{task.description}"),
        parts.BarColumn(),
        parts.MofNCompleteColumn(),
        parts.TextColumn(unit),
        Rate(),
        parts.TimeRemainingColumn(),
    ]


def _dumb() -> bool:
    return os.environ.get("TERM") == "dumb"
