"""A register that is written and read all the time by those who know every right answer."""

import asyncio
import random

BEFORE = 60
"""Clusters registered before the views change, so that it takes a moment."""
SUBJECT = {"ecosystem": "digital"}


class Told:
    """How many clusters are of the ecosystem at each position, as its commands tell."""

    def __init__(self, client):
        self.client = client
        self.counts = {1: 0}
        """Count after a position; it holds up to the next one there is."""
        self.done = False
        self._more = asyncio.Condition()

    async def add(self, number):
        """Register a cluster of the ecosystem; now and then take an earlier one's tags away."""
        count = self.counts[max(self.counts)]
        cluster = f"c{number}"
        answer = await self.client("RegisterCluster", clusterId=cluster, name="N", country="PL")
        await self._tell(answer.recorded.position, count)
        tags = [SUBJECT] if number % 5 else []
        answer = await self.client(
            "SetClusterEcosystems", cluster=f"clusters/{cluster}", ecosystems=tags
        )
        await self._tell(answer.recorded.position, count + len(tags))

    async def _tell(self, position, count):
        async with self._more:
            self.counts[position] = count
            self._more.notify_all()

    async def up_to(self, position):
        """Wait for the counts up to a position: a command may be read before it is answered."""
        async with self._more:
            await self._more.wait_for(lambda: max(self.counts) >= position)

    def at(self, position):
        """The count that is right at a position."""
        return self.counts[max(known for known in self.counts if known <= position)]


async def write(told):
    number = BEFORE
    while not told.done:
        await told.add(number)
        number += 1


async def read(told, seed, client=None):
    """Ask for the newest and for what was known; compare every answer at the position it is of."""
    client = client or told.client
    draw, answers = random.Random(seed), 0
    while not told.done:
        newest = max(told.counts)
        known = draw.choice([{}, {"knownPosition": str(draw.randint(2, newest))}])
        options = known or {"minPosition": str(newest)}
        answer = await client("GetEcosystemSummary", **SUBJECT, options=options)
        wanted = int(known["knownPosition"]) if known else newest
        assert answer.read_position == wanted if known else answer.read_position >= wanted
        await told.up_to(answer.read_position)
        assert answer.summary.clusters.total == told.at(answer.read_position), answer.read_position
        answers += 1
    return answers
