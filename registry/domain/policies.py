"""Policy data: identifier schemes, and what a partnership must be to be active."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from registry.domain.effective import FOREVER, day
from registry.events.v1 import partnership_pb2 as pb


@dataclass(frozen=True, slots=True)
class Scheme:
    """How the identifiers of a scheme look, and whether one bears only one resource."""

    slug: str
    pattern: re.Pattern[str]
    unique: bool
    example: str


_EVERY_SCHEME = (
    # One per legal entity, ISO 17442.
    Scheme("lei", re.compile(r"[A-Z0-9]{18}[0-9]{2}"), unique=True, example="7LTWFZYICNSX8D621K86"),
    # A participant of EU programmes; one legal entity may serve several clusters.
    Scheme("eu-pic", re.compile(r"[0-9]{9}"), unique=False, example="999987745"),
    # A profile on the European Cluster Collaboration Platform.
    Scheme("eccp", re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*"), unique=True, example="nextmove"),
    Scheme("wikidata", re.compile(r"Q[1-9][0-9]*"), unique=True, example="Q458"),
    Scheme("ror", re.compile(r"0[a-hjkmnp-tv-z0-9]{6}\d\d"), unique=True, example="00k4n6c32"),
    Scheme("isni", re.compile(r"[0-9]{15}[0-9X]"), unique=True, example="0000000123456789"),
    # An organisation or project at the Commission's participant register may share its grant.
    Scheme("eu-grant", re.compile(r"[0-9]{6,9}"), unique=False, example="777455"),
)  # fmt: skip

SCHEMES = {scheme.slug: scheme for scheme in _EVERY_SCHEME}
"""Known schemes; any other slug is taken as it is, and is not unique."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is asked of a partnership on the day it becomes active."""

    slug: str
    """Name and version, as recorded; a changed rule is another version."""
    kind: pb.PartnershipKind.ValueType | None = None
    """None: every kind."""
    call: str = ""
    """Part of the call's name; empty: every call."""
    partners: int = 2
    """Fewest members that are coordinator, partner or founder."""
    countries: int = 1
    """Fewest countries they are from; 1 asks for none to be known."""
    eu_only: bool = False
    """Whether only countries count that are in the European Union on that day."""
    member_kinds: frozenset[str] = frozenset()
    """Kinds of members that count ("clusters"); empty: every kind."""
    coordinator: bool = False
    """Whether there must be a coordinator."""


POLICIES = (
    # Call COS-CLUSTPARTNS-2017-3-02, strand defence: 3 organisations from 3 EU states.
    Policy(
        "escp-4i-defence-2017/1",
        pb.PARTNERSHIP_KIND_ESCP_4I,
        "COS-CLUSTPARTNS-2017-3-02",
        partners=3,
        countries=3,
        eu_only=True,
    ),
    # Smart specialisation investment: partners from at least 3 countries.
    Policy("escp-s3/1", pb.PARTNERSHIP_KIND_ESCP_S3, partners=3, countries=3),
    # What the word partnership means. A forum of clusters of one region is one.
    Policy("general/1"),
)
"""Rule sets, the one that fits first applies; a set once used is never changed or removed."""


def policy_for(kind: pb.PartnershipKind.ValueType, call: str) -> Policy:
    """Rule set for a kind and a call as stated."""
    stated = call.casefold()
    return next(
        policy
        for policy in POLICIES
        if policy.kind in (None, kind) and policy.call.casefold() in stated
    )


@dataclass(frozen=True, slots=True)
class _Accession:
    codes: tuple[str, ...]
    since: str = "1958-01-01"
    last_day: int = field(default=FOREVER)


_EU = (
    _Accession(("BE", "DE", "FR", "IT", "LU", "NL")),
    _Accession(("DK", "IE"), "1973-01-01"),
    _Accession(("GB",), "1973-01-01", day("2020-01-31")),
    _Accession(("GR",), "1981-01-01"),
    _Accession(("ES", "PT"), "1986-01-01"),
    _Accession(("AT", "FI", "SE"), "1995-01-01"),
    _Accession(("CY", "CZ", "EE", "HU", "LT", "LV", "MT", "PL", "SI", "SK"), "2004-05-01"),
    _Accession(("BG", "RO"), "2007-01-01"),
    _Accession(("HR",), "2013-07-01"),
)


def eu_states(on: int) -> frozenset[str]:
    """ISO codes of the member states of the European Union on a day (ordinal)."""
    return frozenset(
        code
        for accession in _EU
        if day(accession.since) <= on <= accession.last_day
        for code in accession.codes
    )
