"""What random histories are about: a few resources, a few dates, and how requests say them."""

ORGANISATIONS = ("organisations/org-o", "organisations/org-u")
CLUSTERS = ("clusters/cl-a", "clusters/cl-b", "clusters/cl-c")
PARTNERSHIPS = ("partnerships/pa-p", "partnerships/pa-q")
EDITIONS = ("editions/ed-e", "editions/ed-f", "editions/ed-g")
MEMBERS = (*CLUSTERS, *CLUSTERS, *ORGANISATIONS, *PARTNERSHIPS)
DELEGATIONS = ("regions/PL82", "regions/PL91", "regions/PL8", "countries/PL", "countries/GR")
OLD_DELEGATION = {"participant": "regions/PL12", "classificationVersion": 2013}
PARTICIPANTS = (*CLUSTERS, *CLUSTERS, *ORGANISATIONS, *PARTNERSHIPS, *DELEGATIONS)
NAMES = ("Alfa", "beta", "Łódź", "Gamma", "Zeta", "Alfa Łódź")
SLUGS = ("digital", "health", "retail")
COUNTRIES = ("", "PL", "GB", "GR", "CZ")
CODES = (
    *(("PL82", 2024), ("PL823", 2024), ("PL8", 2024), ("PL", 2024), ("PL12", 2013), ("PL32", 2010)),
    *(("UKD", 2016), ("BE3", 2021), ("EL30", 2024), ("PT16", 2013), ("PL91", 2024)),
)
IDENTIFIERS = (("eu-pic", "999987745"), ("eccp", "one"), ("eccp", "two"), ("local", "7"))
STARTS = (
    *("unknown", "unknown", "unknown", "2010", "2010", "2012", "2012-06", "2012-06-01"),
    *("no later than 2012-06", "no later than 2014", "2014-01-01", "2018-01-01"),
    *("2030-05", "today"),
)
ENDS = (
    *("2012-06", "2014", "2017", "2017", "2018-01-01", "2018-01-01", "2018-01-01", "2019"),
    *("no later than 2017", "today", "2028-01"),
)
HELD_ON = ("2010", "2012-06", "2014-01-01", "2016-11-30", "2018-01-01", "2018", "2027-05")
ROLES = (
    *("PARTNER", "PARTNER", "COORDINATOR", "COORDINATOR"),
    *("ASSOCIATED", "INDIRECT", "UNSPECIFIED"),
)
TOOK_PART_AS = ("ATTENDEE", "SPEAKER", "EXHIBITOR")
REGION_ROLES = ("SEAT", "SEAT", "UNSPECIFIED", "OPERATING")


def ident(stream):
    """Id of a resource name."""
    return stream.rpartition("/")[2]


def participation_of(edition, participant):
    """Resource name of the participation of a participant."""
    kind, _, code = participant.partition("/")
    singular = {"countries": "country"}.get(kind, kind[:-1])
    return f"{edition}/participations/{singular}-{code.lower()}"


def stream_of(fields):
    """Resource name of what a command is about."""
    if "participant" in fields:
        return participation_of(fields["edition"], fields["participant"])
    for noun in ("cluster", "organisation", "partnership", "edition"):
        if f"{noun}Id" in fields:
            return f"{noun}s/{fields[f'{noun}Id']}"
    return next(fields[noun] for noun in NOUNS if noun in fields)


NOUNS = ("participation", "partnership", "cluster", "organisation", "edition")


def date(text):
    """A date as proto JSON: "2016-02"."""
    return dict(zip(("year", "month", "day"), map(int, text.split("-")), strict=False))


def effective(text):
    """Options with an effective date as it is typed; "today" says none."""
    if text == "today":
        return {}
    if text == "unknown":
        return {"effective": {"bound": "BOUND_UNKNOWN"}}
    stated = date(text.removeprefix("no later than "))
    attested = {"bound": "BOUND_NO_LATER_THAN"} if text.startswith("no") else {}
    return {"effective": {"date": stated} | attested}


TODAY = (2026, 7, 1)
"""About when the tests run: no date of these words is near it."""


def days(options):
    """First and last day of an effective date, as what sorts like them; all where unknown."""
    if not options:
        return TODAY, TODAY
    stated = options["effective"].get("date", {})
    year, month, day = (stated.get(part) for part in ("year", "month", "day"))
    return (year or 0, month or 1, day or 1), (year or 9999, month or 12, day or 31)
