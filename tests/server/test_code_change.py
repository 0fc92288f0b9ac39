"""A service of newer code takes the place of one that is at work: both answer meanwhile."""

import asyncio
import sys

import psycopg
import pytest

from registry.projections.tables import VIEW_VERSION
from tests.server.client import Client
from tests.server.conftest import served, settings_for
from tests.server.program import Program
from tests.server.told import BEFORE, Told, read, write

pytestmark = pytest.mark.faults

READERS = 2
NEXT_VERSION = """
from registry.projections import tables
tables.VIEW_VERSION += 1
from registry.__main__ import main
main()
"""
NEWER = (sys.executable, "-c", NEXT_VERSION, "serve")


def versions(url):
    """Versions that have views, and how many schemas of views there are."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT view_version FROM views_live ORDER BY 1").fetchall()
        schemas = connection.execute(
            "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^views_[0-9]+$'"
        ).fetchone()
    return [version for (version,) in found], schemas[0]


async def answered(readers, told):
    """Let readers ask for a while; how many answers each had, all of them right."""
    await asyncio.sleep(1)
    told.done = True
    return await asyncio.gather(*readers)


async def test_services_of_two_versions_answer_side_by_side(postgres_url, tmp_path):
    """While the newer one starts, while both are at work, and while each makes its views anew."""
    async with served(settings_for(database_url=postgres_url)) as older:
        told = Told(older)
        for number in range(BEFORE):
            await told.add(number)
        working = [asyncio.create_task(read(told, seed)) for seed in range(READERS)]
        writing = asyncio.create_task(write(told))
        program = await asyncio.to_thread(newer, tmp_path, postgres_url)
        try:
            assert versions(postgres_url) == ([VIEW_VERSION, VIEW_VERSION + 1], 2)
            async with Client(program.ready["address"]) as client:
                seeds = range(READERS, 2 * READERS)
                working += [asyncio.create_task(read(told, seed, client)) for seed in seeds]
                for each in (older, client):
                    await each("RebuildView", view="registry", timeout_s=60)
                assert min(await answered(working, told)) > 0
            await writing
        finally:
            assert program.stop() == 0
    assert versions(postgres_url) == ([VIEW_VERSION, VIEW_VERSION + 1], 2)


def newer(directory, url):
    """Start a service of the next version."""
    environment = {"REGISTRY_DATABASE_URL": url, "REGISTRY_PROJECTOR": "thread"}
    return Program(directory, environment=environment, command=NEWER)


async def test_the_views_of_a_version_go_when_nobody_runs_it(postgres_url, tmp_path):
    """Not before there are views of the newer one; who goes back makes them anew."""
    async with served(settings_for(database_url=postgres_url)) as older:
        await older("RegisterCluster", clusterId="aa", name="A")
    assert versions(postgres_url) == ([VIEW_VERSION], 1)
    assert newer(tmp_path, postgres_url).stop() == 0
    assert versions(postgres_url) == ([VIEW_VERSION + 1], 1)
    async with served(settings_for(database_url=postgres_url), create=False) as older:
        assert len((await older("ListClusters")).clusters) == 1
