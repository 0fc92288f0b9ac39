"""Contexts: services by name in a file of one's own, and who wins over whom."""

import json
import os
import stat
import subprocess

import pytest

from tests.cli.service import BIN


@pytest.fixture
def config(tmp_path, monkeypatch):
    """Configuration file of this test's own; not there yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    return tmp_path / "xdg" / "registryctl" / "config.json"


def shown(service, *arguments):
    return service.json("context", "show", *arguments)


def test_a_context_in_use_names_the_service(service, new, config):
    """Once it is used no command has to say where; the file is its owner's alone."""
    assert service.run("context", "set", "here", "--address", service.address).exit_code == 0
    assert service.run("context", "use", "here").exit_code == 0
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert stat.S_IMODE(config.parent.stat().st_mode) == 0o700
    assert [path.name for path in config.parent.iterdir()] == ["config.json"]
    command = [BIN / "registryctl", "cluster", "show", new]
    without = {name: value for name, value in os.environ.items() if name != "REGISTRY_ADDRESS"}
    result = subprocess.run(command, env=without, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["cluster"] == f"clusters/{new}"


def test_flag_environment_context_default(service, config, monkeypatch):
    """Each wins over what follows it, and `context show` says who did."""
    monkeypatch.delenv("REGISTRY_ADDRESS", raising=False)
    runs = type(service)("")  # an empty variable is none
    assert shown(runs) == {
        "address": "127.0.0.1:50051",
        "addressFrom": "default",
        "output": "json",
        "outputFrom": "--output",
        "file": str(config),
    }
    runs.run("context", "set", "one", "--address", "one:1", "-o", "csv")
    runs.run("context", "set", "two", "--address", "two:2")
    runs.run("context", "use", "one")
    assert shown(runs)["addressFrom"] == "context one"
    assert shown(runs, "--context", "two")["address"] == "two:2"
    monkeypatch.setenv("REGISTRY_CONTEXT", "two")
    assert shown(runs)["address"] == "two:2"
    assert shown(runs, "--context", "one")["address"] == "one:1"
    assert shown(service)["addressFrom"] == "REGISTRY_ADDRESS"
    assert shown(service, "--address", "flag:3")["addressFrom"] == "--address"
    assert runs.run("--context", "one", "context", "show").stdout.startswith("context,address,")


@pytest.mark.usefixtures("config")
def test_contexts_are_changed_listed_and_forgotten(service):
    """What is not said of a context stays; what is in use is marked."""
    service.run("context", "set", "one", "--address", "one:1")
    service.run("context", "set", "one", "-o", "csv")
    service.run("context", "set", "two", "--address", "two:2")
    service.run("context", "use", "two")
    rows = service.json("context", "list")
    assert [(row["context"], row["address"], row["output"], row["inUse"]) for row in rows] == [
        ("one", "one:1", "csv", False),
        ("two", "two:2", "", True),
    ]
    assert shown(service, "one")["output"] == "csv"
    assert "no context is in use" in service.run("context", "delete", "two").stderr
    assert [row["context"] for row in service.json("context", "list")] == ["one"]


def test_what_another_version_keeps_in_the_file_stays(service, config):
    """An older program does not lose what a newer one wrote."""
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"contexts": {"one": {"key_file": "/k"}}, "theme": "dark"}))
    service.run("context", "set", "one", "--address", "one:1")
    content = json.loads(config.read_text())
    assert content["contexts"]["one"] == {"key_file": "/k", "address": "one:1"}
    assert content["theme"] == "dark"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["health", "--context", "none"], "there is no context 'none'"),
        (["context", "use", "none"], "known: one"),
        (["context", "delete", "none"], "known: one"),
        (["context", "show", "none"], "known: one"),
        (["context", "set", "two"], "--address or --output"),
        (["context", "set", "No Name", "--address", "x:1"], "'No Name' is no name"),
    ],
)
def test_what_is_not_there_is_a_usage_error(service, config, arguments, said):
    """It names what there is, and changes nothing."""
    service.run("context", "set", "one", "--address", "one:1")
    before = config.read_bytes()
    result = service.run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert config.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b'{\n "contexts": {\n  "a": }', 3, "not JSON"),
        (b'{\n "a": "\xff"}', 2, "not UTF-8"),
        (b'{"contexts": {\n "a": {\n  "address": 1}}}', 3, "contexts.a.address must be text"),
        (b'{\n"contexts": []}', 2, "contexts must be an object"),
        (b"[]", 1, "the file must be an object"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(service, config, content, line, said):
    """Exit code 2 before anything is asked; the file stays as it is."""
    config.parent.mkdir(parents=True)
    config.write_bytes(content)
    for command in (["health"], ["context", "set", "b", "--address", "x:1"]):
        result = service.run(*command)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{config}:{line}: " in result.stderr
        assert said in result.stderr
    assert config.read_bytes() == content


def test_the_hint_names_the_address_that_was_asked(service):
    """Wherever it was said."""
    result = service.run("health", "--address", "127.0.0.1:1", "--timeout", "5")
    assert result.exit_code == 7
    assert "--address 127.0.0.1:1\n" in result.stderr
