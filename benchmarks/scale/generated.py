"""Generated: commands of a registry of any size, shaped as the real rows are.

About ten events for each cluster. Most have no date at all, as of the 113 real clusters 108 have
none; half have a region, some by a code of an older version of NUTS; each is in an ecosystem or
two. The same size gives the same commands.
"""

from __future__ import annotations

import random
from itertools import chain
from typing import TYPE_CHECKING, Any

from registry.events.v1 import values_pb2
from registry.reference import ecosystems, nuts
from registry.v1 import record_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANGED = 0.1
"""Share of the clusters whose ecosystems are stated anew when all else is recorded."""
UNKNOWN = values_pb2.Effective(bound=values_pb2.Effective.BOUND_UNKNOWN)
DATED, LOCATED, OLD_CODE = 0.05, 0.5, 0.15
"""Shares: of the clusters that are dated, located, and located by a code of NUTS 2013."""
ALIASES = 5
MEMBERS = 8
"""Of each partnership; there is one for every five clusters."""
EDITIONS = 10
TAKING_PART = 300
"""Clusters in each edition, however many there are: a hall has so many seats."""
_WORDS = (
    *("Aero", "Agro", "Bio", "Cyber", "Eco", "Energy", "Food", "Green", "Health", "Inno", "Logis"),
    *("Marine", "Metal", "Micro", "Nano", "Optic", "Photon", "Plast", "Robo", "Smart", "Textile"),
)
_PLACES = (
    *("Alentejo", "Baltic", "Bavaria", "Bohemia", "Catalonia", "Dalmatia", "Flanders", "Galicia"),
    *(
        "Lapland",
        "Liguria",
        "Łódź",
        "Moravia",
        "Normandie",
        "Pomorze",
        "Silesia",
        "Tyrol",
        "Zealand",
    ),
)


class Generated:
    """The commands of a registry with so many clusters."""

    def __init__(self, clusters: int) -> None:
        """Draw nothing yet."""
        self.clusters = clusters
        self._random = random.Random(clusters)
        self._slugs = [each.slug for each in ecosystems.ecosystems()]
        self._codes = [(code, 2024) for code in nuts.below(None, 2024, 2)]
        self._old = [(code, 2013) for code in nuts.below(None, 2013, 2)]

    def commands(self) -> Iterator[pb.Command]:
        """What to record, in an order in which nothing is refused."""
        made = chain(
            self._editions(),
            *(self._cluster(number) for number in range(self.clusters)),
            *(self._partnership(number) for number in range(self.clusters // 5)),
            self._participations(),
            self._changes(),
        )
        for number, command in enumerate(made):
            request = getattr(command, command.WhichOneof("command") or "")
            request.options.request_id = f"generated-{self.clusters}-{number}"
            if not request.options.HasField("effective"):
                request.options.effective.CopyFrom(UNKNOWN)
            yield command

    def _cluster(self, number: int) -> Iterator[pb.Command]:
        draw = self._random
        cluster, name = f"clusters/c{number}", self._name(number)
        code, version = draw.choice(self._old if draw.random() < OLD_CODE else self._codes)
        country = nuts.region(code, version).country_iso
        register = pb.Command()
        register.register_cluster.cluster_id = f"c{number}"
        register.register_cluster.name = name
        register.register_cluster.country = country
        if draw.random() < DATED:
            date = register.register_cluster.options.effective.date
            date.year, date.month = draw.randint(1990, 2024), draw.randint(1, 12)
        yield register
        for n in range(ALIASES):
            yield _command(add_cluster_alias={"cluster": cluster, "alias": f"{name} {n}"})
        yield _command(
            add_cluster_identifier={"cluster": cluster, "scheme": "national", "value": f"N{number}"}
        )
        if draw.random() < LOCATED:
            region = {"code": code, "classification_version": version}
            yield _command(locate_cluster={"cluster": cluster, "regions": [region]})
        tags = [{"ecosystem": slug} for slug in draw.sample(self._slugs, draw.choice((1, 1, 2)))]
        yield _command(set_cluster_ecosystems={"cluster": cluster, "ecosystems": tags})

    def _partnership(self, number: int) -> Iterator[pb.Command]:
        partnership = f"partnerships/p{number}"
        yield _command(
            form_partnership={"partnership_id": f"p{number}", "name": f"Partnership {number}"}
        )
        members = {self._random.randrange(self.clusters) for _ in range(MEMBERS)}
        for member in sorted(members):
            yield _command(
                join_partnership={"partnership": partnership, "member": f"clusters/c{member}"}
            )

    def _editions(self) -> Iterator[pb.Command]:
        for number in range(1, EDITIONS + 1):
            dates = {"start": {"year": _year(number), "month": 5}}
            yield _command(
                announce_edition={
                    "edition_id": f"e{number}",
                    "number": number,
                    "name": f"Edition {number}",
                    "dates": dates,
                }
            )

    def _participations(self) -> Iterator[pb.Command]:
        for number in range(1, EDITIONS + 1):
            for cluster in self._random.sample(range(self.clusters), TAKING_PART):
                yield _attended(number, cluster)

    def _changes(self) -> Iterator[pb.Command]:
        changed = self._random.sample(range(self.clusters), int(CHANGED * self.clusters))
        for number in changed:
            tags = [{"ecosystem": slug} for slug in self._random.sample(self._slugs, 2)]
            yield _command(
                set_cluster_ecosystems={
                    "options": {"effective": {"date": {"year": 2020}}},
                    "cluster": f"clusters/c{number}",
                    "ecosystems": tags,
                }
            )

    def _name(self, number: int) -> str:
        word, other = self._random.sample(_WORDS, 2)
        return f"{word}{other} {self._random.choice(_PLACES)} Cluster {number}"


def _year(edition: int) -> int:
    return 2005 + 2 * edition


def _attended(edition: int, cluster: int) -> pb.Command:
    held = {"date": {"year": _year(edition), "month": 5}}
    return _command(
        attend_participation={
            "options": {"effective": held},
            "edition": f"editions/e{edition}",
            "participant": f"clusters/c{cluster}",
        }
    )


def _command(**request: Any) -> pb.Command:
    return pb.Command(**request)
