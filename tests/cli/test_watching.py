"""Watching at the command line: in a pipe, at a terminal, through a break, and how it ends."""

import json
import os
import pty
import signal
import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from tests.cli.service import BIN, served
from tests.postgres import free_port

PATIENCE_S = 30


@contextmanager
def watching(service, *options, **streams):
    """Run the command beside the test; its output is a pipe unless `streams` say otherwise."""
    command = [BIN / "registryctl", "events", "watch", *options]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    environment = os.environ | {"REGISTRY_ADDRESS": service.address}
    with subprocess.Popen(command, env=environment, text=True, **streams) as process:
        late = threading.Timer(2 * PATIENCE_S, process.kill)  # nothing comes: who reads goes on
        late.start()
        try:
            yield process
        finally:
            late.cancel()
            process.kill()


def rename(service, name, to):
    """Record an event."""
    service.json("cluster", "rename", name, to, "--effective", "2021")


def test_each_event_comes_as_it_is_recorded_until_ctrl_c(service, new):
    """One JSON object a line, at once; where it was is said at the end."""
    with watching(service, "--stream", f"clusters/{new}") as process:
        assert json.loads(process.stdout.readline())["type"].endswith("ClusterRegistered")
        for name in ("First", "Second"):
            rename(service, new, name)
            event = json.loads(process.stdout.readline())
            assert event["payload"]["name"] == name
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, rest) == (130, "")
    assert f"go on with --after {event['position']}\n" in said
    assert "interrupted" in said


def test_it_goes_on_after_a_position(service, new):
    """What was shown is not shown again; with --from-now nothing that was there is."""
    rename(service, new, "First")
    stream = ("--stream", f"clusters/{new}", "--until-caught-up")
    first = service.run("events", "watch", *stream, "--limit", "1")
    (event,) = map(json.loads, first.stdout.splitlines())
    assert f"--after {event['position']}" in first.stderr
    second = service.run("events", "watch", *stream, "--after", event["position"])
    (event,) = map(json.loads, second.stdout.splitlines())
    assert event["payload"]["name"] == "First"
    assert service.run("events", "watch", *stream, "--from-now").stdout == ""
    assert service.run("events", "watch", *stream, "--effective-until", "2005").stdout == ""


def test_a_person_sees_a_line_for_each(service, new):
    """Time, event, type, date, reason, who and what, in words."""
    rename(service, new, "At a Terminal")
    terminal, end = pty.openpty()
    options = ("--stream", f"clusters/{new}")
    with watching(service, *options, "--limit", "2", stdout=end) as process:
        os.close(end)
        process.wait(PATIENCE_S)
    seen = os.read(terminal, 65536).decode()
    os.close(terminal)
    header, first, second = seen.splitlines()
    assert "recordedAt" in header
    assert f"clusters/{new}@1  ClusterRegistered  2006" in first
    assert "name At a Terminal" in second
    assert second.index(" 2021 ") == first.index(" 2006 ")


@pytest.mark.faults
def test_it_waits_for_a_service_that_is_away_and_goes_on_where_it_was(tmp_path):
    """Each event once, and one sentence about the break."""
    address = f"127.0.0.1:{free_port()}"
    with ExitStack() as stack:
        with served(tmp_path, address) as service:
            process = stack.enter_context(watching(service))
            assert "store@1" in process.stdout.readline()
            service.json("cluster", "register", "aa", "--name", "A")
            assert "clusters/aa@1" in process.stdout.readline()
        assert "it goes on when the service is back" in process.stderr.readline()
        with served(tmp_path, address) as service:
            service.json("cluster", "register", "bb", "--name", "B")
            assert "clusters/bb@1" in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            rest, said = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, rest) == (130, "")
    assert "it goes on" not in said


@pytest.mark.parametrize("recorded", [True, False])
def test_it_ends_when_nobody_reads_any_more(service, new, recorded):
    """With the next event, or the next heartbeat; without a word."""
    with watching(service, "--stream", f"clusters/{new}") as process:
        process.stdout.readline()
        process.stdout.close()
        if recorded:
            rename(service, new, "Unread")
        assert process.wait(PATIENCE_S) == 1
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--after", "1", "--from-now"], 2, "say where to begin once"),
        (["-o", "json"], 2, "use -o ndjson or -o table"),
        (["--after", "99999999"], 2, "beyond the end of the log"),
        (["--type", "ClusterRename"], 2, "did you mean ClusterRenamed?"),
        (["--address", "127.0.0.1:1"], 7, "is it running?"),
    ],
)
def test_what_cannot_be_watched_is_said_at_once(service, options, code, said):
    """A wrong address too: only who was connected waits."""
    result = service.run("events", "watch", *options)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


def test_a_timeout_ends_it(service, new):
    """As it ends other calls."""
    began = time.monotonic()
    stream = f"clusters/{new}"
    result = service.run("events", "watch", "--stream", stream, "--timeout", "1")
    assert result.exit_code == 7
    assert result.stdout.count("\n") == 1
    assert time.monotonic() - began < 5
