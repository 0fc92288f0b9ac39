"""Building the image on this machine, without a container engine and without an image registry.

Debian's buildah builds the Dockerfile; its base image is made by debootstrap from the packages that
this machine's apt knows. What takes long is kept in the cache directory of the user.
"""

import ast
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from tests.docker.files import DOCKERFILE, ROOT

TOOLS = ("buildah", "debootstrap", "runc")
"""Programs, and Debian's packages of the same names."""
BASE_PACKAGES = "python3,python3-venv,ca-certificates"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
CACHE = platformdirs.user_cache_path("cluster-registry") / "containers"
BASE, BUILD, IMAGE = "localhost/base", "localhost/registry-build", "localhost/registry"
PIP_SETTINGS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout")
STEP_TIMEOUT_S = 900.0


@dataclass(frozen=True)
class Image:
    """A built image, its files laid out in a directory."""

    root: Path
    config: dict[str, Any]
    """As Docker keeps it: User, Env, Entrypoint, Cmd, Healthcheck, StopSignal."""


def lacking() -> str:
    """Say what this machine lacks to build and run the image; nothing once it is installed."""
    if os.geteuid() != 0:
        return "building and running the image needs root"
    missing = [tool for tool in TOOLS if _which(tool) is None]
    if missing and shutil.which("apt-get"):
        install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
        if subprocess.run(install, check=False, capture_output=True).returncode:
            subprocess.run(["apt-get", "update"], check=False, capture_output=True)
            subprocess.run(install, check=False, capture_output=True)
        missing = [tool for tool in TOOLS if _which(tool) is None]
    return f"missing: {', '.join(missing)} (Debian's packages)" if missing else ""


@contextlib.contextmanager
def built() -> Iterator[Image]:
    """Build the image, and lay it out within the block."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock, tempfile.TemporaryDirectory() as scratch:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two runs, the second waits
        buildah = Buildah(Path(scratch))
        buildah("rm", "--all")  # of a run that was killed
        buildah.make_base()
        buildah.build()
        with buildah.mounted(IMAGE) as root:
            yield Image(root, buildah.config(IMAGE))


class Buildah:
    """Debian's buildah, with its images in the cache."""

    def __init__(self, scratch: Path) -> None:
        """Choose the storage driver: overlay copies nothing, vfs works everywhere."""
        self._scratch = scratch
        self._storage = self._options("overlay")
        if not self._succeeds("info"):
            self._storage = self._options("vfs")

    def _options(self, driver: str) -> list[str]:
        places = ["--root", str(CACHE / driver), "--runroot", str(self._scratch / driver)]
        return [*places, "--storage-driver", driver]

    def __call__(self, *arguments: str) -> str:
        """Run a command; what it prints."""
        return run("buildah", *self._storage, *arguments)

    def _succeeds(self, *arguments: str) -> bool:
        command = ["buildah", *self._storage, *arguments]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

    def make_base(self) -> None:
        """Make the base image where the cache has none: Debian with Python."""
        if self._succeeds("inspect", "--type", "image", BASE):
            return
        container = self("from", "scratch")
        root = self("mount", container)
        suite, mirror = debian()
        options = ["--variant=minbase", f"--include={BASE_PACKAGES}"]
        run("debootstrap", *options, suite, root, *mirror)
        run("chroot", root, "apt-get", "clean")
        self("umount", container)
        self("commit", "--quiet", container, BASE)
        self("rm", container)

    def build(self) -> None:
        """Build the Dockerfile, and forget the layers of earlier builds."""
        pip = self._scratch / "pip.conf"
        pip.write_text(pip_conf())
        secrets = [f"--secret=id=pip,src={pip}"]
        if CERTIFICATES.exists():
            secrets.append(f"--secret=id=ca,src={CERTIFICATES}")
        # Docker's format keeps the HEALTHCHECK; isolation by chroot needs no kernel features.
        options = ["--isolation=chroot", "--format=docker", "--layers", "--pull-never", *secrets]
        options += [f"--build-arg=BASE={BASE}", f"--file={DOCKERFILE}"]
        # Named, the stage that is not shipped is kept for the next build.
        self("build", *options, "--target=build", f"--tag={BUILD}", str(ROOT))
        self("build", *options, f"--tag={IMAGE}", str(ROOT))
        self("rmi", "--prune")

    @contextlib.contextmanager
    def mounted(self, image: str) -> Iterator[Path]:
        """Files of an image, laid out within the block."""
        container = self("from", "--pull-never", image)
        try:
            yield Path(self("mount", container))
        finally:
            self("umount", container)
            self("rm", container)

    def config(self, image: str) -> dict[str, Any]:
        """What an image says about how it is run."""
        inspected = json.loads(self("inspect", "--type", "image", image))
        found: dict[str, Any] = inspected["Docker"]["config"]
        return found


def debian() -> tuple[str, list[str]]:
    """This machine's release of Debian, and where its apt finds it (or debootstrap's own)."""
    suite = run("sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME")
    known = run("apt-get", "indextargets", "--format", "$(REPO_URI)", f"Suite: {suite}")
    codename = run("apt-get", "indextargets", "--format", "$(REPO_URI)", f"Codename: {suite}")
    return suite, (codename or known).splitlines()[:1]


def pip_conf() -> str:
    """Say to the pip in the build what this machine's pip is told about its packages."""
    found: dict[str, str] = {}
    listed = run(sys.executable, "-m", "pip", "config", "list")
    for line in listed.splitlines():  # the environment first, which wins
        name, _, value = line.partition("=")
        key = name.rpartition(".")[2].removeprefix("default-")
        found.setdefault(key, str(ast.literal_eval(value)))
    # Files of this machine are not in the build.
    told = {k: v for k, v in found.items() if k in PIP_SETTINGS and "file:" not in v}
    if CERTIFICATES.exists():
        told["cert"] = str(CERTIFICATES)
    lines = (f"{key} = {' '.join(value.split())}" for key, value in told.items())
    return "\n".join(["[global]", *lines, ""])


def run(*command: str) -> str:
    """Run a program; what it prints. Its last words where it fails."""
    done = subprocess.run(
        [_which(command[0]) or command[0], *command[1:]],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=STEP_TIMEOUT_S,
    )
    if done.returncode:
        said = (done.stdout + done.stderr)[-3000:]
        raise RuntimeError(f"{command[0]} failed with exit code {done.returncode}\n{said}")
    return done.stdout.strip()


def _which(program: str) -> str | None:
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
