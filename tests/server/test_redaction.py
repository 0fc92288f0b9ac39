"""Redaction over gRPC: the words are gone everywhere, and everything is still verified."""

import asyncio
from hashlib import sha256
from pathlib import Path

import psycopg

from registry.ledger.checking import check
from registry.ledger.proofs import Proof
from registry.ledger.verify import VerifierKey, open_checkpoint
from registry.opening import check_store
from tests.server.client import refusal
from tests.server.conftest import AS_BY_DEFAULT, served, settings_for
from tests.server.watchers import Watcher, eventually

A = "clusters/aa"
NAME, PIC, REASON, SOURCE = "call-0170-me", "999123456", "said-by-mary", "letter-of-mary"
WORDS = (NAME, PIC, REASON, SOURCE)
BOTH = ["principals/anna", "principals/ben"]
BY_LAW = {"reason": "GDPR article 17"}


async def redacted(client, version, stream=A, **options):
    """Redact an event; the answer."""
    fields = {"stream": stream, "version": version, "approvers": BOTH}
    return await client("RedactEvent", options=BY_LAW | options, **fields)


async def told(client):
    """A cluster of which two events say what nobody should have recorded, both retracted."""
    await client("RegisterCluster", clusterId="aa", name="Alpha")
    options = {"reason": REASON, "provenance": [{"citation": SOURCE}], "requestId": "the-name"}
    await client("RenameCluster", cluster=A, name=NAME, options=options)
    await client("AddClusterIdentifier", cluster=A, scheme="eu-pic", value=PIC)
    answer = await client("RetractEvent", stream=A, versions=[2, 3])
    await until_seen(client, answer.recorded.position)


async def until_seen(client, position):
    """Wait until the views are there, and hold nothing that is redacted."""
    while True:
        (view,) = (await client("ListViews")).views
        if view.position >= position and not view.holds_redacted:
            return
        await asyncio.sleep(0.05)


async def events(client):
    """The log, as it is sent."""
    return [e for batch in await client.answers("ReplayEvents") for e in batch.events]


async def test_the_content_goes_and_the_leaf_stays(any_client):
    """What is sent of it says by what; nothing else of the log is changed."""
    await told(any_client)
    before = await events(any_client)
    answer = await redacted(any_client, 2)
    (recorded,) = answer.recorded.events
    assert (recorded.event, recorded.type) == (f"{A}@6", "registry.events.v1.EventRedacted")
    after = await events(any_client)
    one = after[2]
    assert (one.stream, one.version, one.topic) == (A, 2, "registry.events.v1.ClusterRenamed")
    assert (one.state, one.leaf) == (b"", before[2].leaf)
    assert one.redaction.position == answer.recorded.position
    assert one.redaction.state_sha256 == sha256(before[2].state).digest()
    assert [e for e in after[:-1] if e.position != one.position] == before[:2] + before[3:]


async def test_everything_that_was_signed_is_still_verified(place):
    """A checkpoint kept before is continued, the event is proven, the whole log hashed again."""
    settings = settings_for(**place)
    async with served(settings) as client:
        await told(client)
        kept = (await client("GetCheckpoint", minPosition=6)).checkpoint
        await redacted(client, 2)
        keys = [VerifierKey.parse(k.key) for k in (await client("ListVerifierKeys")).keys]
        newest = (await client("GetCheckpoint", minPosition=7)).checkpoint
        answer = await client("GetInclusionProof", position=3)
        entry, checkpoint = Proof.parse(answer.proof).check(keys)
        assert checkpoint.size == 7
        assert (entry.stream, entry.version) == (A, 2)
        assert entry.state_sha256 == answer.event.redaction.state_sha256
        assert (await client("GetConsistencyProof", oldSize=kept.size)).hashes
    for note in (kept.note, newest.note):
        check_store(settings, lambda log, note=note: check(log, open_checkpoint(note, keys)))


async def test_the_words_are_in_no_file_and_no_table(place):
    """Names, identifiers, reasons and sources; in the log, in the views of what was known."""
    async with served(settings_for(**AS_BY_DEFAULT, **place)) as client:
        await told(client)
        assert found_in(place) >= set(WORDS)
        await redacted(client, 2)
        answer = await redacted(client, 3)
        await until_seen(client, answer.recorded.position)
        # Who is still reading the old views has them for a moment.
        await eventually(lambda: not found_in(place))


def found_in(place):
    """Those of the words that are anywhere where the store is, and its ledger."""
    if "data" in place:
        files = [path for path in Path(place["data"]).rglob("*") if path.is_file()]
        stored = b"\n".join(path.read_bytes() for path in files).lower()
    else:
        stored = _dumped(place["database_url"])
    return {word for word in WORDS if word.encode() in stored}


def _dumped(url):
    """Every row of every table, in small letters."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        rows = [
            row
            for (table,) in tables
            for row in connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - as it says
        ]
        return b"\n".join(
            value if isinstance(value, bytes) else str(value).encode()
            for row in rows
            for value in row
        ).lower()


async def test_it_counted_at_no_time(default_client):
    """As known before, too: a search and a read of then do not find it."""
    await told(default_client)
    then = {"knownPosition": 3}
    found = await default_client("Search", text=NAME, options=then)
    assert [each.resource for each in found.hits] == [A]
    answer = await redacted(default_client, 2)
    await until_seen(default_client, answer.recorded.position)
    assert not (await default_client("Search", text=NAME, options=then)).hits
    cluster = (await default_client("GetCluster", cluster=A, options=then)).cluster
    assert cluster.name == "Alpha"


async def test_a_history_says_so(any_client):
    """By which event, why and who approved; of knowledge before, too."""
    await told(any_client)
    answer = await redacted(any_client, 2)
    for options in ({}, {"knownPosition": 3}):
        entries = (await any_client("GetHistory", resource=A, options=options)).entries
        one = entries[1]
        assert (one.event, one.json, one.reason, one.actor) == (f"{A}@2", "", "", "")
        assert not one.provenance
        assert not one.changes
        by = one.redacted_by
        assert (by.event, by.position) == (f"{A}@6", answer.recorded.position)
        assert (by.reason, list(by.approvers)) == (BY_LAW["reason"], BOTH)
    last = (await any_client("GetHistory", resource=A)).entries[-1]
    assert last.redacts == f"{A}@2"


REFUSED: tuple[tuple[dict[str, object], str], ...] = (
    ({"version": 1}, "still counts"),
    ({"version": 9}, "clusters/aa@9"),
    ({"version": 4}, "retracts clusters/aa@2"),
    ({"approvers": BOTH[:1]}, "name two different principals"),
    ({"approvers": BOTH[:1] * 2}, "name two different principals"),
    ({"approvers": ["Anna", "Ben"]}, "principals/{id}"),
    ({"options": {}}, "say by what right"),
    ({"options": BY_LAW | {"effective": {"date": {"year": 2020}}}}, "no date"),
    ({"stream": "store", "version": 1}, "creation of the store"),
    ({"options": BY_LAW | {"expectedVersion": 4}}, "version 5"),
)


async def test_what_is_not_allowed_is_refused(client):
    """It names what is wrong; the content stays."""
    await told(client)
    before = await events(client)
    for fields, said in REFUSED:
        asked = {"stream": A, "version": 2, "approvers": BOTH, "options": BY_LAW} | fields
        refused = await refusal(client("RedactEvent", **asked))
        assert said in refused.message, fields
    assert await events(client) == before


async def test_what_is_only_validated_stays(client):
    """The answer says what would be recorded."""
    await told(client)
    before = await events(client)
    answer = await redacted(client, 2, validateOnly=True)
    assert '"version"' in answer.recorded.events[0].json
    assert await events(client) == before


async def test_a_second_time_nothing_is_recorded(client):
    """Nor can a redaction be taken back, retracted or redacted."""
    await told(client)
    await redacted(client, 2)
    assert not (await redacted(client, 2)).recorded.events
    for call in (
        redacted(client, 6),
        client("RetractEvent", stream=A, versions=[6]),
    ):
        assert "is itself a redaction" in (await refusal(call)).message


async def test_a_command_whose_event_is_redacted_is_answered_as_before(client):
    """Its request id is known for ever, though nothing says any more what was asked."""
    await told(client)
    await redacted(client, 2)
    options = {"requestId": "the-name"}
    again = (await client("RenameCluster", cluster=A, name="another", options=options)).recorded
    assert again.repeated_request
    assert again.events[0].event == f"{A}@2"


async def test_a_retraction_can_go_once_what_it_retracts_is_gone(any_client):
    """Its reason may have the words, too."""
    await told(any_client)
    await redacted(any_client, 2)
    answer = await redacted(any_client, 4)
    await until_seen(any_client, answer.recorded.position)
    assert [e.version for e in await events(any_client) if not e.state and e.stream == A] == [2, 4]
    cluster = (await any_client("GetCluster", cluster=A)).cluster
    assert (cluster.name, len(cluster.identifiers)) == ("Alpha", 0)
    refused = await refusal(redacted(any_client, 5))
    assert f"redact {A}@3 first" in refused.ErrorInfo.metadata["remedy"]


async def test_a_watch_from_before_is_not_sent_the_words(client):
    """Nor from what is kept for those who are a little behind."""
    async with Watcher(client).following() as watcher:
        await told(client)
        await watcher.until(6)
        assert watcher.events[2].state
        answer = await redacted(client, 2)
        await watcher.until(answer.recorded.position)
        async with Watcher(client, afterPosition=2).following() as late:
            await late.until(answer.recorded.position)
    assert late.events[0].state == b""
    assert late.events[0].redaction.position == answer.recorded.position
