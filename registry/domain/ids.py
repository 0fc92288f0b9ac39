"""Resource names: ids chosen by the caller or made here."""

from __future__ import annotations

import re
import secrets
import time

from registry.errors import InvalidField

MIN_LENGTH, MAX_LENGTH = 2, 63
_ID = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
PARTIES = ("organisations", "clusters", "partnerships")
"""Kinds of resources that can be members, participants, hosts or legal entities."""


_RANDOM_BYTES = 10
_RANDOMS_AT_ONCE = 128
_randoms: list[bytes] = []


def _random() -> bytes:
    """10 random bytes; asked from the system for many at once, which costs a turn of the lock."""
    try:
        return _randoms.pop()
    except IndexError:
        fresh = secrets.token_bytes(_RANDOM_BYTES * _RANDOMS_AT_ONCE)
        starts = range(0, len(fresh), _RANDOM_BYTES)
        _randoms.extend(fresh[start : start + _RANDOM_BYTES] for start in starts)
        return _randoms.pop()


_TAKEN = (0xF << 76) | (0b11 << 62)
_VERSION_AND_VARIANT = (7 << 76) | (0b10 << 62)


def uuid7(now_us: int | None = None, random: bytes | None = None) -> str:
    """UUID version 7 as text (RFC 9562 §5.7).

    Args:
        now_us: microseconds since 1970, by default now; its milliseconds lead, so that
            ids sort by time.
        random: 10 bytes, by default fresh ones.
    """
    now_ms = (time.time_ns() // 1000 if now_us is None else now_us) // 1000
    tail = int.from_bytes(random or _random(), "big") & ~_TAKEN | _VERSION_AND_VARIANT
    text = f"{now_ms << 80 | tail:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def named(kind: str, chosen: str, field: str, now_us: int) -> str:
    """Resource name for a new resource; an id is made where none was chosen.

    Raises:
        InvalidField: for an id of the wrong form, or an edition's of digits only.
    """
    return f"{kind}/{_checked(kind, chosen, field) or uuid7(now_us)}"


def _checked(kind: str, chosen: str, field: str) -> str:
    if not chosen:
        return ""
    if not is_id(chosen):
        raise InvalidField(field, "must be 2 to 63 of a-z, 0-9 and -, without - at the ends")
    if kind == "editions" and chosen.isdigit():
        # "editions/8" is the edition with the number 8.
        raise InvalidField(field, "may not be digits only: these name an edition by its number")
    return chosen


def is_id(text: str) -> bool:
    """Whether a text can be an id."""
    return MIN_LENGTH <= len(text) <= MAX_LENGTH and _ID.fullmatch(text) is not None


def check_name(name: str, kinds: tuple[str, ...], field: str) -> None:
    """Refuse a name that is no resource name of one of the kinds.

    Raises:
        InvalidField: naming the field.
    """
    kind, _, last = name.partition("/")
    if kind not in kinds or not is_id(last):
        wanted = " or ".join(f"{kind}/{{id}}" for kind in kinds)
        raise InvalidField(field, f"must be the resource name of one that can stand here: {wanted}")
