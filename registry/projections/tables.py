"""Tables of the view family: one row type each, bitemporal, and what they are indexed by.

Every row has an effective span in days (`from_day` to `to_day`, inclusive) and, added when it is
written, a recorded span in positions (`known_from` inclusive, `known_to` exclusive). Spans of
attributes cover all time and are not cut to the life of their resource: a query joins the
resource's own span where only what lives counts.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias, get_type_hints

from registry.domain.effective import BEGINNING, FOREVER
from registry.projections import spelling
from registry.projections.conditions import OPEN

NAME = "registry"
"""Name of the view family."""
VIEW_VERSION = 9
"""Raise it with every change of tables, deriving or reference data: the views are made anew."""

NAMED, ALIAS, IDENTIFIER = 1, 2, 3


class Resource(NamedTuple):
    """A live registration, and the days on which its resource exists."""

    stream: str
    from_day: int
    to_day: int
    kind: str
    """Plural of its resource name."""
    under: str
    """The edition of a participation; else empty."""
    start_unknown: int
    """1 where its existence is undated."""


class Place(NamedTuple):
    """Where a cluster, an organisation or a delegation is, as recorded."""

    stream: str
    from_day: int
    to_day: int
    location: str
    """See `locating.location`."""


class Tag(NamedTuple):
    """An ecosystem of a cluster or of a partnership."""

    stream: str
    from_day: int
    to_day: int
    kind: str
    ecosystem: str


class Membership(NamedTuple):
    """A member of a partnership, cut to the partnership's period."""

    stream: str
    from_day: int
    to_day: int
    member: str
    role: int
    joined_version: int
    direct: int
    """0 for those who take part through another member."""


class Edition(NamedTuple):
    """An edition with the dates that hold; first_day is the ordinal it begins on."""

    stream: str
    from_day: int
    to_day: int
    number: int
    first_day: int
    name: str
    city: str
    country: str
    start_date: str
    end_date: str
    dates_basis: str
    """In the words of the source."""
    dates_basis_kind: int
    """Number of registry.events.v1.Basis."""


class Participation(NamedTuple):
    """Where a participation stands."""

    stream: str
    from_day: int
    to_day: int
    edition: str
    participant: str
    subject: str
    """The stream whose places and tags are the participant's: a delegation has its own."""
    kind: str
    status: str


class Term(NamedTuple):
    """A name, alias or identifier; a former one ends."""

    stream: str
    from_day: int
    to_day: int
    """Before from_day where it was in force on no day."""
    source: int
    """NAMED, ALIAS or IDENTIFIER."""
    scheme: str
    """Of an identifier; else empty."""
    text: str
    folded: str
    """See `folding`."""
    since: str
    """Effective date as text, "unknown" included; empty where none is stated."""
    until: str
    """When the next name began, or its last day; empty while it holds."""


class Word(NamedTuple):
    """A word of any term of a resource, at any time."""

    stream: str
    word: str


class Listed(NamedTuple):
    """What lists show, sort and select; one row of a resource holds on any day."""

    stream: str
    kind: str
    """Plural of its resource name."""
    from_day: int = BEGINNING
    to_day: int = FOREVER
    under: str = ""
    """The edition of a participation; else empty."""
    name: str = ""
    """Of a participation its participant."""
    sort_name: str = ""
    """The name as it is compared, see `folding`."""
    country: str = ""
    sort: str = ""
    """What sort of partnership, organisation or participant it is."""
    status: str = ""
    """Of an edition or a participation."""
    number: int = 0
    city: str = ""
    starts: int = BEGINNING
    """First day of its existence, or of an edition's dates; BEGINNING where not known."""
    ends: int = FOREVER
    """Last day; FOREVER where there is none."""


Row: TypeAlias = (
    Resource | Place | Tag | Membership | Edition | Participation | Term | Word | Listed
)


class Table(NamedTuple):
    """Where the rows of one type are kept."""

    name: str
    row: type[Row]
    indexes: tuple[str, ...]
    """Columns of each index.

    Every one costs each row that begins or ends a page to write, somewhere in the middle: there
    are as many as the questions need, and by the first of them a row is found that ends. Where
    summaries look at many rows, an index has all that they ask of each: the row itself is on
    another page, in a large registry as good as never one that was just read.

    known_to comes right after what rows are found by. So those that hold are beside each other,
    however many ended before them, and behind them those that were known at an earlier position.
    An index without it, in whose order lists are read, holds open rows only.
    """
    by_end: bool = False
    """Whether rows that ended are found by the position at which they did: what was known at an
    earlier position is what is known now without what began since, and with what ended since."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the row, those added when it is written left out."""
        return self.row._fields


_REST = "from_day, to_day, known_from"
"""What every question asks of a row, beside what it is found by."""
TABLES: dict[type[Row], Table] = {
    table.row: table
    for table in (
        Table("resources", Resource, (f"kind, stream, known_to, start_unknown, {_REST}",)),
        Table(
            "places",
            Place,
            (f"stream, known_to, location, {_REST}", f"location, known_to, stream, {_REST}"),
        ),
        Table(
            "tags",
            Tag,
            (
                f"stream, known_to, kind, ecosystem, {_REST}",
                f"ecosystem, known_to, stream, kind, {_REST}",
            ),
        ),
        Table(
            "memberships",
            Membership,
            (
                f"stream, known_to, member, direct, {_REST}",
                f"member, known_to, stream, direct, {_REST}",
            ),
        ),
        Table("editions", Edition, ("stream, known_to",)),
        Table(
            "participations",
            Participation,
            ("participant, known_to", "edition, known_to", "subject, known_to"),
        ),
        Table("terms", Term, ("stream, known_to", "folded, stream, known_to")),
        Table("words", Word, ("word, stream, known_to, known_from",)),
        Table(
            "listed",
            Listed,
            ("kind, stream, known_to", "kind, sort_name, stream", "under, kind, stream"),
            by_end=True,
        ),
    )
}

_CHECKPOINT = """
CREATE TABLE checkpoint (
    one integer PRIMARY KEY CHECK (one = 1),
    position bigint NOT NULL,
    leaf {text} NOT NULL,
    view_version integer NOT NULL,
    changed {text} NOT NULL,
    begun bigint NOT NULL,
    redacted bigint NOT NULL
)
"""
# Not of the log but of the reference data: see `areas`.
_LOCATIONS = (
    "CREATE TABLE locations (location {text} PRIMARY KEY)",
    """
    CREATE TABLE areas (
        version integer NOT NULL,
        area {text} NOT NULL,
        location {text} NOT NULL,
        certain integer NOT NULL,
        PRIMARY KEY (version, area, location)
    )
    """,
)


def schema(text: str) -> list[str]:
    """Statements that create the tables, all of them empty and without indexes.

    Args:
        text: the type of a text column that compares byte by byte.
    """
    made = (_CHECKPOINT, *_LOCATIONS, spelling.SCHEMA)
    statements = [statement.format(text=text) for statement in made]
    for table in TABLES.values():
        types = {int: "bigint", str: text}
        columns = [
            f"{name} {types[kind]} NOT NULL" for name, kind in get_type_hints(table.row).items()
        ]
        columns += ["known_from bigint NOT NULL", "known_to bigint NOT NULL"]
        statements.append(f"CREATE TABLE {table.name} ({', '.join(columns)})")
    return statements


def indexes() -> list[str]:
    """Statements that create the indexes, where they are missing."""
    return [statement for table in TABLES.values() for statement in _indexes(table)]


def first_indexes() -> list[str]:
    """Those of them by which the rows that end are found."""
    return [_indexes(table)[0] for table in TABLES.values()]


def _indexes(table: Table) -> list[str]:
    name = table.name
    statements = [
        f"CREATE INDEX IF NOT EXISTS {name}_{number} ON {name} ({columns}){_condition(columns)}"
        for number, columns in enumerate(table.indexes, 1)
    ]
    if table.by_end:
        statements.append(
            f"CREATE INDEX IF NOT EXISTS {name}_ended ON {name} (known_to) WHERE known_to < {OPEN}"
        )
    return statements


def _condition(columns: str) -> str:
    """Which rows an index holds."""
    if "known_to" in columns:
        return ""
    # Few resources are under another.
    under = "under <> '' AND " if columns.startswith("under,") else ""
    return f" WHERE {under}known_to = {OPEN}"


def close_sql(table: Table, found_by: str = "") -> str:
    """Statement that ends what was known: known_to, the columns of the open row, known_to again.

    A row that ended may have begun again before its end is written: the earlier one is meant.

    Args:
        table: where the row is.
        found_by: how the database is told the index, where it does not choose the best one itself.
    """
    where = " AND ".join(f"{column} = ?" for column in table.columns)
    return (
        f"UPDATE {table.name} {found_by} SET known_to = ?"  # noqa: S608 - our own names
        f" WHERE {where} AND known_to = {OPEN} AND known_from < ?"
    )
