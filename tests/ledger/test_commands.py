"""`registry ledger`: what an operator does with keys."""

import json

import pytest
from click.testing import CliRunner

from registry.__main__ import main
from registry.ledger.verify import VerifierKey, open_checkpoint


@pytest.fixture
def run(tmp_path):
    """Runs a command on a ledger."""

    def run(command, *arguments, code=0):
        arguments = ["ledger", command, "--ledger", str(tmp_path / "ledger"), *arguments]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == code, result.output
        lines = result.stdout.splitlines()
        return [json.loads(line) for line in lines] if not code else result.stderr

    return run


def test_a_ledger_is_begun_once(run, tmp_path):
    """Its key verifies what it signs, first that there is nothing."""
    (key,) = run("begin", "--origin", "registry.example.org/clusters")
    note = (tmp_path / "ledger" / "checkpoint").read_text()
    checkpoint = open_checkpoint(note, [VerifierKey.parse(key["key"])])
    assert (checkpoint.origin, checkpoint.size) == ("registry.example.org/clusters", 0)
    assert "there is a ledger" in run("begin", "--origin", "other", code=1)
    assert run("keys") == [key]


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "a\nb"])
def test_a_name_that_cannot_be_signed_by_is_refused(run, origin):
    """It would be no line of a note."""
    assert "no name of a log" in run("begin", "--origin", origin, code=1)


def test_keys_are_rotated_with_overlap(run):
    """A new one signs beside the older one, until that is retired; the last one stays."""
    (older,) = run("begin", "--origin", "registry.example.org/clusters")
    found = run("rotate")
    assert found[0] == older
    assert [each["signs"] for each in found] == [True, True]
    found = run("retire", older["id"])
    assert [each["signs"] for each in found] == [False, True]
    assert "only key" in run("retire", found[1]["id"], code=1)
    assert run("keys") == found


def test_where_there_is_no_ledger_it_says_so(run):
    """Nothing is made in passing."""
    for command in ("keys", "rotate"):
        assert "last signed checkpoint" in run(command, code=1)
