"""The configuration file: contexts by name, each a service and the form of its answers."""

import json
import os
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

USAGE = 2
SETTINGS = ("address", "output")
"""What a context may say; each is a global option too."""
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class Unusable(click.ClickException):
    """A configuration that cannot be used as it stands; the message names file and place."""

    exit_code = USAGE


@dataclass
class Configuration:
    """The file as it was read; what another version keeps in it stays there."""

    path: Path
    content: dict[str, Any] = field(default_factory=dict)

    @property
    def contexts(self) -> dict[str, dict[str, Any]]:
        """Contexts by name, to read and to change."""
        found: dict[str, dict[str, Any]] = self.content.setdefault("contexts", {})
        return found

    @property
    def current(self) -> str:
        """Name of the context in use; empty where there is none."""
        return str(self.content.get("current", ""))

    @current.setter
    def current(self, name: str) -> None:
        self.content["current"] = name

    def context(self, name: str) -> dict[str, Any]:
        """Settings of a context.

        Raises:
            click.UsageError: where there is none of that name.
        """
        if name not in self.contexts:
            known = ", ".join(sorted(self.contexts)) or "none: `registryctl context set` makes one"
            raise click.UsageError(f"there is no context {name!r} in {self.path}; known: {known}")
        return self.contexts[name]

    def write(self) -> None:
        """Replace the file as a whole; only its owner may read it.

        Raises:
            Unusable: where it cannot be written.
        """
        target = self.path.resolve()  # a link stays one
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _replace(target, json.dumps(self.content, ensure_ascii=False, indent=2) + "\n")
        except OSError as error:
            raise Unusable(f"{self.path}: cannot be written: {error.strerror}") from error


def place() -> Path:
    """Where the file lies: as the XDG base directories say, or their like on other systems."""
    from platformdirs import user_config_path  # noqa: PLC0415  # only where a command runs

    return user_config_path("registryctl", appauthor=False) / "config.json"


def read() -> Configuration:
    """Read the file; one that is not there has no contexts.

    Raises:
        Unusable: where it cannot be read, or is not what it should be.
    """
    path = place()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Configuration(path)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise Unusable(f"{path}:{line}: not UTF-8; mend the file or move it away") from error
    except OSError as error:
        raise Unusable(f"{path}: cannot be read: {error.strerror}") from error
    return Configuration(path, _parsed(path, text))


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{path}:{error.lineno}"
        what = error.msg[0].lower() + error.msg[1:]
        raise Unusable(f"{where}: not JSON: {what}; mend the file or move it away") from error
    for what, found, expected in _members(content):
        if not isinstance(found, expected):
            line = _line(text, what)
            kind = "an object" if expected is dict else "text"
            raise Unusable(f"{path}:{line}: {what or 'the file'} must be {kind}")
    return dict(content)


def _members(content: Any) -> Any:
    """What must be of a kind, each after that in which it lies: its path, itself, the kind."""
    yield "", content, dict
    yield "current", content.get("current", ""), str
    yield "contexts", content.get("contexts", {}), dict
    for name, context in content.get("contexts", {}).items():
        yield f"contexts.{name}", context, dict
        for setting in SETTINGS:
            yield f"contexts.{name}.{setting}", context.get(setting, ""), str


def _line(text: str, path: str) -> int:
    """Line on which a member stands: that of its name, after the names that it lies in."""
    at = 0
    for name in path.split(".") if path else ():
        at = max(text.find(json.dumps(name, ensure_ascii=False), at), at)
    return text.count("\n", 0, at) + 1


def _replace(target: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".config-")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
