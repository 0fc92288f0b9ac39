"""What cells of an export say, from proto JSON: the inverse of the cells of an import."""

from collections.abc import Iterable
from typing import Any

from registryctl.imports.cells import BACKGROUND, UNSAID, UNSAID_WORD
from registryctl.text import effective, short

_BACKGROUND_MARK = " (background)"


def since(of: dict[str, Any], field: str, unknown: str = "") -> str:
    """Effective date of a field, or what is said where it is not known; empty where absent."""
    text = effective(of.get(field, {}))
    return unknown if text == "unknown" else text


def basis(name: str) -> str:
    """What a fact rests on."""
    return UNSAID_WORD if name == UNSAID else short(name)


def marked(text: str, basis: str) -> str:
    """Text with the mark of background knowledge where it is such."""
    return text + _BACKGROUND_MARK if text and basis == BACKGROUND else text


def joined(texts: Iterable[str]) -> str:
    """Several texts in one cell, but for those that would be read as more than one."""
    return "; ".join(text for text in texts if ";" not in text)


def number(value: int) -> str:
    """Number, empty where it is 0."""
    return str(value or "")


def identifiers(of: dict[str, Any]) -> str:
    """Schemes and values."""
    return joined(f"{each['scheme']}={each['value']}" for each in of["identifiers"])
