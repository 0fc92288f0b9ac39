"""Members of partnerships, who coordinates, and what a membership looks like on a day."""

from typing import Any, NamedTuple

from registry.events.v1 import partnership_pb2 as pb
from registry.v1.partnership_service_pb2 import CoordinatorChange
from registry.v1.partnership_service_pb2 import Membership as Shown
from tests.interpreter import lives
from tests.interpreter.dates import NEVER, last_day

JOINED = pb.PartnershipPartnerJoined
LEFT = pb.PartnershipPartnerLeft
CHANGED = pb.PartnershipCoordinatorChanged


class Membership(NamedTuple):
    """A member of a partnership, from the fact that it joined until one that it left."""

    facts: Any
    """Of the partnership."""
    joined: Any
    left: Any
    """Effective date of its end; None while there is none."""

    @property
    def member(self):
        """Resource name."""
        return self.joined.event.member

    @property
    def first_day(self):
        """First day as member, which is not before the first day of the partnership."""
        return max(self.joined.day, lives.begun(self.facts).day)

    @property
    def last_day(self):
        """Last day as member, which is not after the last day of the partnership."""
        return min(last_day(self.left), last_day(lives.end(self.facts)))

    def holds(self, day):
        """Whether it is live on a day."""
        return self.first_day <= day <= self.last_day

    @property
    def direct(self):
        """Whether it takes part itself, not through another member."""
        return self.joined.event.role != pb.PARTNER_ROLE_INDIRECT

    def role(self, day):
        """What the member is on a day: who joined as coordinator and no longer is, is a partner."""
        joined_as = self.joined.event.role
        former = coordinator(self.facts, min(day, self.last_day)) != self.member
        if joined_as == pb.PARTNER_ROLE_COORDINATOR and former:
            return pb.PARTNER_ROLE_PARTNER
        return joined_as

    def shown(self, day):
        """The membership as of a day."""
        return Shown(
            partnership=self.facts.stream,
            member=self.member,
            role=self.role(day),
            role_as_stated=self.joined.event.role_as_stated,
            joined=self.joined.at,
            left=self.left,
            joined_version=self.joined.version,
            joined_role=self.joined.event.role,
        )


def recorded(facts):
    """All memberships of a partnership, in the order of their recording."""
    left = {fact.event.joined_version: fact.at for fact in facts.of(LEFT)}
    joined = facts.listed(NEVER, JOINED)
    return [Membership(facts, fact, left.get(fact.version)) for fact in joined]


def live(facts, day):
    """Memberships that are live on a day."""
    return [membership for membership in recorded(facts) if membership.holds(day)]


def begun(facts, day):
    """Memberships that begin by a day, past ones too; what is cut away whole never was."""
    return [m for m in recorded(facts) if m.first_day <= min(day, m.last_day)]


def coordinator(facts, day):
    """Resource name of the coordinator on a day, who is a member then; "" for none."""
    entry = coordinating(facts, day)
    members = [membership.member for membership in live(facts, day)]
    return entry.event.member if entry and entry.event.member in members else ""


def coordinator_change(facts, day):
    """The last change of coordinator by a day, unless the last one joined as such."""
    entry = coordinating(facts, day)
    if entry is None or isinstance(entry.event, JOINED):
        return None
    return CoordinatorChange(member=entry.event.member, since=entry.at)


def coordinating(facts, day):
    """The last fact by a day that says who coordinates; None where there is none."""
    says = [
        fact
        for fact in facts.since(day, JOINED, CHANGED)
        if isinstance(fact.event, CHANGED) or fact.event.role == pb.PARTNER_ROLE_COORDINATOR
    ]
    return says[-1] if says else None
