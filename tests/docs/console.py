"""Reading the console examples of a document: commands, and what they print."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELLIPSIS = "..."
"""A line of its own: any number of lines; within a line: anything."""


@dataclass(frozen=True)
class Example:
    """One command of a document and the lines it is said to print."""

    line: int
    command: str
    expected: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """The command as a shell splits it."""
        return shlex.split(self.command)

    def matches(self, printed: str) -> bool:
        """Whether the lines stand in what was printed, in full but for the ellipses."""
        lines = [re.escape(line.rstrip()) for line in self.expected]
        pattern = "".join(
            r"(?:.*\n)*?" if line == re.escape(ELLIPSIS) else line.replace(r"\.\.\.", ".*") + r"\n"
            for line in lines
        )
        text = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
        return re.fullmatch(pattern, text) is not None


def examples(document: Path) -> Iterator[Example]:
    """Iterate over the commands ("$ …") of a document's console blocks, in order."""
    text = document.read_text()
    for block in _BLOCK.finditer(text):
        first = text[: block.start(1)].count("\n") + 1
        command: tuple[int, str] | None = None
        expected: list[str] = []
        for number, line in enumerate(block[1].splitlines(), first):
            if not line.startswith("$ "):
                expected.append(line)
                continue
            if command is not None:
                yield Example(*command, tuple(expected))
            command, expected = (number, line[2:]), []
        if command is not None:
            yield Example(*command, tuple(expected))
