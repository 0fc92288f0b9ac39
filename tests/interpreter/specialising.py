"""Location quotients of regions and ecosystems (Quotient in summary_service.proto)."""

from collections import defaultdict
from fractions import Fraction

from registry.reference import ecosystems, nuts
from registry.v1 import summary_service_pb2 as pb
from tests.interpreter.places import AMBIGUOUS, COARSER, LEFT

FEW = 5
DIGITS = 9
"""Of a quotient that are compared: how it is rounded is not promised."""
SLUGS = tuple(each.slug for each in ecosystems.ecosystems())
LEVELS = (0, 1, 2)
BASE = ("existing", "total", "untagged", "unlocated")
DOUBTS = {COARSER: "coarser", AMBIGUOUS: "ambiguous", LEFT: "leftNuts"}


# -- who is counted --------------------------------------------------------------------


def behind(clusters, subject):
    """Names of the clusters behind each number, by the path that explains it."""
    found = defaultdict(list, {(name,): [] for name in BASE})
    for who in clusters:
        for path in PATHS[subject.of](who, subject):
            found[path].append(who.name)
    return found


def base(who):
    """How a cluster counts whatever is asked about."""
    return "untagged" if not who.ecosystems else "total" if who.place.country else "unlocated"


def of_region(who, subject):
    """Figures of a region in which a cluster counts."""
    place, version = who.place, subject.region_version
    lies = place.lies_in(subject.key, version)
    yield from (("existing",), (base(who),))
    if base(who) != "total":
        if lies and not who.ecosystems:
            yield ("withoutEcosystem",)
        return
    yield from (("inEcosystem", slug) for slug in who.ecosystems)
    if lies:
        yield ("inRegion",)
        yield from (("clusters", slug) for slug in who.ecosystems)
    elif place.may_lie_in(subject.key, version):
        yield (DOUBTS[place.doubt(version)],)


def of_ecosystem(who, subject):
    """Figures of an ecosystem in which a cluster counts."""
    tagged = subject.key in who.ecosystems
    yield from (("existing",), (base(who),))
    if base(who) != "total":
        if tagged:
            yield ("withoutCountry",)
        return
    if tagged:
        yield ("inEcosystem",)
    for level in LEVELS:
        code = who.place.region_at(level, subject.counted_in)
        if code:
            yield from (("inRegion", code), *([("clusters", code)] if tagged else ()))
        elif tagged:
            yield (DOUBTS[who.place.doubt(subject.counted_in)], str(level))


PATHS = {"region": of_region, "ecosystem": of_ecosystem}


# -- answers ---------------------------------------------------------------------------


def region(clusters, subject):
    """In which ecosystems a region is specialised."""
    found, described = behind(clusters, subject), nuts.region(subject.key, subject.region_version)
    rows = [
        row(
            pb.Quotient(
                ecosystem=slug,
                region=f"regions/{subject.key}",
                clusters=len(found["clusters", slug]),
                in_region=len(found["inRegion",]),
                in_ecosystem=len(found["inEcosystem", slug]),
                total=len(found["total",]),
            )
        )
        for slug in SLUGS
    ]
    return pb.Specialisation(
        region=described.code,
        name=described.name or "",
        version=subject.region_version,
        by_version=subject.counted_in,
        level=described.level,
        rows=sorted(rows, key=largest_first),
        base=part(pb.SpecialisationBase(), found),
        left_out=part(pb.SpecialisationLeftOut(), found),
    )


def ecosystem(clusters, subject, level):
    """Where an ecosystem is concentrated."""
    found = behind(clusters, subject)
    rows = [
        row(
            pb.Quotient(
                ecosystem=subject.key,
                region=f"regions/{code}",
                clusters=len(found["clusters", code]),
                in_region=len(names),
                in_ecosystem=len(found["inEcosystem",]),
                total=len(found["total",]),
            )
        )
        for (figure, code), names in list(keyed(found))
        if figure == "inRegion" and nuts.region(code, subject.counted_in).level == level
    ]
    return pb.Specialisation(
        ecosystem=subject.key,
        name=ecosystems.ecosystem(subject.key).name,
        version=subject.counted_in,
        by_version=subject.counted_in,
        level=level,
        rows=sorted(rows, key=largest_first),
        base=part(pb.SpecialisationBase(), found),
        left_out=part(pb.SpecialisationLeftOut(), found, str(level)),
    )


def keyed(found):
    """Figures that have something behind their name."""
    return ((path, names) for path, names in found.items() if len(path) > 1)


def row(numbers):
    """A row, its quotient from its four numbers."""
    expected = numbers.in_region * numbers.in_ecosystem
    if expected:
        numbers.quotient = Fraction(numbers.clusters * numbers.total, expected)
    numbers.small_numbers = numbers.clusters < FEW or expected < FEW * numbers.total
    return rounded(numbers)


def largest_first(row):
    """Sorts rows."""
    return not row.HasField("quotient"), -row.quotient, row.ecosystem, row.region


def part(message, found, level=None):
    """Numbers of the base, or of who is left out; some of them of a level."""
    for field in message.DESCRIPTOR.fields:
        name = field.json_name
        path = (name, level) if level and name in DOUBTS.values() else (name,)
        setattr(message, field.name, len(found[path]))
    return message


def rounded(row):
    """A row as it is compared."""
    if row.HasField("quotient"):
        row.quotient = round(row.quotient, DIGITS)
    return row


def seen(answer):
    """An answer as it is compared."""
    for row in answer.specialisation.rows:
        rounded(row)
    return answer
