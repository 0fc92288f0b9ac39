"""What the shell completes: commands, words and the ids that the service has."""

import os
import shutil
import subprocess

import click
import pytest

from registryctl import completing
from registryctl.app import Settings
from registryctl.main import registryctl
from tests.cli.service import BIN


def offered(address, *words, **environment):
    """What a shell is told for a line whose last word is not finished."""
    line = {
        "_REGISTRYCTL_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["registryctl", *words]),
        "COMP_CWORD": str(len(words)),
    }
    environ = os.environ | line | {"REGISTRY_ADDRESS": address, "REGISTRY_TIMEOUT": "20"}
    command = [BIN / "registryctl"]
    environ |= environment
    result = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    return [item.partition(",")[2] for item in result.stdout.splitlines() if item]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_takes(service, shell):
    """It goes to stdout; a shell that is here reads it without a fault."""
    result = service.run("completion", shell)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "_REGISTRYCTL_COMPLETE" in result.stdout
    if shutil.which(shell):
        check = [shell, "-n"]
        assert subprocess.run(check, input=result.stdout, text=True, check=False).returncode == 0


def test_bash_asks_the_program(example):
    """Through the very script: an id that is begun is completed."""
    script = example.run("completion", "bash").stdout
    line = (
        "COMP_WORDS=(registryctl cluster show nextm); COMP_CWORD=3; "
        '_registryctl_completion registryctl; echo "${COMPREPLY[*]}"'
    )
    environ = os.environ | {
        "REGISTRY_ADDRESS": example.address,
        "REGISTRY_TIMEOUT": "20",
        "PATH": f"{BIN}:{os.environ['PATH']}",
    }
    bash = ["bash", "--norc", "-c", f"{script}\n{line}"]
    result = subprocess.run(bash, env=environ, capture_output=True, text=True, check=False)
    assert result.stdout.strip() == "nextmove", result.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["clus"], ["cluster"]),
        (["cluster", "dis"], ["dissolve"]),
        (["cluster", "show", "nextm"], ["nextmove"]),
        (["cluster", "show", "nextmove", "dolina-l"], ["dolina-lotnicza"]),
        (["edition", "summary", "ecc-202"], ["ecc-2022", "ecc-2024"]),
        (["events", "list", "clusters/nextm"], ["clusters/nextmove"]),
        (["events", "list", "cl"], ["clusters/nextmove"]),
        (["participation", "show", "ecc-2022/reg"], ["ecc-2022/region-pl82"]),
        (
            ["participation", "register", "ecc-2022", "regions/pl8"],
            ["regions/PL81", "regions/PL82"],
        ),
        (["participation", "register", "ecc-2022", "countries/c"], ["countries/CZ"]),
        (["region", "show", "pl4"], ["PL41", "PL42", "PL43"]),
        (["cluster", "register", "x", "--country", "p"], ["PL", "PT"]),
        (["ecosystem", "show", "energy"], ["energy-intensive", "energy-renewables"]),
        (["events", "list", "--type", "clusterren"], ["ClusterRenamed"]),
        (["partnership", "form", "x", "--kind", "escp"], ["escp-4i", "escp-4x", "escp-s3"]),
        (["-o", "nd"], ["ndjson"]),
        (["view", "rebuild", ""], ["registry"]),
    ],
)
def test_what_is_begun_is_completed(example, words, expected):
    """Commands, words, and what the service has, all of which begin as what was typed."""
    found = offered(example.address, *words)
    assert set(expected) <= set(found)
    assert all(one.casefold().startswith(words[-1].casefold()) for one in found)


def test_contexts_are_completed_and_used(example, tmp_path):
    """A line that names its service is completed from that one."""
    environment = {"XDG_CONFIG_HOME": str(tmp_path)}
    set_it = ["context", "set", "here", "--address", example.address]
    subprocess.run([BIN / "registryctl", *set_it], env=os.environ | environment, check=True)
    assert offered("", "context", "use", "", **environment) == ["here"]
    line = ["--context", "here", "cluster", "show", "nextm"]
    assert offered("", *line, **environment) == ["nextmove"]
    line = ["--address", example.address, "cluster", "show", "nextm"]
    assert offered("127.0.0.1:1", *line) == ["nextmove"]


def test_nobody_there_offers_nothing_and_says_nothing(tmp_path):
    """No fault on the line that is typed; nor does a broken configuration disturb it."""
    config = tmp_path / "registryctl" / "config.json"
    config.parent.mkdir()
    config.write_text("{")
    assert offered("127.0.0.1:1", "cluster", "show", "x", XDG_CONFIG_HOME=str(tmp_path)) == []
    assert offered("127.0.0.1:1", "cluster", "show", "x") == []


def test_what_stands_behind_the_first_page_is_found(example, monkeypatch):
    """By a search, so that two calls complete an id of a large registry."""
    monkeypatch.setattr(completing, "MOST", 2)
    ctx = click.Context(registryctl, obj=Settings(address=example.address, timeout=10))
    items = completing.resources(ctx, ("clusters",), "nextm")
    assert [(item.value, item.help) for item in items] == [("nextmove", "NextMove")]
