"""Random histories: commands as users send them, of a few resources and a few dates."""

import random

from tests.interpreter.aiming import MEMBERSHIP, PARTICIPATION, after, standing
from tests.interpreter.words import (
    CLUSTERS,
    CODES,
    COUNTRIES,
    EDITIONS,
    ENDS,
    HELD_ON,
    IDENTIFIERS,
    MEMBERS,
    NAMES,
    OLD_DELEGATION,
    ORGANISATIONS,
    PARTICIPANTS,
    PARTNERSHIPS,
    REGION_ROLES,
    ROLES,
    SLUGS,
    STARTS,
    TOOK_PART_AS,
    date,
    effective,
    ident,
    participation_of,
    stream_of,
)

ON_EARLIER = 0.85
MOST = 0.95
WITH_DEPENDANTS = 0.4
ON_RETRACTION = 0.3


class Drawn:
    """Commands of one history: an RPC and its fields, as proto JSON."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._earlier = []

    def history(self, most):
        """Draw so many commands: the resources first, more or less, then what becomes of them."""
        beginnings = [
            *(("RegisterOrganisation", self.organisation(s)) for s in ORGANISATIONS),
            *(("RegisterCluster", self.cluster(s)) for s in CLUSTERS),
            *(("FormPartnership", self.partnership(s)) for s in PARTNERSHIPS),
            *(("AnnounceEdition", self.edition(s)) for s in EDITIONS),
        ]
        begun = [command for command in beginnings if self._random.random() < MOST]
        self._random.shuffle(begun)
        self._earlier = begun
        while len(self._earlier) < most:
            self._earlier.append(self.command())
        return self._earlier

    def command(self):
        """Any command; one that would end nothing begins something instead, most of the time."""
        rpc = self.one(tuple(WEIGHTS), weights=tuple(WEIGHTS.values()))
        aim = AIMED.get(rpc)
        if aim and not standing(self._earlier, aim) and self._random.random() < ON_EARLIER:
            rpc = aim.begins[0]
        return rpc, MAKE[rpc](self)

    def earlier(self, *rpcs):
        """Fields of a command drawn before, most of the time; {} for something of its own."""
        found = [fields for rpc, fields in self._earlier if rpc in rpcs]
        return self.one(found) if found and self._random.random() < ON_EARLIER else {}

    def standing(self, aim):
        """Fields of a command that began what may go on, most of the time; {} for anything."""
        found = standing(self._earlier, aim)
        return self.one(found) if found and self._random.random() < ON_EARLIER else {}

    def one(self, of, weights=None):
        """One of several."""
        return self._random.choices(of, weights)[0]

    def some(self, of, most=2):
        """None, one or several."""
        return self._random.sample(of, self._random.randint(0, most))

    def options(self, dates=STARTS):
        """Options with an effective date."""
        return effective(self.one(dates))

    # -- beginnings ------------------------------------------------------------------

    def organisation(self, stream):
        """Fields of RegisterOrganisation."""
        return {
            "options": self.options(),
            "organisationId": ident(stream),
            "name": self.one(NAMES),
            "country": self.one(COUNTRIES),
            "kindAsStated": self.one(("", "agency")),
        } | self.name_effective()

    def cluster(self, stream):
        """Fields of RegisterCluster."""
        return {
            "options": self.options(),
            "clusterId": ident(stream),
            "name": self.one(NAMES),
            "country": self.one(COUNTRIES),
            "establishedMeaning": self.one(("", "association")),
        } | self.name_effective()

    def name_effective(self):
        """From when a name holds, or nothing."""
        stated = effective(self.one(STARTS)).get("effective")
        return {"nameEffective": stated} if stated and self.one((True, False)) else {}

    def partnership(self, stream):
        """Fields of FormPartnership."""
        return {
            "options": self.options(("unknown", *STARTS)),
            "partnershipId": ident(stream),
            "name": self.one(NAMES),
            "kind": self.one(("PARTNERSHIP_KIND_NETWORK", "PARTNERSHIP_KIND_ALLIANCE")),
            "ecosystems": self.tags(),
            "targetCountries": self.some(COUNTRIES[1:]),
        }

    def edition(self, stream):
        """Fields of AnnounceEdition."""
        return {
            "options": self.options(("unknown", *STARTS)),
            "editionId": ident(stream),
            "number": self.one((0, EDITIONS.index(stream) + 1, EDITIONS.index(stream) + 1, 2)),
            "name": self.one(NAMES),
            "dates": self.dates(),
            "city": self.one(("", "Prague")),
            "country": self.one(COUNTRIES),
            "hosts": [{"asStated": "a ministry"}][: self.one((0, 1))],
        }

    def dates(self):
        """When an edition takes place."""
        start = date(self.one(HELD_ON))
        return {"start": start, "end": start} if self.one((True, False)) else {"start": start}

    def tags(self):
        """Some ecosystems."""
        return [{"ecosystem": slug} for slug in self.some(SLUGS)]

    def regions(self):
        """Some regions, most often one seat."""
        return [
            {"code": c, "classificationVersion": v, "role": f"ROLE_{self.one(REGION_ROLES)}"}
            for c, v in self.some(CODES, self.one((1, 1, 2, 3)))
        ]

    def taking_part(self):
        """Who takes part, in what, and how."""
        who = self.one((*PARTICIPANTS, OLD_DELEGATION))
        return {
            "edition": self.one(EDITIONS),
            **(who if isinstance(who, dict) else {"participant": who}),
            "roles": [f"PARTICIPATION_ROLE_{role}" for role in self.some(TOOK_PART_AS)],
        }

    def leaving(self):
        """Fields of LeavePartnership: most often a member that did not leave yet."""
        joined = self.standing(MEMBERSHIP)
        return {
            "options": self.options(after(joined, ENDS[:-1]) if joined else ENDS[:-1]),
            "partnership": joined["partnership"] if joined else self.one(PARTNERSHIPS),
            "member": joined["member"] if joined else self.one(MEMBERS),
        }

    def participation(self):
        """Fields of what becomes of a participation: most often of one that is registered."""
        registered = self.standing(PARTICIPATION)
        of = registered or self.earlier("AttendParticipation") or self.taking_part()
        return {
            "options": self.options(after(registered, STARTS) if registered else STARTS),
            "participation": participation_of(of["edition"], of["participant"]),
        }

    def identifier(self):
        """Scheme and value."""
        scheme, value = self.one(IDENTIFIERS)
        return {"scheme": scheme, "value": value}

    def again(self, rpc, *fields):
        """Fields that a command before had, where there is one."""
        earlier = self.earlier(rpc)
        return {field: earlier[field] for field in fields if field in earlier}

    def retraction(self):
        """One or several versions of a stream that an earlier command is about."""
        streams = self.streams()
        stream = self.one(streams)
        # Later ones more often: a registration that is gone leaves nothing to happen.
        lowest = max(self._random.randint(1, streams.count(stream)) for _ in range(3))
        versions = self.one(([lowest], [lowest], [lowest, lowest + 1], [*range(1, lowest + 1)]))
        with_all = self._random.random() < WITH_DEPENDANTS
        if with_all and self.one((True, False)):
            versions = [1]  # so that what refers to it goes, too
        return {"stream": stream, "versions": versions, "withDependants": with_all}

    def streams(self):
        """Streams that earlier commands are about, each as often as it is."""
        return [stream_of(fields) for rpc, fields in self._earlier if rpc not in CORRECTIONS]

    def redaction(self):
        """An event that was retracted, or what retracted one that was redacted, most often."""
        redacted = self._random.random() < ON_RETRACTION and self.earlier("RedactEvent")
        if redacted:
            stream, lowest = redacted["stream"], int(redacted["version"]) + 1
            version = self._random.randint(lowest, lowest + self.streams().count(stream) // 2)
        else:
            retracted = self.earlier("RetractEvent") or self.retraction()
            stream, version = retracted["stream"], self.one(retracted["versions"])
        return redaction(stream, version)


def redaction(stream, version):
    """Fields of RedactEvent."""
    return {
        "options": {"reason": "must not be kept"},
        "stream": stream,
        "version": version,
        "approvers": ["principals/one", "principals/two"],
    }


def _begun(make, streams):
    return lambda d: make(d, d.one(streams))


def _of(noun, streams, effective_on=STARTS, **more):
    """Fields of a command about a resource that is there."""
    return lambda d: {
        "options": d.options(effective_on),
        noun: d.one(streams),
        **{field: draw(d) for field, draw in more.items()},
    }


def _drawn(of):
    return lambda d: d.one(of)


def _identifier(noun, streams):
    of = _of(noun, streams)
    return lambda d: of(d) | d.identifier()


def _again(make, rpc, *fields):
    """Fields of a command, some of which an earlier one had."""
    return lambda d: make(d) | d.again(rpc, *fields)


def _ended(noun, streams):
    of = _of(noun, streams, ENDS)
    added = f"Add{noun.capitalize()}Identifier"
    return _again(lambda d: of(d) | d.identifier(), added, noun, "scheme", "value")


_NAME = _drawn(NAMES)
_ROLE = _drawn(tuple(f"PARTNER_ROLE_{role}" for role in ROLES))
_JOINED = ("JoinPartnership", "partnership", "member")

MAKE = {
    "RegisterOrganisation": _begun(Drawn.organisation, ORGANISATIONS),
    "RenameOrganisation": _of("organisation", ORGANISATIONS, name=_NAME),
    "AddOrganisationIdentifier": _identifier("organisation", ORGANISATIONS),
    "EndOrganisationIdentifier": _ended("organisation", ORGANISATIONS),
    "RegisterCluster": _begun(Drawn.cluster, CLUSTERS),
    "RenameCluster": _of("cluster", CLUSTERS, name=_NAME),
    "AddClusterAlias": _of("cluster", CLUSTERS, alias=_NAME),
    "SetClusterLegalEntity": _of(
        "cluster", CLUSTERS, legalEntity=_drawn([{"resource": s} for s in ORGANISATIONS])
    ),
    "LocateCluster": _of("cluster", CLUSTERS, regions=Drawn.regions),
    "SetClusterEcosystems": _of("cluster", CLUSTERS, ecosystems=Drawn.tags),
    "AddClusterIdentifier": _identifier("cluster", CLUSTERS),
    "EndClusterIdentifier": _ended("cluster", CLUSTERS),
    "DissolveCluster": _of("cluster", CLUSTERS, ENDS, endMemberships=_drawn((True, False))),
    "FormPartnership": _begun(Drawn.partnership, PARTNERSHIPS),
    "ActivatePartnership": _of("partnership", PARTNERSHIPS),
    "EndPartnership": _of("partnership", PARTNERSHIPS, ENDS),
    "JoinPartnership": _of("partnership", PARTNERSHIPS, member=_drawn(MEMBERS), role=_ROLE),
    "LeavePartnership": Drawn.leaving,
    "ChangeCoordinator": _again(
        _of("partnership", PARTNERSHIPS, member=_drawn(("", *MEMBERS))), *_JOINED
    ),
    "RelatePartnership": _of(
        "partnership",
        PARTNERSHIPS,
        relation=_drawn(("RELATION_PARENT", "RELATION_PREDECESSOR")),
        target=_drawn([{"resource": PARTNERSHIPS[0]}, {"asStated": "an alliance"}]),
    ),
    "AnnounceEdition": _begun(Drawn.edition, EDITIONS),
    "RescheduleEdition": _of("edition", EDITIONS, dates=Drawn.dates),
    "HoldEdition": _of("edition", EDITIONS, (*ENDS, "today")),
    "CancelEdition": _of("edition", EDITIONS),
    "RegisterParticipation": lambda d: {"options": d.options()} | d.taking_part(),
    "ConfirmParticipation": Drawn.participation,
    "AttendParticipation": lambda d: {"options": d.options(STARTS[:-2])} | d.taking_part(),
    "WithdrawParticipation": Drawn.participation,
    "RetractEvent": Drawn.retraction,
    "RedactEvent": Drawn.redaction,
}
CORRECTIONS = ("RetractEvent", "RedactEvent")

AIMED = {
    "LeavePartnership": MEMBERSHIP,
    "ConfirmParticipation": PARTICIPATION,
    "WithdrawParticipation": PARTICIPATION,
}
WEIGHTS = dict.fromkeys(MAKE, 2) | {
    "JoinPartnership": 15,
    "LocateCluster": 9,
    "SetClusterEcosystems": 11,
    "RegisterParticipation": 11,
    "AttendParticipation": 6,
    "ConfirmParticipation": 9,
    "WithdrawParticipation": 14,
    "LeavePartnership": 20,
    "EndClusterIdentifier": 3,
    "EndOrganisationIdentifier": 3,
    "AddClusterIdentifier": 4,
    "RegisterOrganisation": 1,
    "RegisterCluster": 1,
    "FormPartnership": 1,
    "AnnounceEdition": 1,
    "RenameCluster": 4,
    "ChangeCoordinator": 4,
    "RetractEvent": 16,
    "RedactEvent": 26,
}
"""How often each is drawn; what is refused records nothing."""
