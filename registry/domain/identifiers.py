"""Identifiers of organisations and clusters: form, and uniqueness where the scheme asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from registry.domain import ids, policies, text
from registry.domain.effective import BEGINNING, FOREVER
from registry.domain.keys import identifier_key
from registry.domain.kinds import kind_of
from registry.domain.spans import Span, Spans, certainly_overlap
from registry.domain.world import event_names
from registry.errors import InvalidField, RuleRefused

if TYPE_CHECKING:
    from registry.domain.effective import Effective
    from registry.domain.world import Aggregate, World


class Identifier(NamedTuple):
    """An identifier of some scheme."""

    scheme: str
    value: str

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


if TYPE_CHECKING:

    class Bearer(Aggregate, Protocol):
        """An aggregate that has identifiers."""

        @property
        def stream(self) -> str:
            """Resource name."""

        @property
        def identifiers(self) -> Spans[Identifier]:
            """Identifiers it has or had."""

        @property
        def ended(self) -> Effective | None:
            """End of its existence, if there is one."""


def checked(scheme: str, value: str) -> Identifier:
    """Identifier as it is recorded.

    Raises:
        InvalidField: where the value is not as the scheme writes it.
    """
    if not ids.is_id(scheme):
        raise InvalidField("scheme", "must be 2 or more of a-z, 0-9 and -, as in eu-pic")
    value = text.clean(value, "value")
    known = policies.SCHEMES.get(scheme)
    if not value or (known is not None and not known.pattern.fullmatch(value)):
        example = f"; {scheme} writes them as {known.example}" if known else ""
        raise InvalidField("value", f"{value!r} is no identifier of {scheme}{example}")
    return Identifier(scheme, value)


def is_recorded(bearer: Bearer, identifier: Identifier, at: Effective) -> bool:
    """Whether exactly this is recorded, with this start."""
    return any(span.start == at for span in bearer.identifiers.of(identifier))


def check_span(bearer: Bearer, span: Span[Identifier], world: World) -> None:
    """Refuse a span that certainly overlaps with another of the same identifier.

    On the bearer itself whatever the scheme, on others where the scheme is unique.

    Raises:
        RuleRefused: identifier-once or identifier-unique.
    """
    _check_own(bearer, span)
    scheme = policies.SCHEMES.get(span.what.scheme)
    if scheme is None or not scheme.unique:
        return
    for stream in world.streams(identifier_key(*span.what)):
        if stream != bearer.stream:
            _check_other(bearer, span, world.load(_bearers(stream), stream))


def _bearers(stream: str) -> type[Bearer]:
    return kind_of(stream)  # type: ignore[return-value]  # only they have identifier keys


def _core(bearer: Bearer, span: Span[Identifier]) -> tuple[int, int]:
    """Days on which the identifier certainly holds; not beyond its bearer's end."""
    until = FOREVER if bearer.ended is None else bearer.ended.earliest_day
    return span.core(BEGINNING, until)


def _check_own(bearer: Bearer, span: Span[Identifier]) -> None:
    for other in bearer.identifiers.of(span.what):
        if other.version != span.version and certainly_overlap(
            _core(bearer, span), _core(bearer, other)
        ):
            raise RuleRefused(
                "identifier-once",
                bearer.stream,
                f"{bearer.stream} has {span.what} from {other.start} (@{other.version})",
                "end that first, or retract it where its date is wrong",
                event_names((bearer.stream, other.version), (bearer.stream, span.version)),
            )


def _check_other(bearer: Bearer, span: Span[Identifier], holder: Bearer) -> None:
    for other in holder.identifiers.of(span.what):
        if certainly_overlap(_core(bearer, span), _core(holder, other)):
            raise RuleRefused(
                "identifier-unique",
                bearer.stream,
                f"{span.what} identifies one resource at a time, and since {other.start} "
                f"that is {holder.stream} (@{other.version})",
                f"end it on {holder.stream} first, or check the value",
                event_names((holder.stream, other.version), (bearer.stream, span.version)),
            )
