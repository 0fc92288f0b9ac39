"""Activation: a partnership measured against the rules of its kind and call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain.kinds import body_of
from registry.domain.policies import eu_states
from registry.errors import RuleRefused
from registry.events.v1 import partnership_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registry.domain.partnership import Partnership
    from registry.domain.policies import Policy
    from registry.domain.world import World

_COUNTING = frozenset(
    {pb.PARTNER_ROLE_COORDINATOR, pb.PARTNER_ROLE_PARTNER, pb.PARTNER_ROLE_FOUNDER}
)
"""Roles of full members; associated and indirect ones do not count."""


def measure(partnership: Partnership, policy: Policy, day: int, world: World) -> None:
    """Refuse to activate what falls short on a day (ordinal).

    Raises:
        RuleRefused: named after the policy, with all that is missing.
    """
    partners = _partners(partnership, policy, day)
    missing = [
        *_too_few_partners(partners, policy),
        *_too_few_countries(partners, policy, day, world),
    ]
    if policy.coordinator and not partnership.coordinator_on(day):
        missing.append("it has no coordinator, and needs one")
    if missing:
        raise RuleRefused(
            policy.slug,
            partnership.stream,
            f"{partnership.stream} does not meet {policy.slug}: {'; '.join(missing)}",
            "record the members that are missing, or a date on which it met the rule",
        )


def _partners(partnership: Partnership, policy: Policy, day: int) -> list[str]:
    """Members that count, each once."""
    return list(
        dict.fromkeys(
            span.what.member
            for span in partnership.members_on(day)
            if span.what.role in _COUNTING
            and (not policy.member_kinds or _kind(span.what.member) in policy.member_kinds)
        )
    )


def _kind(member: str) -> str:
    return member.partition("/")[0]


def _too_few_partners(partners: Sequence[str], policy: Policy) -> Iterator[str]:
    if len(partners) < policy.partners:
        of = f" that are {' or '.join(sorted(policy.member_kinds))}" if policy.member_kinds else ""
        known = f" ({', '.join(partners)})" if partners else ""
        yield f"it has {len(partners)} full members{of}{known}, and needs {policy.partners}"


def _too_few_countries(
    partners: Sequence[str], policy: Policy, day: int, world: World
) -> Iterator[str]:
    if policy.countries == 1:
        return
    countries = [world.load(body_of(member), member).country for member in partners]
    counted = {country for country in countries if country}
    if policy.eu_only:
        counted &= eu_states(day)
    if len(counted) < policy.countries:
        sort = "EU states" if policy.eu_only else "countries"
        known = f" ({', '.join(sorted(counted))})" if counted else ""
        unknown = countries.count("")
        beside = f", the country of {unknown} is not known" if unknown else ""
        needed = f"and {policy.countries} are needed"
        yield f"they are from {len(counted)} {sort}{known}{beside}, {needed}"
