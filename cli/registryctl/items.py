"""Items of a list that two answers do not have in common, in a few words."""

from collections.abc import Iterator
from typing import Any

from registryctl.text import BEGUN_BY, DATES, UNSAID, in_words, short


def paired(before: list[Any], after: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Items that changed, old and new; then those that went and those that came, beside None."""
    begun = {_begun_by(item): item for item in before if _begun_by(item)}
    same = [(begun[_begun_by(item)], item) for item in after if _begun_by(item) in begun]
    yield from ((old, new) for old, new in same if old != new)
    gone, come = list(before), list(after)
    for old, new in same:
        gone.remove(old)
        come.remove(new)
    yield from ((item, None) for item in gone if item not in come)
    yield from ((None, item) for item in come if item not in gone)


def change_in_words(old: dict[str, Any], new: dict[str, Any]) -> str:
    """What changed in one item: "clusters/x left 2017"."""
    names = [name for name in old | new if old.get(name) != new.get(name) and name not in UNSAID]
    said = (f"{name} {from_to(old.get(name), new.get(name))}" for name in names)
    same = {name: new[name] for name in new if name not in {*names, *DATES}}
    return f"{in_words(same)} {', '.join(said)}".rstrip()


def from_to(before: Any, after: Any) -> str:
    """A value that changed."""
    if before is None:
        return short(after)
    return f"{short(before)} -> {'none' if after is None else short(after)}"


def _begun_by(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    return next((item[name] for name in BEGUN_BY if name in item), "")
