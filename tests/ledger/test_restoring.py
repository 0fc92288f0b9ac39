"""A store is made from a bundle: the same positions, the same root, the same answers."""

import asyncio
import json
from hashlib import sha256

import pytest
from click.testing import CliRunner

from registry.__main__ import main
from registry.errors import StoreFault
from registry.eventstore.store import open_postgres, open_sqlite
from registry.ledger.home import Home
from registry.ledger.verify import commands_text
from registry.opening import Refused, restore_store
from registryctl.main import registryctl
from tests.ledger.bundled import put
from tests.ledger.conftest import ORIGIN
from tests.ledger.redacted import with_words
from tests.server.conftest import served, settings_for
from tests.server.story import COMMANDS, READS

P = "partnerships/brief"
TAKEN_BACK = (
    ("FormPartnership", {"partnershipId": "brief", "name": "B"}),
    ("JoinPartnership", {"partnership": P, "member": "organisations/nca"}),
    ("RetractEvent", {"stream": P, "versions": ["2"]}),
    ("JoinPartnership", {"partnership": P, "member": "organisations/nca"}),
    ("RetractEvent", {"stream": P, "versions": ["4"]}),
    (
        "RedactEvent",
        {
            "stream": P,
            "version": "4",
            "approvers": ["principals/ada", "principals/ben"],
            "options": {"reason": "GDPR, article 17"},
        },
    ),
)
"""A retraction is about what it takes back: a cluster finds it. What is redacted is about nothing
any more, and its retraction neither."""


@pytest.fixture(params=["sqlite", "postgres"])
def elsewhere(request, tmp_path):
    """Where to restore to: settings that serve it."""
    if request.param == "sqlite":
        return {"data": tmp_path / "restored"}
    url = request.getfixturevalue("postgres_url")
    return {"database_url": url, "ledger": tmp_path / "restored-ledger"}


def restore(bundle, key, settings):
    """Run `registry restore`."""
    data = ["--data", str(settings["data"])] if "data" in settings else []
    env = {"REGISTRY_DATABASE_URL": settings.get("database_url")}
    return CliRunner().invoke(main, ["restore", str(bundle), *data, "--key", key], env=env)


def opened(settings):
    """The store that settings name."""
    if "data" in settings:
        return open_sqlite(settings["data"])
    return open_postgres(settings["database_url"])


async def answers(client, position):
    """What every read of the story answers at a position."""
    found = []
    for name, fields, _ in READS:
        options = fields.get("options", {}) | {"minPosition": position}
        found.append(await client(name, **fields | {"options": options}))
    return found


async def told(directory, bundle):
    """Tell the story to a registry on SQLite, and export it; position, answers and key."""
    async with served(settings_for(data=directory)) as client:
        for name, fields in (*COMMANDS, *TAKEN_BACK):
            answer = await client(name, **fields)
        position = answer.recorded.position
        before = await answers(client, position)
        await client("GetCheckpoint", minPosition=position)
        export = ["--address", client.address, "audit", "export", str(bundle)]
        result = await asyncio.to_thread(CliRunner().invoke, registryctl, export)
        assert result.exit_code == 0, result.stderr
        key = (await client("ListVerifierKeys")).keys[0].key
    return position, before, key


async def test_a_restored_store_is_the_same(elsewhere, tmp_path):
    """Its log, row by row; what it answers; and commands that were carried out before."""
    bundle = tmp_path / "bundle"
    position, before, key = await told(tmp_path / "store", bundle)
    (tmp_path / "key.txt").write_text(f"{key}\n")
    result = restore(bundle, str(tmp_path / "key.txt"), elsewhere)
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    original, restored = open_sqlite(tmp_path / "store"), opened(elsewhere)
    try:
        assert said["events"] == position
        assert restored.store_id == original.store_id
        assert restored.log.read_after(0, 10**6) == original.log.read_after(0, 10**6)
        for sql in ("SELECT * FROM event_keys", "SELECT * FROM commands", "SELECT * FROM head"):
            assert sorted(restored.log.fetch(sql)) == sorted(original.log.fetch(sql))
    finally:
        original.close()
        restored.close()
    async with served(settings_for(**elsewhere), create=False) as client:
        assert await answers(client, position) == before
        checkpoint = (await client("GetCheckpoint", minPosition=position)).checkpoint
        assert checkpoint.root.hex() == said["root"]
    again = restore(bundle, key, elsewhere)
    assert (again.exit_code, "there is a store" in again.stderr) == (2, True)


async def test_a_bundle_that_was_changed_leaves_nothing(elsewhere, tmp_path):
    """It is verified before anything is made."""
    bundle = tmp_path / "bundle"
    *_, key = await told(tmp_path / "store", bundle)
    (states,) = bundle.glob("states/000.p/*")
    states.write_bytes(states.read_bytes()[:-1] + b"x")
    result = restore(bundle, key, elsewhere)
    assert (result.exit_code, "position" in result.stderr) == (1, True)
    with pytest.raises(StoreFault, match=r"no store|no registry's log"):
        opened(elsewhere)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (",4,4,4,", ",4,4,x,"),
        (",4,4,4,", f",4,4,{2**63},"),
        (",4,4,4,", ",4,4,-4,"),
        (",1,d9", ",1,zz"),
        (",1,1,d9", ",1,one,d9"),
    ],
)
def test_a_command_that_no_store_can_keep_is_refused(elsewhere, tmp_path, old, new):
    """Also where the operator signed it: a sentence, and no store."""
    home = Home(tmp_path / "ledger")
    home.begin(ORIGIN)
    bundle = with_words().write(tmp_path / "bundle", home)
    table = (bundle / "commands.csv").read_bytes()
    changed = table.replace(old.encode(), new.encode(), 1)
    assert changed != table
    text = commands_text(ORIGIN, len(with_words().events), sha256(changed).digest())
    put(bundle, "commands", home.sign_text(text).encode())
    put(bundle, "commands.csv", changed)
    ((key, _),) = home.keys.verifiers()
    result = restore(bundle, str(key), elsewhere)
    assert (result.exit_code, result.stdout) == (1, ""), result.stderr
    assert result.stderr.startswith("registry: ")
    assert "Traceback" not in result.stderr
    with pytest.raises(StoreFault):
        opened(elsewhere)


def test_a_store_that_could_not_be_filled_is_not_there(elsewhere):
    """Nothing stands in the way of the next try."""

    def fail(log):
        assert log.head().position == 0
        raise StoreFault("broken")

    for _ in range(2):
        with pytest.raises(Refused, match="broken"):
            restore_store(settings_for(**elsewhere), fail)
