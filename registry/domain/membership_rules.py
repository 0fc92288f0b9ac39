"""Rules of memberships that hold over all valid time, whatever was recorded first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from registry.domain.effective import AT, FOREVER
from registry.domain.kinds import body_of
from registry.domain.spans import Span, certainly_overlap
from registry.domain.world import event_names
from registry.errors import RuleRefused
from registry.events.v1 import partnership_pb2 as pb

if TYPE_CHECKING:
    from registry.domain.effective import Effective
    from registry.domain.partnership import Partnership
    from registry.domain.world import World

Trail = tuple[tuple[str, int], ...]
"""Partnerships, each a member of the one before, with the version of the joining."""


class Membership(NamedTuple):
    """What a span of membership is about."""

    member: str
    role: pb.PartnerRole.ValueType
    role_as_stated: str = ""


def role_name(role: pb.PartnerRole.ValueType) -> str:
    """Role in one word ("coordinator")."""
    return pb.PartnerRole.Name(role).removeprefix("PARTNER_ROLE_").lower()


def check_span(partnership: Partnership, span: Span[Membership], world: World) -> None:
    """Refuse a membership that certainly contradicts another fact.

    Raises:
        RuleRefused: membership-once, member-lives or no-cycles.
    """
    _check_once(partnership, span)
    _check_member_lives(partnership, span, world)
    _check_no_cycle(partnership, span, world)


def check_coordinators(partnership: Partnership) -> None:
    """Refuse two coordinators from one day, and a coordinator that is no member then.

    Raises:
        RuleRefused: one-coordinator or coordinator-is-member.
    """
    since: dict[Effective, str] = {}
    for at, member in partnership.coordinators.entries:
        if not member:
            continue
        if since.setdefault(at, member) != member and at.day and at.bound == AT:
            raise RuleRefused(
                "one-coordinator",
                partnership.stream,
                f"{since[at]} and {member} would both coordinate {partnership.stream} from {at}",
                "give the day of the change, or retract the one that is wrong",
            )
        check_is_member(partnership, member, at)


def check_is_member(partnership: Partnership, member: str, at: Effective) -> None:
    """Refuse as coordinator who is certainly no member on that date.

    Raises:
        RuleRefused: coordinator-is-member.
    """
    for span in partnership.members:
        begun = span.start.earliest_day <= at.latest_day
        if span.what.member == member and begun and at.earliest_day <= span.last_day:
            return
    raise RuleRefused(
        "coordinator-is-member",
        partnership.stream,
        f"{member} is not a member of {partnership.stream} on {at}",
        "record its joining first, or another date",
    )


def outlives(partnership: Partnership, span: Span[Membership], end: Effective) -> bool:
    """Whether a membership certainly goes on after the end of its member.

    An open end reaches to infinity, after cutting to the partnership's period.
    """
    last = FOREVER if span.end is None else span.end.earliest_day
    return max(span.start.earliest_day, min(last, partnership.last_certain_day)) > end.latest_day


def check_end(partnership: Partnership, member: str, end: Effective) -> None:
    """Refuse the end of a partnership that certainly joins another one after it.

    Raises:
        RuleRefused: member-lives.
    """
    for span in partnership.members:
        if span.what.member == member and span.start.earliest_day > end.latest_day:
            raise RuleRefused(
                "member-lives",
                member,
                f"{member} joins {partnership.stream} {span.start} (@{span.version}), after {end}",
                "give a later end, or retract the joining",
            )


def _check_once(partnership: Partnership, span: Span[Membership]) -> None:
    core = partnership.core(span)
    for other in partnership.members:
        same = other.what[:2] == span.what[:2] and other.version != span.version
        if same and certainly_overlap(core, partnership.core(other)):
            raise RuleRefused(
                "membership-once",
                partnership.stream,
                f"{other.what.member} is {role_name(other.what.role)} of {partnership.stream} "
                f"from {other.start} (@{other.version})",
                "record its leaving first, or retract that where its date is wrong",
                event_names(
                    (partnership.stream, other.version), (partnership.stream, span.version)
                ),
            )


def _check_member_lives(partnership: Partnership, span: Span[Membership], world: World) -> None:
    member = span.what.member
    body = world.load(body_of(member), member)
    end = body.ended
    if end is None:
        return
    if member.startswith("clusters/"):
        contradicts = outlives(partnership, span, end)
    else:
        # Partnerships have no command that ends their memberships with them.
        contradicts = span.start.earliest_day > end.latest_day
    if contradicts:
        raise RuleRefused(
            "member-lives",
            partnership.stream,
            f"{member} ended {end}, and would be a member of {partnership.stream} after that",
            f"retract the end of {member}, record joining and leaving, and end it again",
            event_names((member, body.ended_version), (partnership.stream, span.version)),
        )


def _check_no_cycle(partnership: Partnership, span: Span[Membership], world: World) -> None:
    trail = _way_back(partnership, span, world, (), partnership.core(span))
    if trail:
        way = " > ".join([*(stream for stream, _ in trail), partnership.stream])
        raise RuleRefused(
            "no-cycles",
            partnership.stream,
            f"{partnership.stream} would be a member of itself: {way}",
            "record the membership in one direction only",
            event_names(*trail),
        )


def _way_back(
    partnership: Partnership,
    span: Span[Membership],
    world: World,
    before: Trail,
    window: tuple[int, int],
) -> Trail:
    """Way through a member back to the first of the trail, in days certain to all."""
    member = span.what.member
    if window[0] > window[1] or not member.startswith("partnerships/"):
        return ()
    trail = (*before, (partnership.stream, span.version))
    if member == trail[0][0]:
        return trail
    if any(member == stream for stream, _ in trail):
        return ()
    inner = world.load(type(partnership), member)
    for below in inner.members:
        first, last = inner.core(below)
        narrowed = (max(window[0], first), min(window[1], last))
        found = _way_back(inner, below, world, trail, narrowed)
        if found:
            return found
    return ()
