"""Partnership: who works together, in which roles, and from when until when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, Self

from registry.domain import (
    activation,
    endings,
    ids,
    membership_rules,
    places,
    policies,
    references,
    text,
)
from registry.domain.effective import BEGINNING, FOREVER, UNKNOWN, Effective
from registry.domain.frozen import changed
from registry.domain.keys import member_key
from registry.domain.life import Life, life_on
from registry.domain.membership_rules import Membership, role_name
from registry.domain.spans import Span, Spans
from registry.domain.timeline import Entry, Timeline
from registry.domain.values import Party
from registry.domain.world import Decision, Recorded, World
from registry.errors import AlreadyExists, InvalidField, NotFound, RuleRefused, StoreFault
from registry.events.v1 import partnership_pb2 as pb

# ruff: noqa: RUF009 - the default values are frozen


class RelationTo(NamedTuple):
    """How a partnership stands to another party."""

    relation: pb.Relation.ValueType
    target: Party
    relation_as_stated: str = ""


@dataclass(frozen=True)
class Partnership:
    """State of a stream "partnerships/{id}"."""

    KIND: ClassVar[str] = "partnerships"

    stream: str
    registered: bool = False
    terms: pb.PartnershipFormed = field(default_factory=pb.PartnershipFormed)
    """As formed: name, kind, call and so on; not to be changed."""
    formed: Effective | None = None
    activations: Timeline[str] = Timeline()
    """Policies it was measured against, from when it is active."""
    ended: Effective | None = None
    ended_version: int = 0
    members: Spans[Membership] = Spans()
    coordinators: Timeline[str] = Timeline()
    """Coordinating members as recorded, empty for none; see coordinator_on."""
    relations: Spans[RelationTo] = Spans()

    @classmethod
    def new(cls, stream: str) -> Self:
        """State before any event."""
        return cls(stream)

    # -- reading ---------------------------------------------------------------------

    @property
    def country(self) -> str:
        """Empty: a partnership is of no country."""
        return ""

    @property
    def activated(self) -> Effective | None:
        """From when it is active, if that is recorded."""
        return self.activations.entries[0].at if self.activations.entries else None

    @property
    def last_certain_day(self) -> int:
        """Last day (ordinal) on which it exists, whatever the unknown dates are."""
        return FOREVER if self.ended is None else self.ended.earliest_day

    def life_on(self, day: int) -> Life:
        """Whether it exists on a day (ordinal)."""
        return life_on(self.formed, self.ended, day)

    def core(self, span: Span[Membership]) -> tuple[int, int]:
        """Days on which a membership certainly holds, cut to the partnership's period."""
        since = BEGINNING if self.formed is None else self.formed.latest_day
        return span.core(since, self.last_certain_day)

    def members_on(self, day: int) -> tuple[Span[Membership], ...]:
        """Memberships live on a day (ordinal), cut to the partnership's period."""
        return self.members.live_on(day) if self.life_on(day) is Life.LIVE else ()

    def coordinator_on(self, day: int) -> str:
        """Coordinating member on a day (ordinal); empty where none is recorded or it left."""
        member = self.coordinators.on(day) or ""
        return member if any(s.what.member == member for s in self.members_on(day)) else ""

    def coordinator_change_on(self, day: int) -> Entry[str] | None:
        """The last coordinator recorded up to a day, where it did not join as such."""
        entry = self.coordinators.entry_on(day)
        if entry is None:
            return None
        joined = (
            span.what.role == pb.PARTNER_ROLE_COORDINATOR and span.start == entry.at
            for span in self.members
            if span.what.member == entry.value
        )
        return None if any(joined) else entry

    def role_on(self, span: Span[Membership], day: int) -> pb.PartnerRole.ValueType:
        """Role of a membership on a day: who no longer coordinates is a partner."""
        recorded = span.what.role
        is_former = recorded == pb.PARTNER_ROLE_COORDINATOR
        if is_former and self.coordinator_on(day) != span.what.member:
            return pb.PARTNER_ROLE_PARTNER
        return recorded

    # -- decisions -------------------------------------------------------------------

    def form(self, stated: pb.PartnershipFormed, at: Effective) -> list[Decision]:
        """Come into existence; `stated` is the event as the caller has it."""
        if self.registered:
            raise AlreadyExists(self.stream)
        event = text.cleaned(stated, "name")
        if event.duration_months < 0:
            raise InvalidField("duration_months", "may not be negative; 0 where it is not known")
        tags = places.tags(event.ecosystems, "ecosystems")
        del event.ecosystems[:]
        event.ecosystems.extend(tags)
        countries = (
            places.country(code, f"target_countries[{n}]")
            for n, code in enumerate(event.target_countries)
        )
        event.target_countries[:] = list(dict.fromkeys(filter(None, countries)))
        return [Decision(self.stream, event, at)]

    def activate(self, at: Effective, world: World, today: int) -> list[Decision]:
        """Become active, measured on that date against the rules of its kind and call."""
        self._require_live(at)
        if any(entry.at == at for entry in self.activations.entries):
            return []
        endings.require_after_start(self.stream, self.formed, at)
        policy = policies.policy_for(self.terms.kind, self.terms.call)
        activation.measure(self, policy, today if at.unknown else at.last_day, world)
        return [Decision(self.stream, pb.PartnershipActivated(policy=policy.slug), at)]

    def end(self, at: Effective, world: World) -> list[Decision]:
        """Cease to exist; its memberships are cut to its period when they are read."""
        self._require_registered()
        endings.require_date(at)
        if self.ended == at:
            return []
        endings.require_not_ended(self.stream, self.ended, self.ended_version)
        endings.require_after_start(self.stream, self.formed, at)
        for stream in world.streams(member_key(self.stream)):
            membership_rules.check_end(world.load(type(self), stream), self.stream, at)
        endings.require_nothing_after(self.stream, self._begun(), at)
        return [Decision(self.stream, pb.PartnershipEnded(), at)]

    def _begun(self) -> Iterator[tuple[str, Effective]]:
        """What has begun of it, in words, and when."""
        for span in self.members:
            yield f"the membership of {span.what.member}", span.start
        for at, member in self.coordinators.entries:
            yield f"{member or 'nobody'} as coordinator", at
        for relation in self.relations:
            yield "a relation", relation.start
        for at, _ in self.activations.entries:
            yield "an activation", at

    def join(
        self, stated: pb.PartnershipPartnerJoined, at: Effective, world: World
    ) -> list[Decision]:
        """Take a member; `stated` is the event as the caller has it."""
        self._require_live(at)
        event = text.cleaned(stated)
        event.role = event.role or pb.PARTNER_ROLE_PARTNER
        references.require(world, event.member, "member")
        membership = Membership(event.member, event.role, event.role_as_stated)
        if any(span.start == at for span in self.members.of(membership)):
            return []
        joined = self._joined(0, membership, at)
        membership_rules.check_span(joined, Span(0, membership, at), world)
        membership_rules.check_coordinators(joined)
        return [Decision(self.stream, event, at)]

    def leave(
        self, member: str, role: pb.PartnerRole.ValueType, at: Effective, today: int
    ) -> list[Decision]:
        """Lose a member in a role, or in the only one it has."""
        self._require_registered()
        endings.require_date(at)
        endings.require_past(at, today)
        spans = [s for s in self.members if s.what.member == member and role in (0, s.what.role)]
        roles = sorted({role_name(span.what.role) for span in spans if span.end is None})
        if len(roles) > 1:
            raise RuleRefused(
                "which-role",
                self.stream,
                f"{member} is in {self.stream} as {' and as '.join(roles)}",
                "say which role ends",
            )
        span = endings.span_to_end(self.stream, f"membership of {member}", spans, at)
        return [] if span is None else self.lose([span], at)

    def lose(self, spans: Sequence[Span[Membership]], at: Effective) -> list[Decision]:
        """End memberships on a date."""
        members = self.members
        for span in spans:
            members = members.close(span.version, at, 0)
        membership_rules.check_coordinators(changed(self, members=members))
        return [
            Decision(
                self.stream,
                pb.PartnershipPartnerLeft(
                    member=span.what.member, role=span.what.role, joined_version=span.version
                ),
                at,
            )
            for span in spans
        ]

    def change_coordinator(self, member: str, at: Effective) -> list[Decision]:
        """Have another member coordinate, or none; the former one stays as partner."""
        self._require_live(at)
        if self.coordinators.says(member, at):
            return []
        if member:
            ids.check_name(member, ids.PARTIES, "member")
        after = changed(self, coordinators=self.coordinators.insert(at, member))
        membership_rules.check_coordinators(after)
        return [Decision(self.stream, pb.PartnershipCoordinatorChanged(member=member), at)]

    def relate(self, stated: pb.PartnershipRelated, at: Effective, world: World) -> list[Decision]:
        """Stand in a relation to a party; `stated` is the event as the caller has it."""
        self._require_live(at)
        event = text.cleaned(stated, "relation")
        became = event.relation == pb.RELATION_BECAME_ORGANISATION
        allowed = ("organisations",) if became else ids.PARTIES
        references.check_party(world, event.target, "target", allowed)
        if event.target.resource == self.stream:
            raise InvalidField("target.resource", "must be another than the partnership itself")
        relation = _relation(event)
        known = any(span.start == at for span in self.relations.of(relation))
        return [] if known else [Decision(self.stream, event, at)]

    def check(self, world: World) -> None:
        """Refuse a state that breaks an invariant."""
        for span in self.members:
            membership_rules.check_span(self, span, world)
        membership_rules.check_coordinators(self)

    # -- evolving --------------------------------------------------------------------

    def evolve(self, recorded: Recorded) -> Self:  # noqa: PLR0911 - one for each event
        """State after one more event."""
        at, version = recorded.at or UNKNOWN, recorded.version
        match recorded.event:
            case pb.PartnershipFormed() as event:
                return changed(self, registered=True, terms=event, formed=at)
            case pb.PartnershipActivated(policy=policy):
                return changed(self, activations=self.activations.insert(at, policy))
            case pb.PartnershipPartnerJoined(member=member, role=role, role_as_stated=stated):
                return self._joined(version, Membership(member, role, stated), at)
            case pb.PartnershipPartnerLeft(joined_version=joined):
                return changed(self, members=self.members.close(joined, at, version))
            case pb.PartnershipCoordinatorChanged(member=member):
                return changed(self, coordinators=self.coordinators.insert(at, member))
            case pb.PartnershipRelated() as event:
                return changed(self, relations=self.relations.open(version, _relation(event), at))
            case pb.PartnershipEnded():
                return changed(self, ended=at, ended_version=version)
        raise StoreFault(f"{recorded.stream}@{version} is no event of a partnership")

    def _joined(self, version: int, membership: Membership, at: Effective) -> Self:
        joined = changed(self, members=self.members.open(version, membership, at))
        if membership.role != pb.PARTNER_ROLE_COORDINATOR:
            return joined
        return changed(joined, coordinators=self.coordinators.insert(at, membership.member))

    def _require_registered(self) -> None:
        if not self.registered:
            raise NotFound(self.stream)

    def _require_live(self, at: Effective) -> None:
        self._require_registered()
        endings.require_before_end(self.stream, self.ended, at)


def _relation(event: pb.PartnershipRelated) -> RelationTo:
    return RelationTo(event.relation, Party.of(event.target), event.relation_as_stated)
