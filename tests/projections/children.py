"""A store whose views a child process makes, on SQLite or on PostgreSQL."""

import os
import signal
import sys

from registry.eventstore import store as stores
from registry.projections import open_process_views
from tests.postgres import wait_until
from tests.projections.recording import Recording

PROJECT = (sys.executable, "-m", "registry", "project")
TOLD = {"log_level": "warning", "log_format": "json"}


class Place:
    """A store, and views of it that a child makes."""

    def __init__(self, closing, *, directory=None, url=None):
        self.closing = closing
        self.directory, self.url = directory, url
        if url:
            stores.create_postgres(url)
            self.store = stores.open_postgres(url)
        else:
            stores.create_sqlite(directory)
            self.store = stores.open_sqlite(directory)
        self.log = self.store.log
        closing.callback(self.store.close)
        self.recording = Recording(self.log)

    def views(self, command=PROJECT):
        """Views, started."""
        where = {"directory": self.directory, "url": self.url}
        views = open_process_views(self.log, command, TOLD, **where)
        self.closing.callback(views.close)
        views.start()
        return views

    def record(self, views, *facts):
        """Record facts, and wait until the views show them."""
        position = self.recording.each(*facts)
        views.notify()
        assert views.wait(position, timeout_s=20) >= position
        return position


def total(views):
    return len(views.list_streams("clusters", 1000).streams)


def kill(views):
    """Kill the child, which is replaced by another one."""
    killed = views.child
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: views.child not in {0, killed}, "another child")
