"""What differs between two points: figures of a summary, or fields of a resource."""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from registry_client import NotFound
from registryctl import wire
from registryctl.app import Settings, remark
from registryctl.common import EXPLAIN
from registryctl.items import paired
from registryctl.printing import Object, plain, show_objects
from registryctl.text import date, in_words, short


class Point(NamedTuple):
    """A point of the two times."""

    typed: str
    fields: Object
    """Of a registry.v1.Point."""


Points: TypeAlias = tuple[Point, Point]


def show_summaries(settings: Settings, rpc: str, of: Object, points: Points) -> None:
    """Print every figure that differs; as JSON the whole answer."""
    first, second = points
    fields = {"options": second.fields, "first": first.fields, **of}
    answer = plain(wire.call(settings, rpc, wire.request(rpc, fields)))
    settings.is_told()
    if settings.form == "json":
        show_objects(settings, [answer])
        return
    _tell(first, answer["firstReadPosition"], date(answer["firstAsOf"]))
    _tell(second, answer["readPosition"], date(answer["asOf"]))
    _show(settings, answer["changes"], points)


def show_counted(settings: Settings, of: Object, points: Points) -> None:
    """Print what is counted under a figure at one of the points only."""
    was, now = (set(_counted_at(settings, of, point)) for point in points)
    apart = [
        {"resource": name, "first": _mark(name in was), "second": _mark(name in now)}
        for name in sorted(was ^ now)
    ]
    _show(settings, apart, points)


def _counted_at(settings: Settings, of: Object, point: Point) -> Iterator[str]:
    for each in wire.pages(settings, EXPLAIN, {"options": point.fields, **of}, 0):
        yield each.resource  # type: ignore[attr-defined]
    _tell_read(settings, point)


def show_resources(settings: Settings, rpc: str, of: Object, points: Points) -> None:
    """Print every field that differs; what was not registered at a point has none there.

    Raises:
        NotFound: where it was registered at neither.
    """
    first, second = (_resource(settings, rpc, of, point) for point in points)
    if isinstance(first, NotFound) and isinstance(second, NotFound):
        raise second
    was, now = ({} if isinstance(found, NotFound) else found for found in (first, second))
    rows = [
        {"field": name, "first": one, "second": other} for name, one, other in _differing(was, now)
    ]
    _show(settings, rows, points)


def _resource(settings: Settings, rpc: str, of: Object, point: Point) -> Object | NotFound:
    try:
        answer = plain(wire.call(settings, rpc, wire.request(rpc, {"options": point.fields, **of})))
    except NotFound as error:
        remark(f"{point.typed}: not registered")
        return error
    _tell_read(settings, point)
    found: Object = next(iter(answer.values()))
    return found


def _differing(was: Object, now: Object) -> Iterator[tuple[str, str, str]]:
    """Field, what it was, what it is; of several values each that is not at both points."""
    for name in dict.fromkeys([*was, *now]):
        one, other = was.get(name), now.get(name)
        if isinstance(one or other, list):
            for old, new in paired(one or [], other or []):
                yield name, _words(old), _words(new)
        elif (pair := (short(one or ""), short(other or "")))[0] != pair[1]:
            yield name, *pair


def _words(item: Any) -> str:
    return "" if item is None else in_words(item)


def _mark(is_counted: bool) -> str:  # noqa: FBT001  # what it is about
    return "counted" if is_counted else ""


def _tell_read(settings: Settings, point: Point) -> None:
    """Tell of which day and position the last answer is."""
    settings.is_told()
    if read := settings.read:
        _tell(point, read.position, read.as_of)


def _tell(point: Point, position: int | str, day: str) -> None:
    remark(f"{point.typed}: as of {day}, as known at position {position}")


def _show(settings: Settings, rows: list[Object], points: Points) -> None:
    """Print rows; for a person the columns have the points as they were typed."""
    if settings.form == "table":
        if not rows:
            remark("nothing differs")
            return
        titles = dict(zip(("first", "second"), (point.typed for point in points), strict=True))
        rows = [{titles.get(name, name): value for name, value in row.items()} for row in rows]
    show_objects(settings, rows, listed=True, columns=" ".join(rows[0]) if rows else "")
