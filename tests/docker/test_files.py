"""The Dockerfile and the compose file agree with the programs, and with each other."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest

from registry.__main__ import main as registry
from registry.server.addresses import checked_address
from registry.settings import Settings
from registryctl.app import Settings as Client
from registryctl.main import registryctl
from tests.docker.files import COMPOSE, ROOT, compose, dockerfile, last_stage, service

PROGRAMS = {"registry": registry, "registryctl": registryctl}
SERVICES = compose()["services"]
OURS = [name for name, each in SERVICES.items() if "build" in each]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def parsed(argv: list[str]) -> click.Context:
    """What a program understands of a command, without doing it."""
    command: click.Command = PROGRAMS[argv[0]]
    words = argv[1:]
    context = click.Context(command, info_name=argv[0])
    while isinstance(command, click.Group):
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, found.make_context(name, list(words), parent=context)
    return context


def commands() -> list[list[str]]:
    """Every command that the two files start."""
    stage = last_stage()
    entrypoint, default = stage["ENTRYPOINT"].argv, stage["CMD"].argv
    started = [each for each in map(service, OURS) if each["command"] != ["--help"]]
    return [
        entrypoint + default,
        stage["HEALTHCHECK"].argv,
        *(each.get("entrypoint", entrypoint) + each["command"] for each in started),
    ]


@pytest.mark.parametrize("argv", commands(), ids=" ".join)
def test_every_command_is_one_that_the_programs_know(argv):
    """A container does not fail for an option that was renamed."""
    assert argv[0] in PROJECT["scripts"]
    parsed(argv)


def test_every_variable_is_a_setting():
    """A variable that nobody reads would look as if it did something."""
    text = (ROOT / "docker/Dockerfile").read_text() + COMPOSE.read_text()
    named = set(re.findall(r"\bREGISTRY_([A-Z_]+)", text)) - {"IMAGE"}
    assert named
    assert named <= {name.upper() for name in Settings.model_fields}


def test_the_image_runs_as_a_numeric_user_who_owns_the_directory_of_the_store():
    """An orchestrator can see that it is not root, and a new volume belongs to the service."""
    stage = last_stage()
    user, group = stage["USER"].rest.split(":")
    assert int(user) > 0
    assert int(group) > 0
    data = parsed(stage["ENTRYPOINT"].argv + stage["CMD"].argv).params["data"]
    assert stage["RUN"].rest == f"install -d -o {user} -g {group} -m 0700 {data}"


def test_everything_installed_is_pinned_by_hash():
    """An image made twice from one commit has the same packages in it."""
    installs = re.findall(
        r"install ([^&]*)", " && ".join(x.rest for x in dockerfile() if x.word == "RUN")
    )
    fetched = [each for each in installs if "--no-index" not in each and not each.startswith("-d")]
    assert len(fetched) == 2
    assert all("--require-hashes" in each for each in fetched)


def test_the_build_is_sent_what_it_copies_and_nothing_else():
    """A store, a secret or a virtual environment in the checkout never gets into a layer."""
    allowed = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    copies = [each.rest.split()[:-1] for each in dockerfile() if each.word == "COPY"]
    sources = {source for copied in copies if "--from" not in copied[0] for source in copied}
    assert set(allowed) == sources
    assert all((ROOT / path).exists() for path in allowed)


def test_no_image_is_taken_from_a_named_host():
    """Whoever builds says where images come from."""
    (base,) = [x.rest.partition("=")[2] for x in dockerfile() if x.word == "ARG"]
    for image in (base, *(each["image"] for each in SERVICES.values())):
        first, slash, _ = image.partition("/")
        assert not (slash and ("." in first or ":" in first)), image
    version = re.fullmatch(r"python:(3\.\d+)-slim-\w+", base)
    assert version
    assert f">={version[1]}" in PROJECT["requires-python"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_may_do_as_little_as_it_needs(name):
    """Whoever breaks into one can write to its volume, and gains no rights."""
    each = service(name)
    assert each["read_only"] is True
    assert any(path.startswith("/tmp:") for path in each["tmpfs"])  # noqa: S108 - in a container
    assert each["cap_drop"] == ["ALL"]
    assert "cap_add" not in each
    assert each["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in each


def test_what_is_recorded_is_signed_and_the_ledger_outlives_its_container():
    """In a volume apart from the database's, in a directory that the service may write."""
    serving = service("registry")
    ledger = Settings(ledger=serving["environment"]["REGISTRY_LEDGER"]).ledger_home()
    (mounted,) = serving["volumes"]
    volume, _, place = mounted.partition(":")
    stage = last_stage()
    assert place == str(parsed(stage["ENTRYPOINT"].argv + stage["CMD"].argv).params["data"])
    assert Path(place) in ledger.parents
    assert volume in compose()["volumes"]
    for name, each in SERVICES.items():
        users = {one.partition(":")[0] for one in each.get("volumes", [])}
        assert (volume in users) == (name == "registry")
    assert serving["environment"].items() >= service("create")["environment"].items()


def test_the_service_is_reached_where_it_listens():
    """It listens on loopback: no port would lead to it, and its clients share its network."""
    assert not any("ports" in each for each in SERVICES.values())
    address = Settings.model_fields["address"].default
    assert checked_address(address) == address == Client.address
    assert service("registryctl")["network_mode"] == "service:registry"


def test_the_parts_start_in_order():
    """Database, then store, then service; `up` leaves the command line alone."""
    conditions = {n: each.get("depends_on", {}) for n, each in SERVICES.items()}
    assert conditions["create"]["postgres"]["condition"] == "service_healthy"
    assert conditions["registry"]["create"]["condition"] == "service_completed_successfully"
    assert conditions["registryctl"]["registry"]["condition"] == "service_healthy"
    assert [n for n, each in SERVICES.items() if "profiles" in each] == ["registryctl"]


def test_a_stop_waits_for_the_drain():
    """Calls in work are finished before the engine loses patience."""
    grace = int(service("registry")["stop_grace_period"].removesuffix("s"))
    assert grace > Settings.model_fields["drain_grace_s"].default + 10


def make_secrets(directory: Path) -> int:
    """Run the tool."""
    tool = [sys.executable, str(ROOT / "tools" / "make_secrets.py"), str(directory)]
    return subprocess.run(tool, check=False, capture_output=True).returncode


def test_the_secrets_are_made_once(tmp_path):
    """The service has the password of the database, which knows only the first."""
    directory = tmp_path / "secrets"
    assert make_secrets(directory) == 0
    made = {path.name: path.read_text() for path in directory.iterdir()}
    files = {each["file"] for each in compose()["secrets"].values()}
    assert {f"secrets/{name}" for name in made} == files
    url = urlsplit(made["database-url"])
    environment = service("postgres")["environment"]
    assert url.password == made["postgres-password"]
    assert (url.hostname, url.username) == ("postgres", environment["POSTGRES_USER"])
    assert url.path == f"/{environment['POSTGRES_DB']}"
    assert directory.stat().st_mode & 0o777 == 0o700
    assert make_secrets(directory) == 0
    assert {path.name: path.read_text() for path in directory.iterdir()} == made
    (directory / "database-url").unlink()
    assert make_secrets(directory) == 1


def test_the_secrets_stay_out_of_git_and_out_of_the_build():
    """A password that is committed once is known for ever."""
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert "/docker/secrets/" in ignored
