"""A real registry whose services are asked in this process: all of it but the wire."""

import asyncio
import contextlib
from collections import Counter
from functools import partial

from registry.application import Registry
from registry.errors import AlreadyExists, InvalidField, NotFound, RuleRefused
from registry.eventstore import store as stores
from registry.projections import open_views
from registry.server import rpc
from registry.server.backend import Backend
from registry.server.frames import ANSWER
from registry.server.reading import Reading
from registry.server.recording import recordables
from registry.server.searches import Searches
from registry.server.serving import servicers_of_commands
from registry.server.summaries import Summaries
from tests.server.client import RPCS, request

TIMEOUT_S = 30
REFUSALS = (InvalidField, NotFound, AlreadyExists, RuleRefused)
"""Of commands that say what cannot be; anything else is a fault."""


class NoDeadline:
    """The context of a call that may take its time."""

    def time_remaining(self):
        """As gRPC says it."""
        return


class Served:
    """The services of one registry."""

    def __init__(self, registry, views):
        self.log = registry.recorded_log
        self.registry = registry
        self.views = views
        self.accepted = Counter()
        """How many commands recorded events, by their RPC."""
        backend = Backend(registry, views, asyncio.Event(), fast_point_reads=True)
        recording = servicers_of_commands(backend)
        self._commands = recordables(recording)
        self._methods = {
            method.name: rpc._dated(function, method)
            for servicer in (*recording, Summaries(backend), Searches(backend))
            for method, function in servicer.methods()
        }
        self.close = backend.close

    def record(self, name, fields):
        """Record a command; the position of its last event, or 0 where it was refused."""
        command = self._commands[RPCS[name].path]
        data = request(name, **fields).SerializeToString()
        try:
            answer = self.registry.record(partial(command.prepare, data), command.finish[ANSWER])
            answered = RPCS[name].response.FromString(answer.result(TIMEOUT_S))
        except REFUSALS:
            return 0
        self.accepted[name] += bool(answered.recorded.events)
        return answered.recorded.position

    def is_renewed(self):
        """Whether the views show nothing that was redacted, also as known before."""
        return not self.views.status()[0].holds_redacted

    def ask(self, name, **fields):
        """Answer a read; None where nothing is found."""
        method, asked = RPCS[name], request(name, **fields)
        reading = Reading.of(asked, NoDeadline())
        try:
            answer = self._methods[method.name](asked, reading)
        except NotFound:
            return None
        return method.response.FromString(answer) if isinstance(answer, bytes) else answer


@contextlib.contextmanager
def served(*, directory=None, url=None):
    """Open a new store in a directory or a database."""
    if url is None:
        stores.create_sqlite(directory)
    else:
        stores.create_postgres(url)
    with contextlib.ExitStack() as closing:
        store = stores.open_postgres(url) if url else stores.open_sqlite(directory)
        closing.callback(store.close)
        views = open_views(store.log, directory=None if url else directory, url=url)
        closing.callback(views.close)
        views.start()
        registry = Registry(store, on_commit=lambda _: views.notify())
        closing.callback(registry.close)
        asked = Served(registry, views)
        closing.callback(asked.close)
        yield asked
