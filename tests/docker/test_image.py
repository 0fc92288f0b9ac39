"""The image, built and run as the compose file says: `make test-image`."""

import json
import os
import stat
from pathlib import Path

import pytest

from tests.docker.containers import Asked, Container
from tests.docker.files import ROOT, service
from tests.docker.machine import Image
from tests.postgres import PostgresServer

pytestmark = pytest.mark.image

EXAMPLE = ROOT / "registry/reference/data/example"
STORE, SOCKET, DATA = "/var/lib/registry", "/run/postgresql", "/data"
IMPORTED = '{"accepted":299,"unchanged":0,"refused":0}\n'
SUMMARY = ("edition", "summary", "ecc-2022")
LEFT_BEHIND = ("cc", "gcc", "make", "hatchling", "pytest", "git")


def own(directory: Path, image: Image) -> Path:
    """A directory that belongs to the user of the image, as a new volume does."""
    directory.mkdir()
    os.chown(directory, *(int(each) for each in image.config["User"].split(":")))
    return directory


def embedded(image: Image, *command: str) -> dict[str, object]:
    """The service of the compose file, on SQLite instead: what the image does by default."""
    hardened = {n: x for n, x in service("registry").items() if n not in {"environment", "secrets"}}
    return hardened | {"command": list(command) or image.config["Cmd"]}


def summary(container: Container) -> tuple[object, object]:
    """Number and participants of an edition, asked for from within."""
    asked = container.run("registryctl", "-o", "json", *SUMMARY)
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    return answer["number"], answer["participants"]["total"]


def test_the_image_holds_what_runs_and_not_what_made_it(image):
    """Whoever breaks in finds no compiler, no packages to install, nothing that may be changed."""
    path = dict(each.split("=", 1) for each in image.config["Env"])["PATH"].split(":")
    programs = {file.name for place in path for file in (image.root / place[1:]).glob("*")}
    assert {"registry", "registryctl", "python3"} <= programs
    assert not programs & set(LEFT_BEHIND)
    ours = image.root / "opt/registry"
    assert not (ours / "bin/pip").exists()
    assert not list((image.root / "root").glob(".cache"))
    assert not (image.root / "src").exists()
    assert not (image.root / "etc/pip.conf").exists()
    loose = stat.S_IWGRP | stat.S_IWOTH
    for file in [ours, *ours.rglob("*")]:
        state = file.lstat()
        assert state.st_uid == 0, file
        assert file.is_symlink() or not state.st_mode & loose, file


def test_a_store_in_a_volume_outlives_its_container(image, tmp_path):
    """Import, stop, start again: nothing else in the container is written, and nothing is lost."""
    binds = {STORE: own(tmp_path / "volume", image), DATA: EXAMPLE}
    making = embedded(image, "create", "--data", STORE)
    with Container(image, tmp_path, Asked(making, binds)) as create:
        assert create.wait() == 0, create.output
        store_id = json.loads(create.output)["store_id"]
    asked = Asked(embedded(image), binds)
    with Container(image, tmp_path, asked) as first:
        first.wait_until_healthy()
        assert store_id in first.output
        assert first.run("registryctl", "import", DATA).stdout == IMPORTED
        answered = summary(first)
        assert answered == (8, 8)
        anybodys = first.run("touch", "/var/tmp/x")  # noqa: S108 - in the container
        assert "Read-only file system" in anybodys.stderr
        assert first.run("ls", "-A", "/tmp").stdout == ""  # noqa: S108 - in the container
        assert first.stop() == 0, first.output
        assert '"event": "stopped"' in first.output
    with Container(image, tmp_path, asked) as second:
        second.wait_until_healthy()
        assert summary(second) == answered
        assert second.stop() == 0, second.output


def test_the_parts_of_the_compose_file_work_together(image, tmp_path):
    """Database, store, service and command line, each started as the file says, and twice."""
    sockets = tmp_path / "sockets"
    sockets.mkdir()
    sockets.chmod(0o777)
    with PostgresServer(settings={"unix_socket_directories": str(sockets)}) as postgres:
        url = postgres.url("postgres").replace(f"127.0.0.1:{postgres.port}", "")
        secret = tmp_path / "database-url"
        secret.write_text(f"{url}?host={SOCKET}&port={postgres.port}")
        secrets, binds = {"database-url": secret}, {SOCKET: sockets}
        kept = binds | {STORE: own(tmp_path / "ledger", image)}
        keys = set()
        for start in ("first", "second"):
            with Container(image, tmp_path, Asked(service("create"), binds, secrets)) as create:
                assert create.wait() == 0, create.output
                assert json.loads(create.output)["created"] is (start == "first")
            serving = Asked(service("registry"), kept, secrets)
            with Container(image, tmp_path, serving) as running:
                running.wait_until_healthy()
                if start == "first":
                    assert beside(running, image, tmp_path, "import", DATA) == IMPORTED
                answer = json.loads(beside(running, image, tmp_path, "-o", "json", *SUMMARY))
                assert answer["name"] == "European Cluster Conference 2022"
                (key,) = json.loads(beside(running, image, tmp_path, "-o", "json", "audit", "keys"))
                keys.add(key["key"])
                assert running.stop() == 0, running.output
        assert len(keys) == 1  # the ledger is still there after the second start


def beside(running: Container, image: Image, directory: Path, *words: str) -> str:
    """What registryctl prints, run as the compose file says: in the network of the service."""
    client = service("registryctl") | {"command": list(words)}
    with Container(image, directory, Asked(client, {DATA: EXAMPLE}, network=running)) as tool:
        assert tool.wait() == 0, tool.output
        lines = [line for line in tool.output.splitlines() if "not imported" not in line]
        return "".join(f"{line}\n" for line in lines)


def test_the_health_check_fails_where_nobody_serves(image, tmp_path):
    """An engine learns that the service is not there, by exit code 7."""
    asking = service("registryctl") | {"command": image.config["Healthcheck"]["Test"][2:]}
    with Container(image, tmp_path, Asked(asking)) as alone:
        assert alone.wait() == 7, alone.output


def test_it_listens_to_its_own_network_only(image, tmp_path):
    """In a container too: until callers are authenticated, no port can lead to the service."""
    open_to_all = embedded(image) | {"environment": {"REGISTRY_ADDRESS": "0.0.0.0:50051"}}
    binds = {STORE: own(tmp_path / "volume", image)}
    with Container(image, tmp_path, Asked(open_to_all, binds)) as refused:
        assert refused.wait() == 2
        assert "callers are not authenticated" in refused.output
