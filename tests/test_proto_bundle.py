"""The protos packed for others: the same wherever they are packed, and all that a client needs."""

import hashlib
import subprocess
import sys
import sysconfig
import tarfile

import pytest

from tests.cli.service import ROOT, served

SITE = sysconfig.get_path("purelib")
NEEDED = [
    "registry/v1/change_service.proto",
    "registry/v1/cluster_service.proto",
    "registry/v1/options.proto",
    "registry/v1/access.proto",
    "registry/v1/forms.proto",
    "registry/events/v1/values.proto",
    "buf/validate/validate.proto",
]
CLIENT = """
import sys
gen, site, address = sys.argv[1:]
sys.path[:0] = [gen]
sys.path.append(site)
import grpc
from registry.v1 import change_service_pb2, change_service_pb2_grpc
from registry.v1 import cluster_service_pb2, cluster_service_pb2_grpc

assert cluster_service_pb2.__file__.startswith(gen)
with grpc.insecure_channel(address, [("grpc.enable_http_proxy", 0)]) as channel:
    clusters = cluster_service_pb2_grpc.ClusterServiceStub(channel)
    command = cluster_service_pb2.RegisterClusterRequest(cluster_id="demo-x", name="Demo")
    recorded = clusters.RegisterCluster(command, timeout=10).recorded
    changes = change_service_pb2_grpc.ChangeServiceStub(channel)
    asked = change_service_pb2.ListChangesRequest(after_position=1)
    (change,) = changes.ListChanges(asked, timeout=10).changes
    assert change.position == recorded.position
    print(change.resource)
"""


def bundled(directory):
    """Pack them; the archive."""
    program = [sys.executable, ROOT / "tools" / "bundle_protos.py", directory]
    subprocess.run(program, check=True, capture_output=True)
    (archive,) = directory.glob("*.tar.gz")
    return archive


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The archive, packed once."""
    return bundled(tmp_path_factory.mktemp("dist"))


def test_it_is_the_same_wherever_it_is_packed(archive, tmp_path):
    """Whoever packs the same sources can compare digests."""
    again = bundled(tmp_path)
    assert again.name == archive.name
    assert (
        hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(archive.read_bytes()).digest()
    )
    with tarfile.open(archive) as tar:
        assert {(m.mtime, m.uid, m.uname, m.mode) for m in tar} == {(0, 0, "", 0o644)}


def test_it_has_every_proto_of_ours_as_it_is(archive, tmp_path):
    """With its comments, which are the reference."""
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    (top,) = tmp_path.iterdir()
    for source in (ROOT / "protos").rglob("*.proto"):
        packed = top / "protos" / source.relative_to(ROOT / "protos")
        assert packed.read_bytes() == source.read_bytes()
    assert b"Answers the resources that changed" in (top / "registry.binpb").read_bytes()


def test_a_stranger_generates_a_client_of_it_that_works(archive, tmp_path):
    """From the archive, the compiler and gRPC alone: none of our packages are imported."""
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    (image,) = tmp_path.glob("*/registry.binpb")
    out = tmp_path / "gen"
    out.mkdir()
    compile_ = [sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={image}"]
    compile_ += [f"--python_out={out}", f"--grpc_python_out={out}", *NEEDED]
    subprocess.run(compile_, check=True)
    with served(tmp_path) as service:
        # -S: without the paths that an editable install of ours adds.
        client = [sys.executable, "-I", "-S", "-c", CLIENT, out, SITE, service.address]
        printed = subprocess.run(client, check=True, capture_output=True, text=True).stdout
    assert printed.strip() == "clusters/demo-x"
