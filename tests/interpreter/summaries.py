"""Summaries of an ecosystem, a region and an edition (docs/summaries.md, summary_service.proto)."""

import copy
from collections import Counter

from registry.reference import ecosystems, nuts
from registry.v1 import summary_service_pb2 as pb
from tests.interpreter import belonging, editions, lives, memberships, takingpart
from tests.interpreter.counting import add, add_bucket, add_place
from tests.interpreter.places import AMBIGUOUS


class Summing:
    """Counts on one day, as known at one position."""

    def __init__(self, known, day):
        self.known = known
        self.day = day
        alive = [facts for facts in known.of("clusters") if lives.lives(facts, day)]
        self.clusters = [(facts, belonging.cluster(facts, day)) for facts in alive]
        self.formed = known.of("partnerships")
        self.partnerships = [facts for facts in self.formed if lives.lives(facts, day)]
        self.members = {facts.stream: self._members(facts) for facts in self.partnerships}
        self.taking_part = takingpart.all_of(known, day)

    @property
    def counting(self):
        """Those who take part in editions that are not cancelled."""
        return [part for part in self.taking_part if not part.cancelled]

    def summary(self, subject):
        """Summary of an ecosystem, a region or an edition."""
        if subject.of == "ecosystem":
            return self.ecosystem(subject.key, subject.counted_in)
        if subject.of == "region":
            return self.region(subject.key, subject.region_version, subject.counted_in)
        return self.edition(self.known[subject.key], subject.counted_in)

    def each_alone(self, kind):
        """Names of the resources of a kind, each with the counts that there are of it alone."""
        if kind == "clusters":
            for each in self.clusters:
                yield each[0].stream, self._but(clusters=[each])
        elif kind == "participations":
            for part in self.taking_part:
                yield part.stream, self._but(taking_part=[part])
        else:
            for facts in self.formed:
                living = [facts] if facts in self.partnerships else []
                members = {f.stream: self.members[f.stream] for f in living}
                alone = self._but(formed=[facts], partnerships=living, members=members)
                yield facts.stream, alone

    def _but(self, **instead):
        other = copy.copy(self)
        vars(other).update(instead)
        return other

    def _members(self, facts):
        """Direct members; they count while they exist, as all do."""
        live = {m.member for m in memberships.live(facts, self.day) if m.direct}
        there = [name for name in sorted(live) if self._lives(name)]
        return [belonging.resource(self.known, name, self.day) for name in there]

    def _lives(self, name):
        return name in self.known and lives.lives(self.known[name], self.day)

    # -- ecosystems ------------------------------------------------------------------

    def ecosystem(self, slug, version):
        """Summary of an ecosystem."""
        mine = [(facts, who, True) for facts, who in self.clusters if slug in who.ecosystems]
        taking = [(part, True) for part in self.counting if slug in part.who.ecosystems]
        return pb.EcosystemSummary(
            ecosystem=slug,
            name=ecosystems.ecosystem(slug).name,
            clusters=self.cluster_counts(mine, version),
            partnerships=pb.PartnershipCounts(
                tagged=sum(slug in belonging.tags(facts) for facts in self.partnerships),
                with_members=sum(slug in slugs(members) for members in self.members.values()),
            ),
            participants=takingpart.counts(taking, version),
            linked_ecosystems=self.linked(slug),
        )

    def linked(self, slug):
        """Other ecosystems of partnerships with a member in this one."""
        shared = Counter(
            other
            for members in self.members.values()
            if slug in slugs(members)
            for other in slugs(members) - {slug}
        )
        return [
            pb.LinkedEcosystem(ecosystem=other, partnerships=shared[other])
            for other in sorted(shared)
        ]

    # -- regions ---------------------------------------------------------------------

    def region(self, code, version, by_version):
        """Summary of a region."""
        mine = [
            (facts, who, where)
            for facts, who in self.clusters
            if (where := who.place.lies_in(code, version)) is not False
        ]
        taking = [
            (part, where)
            for part in self.counting
            if (where := part.who.place.lies_in(code, version)) is not False
        ]
        found = nuts.region(code, version)
        return pb.RegionSummary(
            region=found.code,
            name=found.name or "",
            version=version,
            by_version=by_version,
            clusters=self.cluster_counts(mine, by_version),
            partnerships=pb.PartnershipCounts(
                with_members=sum(inside(ms, code, version) for ms in self.members.values())
            ),
            participants=takingpart.counts(taking, by_version),
            delegations=takingpart.delegations(taking),
            partners=self.partners(code, version, by_version),
        )

    def partners(self, code, version, by_version):
        """Partnerships with a member in a region and one elsewhere, by the latter."""
        counts = pb.PartnerCounts()
        for members in self.members.values():
            elsewhere = [m for m in members if m.place.lies_in(code, version) is False]
            if not (inside(members, code, version) and elsewhere):
                continue
            counts.total += 1
            for country in {m.place.country for m in elsewhere}:
                add(counts, "by_country", country, "country_unknown")
            for bucket in {m.place.bucket(by_version) for m in elsewhere}:
                add_bucket(counts, bucket)
        return counts

    # -- editions --------------------------------------------------------------------

    def edition(self, facts, version):
        """Summary of an edition."""
        mine = [part for part in self.taking_part if part.edition == facts.stream]
        return pb.EditionSummary(
            **self.heading(facts),
            participants=takingpart.counts([(part, True) for part in mine], version),
            partnerships_represented=self.represented(facts, mine),
        )

    def who(self, facts):
        """Names of those who take part in an edition and did not withdraw."""
        mine = (part for part in self.taking_part if part.edition == facts.stream)
        return {part.who.name for part in mine if not part.withdrawn}

    def heading(self, facts):
        """What an edition is called, and when and where it is."""
        announced = editions.announced(facts)
        return {
            "edition": facts.stream,
            "name": announced.name,
            "city": announced.city,
            "country": announced.country,
            "dates": editions.dates(facts, self.day).event.dates,
            "number": announced.number,
        }

    def represented(self, facts, taking_part):
        """Partnerships that live on the first day, and have a participant as member then."""
        first = editions.begins(facts, self.day)
        there = {part.who.name for part in taking_part if not part.withdrawn}
        return sum(
            any(m.member in there for m in memberships.live(partnership, first) if m.direct)
            for partnership in self.formed
        )

    def series(self, version, chosen):
        """Every edition not cancelled by its dates, with those who are chosen."""
        found = [f for f in self.known.of("editions") if not editions.cancelled(f, self.day)]
        found.sort(key=lambda facts: (editions.begins(facts, self.day), facts.stream))
        return [
            pb.EditionPoint(
                **self.heading(facts),
                participants=takingpart.counts(
                    [
                        (part, where)
                        for part in self.taking_part
                        if part.edition == facts.stream
                        if (where := chosen(part.who)) is not False
                    ],
                    version,
                ),
            )
            for facts in found
        ]

    # -- clusters --------------------------------------------------------------------

    def cluster_counts(self, found, version):
        """Count clusters, each with whether it certainly belongs."""
        counts = pb.ClusterCounts()
        ambiguous = Counter()
        for facts, who, certain in found:
            counts.total += 1
            counts.uncertain += not certain
            counts.start_unknown += lives.unknown(facts)
            add_place(counts, who.place, version)
            if who.place.bucket(version) == AMBIGUOUS:
                ambiguous[who.place] += 1
        for place, number in sorted(ambiguous.items(), key=written):
            counts.ambiguous_places.append(place.ambiguous(version, number))
        return counts


def written(counted):
    """The codes of an ambiguous place as text: what the places are listed by."""
    return [f"{code}.{version}" for code, version in counted[0].regions]


def slugs(members):
    """Ecosystems of members; what a partnership is tagged with does not make it a part of one."""
    return {slug for who in members if who.kind != "partnership" for slug in who.ecosystems}


def inside(members, code, version):
    """Whether a member certainly lies in a region: there is no bucket for who only may."""
    return any(who.place.lies_in(code, version) for who in members)
