"""The views are made anew while others write and read: no answer is wrong, and none is missing."""

import asyncio

from tests.server.told import BEFORE, Told, read, write

REBUILDS = 3
READERS = 4


async def test_rebuilds_under_load_leave_no_answer_wrong_or_missing(default_client):
    """Summaries now and as known before, by readers that never stop, through several rebuilds."""
    told = Told(default_client)
    for number in range(BEFORE):
        await told.add(number)
    working = [asyncio.create_task(read(told, seed)) for seed in range(READERS)]
    working.append(asyncio.create_task(write(told)))
    (view,) = (await default_client("ListViews")).views
    for _ in range(REBUILDS):
        rebuilt = (await default_client("RebuildView", view=view.view, timeout_s=60)).view
        assert rebuilt.generation > view.generation
        view = rebuilt
    told.done = True
    *answers, _ = await asyncio.gather(*working)
    assert min(answers) > 0
