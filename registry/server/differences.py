"""Differences: what two answers about one resource do not have in common."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from google.protobuf.json_format import MessageToDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from google.protobuf.descriptor import FieldDescriptor
    from google.protobuf.message import Message

_SINCE = "_since"
_LEFT_OUT = {
    "version",
    "life",
    "organisation",
    "cluster",
    "partnership",
    "edition",
    "participation",
}
"""Fields that say nothing of their own: names of the resource, and what follows from its dates."""
_SAID_BY = {"coordinator_change": "coordinator"}
"""Fields that repeat another one, where that has changed."""


class Difference(NamedTuple):
    """A field that is not the same, its values in the form of proto JSON; None where it has none.

    Of a repeated field they are the items that only one of the answers has.
    """

    field: str
    before: Any
    after: Any


def differences(before: Message, after: Message) -> Iterator[Difference]:
    """Compare two messages of one kind, field by field."""
    fields: list[Any] = [f for f in before.DESCRIPTOR.fields if f.name not in _LEFT_OUT]
    changed = [f for f in fields if _content(before, f) != _content(after, f)]
    names = {field.name for field in changed}
    for field in changed:
        said_by = _SAID_BY.get(field.name, field.name.removesuffix(_SINCE))
        if said_by == field.name or said_by not in names:
            yield Difference(field.name, *_values(before, after, field))


def _content(message: Message, field: FieldDescriptor) -> Any:
    """Value of a field; None where a message is not there, which is not the same as empty."""
    singular = field.message_type is not None and not field.is_repeated
    return None if singular and not message.HasField(field.name) else getattr(message, field.name)


def _values(before: Message, after: Message, field: FieldDescriptor) -> tuple[Any, Any]:
    if not field.is_repeated:
        return _plain(before, field), _plain(after, field)
    olds, news = getattr(before, field.name), getattr(after, field.name)
    gone, come = _only(olds, news), _only(news, olds)
    if not gone and not come:  # they stand in another order
        gone, come = list(olds), list(news)
    return _plain(_with(before, field, gone), field), _plain(_with(after, field, come), field)


def _only(items: Sequence[Any], others: Iterable[Any]) -> list[Any]:
    """Those of the items that the others are not, as often as they are not."""
    known = Counter(map(_identity, others))
    found = []
    for item in items:
        if known[identity := _identity(item)]:
            known[identity] -= 1
        else:
            found.append(item)
    return found


def _identity(item: Any) -> Any:
    return item.SerializeToString(deterministic=True) if hasattr(item, "DESCRIPTOR") else item


def _with(message: Message, field: FieldDescriptor, items: Iterable[Any]) -> Message:
    """Make a message of the same kind with these items only."""
    made = type(message)()
    getattr(made, field.name).extend(items)
    return made


def _plain(message: Message, field: FieldDescriptor) -> Any:
    """Value of one field as proto JSON; None where it has none."""
    alone = type(message)()
    for one, value in message.ListFields():
        if one.name != field.name:
            continue
        if field.is_repeated:
            getattr(alone, field.name).extend(value)
        elif field.message_type is not None:
            getattr(alone, field.name).CopyFrom(value)
        else:
            setattr(alone, field.name, value)
    return MessageToDict(alone).get(field.json_name)
