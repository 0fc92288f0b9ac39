"""Pack the protos for those who generate a client: `make proto-bundle`.

The archive is the same, byte for byte, wherever it is made from the same sources.
"""

import gzip
import io
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import build_protos
from google.protobuf.descriptor_pb2 import FileDescriptorSet

ROOT = build_protos.ROOT
IMAGE = "registry.binpb"
# What errors carry: no proto of ours imports it, every client needs it.
ERRORS = "google/rpc/error_details.proto"
README = """\
The protos of Cluster Registry {version}, for those who generate a client of their own.

    registry.binpb   a FileDescriptorSet: every file with all it imports, and the comments
    protos/          the same as text, but for buf/validate/validate.proto, which has no text here

Every generator reads the set, and needs nothing else:

    protoc --descriptor_set_in=registry.binpb --LANGUAGE_out=OUT registry/v1/cluster_service.proto
    buf generate registry.binpb --template buf.gen.yaml
    grpcurl -protoset registry.binpb -plaintext 127.0.0.1:50051 list

Generate google/rpc/error_details.proto too, which says what the details of an error are, and
google/type and buf/validate where your language has no package for them. The services are in
registry/v1, the recorded events in registry/events/v1.

Licence: Apache-2.0; google/ is of googleapis (Apache-2.0), buf/ of protovalidate (Apache-2.0).
"""


def main() -> None:
    """Write dist/registry-protos-VERSION.tar.gz, and its set of descriptors beside it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    dist = ROOT / "dist" if len(sys.argv) == 1 else Path(sys.argv[1])
    dist.mkdir(parents=True, exist_ok=True)
    name = f"registry-protos-{project['version']}"
    image = described()
    (dist / IMAGE).write_bytes(image)
    (dist / f"{name}.tar.gz").write_bytes(archive(name, contents(image, project["version"])))
    print(dist / f"{name}.tar.gz")


def described() -> bytes:
    """Compile our protos and the details of errors, with comments and all that is imported."""
    with tempfile.TemporaryDirectory() as scratch:
        image = Path(scratch) / IMAGE
        build_protos.build_image(build_protos.PROTOS, image, Path(scratch), more=(ERRORS,))
        return image.read_bytes()


def contents(image: bytes, version: str) -> Iterator[tuple[str, bytes]]:
    """List the files of the archive, by path."""
    yield "LICENSE", (ROOT / "LICENSE").read_bytes()
    yield "README", README.format(version=version).encode()
    places = (build_protos.PROTOS, *build_protos.google_protos())
    for name in sorted(file.name for file in FileDescriptorSet.FromString(image).file):
        found = next((each / name for each in places if (each / name).exists()), None)
        if found is not None:
            yield f"protos/{name}", found.read_bytes()
    yield IMAGE, image


def archive(name: str, files: Iterator[tuple[str, bytes]]) -> bytes:
    """Pack files below one directory, without anything of this machine or this moment."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for path, data in files:
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


if __name__ == "__main__":
    main()
