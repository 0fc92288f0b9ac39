"""Selections at random, and which events each selects, told without any index."""

import calendar
import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from registry.events.v1.envelope_pb2 import Envelope
from registry.events.v1.values_pb2 import Effective
from tests.server.story import COMMANDS, on

DATES = [
    on(2010),
    on(2010, 3),
    on(2010, 3, 31),
    on(2012, 2, 29),
    {"effective": {"bound": "BOUND_UNKNOWN"}},
    {"effective": {"date": {"year": 2010}, "bound": "BOUND_NO_LATER_THAN"}},
    {"effective": {"date": {"year": 2011, "month": 6}, "bound": "BOUND_NO_LATER_THAN"}},
]
"""Effective dates of every precision and bound."""
PERIODS = [(2009,), (2010,), (2010, 1), (2010, 4), (2010, 3, 31), (2011,), (2012, 3), (2012, 2, 29)]
STREAMS = ["clusters/dolina-lotnicza", "partnerships/wings", "store", "clusters/none"]
TYPES = ["ClusterRenamed", "ClusterRegistered", "EventRetracted", "StoreCreated", "EditionHeld"]
ACTORS = ["principals/me", "principals/local", "principals/nobody"]


async def filled(client):
    """Record events of every kind and with every form of effective date.

    But none that is redacted: who was sent it before has another one than who is sent it later.
    """
    for name, fields in COMMANDS:
        if name != "RedactEvent":
            await client(name, **fields)
    for number, options in enumerate(DATES):
        fields = {"clusterId": f"dated-{number}", "name": f"Dated {number}", "options": options}
        await client("RegisterCluster", **fields)


def a_selection(random, times):
    """Fields of a request, each there or not."""

    def perhaps(name, choose):
        return {name: choose()} if random.random() < 0.35 else {}

    def date():
        return dict(zip(("year", "month", "day"), random.choice(PERIODS), strict=False))

    fields = perhaps("stream", lambda: random.choice(STREAMS))
    fields |= perhaps("types", lambda: random.sample(TYPES, random.randint(1, 3)))
    fields |= perhaps("actor", lambda: random.choice(ACTORS))
    fields |= perhaps("recordedSince", lambda: time_of(random.choice(times)))
    fields |= perhaps("recordedBefore", lambda: time_of(random.choice(times) + 1))
    fields |= perhaps("effectiveSince", date) | perhaps("effectiveBefore", date)
    return fields if is_possible(fields) else a_selection(random, times)


def is_possible(fields):
    """Whether both periods end after they begin."""
    recorded = fields.get("recordedSince", "0") < fields.get("recordedBefore", "9")
    begin, end = (fields.get(f"effective{name}") for name in ("Since", "Before"))
    return recorded and (begin is None or end is None or first_day(begin) < first_day(end))


def selects(fields, event):
    """Whether a selection takes an event: condition by condition, nothing remembered."""
    metadata = Envelope.FromString(event.state).metadata
    actor = fields.get("actor", "").replace("/me", "/local")
    recorded_at = time_of(event.recorded_at)
    return (
        fields.get("stream", event.stream) == event.stream
        and event.topic.rpartition(".")[2] in fields.get("types", [*TYPES, event.topic[19:]])
        and (not actor or actor == metadata.actor)
        and fields.get("recordedSince", recorded_at) <= recorded_at
        and ("recordedBefore" not in fields or recorded_at < fields["recordedBefore"])
        and is_effective(fields, metadata)
    )


def is_effective(fields, metadata):
    """Whether a day on which it may be effective is in the period."""
    since, before = (fields.get(f"effective{name}") for name in ("Since", "Before"))
    if since is None and before is None:
        return True
    if not metadata.HasField("effective"):
        return False
    first, last = possible_days(metadata.effective)
    begins = first_day(since) if since else datetime.date.min
    ends = first_day(before) if before else datetime.date.max
    return any(begins <= day < ends for day in days_to_try(first, last, begins, ends))


def days_to_try(first, last, begins, ends):
    """Those of a span at which a period may begin to overlap it, or cease to."""
    before_the_end = ends - datetime.timedelta(days=1)
    return [day for day in {first, last, begins, before_the_end} if first <= day <= last]


def possible_days(effective):
    """First and last day on which it may be effective."""
    if effective.bound == Effective.BOUND_UNKNOWN:
        return datetime.date.min, datetime.date.max
    date = effective.date
    month = date.month or 12
    last = datetime.date(date.year, month, date.day or calendar.monthrange(date.year, month)[1])
    if effective.bound == Effective.BOUND_NO_LATER_THAN:
        return datetime.date.min, last
    return datetime.date(date.year, date.month or 1, date.day or 1), last


def first_day(date):
    """The day that a date of a request means."""
    return datetime.date(date["year"], date.get("month", 1), date.get("day", 1))


def time_of(micros):
    """A recorded time as proto JSON, of one length so that it sorts."""
    time = Timestamp()
    time.FromMicroseconds(micros)
    return time.ToDatetime().isoformat(timespec="microseconds") + "Z"
