"""Reading docker/Dockerfile and docker/compose.yaml."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent.parent
DOCKERFILE = ROOT / "docker" / "Dockerfile"
COMPOSE = ROOT / "docker" / "compose.yaml"


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile: its word, and the rest in one line."""

    word: str
    rest: str

    @property
    def argv(self) -> list[str]:
        """The command of an exec form; JSON's error where it is a shell's."""
        argv: list[str] = json.loads(self.rest[self.rest.index("[") :])
        return argv


def dockerfile() -> list[Instruction]:
    """Instructions of the Dockerfile, in order."""
    lines = [x for x in DOCKERFILE.read_text().splitlines() if not x.lstrip().startswith("#")]
    text = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    words = [line.partition(" ") for line in text.splitlines() if line.strip()]
    return [Instruction(word, rest.strip()) for word, _, rest in words]


def last_stage() -> dict[str, Instruction]:
    """The newest instruction of each word in the stage that is shipped."""
    instructions = dockerfile()
    starts = [n for n, each in enumerate(instructions) if each.word == "FROM"]
    return {each.word: each for each in instructions[starts[-1] :]}


def compose() -> dict[str, Any]:
    """Read the compose file, with what its anchors stand for."""
    loaded: dict[str, Any] = YAML(typ="safe").load(COMPOSE.read_text())
    return loaded


def service(name: str) -> dict[str, Any]:
    """One service of the compose file."""
    found: dict[str, Any] = compose()["services"][name]
    return found
