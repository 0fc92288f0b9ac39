"""The page for operators: its commands back a registry up and bring it back."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cli.service import ROOT
from tests.postgres import find_binaries
from tests.server.conftest import served, settings_for

PAGE = (ROOT / "docs" / "operating.md").read_text()
BACKUP_SQLITE, RESTORE_SQLITE, BACKUP_POSTGRES, RESTORE_POSTGRES = re.findall(
    r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
)


def run(commands: str, directory: Path, **environment: str) -> None:
    """Run commands of the page where an operator types them, until one fails."""
    path = os.pathsep.join(
        [str(Path(sys.executable).parent), str(find_binaries()), os.environ["PATH"]]
    )
    subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=directory,
        env=os.environ | environment | {"PATH": path},
        check=True,
        timeout=60,
    )


async def register(client, *ids):
    """Register clusters, one after the other."""
    for one in ids:
        await client("RegisterCluster", clusterId=one, name=one.upper())


async def listed(client):
    """Ids of the clusters that the views list at the end of the log."""
    head = (await client("ListViews")).views[0].head_position
    answer = await client("ListClusters", options={"minPosition": str(head)})
    return [cluster.cluster.removeprefix("clusters/") for cluster in answer.clusters]


@pytest.fixture
def libpq(postgres_server):
    """Say by environment where PostgreSQL is, as the page supposes."""
    url = urlsplit(postgres_server.url())
    yield {
        "PGHOST": url.hostname,
        "PGPORT": str(url.port),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
    }
    for name in ("registry", "registry_restored"):
        postgres_server.drop_database(name)


async def test_a_backup_of_a_store_that_is_in_use_is_restored(tmp_path):
    """What was recorded before the backup is back; the service did not stop for it."""
    async with served(settings_for(data=tmp_path / "var")) as client:
        await register(client, "demo-a", "demo-b")
        run(BACKUP_SQLITE, tmp_path)
        await register(client, "demo-c")
        before = await client.answers("ReplayEvents")
    run(RESTORE_SQLITE, tmp_path)
    async with served(settings_for(data=tmp_path / "restored"), create=False) as client:
        assert await listed(client) == ["demo-a", "demo-b"]
        after = await client.answers("ReplayEvents")
        await register(client, "demo-d")
    old, new = ([e for batch in found for e in batch.events] for found in (before, after))
    assert new == old[: len(new)]


async def test_a_dump_of_a_database_that_is_in_use_is_restored(postgres_server, libpq, tmp_path):
    """The same, on PostgreSQL, into a new database."""
    url = postgres_server.create_database("registry")
    async with served(settings_for(database_url=url)) as client:
        await register(client, "demo-a", "demo-b")
        run(BACKUP_POSTGRES, tmp_path, **libpq)
        await register(client, "demo-c")
    run(RESTORE_POSTGRES, tmp_path, **libpq)
    restored = settings_for(database_url=postgres_server.url("registry_restored"))
    async with served(restored, create=False) as client:
        assert await listed(client) == ["demo-a", "demo-b"]
        await register(client, "demo-d")


async def test_views_of_later_are_noticed_beside_an_older_log(tmp_path):
    """Who forgets that a backup goes into an empty directory is not answered from the future."""
    async with served(settings_for(data=tmp_path / "var")) as client:
        await register(client, "demo-a", "demo-b")
        run(BACKUP_SQLITE, tmp_path)
        await register(client, "demo-c")
        await listed(client)
    for log in (tmp_path / "var").glob("events.db*"):
        log.unlink()
    shutil.copy(tmp_path / "backup.db", tmp_path / "var" / "events.db")
    async with served(settings_for(data=tmp_path / "var"), create=False) as client:
        assert await listed(client) == ["demo-a", "demo-b"]
