"""Memberships of one member in all partnerships, for the rules of its own end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from registry.domain import endings
from registry.domain.keys import member_key
from registry.domain.membership_rules import Membership, outlives, role_name
from registry.domain.partnership import Partnership
from registry.domain.spans import Span
from registry.errors import RuleRefused

if TYPE_CHECKING:
    from registry.domain.effective import Effective
    from registry.domain.world import Decision, World


class Held(NamedTuple):
    """A membership in a partnership."""

    partnership: Partnership
    span: Span[Membership]

    def __str__(self) -> str:
        role = role_name(self.span.what.role)
        return f"{self.partnership.stream} ({role} from {self.span.start}, @{self.span.version})"


def beyond(world: World, member: str, end: Effective) -> list[Held]:
    """Memberships that certainly go on after the end of their member."""
    return [
        Held(partnership, span)
        for stream in world.streams(member_key(member))
        for partnership in (world.load(Partnership, stream),)
        for span in partnership.members
        if span.what.member == member and outlives(partnership, span, end)
    ]


def refuse_dissolving(member: str, end: Effective, held: Sequence[Held]) -> NoReturn:
    """Refuse the end of a member, naming its memberships.

    Raises:
        RuleRefused: live-memberships.
    """
    raise RuleRefused(
        "live-memberships",
        member,
        f"{member} is a member after {end}: {', '.join(map(str, held))}",
        "record its leaving first, or end the memberships in the same command (end_memberships)",
    )


def end_all(held: Sequence[Held], at: Effective, today: int) -> list[Decision]:
    """End the memberships on a date.

    Raises:
        InvalidField: where the date lies in the future.
        RuleRefused: where one certainly begins after it, or was ended on another date.
    """
    by_partnership: dict[str, tuple[Partnership, list[Span[Membership]]]] = {}
    for partnership, span in held:
        endings.require_past(at, today)
        where = f"the membership in {partnership.stream} (@{span.version})"
        endings.require_after_start(where, span.start, at)
        endings.require_not_ended(partnership.stream, span.end, span.end_version)
        by_partnership.setdefault(partnership.stream, (partnership, []))[1].append(span)
    return [
        decision
        for partnership, spans in by_partnership.values()
        for decision in partnership.lose(spans, at)
    ]
