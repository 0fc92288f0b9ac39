"""Where somebody is, and what that is in a version of NUTS (docs/regions.md)."""

from typing import NamedTuple

from registry.events.v1.cluster_pb2 import ClusterLocated
from registry.events.v1.values_pb2 import Region
from registry.reference import countries, nuts
from registry.v1 import region_service_pb2
from registry.v1 import summary_service_pb2 as pb

UNLOCATED, AMBIGUOUS, LEFT = "unlocated", "ambiguous", "left_nuts"
COARSER = "coarser"


class Place(NamedTuple):
    """A country and the regions of a seat, as recorded."""

    stated: str = ""
    """Country that is recorded; "" where it is not known."""
    regions: tuple[tuple[str, int], ...] = ()
    """Codes with their versions."""

    @property
    def country(self):
        """ISO code of the country, which the regions may say where nothing is recorded."""
        letters = {code[:2] for code, _ in self.regions}
        return self.stated or (countries.iso(letters.pop()) if len(letters) == 1 else "")

    def candidates(self, version):
        """Codes of a version in one of which it lies: the finest that are known."""
        found = {code for each in self.regions for code in became(*each, version)}
        return {c for c in found if not any(o != c and nuts.within(o, c, version) for o in found)}

    def outside(self, version):
        """Whether a part of what is recorded is outside the version."""
        return any(not became(*each, version) for each in self.regions)

    def bucket(self, version):
        """Code of level 2 (or coarser) under which it is counted, or the name of a remainder."""
        if not self.regions:
            return UNLOCATED
        codes = self.candidates(version)
        if not codes:
            return LEFT
        if len(codes) > 1 or self.outside(version):
            return AMBIGUOUS
        return nuts.nuts2(codes.pop(), version)

    def lies_in(self, area, version):
        """Whether it lies in a region: certainly (True), maybe (None) or not (False)."""
        inside = [nuts.within(code, area, version) for code in self.codes(version)]
        if not any(inside):
            return False
        elsewhere = bool(self.candidates(version)) and self.outside(version)
        return True if all(inside) and not elsewhere else None

    def codes(self, version):
        """Its candidates, or its country where there are none; nothing where nothing is known."""
        country = {countries.eurostat(self.country)} if self.country else set()
        return self.candidates(version) or country

    def may_lie_in(self, area, version):
        """Whether a region, or one in it, may be where it lies, as far as anything says."""
        return any(
            nuts.within(code, area, version) or nuts.within(area, code, version)
            for code in self.codes(version)
        )

    def doubt(self, version):
        """Why it may lie in a region, and nobody can say that it does."""
        if not self.regions:
            return COARSER
        bucket = self.bucket(version)
        return bucket if bucket in {AMBIGUOUS, LEFT} else COARSER

    def region_at(self, level, version):
        """Code of the region of a level in which it certainly lies; "" where there is none."""
        above = {a for code in self.codes(version) for a in nuts.ancestors(code, version)}
        of_level = (area for area in sorted(above) if nuts.region(area, version).level == level)
        return next((area for area in of_level if self.lies_in(area, version)), "")

    def ambiguous(self, version, number):
        """What so many who are recorded with these regions may be."""
        codes = sorted(self.regions)
        place = pb.AmbiguousPlace(clusters=number)
        place.regions.extend(pb.RecordedRegion(region=f"regions/{c}", version=v) for c, v in codes)
        if len(codes) == 1:
            place.candidates.extend(map(shared, nuts.resolve(*codes[0], version).candidates))
        else:
            for code in sorted(self.candidates(version)):
                place.candidates.add(region=f"regions/{code}")
        return place


def shared(candidate):
    """A candidate with its shares, as far as they are known."""
    return region_service_pb2.Candidate(
        region=f"regions/{candidate.code}",
        share_area=candidate.share_area,
        share_population=candidate.share_population,
    )


def became(code, version, to):
    """Codes of another version that have the territory, or a part of it."""
    found = nuts.resolve(code, version, to)
    return {found.code} if found.code else {each.code for each in found.candidates}


def of_cluster(facts, country, day):
    """Where the seat of a cluster is on a day; where it operates if nobody said where that is."""
    located = facts.on(day, ClusterLocated)
    regions = located.event.regions if located else ()
    seats = [region for region in regions if region.role != Region.ROLE_OPERATING]
    return Place(country, tuple((r.code, r.classification_version) for r in seats or regions))
