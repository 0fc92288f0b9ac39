"""Figures that differ: of two editions, or of one summary at two points (summary_service.proto)."""

from registry.v1 import summary_service_pb2 as pb

GROUP = "participants"
HEADING = ("version", "by_version", "number", "dates", "ambiguous_places")
"""Fields that are not texts and yet no figures."""


def comparison(first, second, came, come):
    """Compare two editions' summaries, and who took part in the one and the other."""
    return pb.EditionComparison(
        first=first,
        second=second,
        in_both=sorted(came & come),
        only_in_first=sorted(came - come),
        only_in_second=sorted(come - came),
        changes=[each for each in changes(first, second) if each.figure.startswith(f"{GROUP}.")],
    )


def changes(first, second):
    """Every figure of two summaries that differs."""
    was, now = figures(first), figures(second)
    return [
        pb.FigureChange(
            figure=".".join(path),
            first=was.get(path, 0),
            second=now.get(path, 0),
            change=now.get(path, 0) - was.get(path, 0),
        )
        for path in sorted(was.keys() | now.keys(), key=lambda path: rank(path, first.DESCRIPTOR))
        if was.get(path, 0) != now.get(path, 0)
    ]


def figures(message):
    """Each figure of a summary, or of its counts, by its path; those without a key if 0 too."""
    found = {}
    for field in message.DESCRIPTOR.fields:
        if field.name not in HEADING:
            inner = below(field, getattr(message, field.name))
            found |= {(field.json_name, *path): number for path, number in inner.items()}
    return found


def below(field, value):
    """Figures of a field by what follows its name; none of a text."""
    if field.name == "linked_ecosystems":
        return {(each.ecosystem,): each.partnerships for each in value}
    if field.is_repeated:
        return {(key,): number for key, number in value.items()}
    if field.message_type is not None:
        return figures(value)
    return {(): value} if isinstance(value, int) else {}


def rank(path, descriptor):
    """Sorts figures as the fields stand in the messages, then by key."""
    name, *rest = path
    field = next(field for field in descriptor.fields if field.json_name == name)
    if field.message_type is None or field.is_repeated:
        return (field.index, *rest)
    return (field.index, *rank(rest, field.message_type))
