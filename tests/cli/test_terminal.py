"""What a person at a terminal sees, and what a pipe never does."""

import os
import pty
import subprocess

import pytest

from tests.cli.service import BIN, EXAMPLE

ESCAPE = b"\x1b["
TERMINAL = {"TERM": "xterm", "COLUMNS": "120"}


def on_a_terminal(service, *arguments, stream="stdout", **environment):
    """Run a command with one of its streams on a terminal; what came there."""
    terminal, end = pty.openpty()
    command = [BIN / "registryctl", *arguments]
    environ = os.environ | TERMINAL | {"REGISTRY_ADDRESS": service.address} | environment
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    with subprocess.Popen(command, env=environ, **{**streams, stream: end}) as process:
        os.close(end)
        seen = b""
        try:
            while chunk := os.read(terminal, 65536):
                seen += chunk
        except OSError:  # how a terminal whose other end is closed ends on Linux
            pass
        process.wait(30)
    os.close(terminal)
    assert process.returncode == 0
    return seen


@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ([], {}, True),
        (["--no-color"], {}, False),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"NO_COLOR": ""}, True),
        ([], {"TERM": "dumb"}, False),
        (["--color"], {"NO_COLOR": "1"}, True),
        ([], {"REGISTRY_COLOR": "0"}, False),
    ],
)
def test_a_terminal_is_coloured_unless_somebody_forbids_it(
    service, arguments, environment, coloured
):
    """An option wins over NO_COLOR and TERM=dumb; the words are the same."""
    seen = on_a_terminal(service, "view", "list", *arguments, **environment)
    assert b"headPosition" in seen
    assert (ESCAPE in seen) == coloured


def test_a_pipe_is_coloured_only_on_request(service):
    """So that no file holds what only a terminal understands."""
    assert "\x1b" not in service.run("-o", "table", "view", "list").stdout
    assert "\x1b[" in service.run("-o", "table", "--color", "view", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "shown"),
    [([], {}, True), (["--quiet"], {}, False), ([], {"TERM": "dumb"}, False)],
)
def test_an_import_shows_how_far_it_is(example, arguments, environment, shown):
    """Lines done, of how many, and how fast; not with --quiet, nor where no cursor moves."""
    seen = on_a_terminal(
        example, "import", str(EXAMPLE), *arguments, stream="stderr", **environment
    )
    assert (b"lines/s" in seen) == shown
    assert (ESCAPE in seen) == shown


def test_a_replay_and_a_rebuild_show_how_far_they_are(example):
    """Of how many events; the answer on stdout stays whole."""
    assert b"events/s" in on_a_terminal(example, "events", "replay", stream="stderr")
    seen = on_a_terminal(example, "view", "rebuild", "registry", stream="stderr")
    assert b"rebuild" in seen.replace(b"rebuilding", b"")
    seen = on_a_terminal(example, "events", "replay", "--limit", "2")
    assert seen.count(b"\n") == 2
    assert ESCAPE not in seen


def test_quiet_leaves_out_remarks_but_no_fault(service, new):
    """What was asked for is on stdout as ever."""
    renamed = service.run("cluster", "rename", new, "Quiet", "--dry-run", "-q")
    assert (renamed.exit_code, renamed.stderr) == (0, "")
    assert "ClusterRenamed" in renamed.stdout
    assert "not found" in service.run("cluster", "show", "no-such", "--quiet").stderr
