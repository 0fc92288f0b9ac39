"""A small registry as requests: every command and every read once, in an order that works."""

AT = {"date": {"year": 2010}}


def on(year, month=0, day=0):
    """Options of a command that is effective on a date."""
    return {"effective": {"date": {"year": year, "month": month, "day": day}}}


NCA = "organisations/nca"
DOLINA = "clusters/dolina-lotnicza"
LODZKI = "clusters/lodzki"
WINGS = "partnerships/wings"
PRAGUE = "editions/ecc-2022"
DELEGATION = f"{PRAGUE}/participations/region-pl82"
OF_DOLINA = f"{PRAGUE}/participations/cluster-dolina-lotnicza"

COMMANDS = [
    (
        "RegisterOrganisation",
        {"options": on(2006), "organisationId": "nca", "name": "NCA", "country": "CZ"},
    ),
    (
        "RenameOrganisation",
        {"options": on(2011), "organisation": NCA, "name": "Národní klastrová asociace"},
    ),
    (
        "AddOrganisationIdentifier",
        {"options": on(2011), "organisation": NCA, "scheme": "eu-pic", "value": "999987745"},
    ),
    (
        "EndOrganisationIdentifier",
        {"options": on(2020), "organisation": NCA, "scheme": "eu-pic", "value": "999987745"},
    ),
    (
        "RegisterCluster",
        {
            "options": on(2003, 4, 11),
            "clusterId": "dolina-lotnicza",
            "name": "Dolina Lotnicza",
            "country": "PL",
        },
    ),
    (
        "RegisterCluster",
        {"options": on(2007), "clusterId": "lodzki", "name": "Łódzki", "country": "PL"},
    ),
    ("RenameCluster", {"options": on(2015), "cluster": DOLINA, "name": "Aviation Valley"}),
    (
        "AddClusterAlias",
        {"options": on(2003), "cluster": DOLINA, "alias": "Aviation Valley Poland"},
    ),
    (
        "SetClusterLegalEntity",
        {"options": on(2012), "cluster": DOLINA, "legalEntity": {"resource": NCA}},
    ),
    (
        "LocateCluster",
        {
            "options": on(2010),
            "cluster": DOLINA,
            "regions": [{"code": "PL82", "classificationVersion": 2024, "role": "ROLE_SEAT"}],
        },
    ),
    (
        "SetClusterEcosystems",
        {
            "options": on(2010),
            "cluster": DOLINA,
            "ecosystems": [{"ecosystem": "aerospace-defence"}],
        },
    ),
    (
        "AddClusterIdentifier",
        {"options": on(2014), "cluster": DOLINA, "scheme": "eccp", "value": "aviation-valley"},
    ),
    (
        "EndClusterIdentifier",
        {"options": on(2019), "cluster": DOLINA, "scheme": "eccp", "value": "aviation-valley"},
    ),
    (
        "FormPartnership",
        {
            "options": on(2016),
            "partnershipId": "wings",
            "name": "Wings",
            "kind": "PARTNERSHIP_KIND_ALLIANCE",
        },
    ),
    (
        "JoinPartnership",
        {
            "options": on(2016),
            "partnership": WINGS,
            "member": DOLINA,
            "role": "PARTNER_ROLE_COORDINATOR",
        },
    ),
    ("JoinPartnership", {"options": on(2016), "partnership": WINGS, "member": LODZKI}),
    ("JoinPartnership", {"options": on(2016), "partnership": WINGS, "member": NCA}),
    ("ActivatePartnership", {"options": on(2017), "partnership": WINGS}),
    ("ChangeCoordinator", {"options": on(2018), "partnership": WINGS, "member": LODZKI}),
    (
        "RelatePartnership",
        {
            "options": on(2018),
            "partnership": WINGS,
            "relation": "RELATION_SUPPORTED_BY",
            "target": {"asStated": "COSME"},
        },
    ),
    ("LeavePartnership", {"options": on(2019), "partnership": WINGS, "member": NCA}),
    (
        "AnnounceEdition",
        {
            "options": on(2021),
            "editionId": "ecc-2022",
            "number": 8,
            "name": "8th European Cluster Conference",
            "dates": {"start": {"year": 2022, "month": 9, "day": 28}},
            "mode": "EDITION_MODE_ONSITE",
            "city": "Prague",
            "country": "CZ",
            "hosts": [{"asStated": "Ministry of Industry and Trade"}],
            "presidency": "CZ",
        },
    ),
    (
        "RescheduleEdition",
        {
            "options": on(2022, 1),
            "edition": PRAGUE,
            "dates": {
                "start": {"year": 2022, "month": 9, "day": 26},
                "end": {"year": 2022, "month": 9, "day": 27},
            },
        },
    ),
    (
        "RegisterParticipation",
        {
            "options": on(2022, 5),
            "edition": PRAGUE,
            "participant": DOLINA,
            "roles": ["PARTICIPATION_ROLE_ATTENDEE"],
        },
    ),
    ("ConfirmParticipation", {"options": on(2022, 6), "participation": OF_DOLINA}),
    ("AttendParticipation", {"edition": PRAGUE, "participant": "regions/PL82"}),
    ("WithdrawParticipation", {"options": on(2022, 7), "participation": OF_DOLINA}),
    ("HoldEdition", {"options": on(2022, 9, 27), "edition": PRAGUE}),
    (
        "AnnounceEdition",
        {
            "options": on(2023),
            "editionId": "ecc-lost",
            "number": 9,
            "name": "Lost",
            "dates": {"start": {"year": 2024}},
        },
    ),
    ("CancelEdition", {"options": on(2023, 6), "edition": "editions/ecc-lost"}),
    ("DissolveCluster", {"options": on(2024), "cluster": LODZKI, "endMemberships": True}),
    ("EndPartnership", {"options": on(2024, 12), "partnership": WINGS}),
    (
        "RetractEvent",
        {"options": {"reason": "it was another one"}, "stream": DOLINA, "versions": ["3"]},
    ),
    (
        "RedactEvent",
        {
            "options": {"reason": "it named a person"},
            "stream": DOLINA,
            "version": "3",
            "approvers": ["principals/anna", "principals/ben"],
        },
    ),
]

AS_OF_2018 = {"asOf": {"year": 2018}}
# What is asked, and some of what is answered (proto JSON).
READS = [
    (
        "GetOrganisation",
        {"organisation": NCA},
        {
            "organisation": {
                "organisation": NCA,
                "name": "Národní klastrová asociace",
                "country": "CZ",
                "life": "LIFE_STATE_LIVE",
                "version": "4",
            }
        },
    ),
    (
        "GetCluster",
        {"cluster": DOLINA, "options": AS_OF_2018},
        {
            "cluster": {
                "name": "Aviation Valley",
                "legalEntity": {"resource": NCA},
                "ecosystems": [{"ecosystem": "aerospace-defence"}],
                "identifiers": [{"scheme": "eccp", "value": "aviation-valley"}],
            }
        },
    ),
    (
        "GetPartnership",
        {"partnership": WINGS, "options": AS_OF_2018},
        {
            "partnership": {
                "name": "Wings",
                "coordinator": LODZKI,
                "life": "LIFE_STATE_LIVE",
                "members": [
                    {"member": DOLINA, "role": "PARTNER_ROLE_PARTNER"},
                    {"member": LODZKI},
                    {"member": NCA},
                ],
                "relations": [{"target": {"asStated": "COSME"}}],
            }
        },
    ),
    (
        "GetEdition",
        {"edition": PRAGUE},
        {
            "edition": {
                "number": 8,
                "city": "Prague",
                "state": "EDITION_STATE_HELD",
                "dates": {"start": {"year": 2022, "month": 9, "day": 26}},
                "presidency": "CZ",
            }
        },
    ),
    ("GetEdition", {"edition": "editions/8"}, {"edition": {"edition": PRAGUE}}),
    (
        "GetParticipation",
        {"participation": OF_DOLINA},
        {
            "participation": {
                "edition": PRAGUE,
                "participant": DOLINA,
                "status": "PARTICIPATION_STATUS_WITHDRAWN",
            }
        },
    ),
    (
        "GetParticipation",
        {"participation": DELEGATION},
        {
            "participation": {
                "participant": "regions/PL82",
                "status": "PARTICIPATION_STATUS_ATTENDED",
            }
        },
    ),
    (
        "BatchGetOrganisations",
        {"organisations": [NCA]},
        {"organisations": [{"organisation": NCA, "country": "CZ"}]},
    ),
    (
        "BatchGetClusters",
        {"clusters": [LODZKI, DOLINA]},
        {"clusters": [{"cluster": LODZKI, "name": "Łódzki"}, {"cluster": DOLINA}]},
    ),
    (
        "BatchGetPartnerships",
        {"partnerships": [WINGS], "options": AS_OF_2018},
        {"partnerships": [{"partnership": WINGS, "coordinator": LODZKI}]},
    ),
    (
        "BatchGetEditions",
        {"editions": ["editions/8"]},
        {"editions": [{"edition": PRAGUE, "city": "Prague"}]},
    ),
    (
        "BatchGetParticipations",
        {"participations": [DELEGATION, OF_DOLINA]},
        {"participations": [{"participant": "regions/PL82"}, {"participant": DOLINA}]},
    ),
    (
        "ListChanges",
        {"resourceKinds": ["RESOURCE_KIND_PARTNERSHIP"]},
        {
            "changes": [
                {"resource": WINGS, "kind": "CHANGE_KIND_CREATED", "version": "10"},
            ],
            "caughtUp": True,
        },
    ),
    ("ListOrganisations", {}, {"organisations": [{"organisation": NCA}]}),
    (
        "ListClusters",
        {},
        {
            "clusters": [
                {"cluster": DOLINA, "life": "LIFE_STATE_LIVE"},
                {"cluster": LODZKI, "life": "LIFE_STATE_ENDED"},
            ]
        },
    ),
    (
        "ListPartnerships",
        {},
        {"partnerships": [{"partnership": WINGS, "life": "LIFE_STATE_ENDED"}]},
    ),
    (
        "ListMemberships",
        {"partnership": WINGS, "options": AS_OF_2018},
        {
            "memberships": [
                {"member": DOLINA, "partnership": WINGS},
                {"member": LODZKI, "role": "PARTNER_ROLE_PARTNER"},
                {"member": NCA},
            ]
        },
    ),
    (
        "ListMemberships",
        {"member": LODZKI, "options": AS_OF_2018},
        {"memberships": [{"partnership": WINGS}]},
    ),
    (
        "ListEditions",
        {},
        {
            "editions": [
                {"edition": PRAGUE},
                {"edition": "editions/ecc-lost", "state": "EDITION_STATE_CANCELLED"},
            ]
        },
    ),
    (
        "ListParticipations",
        {"edition": PRAGUE},
        {"participations": [{"participation": OF_DOLINA}, {"participation": DELEGATION}]},
    ),
    (
        "GetEcosystemSummary",
        {"ecosystem": "aerospace-defence", "options": AS_OF_2018},
        {
            "summary": {
                "ecosystem": "aerospace-defence",
                "clusters": {"total": 1, "byCountry": {"PL": 1}},
            },
            "asOf": {"year": 2018, "month": 12, "day": 31},
        },
    ),
    (
        "GetRegionSummary",
        {"region": "PL82", "options": AS_OF_2018},
        {"summary": {"region": "PL82", "clusters": {"total": 1}}},
    ),
    (
        "GetEditionSummary",
        {"edition": PRAGUE},
        {
            "summary": {
                "edition": PRAGUE,
                "city": "Prague",
                "number": 8,
                "participants": {"total": 1, "withdrawn": 1, "byKind": {"delegation": 1}},
            }
        },
    ),
    (
        "GetEditionSeries",
        {"region": "PL82"},
        {"editions": [{"edition": PRAGUE, "number": 8, "participants": {"total": 1}}]},
    ),
    (
        "CompareEditions",
        {"first": PRAGUE, "second": "editions/8"},
        {
            "comparison": {
                "first": {"edition": PRAGUE},
                "second": {"edition": PRAGUE},
                "inBoth": ["regions/PL82"],
            }
        },
    ),
    (
        "CompareSummaries",
        {"edition": "editions/8", "first": {"asOf": {"year": 2022, "month": 5}}},
        {"firstAsOf": {"year": 2022, "month": 5, "day": 31}},
    ),
    (
        "GetSpecialisation",
        {"ecosystem": "aerospace-defence", "level": 0, "options": AS_OF_2018},
        {
            "specialisation": {
                "ecosystem": "aerospace-defence",
                "byVersion": 2024,
                "rows": [
                    {
                        "region": "regions/PL",
                        "clusters": 1,
                        "inRegion": 1,
                        "inEcosystem": 1,
                        "total": 1,
                        "quotient": 1.0,
                        "smallNumbers": True,
                    }
                ],
                "base": {"existing": 2, "total": 1, "untagged": 1},
            },
            "asOf": {"year": 2018, "month": 12, "day": 31},
        },
    ),
    (
        "ExplainFigure",
        {"edition": PRAGUE, "figure": "participants.byKind.delegation"},
        {
            "value": 1,
            "contributions": [
                {
                    "resource": f"{PRAGUE}/participations/region-pl82",
                    "evidence": [
                        {"fact": "status", "type": "registry.events.v1.ParticipationAttended"},
                        {"fact": "dates", "event": f"{PRAGUE}@2"},
                    ],
                }
            ],
        },
    ),
    (
        "GetHistory",
        {"resource": WINGS, "ownOnly": True, "pageSize": 1},
        {
            "entries": [
                {
                    "event": f"{WINGS}@1",
                    "resource": WINGS,
                    "changes": [{"field": "name", "after": '"Wings"'}, {}, {}],
                }
            ]
        },
    ),
    (
        "Search",
        {"text": "dolina lotnizca", "kinds": ["NAMED_KIND_CLUSTER"], "country": "PL"},
        {"hits": [{"resource": DOLINA, "match": {"borne": "BORNE_FORMER_NAME"}}]},
    ),
    (
        "Resolve",
        {"text": "editions/8"},
        {"resolved": PRAGUE, "bearers": [{"matches": [{"borne": "BORNE_ID"}]}]},
    ),
]
