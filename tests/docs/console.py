"""Reading the examples of a document: files it gives, commands, and what they print."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELLIPSIS = "..."
"""A line of its own: any number of lines; within a line: anything."""
_DIFFERING = re.compile(
    r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{3,9})?Z"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
)
"""Recorded times and made request ids: one stands for any, since they differ at every run."""


@dataclass(frozen=True)
class GivenFile:
    """A block that names a file behind its language, which the reader saves under that name."""

    path: str
    text: str


@dataclass(frozen=True)
class Example:
    """One command of a document and the lines it is said to print."""

    line: int
    command: str
    expected: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """The command as a shell splits it, its pipes and redirections words of their own."""
        lexer = shlex.shlex(self.command, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        return list(lexer)

    @property
    def programs(self) -> list[str]:
        """The programs it runs, in order."""
        ends = {"|", "&&", ";"}
        return [
            word
            for before, word in zip([";", *self.words], self.words, strict=False)
            if before in ends
        ]

    @property
    def needs_shell(self) -> bool:
        """Whether it is more than one program with its arguments."""
        return any(set(word) <= set("|<>&;()") for word in self.words if word)

    def matches(self, printed: str) -> bool:
        """Whether the lines stand in what was printed, in full but for the ellipses."""
        pattern = "".join(_pattern(line.rstrip()) for line in self.expected)
        text = "".join(f"{line.rstrip()}\n" for line in _steady(printed).splitlines())
        return re.fullmatch(pattern, text) is not None


def _pattern(line: str) -> str:
    if line == ELLIPSIS:
        return r"(?:.*\n)*?"
    return re.escape(_steady(line)).replace(re.escape(ELLIPSIS), ".*") + r"\n"


def _steady(text: str) -> str:
    return _DIFFERING.sub("(differs)", text)


def steps(document: Path) -> Iterator[GivenFile | Example]:
    """Iterate over the files a document gives and the commands ("$ …") it shows, in order."""
    text = document.read_text()
    for block in _BLOCK.finditer(text):
        language, path, content = block.groups()
        if path:
            yield GivenFile(path, content)
        elif language == "console":
            yield from _commands(content, text[: block.start(3)].count("\n") + 1)


def examples(document: Path) -> Iterator[Example]:
    """Iterate over the commands alone."""
    return (step for step in steps(document) if isinstance(step, Example))


def _commands(block: str, first: int) -> Iterator[Example]:
    command: tuple[int, str] | None = None
    expected: list[str] = []
    for number, line in enumerate(block.splitlines(), first):
        if not line.startswith("$ "):
            expected.append(line)
            continue
        if command is not None:
            yield Example(*command, tuple(expected))
        command, expected = (number, line[2:]), []
    if command is not None:
        yield Example(*command, tuple(expected))
