"""Load: writers that send a command until it is acknowledged, with the same request id."""

import asyncio
import itertools
import random
import time
from collections.abc import Iterator, Sequence

from registry.v1.record_service_pb2 import Command
from tests.faults import commands
from tests.faults.client import Client, Outcome
from tests.faults.ledger import Ledger

UNANSWERED = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "ABORTED")
"""What a writer may be told while things break; it sends the same command again."""
PATIENCE_S = 60.0
"""How long a command may stay without an acknowledgement."""


def chain(writer: str) -> Iterator[Command]:
    """Commands that rest on each other; every one records something, the last two events."""
    yield commands.form(f"p-{writer}")
    for number in itertools.count():
        cluster = f"c-{writer}-{number}"
        yield commands.register(cluster)
        yield commands.rename(cluster, f"Name {number}")
        yield commands.join(f"p-{writer}", cluster, 2012)
        yield commands.dissolve(cluster, end_memberships=True)


class Load:
    """Writers over some servers, until stopped; a ledger of what they were told."""

    def __init__(self, clients: Sequence[Client], writers: int) -> None:
        self.ledger = Ledger()
        self.in_work = 0
        self._clients = clients
        self._stopped = False
        self._tasks = [asyncio.create_task(self._write(f"{n:02}")) for n in range(writers)]

    async def stop(self) -> Ledger:
        """Let every writer have its last command acknowledged."""
        self._stopped = True
        await asyncio.wait_for(asyncio.gather(*self._tasks), PATIENCE_S + 10)
        return self.ledger

    def abandon(self) -> None:
        """End the writers where they are."""
        for task in self._tasks:
            task.cancel()

    async def progress(self, more: int, within_s: float = PATIENCE_S) -> None:
        """Wait until so many more commands are acknowledged."""
        enough = len(self.ledger.acknowledged) + more
        deadline = time.monotonic() + within_s
        while len(self.ledger.acknowledged) < enough:
            for task in self._tasks:
                if task.done():
                    await task
            assert time.monotonic() < deadline, "nothing is acknowledged any more"
            await asyncio.sleep(0.01)

    async def _write(self, writer: str) -> None:
        for command in chain(writer):
            if self._stopped:
                return
            self.ledger.send(command)
            await self._until_acknowledged(command)

    async def _until_acknowledged(self, command: Command) -> None:
        deadline = time.monotonic() + PATIENCE_S
        tries = itertools.count()
        while not self._told(command, await self._call(command), next(tries)):
            assert time.monotonic() < deadline, f"never acknowledged: {command}"
            self.ledger.resent += 1
            await asyncio.sleep(0.02)

    async def _call(self, command: Command) -> Outcome:
        self.in_work += 1
        try:
            return await random.choice(self._clients).call(command)
        finally:
            self.in_work -= 1

    def _told(self, command: Command, outcome: Outcome, tries: int) -> bool:
        """Enter an answer into the ledger; whether it settles the command."""
        if outcome.recorded is not None:
            self.ledger.acknowledge(outcome.recorded)
            self.ledger.found_recorded += bool(tries and outcome.recorded.repeated_request)
            if outcome.recorded.repeated_request and not tries:
                self.ledger.wrong.append(f"sent once, answered as repeated: {command}")
            return True
        if outcome.code in UNANSWERED:
            return False
        self.ledger.wrong.append(f"{command} was answered {outcome}")
        return True
