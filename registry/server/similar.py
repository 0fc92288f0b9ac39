"""Warnings of a registration: who is called nearly the same already.

Best effort, after the fact: the command is recorded by then, and whatever hinders the look-up only
leaves the warnings out.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from registry.domain import places
from registry.errors import RegistryError
from registry.projections import Asked, Similar
from registry.server.reading import today

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from registry.server.backend import Backend

BUDGET_S = 0.25
"""Most that an answer waits for its warnings."""
MAX_WARNINGS = 5


async def warnings_of(backend: Backend, request: Any, answer: bytes, response: Any) -> bytes:
    """Warnings that were asked for, as bytes that an answer can go on with.

    Args:
        backend: whose views are asked.
        request: of a registration.
        answer: bytes of its answer, a `response`.
        response: the class of the answer.
    """
    if not request.options.warn_of_similar:
        return b""
    kind, own = _registered(response.FromString(answer), request)
    asked = Asked(request.name, today(), (kind,), misspelt=True)
    try:
        looking = backend.in_thread(backend.views.similar, asked, own)
        similar = await asyncio.wait_for(looking, BUDGET_S)
        country = places.country(request.country, "country")
    except (TimeoutError, RegistryError):
        return b""
    warned: Message = response()
    for each in similar[:MAX_WARNINGS]:
        _warn(warned, each, country)
    return warned.SerializeToString()


def _registered(answer: Any, request: Any) -> tuple[str, str]:
    """Kind of what is registered, and its resource name, also where it is only validated."""
    singular = next(field.name for field in answer.DESCRIPTOR.fields if field.name != "recorded")
    name = getattr(getattr(answer, singular), singular)
    return f"{singular}s", name or f"{singular}s/{getattr(request, f'{singular}_id')}"


def _warn(into: Any, similar: Similar, country: str) -> None:
    other = similar.listed.country
    where = "same country" if country and other == country else other or "country not known"
    text, name, stream = similar.match.text, similar.listed.name, similar.listed.stream
    called = repr(text) if text == name else f"{text!r} of {name!r}"
    into.warnings.add(resource=stream, message=f"{stream} has a similar name: {called} ({where})")
