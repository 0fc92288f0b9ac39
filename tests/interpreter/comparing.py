"""Two editions beside each other (CompareEditions in summary_service.proto)."""

from registry.v1 import summary_service_pb2 as pb

GROUP = "participants"


def comparison(first, second, came, come):
    """Compare two summaries, and who took part in the one and the other."""
    return pb.EditionComparison(
        first=first,
        second=second,
        in_both=sorted(came & come),
        only_in_first=sorted(came - come),
        only_in_second=sorted(come - came),
        changes=changes(first.participants, second.participants),
    )


def changes(first, second):
    """Every figure of two counts that differs."""
    was, now = figures(first), figures(second)
    return [
        pb.FigureChange(
            figure=".".join([GROUP, *path]),
            first=was.get(path, 0),
            second=now.get(path, 0),
            change=now.get(path, 0) - was.get(path, 0),
        )
        for path in ordered(was.keys() | now.keys(), first.DESCRIPTOR)
        if was.get(path, 0) != now.get(path, 0)
    ]


def figures(counts):
    """Each figure by its path below the counts, zeros left out."""
    found = {}
    for field, value in counts.ListFields():
        if field.message_type is None:
            found[field.json_name,] = value
        else:
            found |= {(field.json_name, key): number for key, number in value.items()}
    return found


def ordered(paths, descriptor):
    """As the fields stand in the message, then by key."""
    names = [field.json_name for field in descriptor.fields]
    return sorted(paths, key=lambda path: (names.index(path[0]), path[1:]))
