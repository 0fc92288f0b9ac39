"""What a figure counts (docs/summaries.md): who, counted alone, is counted in it."""

from registry.v1 import summary_service_pb2 as pb
from tests.interpreter.comparing import figures
from tests.interpreter.evidence import wrong

COUNTED_BY = {
    "clusters": "clusters",
    "participants": "participations",
    "delegations": "participations",
    "partnerships": "partnerships",
    "linkedEcosystems": "partnerships",
    "partners": "partnerships",
    "partnershipsRepresented": "partnerships",
}
"""What the figures of each part of a summary count."""


def behind(summing, subject, path):
    """Names of the resources that a figure counts, as its path names it."""
    return sorted(
        name
        for name, alone in summing.each_alone(COUNTED_BY[path[0]])
        if figures(alone.summary(subject)).get(path)
    )


def contributions(names):
    """Contributions as they are compared."""
    return [pb.Contribution(resource=name) for name in names]


def seen(known, day):
    """Makes an answer to what is compared: the resources, and what of the evidence is wrong."""

    def of(answer):
        for each in answer.contributions:
            left = wrong(known, day, each)
            del each.evidence[:]
            each.evidence.extend(left)
        return answer

    return of
