"""Names as clusters have them: a few words that are everywhere, many that are rare, marks."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

from benchmarks.filling import COMMANDS_IN_A_MESSAGE, ECOSYSTEMS
from registry.v1 import record_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTRIES = ("PL", "FR", "DE", "ES", "IT", "CZ", "PT", "RO", "SE", "NL")
_KINDS = ("Klaster", "Cluster", "Pôle", "Klastr", "Netzwerk", "Clúster", "Distretto", "Valley")
_FIELDS = (
    *("Lotniczy", "Automotive", "Santé", "Energie", "Alimentario", "Digital", "Optical", "Wood"),
    *("Mobility", "Photonics", "Textile", "Maritime", "Bio-Tech", "Żywności", "Plasturgie", "ICT"),
)
_STARTS = ("Bal", "Mor", "Pod", "Śląs", "Wiel", "Sax", "Tou", "Gali", "Kar", "Lom", "Tran", "Nord")
_MIDDLES = ("ka", "ra", "wi", "to", "li", "né", "gó", "ma", "so", "va", "du", "ri", "be", "ło")
_ENDS = ("via", "rz", "nia", "burg", "ville", "cki", "stad", "ona", "sko", "mark", "esti", "ña")


class Names:
    """Makes one name after another, the same ones every time."""

    def __init__(self, seed: int = 1) -> None:
        """Begin with nothing made."""
        self._random = random.Random(seed)

    def place(self) -> str:
        """Make up a place; there are some hundred thousand."""
        choose = self._random.choice
        inner = "".join(choose(_MIDDLES) for _ in range(self._random.randint(1, 3)))
        return choose(_STARTS) + inner + choose(_ENDS)

    def name(self) -> str:
        """Make up a name of three to five words."""
        words = [self._random.choice(_KINDS), self._random.choice(_FIELDS), self.place()]
        words += [self.place() for _ in range(self._random.choice((0, 0, 1)))]
        self._random.shuffle(words)
        return " ".join(words)


def messages_of(clusters: int, names: Names) -> Iterator[pb.RecordBatchRequest]:
    """Register, tag and now and then rename clusters, some commands a message."""
    commands = (each for n in range(clusters) for each in _cluster(n, names))
    while some := list(itertools.islice(commands, COMMANDS_IN_A_MESSAGE)):
        yield pb.RecordBatchRequest(commands=some)


def _cluster(number: int, names: Names) -> list[pb.Command]:
    registered, tagged, renamed = pb.Command(), pb.Command(), pb.Command()
    registered.register_cluster.cluster_id = f"made-up-{number}"
    registered.register_cluster.name = names.name()
    registered.register_cluster.country = COUNTRIES[number % len(COUNTRIES)]
    registered.register_cluster.options.effective.date.year = 2000 + number % 20
    tagged.set_cluster_ecosystems.cluster = f"clusters/made-up-{number}"
    tagged.set_cluster_ecosystems.ecosystems.add(ecosystem=ECOSYSTEMS[number % len(ECOSYSTEMS)])
    if number % 5:
        return [registered, tagged]
    renamed.rename_cluster.cluster = f"clusters/made-up-{number}"
    renamed.rename_cluster.name = names.name()
    renamed.rename_cluster.options.effective.date.year = 2021
    return [registered, tagged, renamed]
