"""Turn protos/ into Python, stubs and descriptor images, without a network.

The google protos come with the googleapis-common-protos and grpcio-tools wheels. No package ships
buf/validate/validate.proto, but protovalidate embeds its descriptor: that is where the rules'
vocabulary comes from, and `registry/_vendor/buf` is its generated home for google.protobuf.
"""

import argparse
import filecmp
import importlib.metadata
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import grpc_tools
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc
from protovalidate._gen.buf.validate import validate_pb

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
VALIDATE = "buf/validate/validate.proto"
VENDOR = Path("registry/_vendor")
# Every directory that holds generated code and nothing else, with its docstring.
PACKAGES = {
    Path("registry/v1"): "Generated from protos/registry/v1: services, requests, resources.",
    Path("registry/events"): "Generated event messages, by schema version.",
    Path("registry/events/v1"): "Generated from protos/registry/events/v1: what the log stores.",
    VENDOR / "buf": "Generated home of buf.validate for google.protobuf.",
    VENDOR / "buf/validate": "Generated from the descriptor that protovalidate embeds.",
}


def main() -> int:
    """Run one of the verbs; the exit code is 1 where `check` finds a difference."""
    parser = argparse.ArgumentParser(description="Build code and images from protos/.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("generate", help="write the generated packages into registry/")
    verbs.add_parser("check", help="fail where the generated packages are not what protos/ says")
    image = verbs.add_parser("image", help="write a descriptor set for buf")
    image.add_argument("file", type=Path)
    image.add_argument("--bare", action="store_true", help="without comments and positions")
    parser.add_argument("--protos", type=Path, default=PROTOS, help="source directory")
    parser.add_argument("--out", type=Path, default=ROOT, help="directory that holds registry/")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        match arguments.verb:
            case "image":
                build_image(arguments.protos, arguments.file, Path(scratch), bare=arguments.bare)
                return 0
            case "check":
                generate(arguments.protos, Path(scratch))
                return report(differences(Path(scratch), arguments.out))
            case _:
                generate(arguments.protos, Path(scratch))
                install(Path(scratch), arguments.out)
                return 0


def build_image(
    protos: Path, image: Path, scratch: Path, *, bare: bool = False, more: tuple[str, ...] = ()
) -> None:
    """Compile every source, `more` of google's, and all they import into one FileDescriptorSet."""
    embedded = scratch / "validate.binpb"
    embedded.write_bytes(validate_descriptor().SerializeToString())
    run_protoc(
        *(f"--proto_path={path}" for path in (protos, *google_protos())),
        f"--descriptor_set_in={embedded}",
        "--include_imports",
        *([] if bare else ["--include_source_info"]),
        f"--descriptor_set_out={image}",
        *sources(protos),
        *more,
    )


def generate(protos: Path, out: Path) -> None:
    """Write messages, stubs and service code below `out`."""
    image = out / "image.binpb"
    build_image(protos, image, out)
    (out / VENDOR).mkdir(parents=True)
    generate_python(image, out, *sources(protos))
    generate_python(image, out / VENDOR, VALIDATE)
    services = files_with_services(image)
    if services:
        generate_services(image, out, *services)
    for package, docstring in PACKAGES.items():
        (out / package).mkdir(parents=True, exist_ok=True)
        (out / package / "__init__.py").write_text(f'"""{docstring}"""\n')


def generate_python(image: Path, out: Path, *files: str) -> None:
    """Write `*_pb2.py` and `*_pb2.pyi`."""
    run_protoc(
        plugin("mypy"),
        f"--descriptor_set_in={image}",
        f"--python_out={out}",
        f"--mypy_out=quiet:{out}",
        *files,
    )


def generate_services(image: Path, out: Path, *files: str) -> None:
    """Write `*_pb2_grpc.py` and `*_pb2_grpc.pyi`."""
    run_protoc(
        plugin("mypy_grpc"),
        f"--descriptor_set_in={image}",
        f"--grpc_python_out={out}",
        f"--mypy_grpc_out=quiet:{out}",
        *files,
    )


def run_protoc(*arguments: str) -> None:
    """Run the compiler in this process, which knows the generators for Python and gRPC."""
    code: int = protoc.main(["protoc", *arguments])  # type: ignore[no-untyped-call]
    if code != 0:
        sys.exit("protoc failed: see above")


def plugin(name: str) -> str:
    """Name a mypy-protobuf plugin of this environment, whatever PATH says."""
    return f"--plugin=protoc-gen-{name}={sysconfig.get_path('scripts')}/protoc-gen-{name}"


def validate_descriptor() -> FileDescriptorSet:
    """Copy buf/validate/validate.proto out of protovalidate's own runtime."""
    embedded = FileDescriptorProto.FromString(validate_pb.desc().proto.to_binary())
    return FileDescriptorSet(file=[embedded])


def google_protos() -> tuple[Path, Path]:
    """Find the directories that hold google/type, google/rpc and google/protobuf."""
    common = importlib.metadata.distribution("googleapis-common-protos").locate_file("")
    return Path(str(common)), Path(grpc_tools.__file__).parent / "_proto"


def sources(protos: Path) -> list[str]:
    """List our own files as protoc names them, in a fixed order."""
    return sorted(path.relative_to(protos).as_posix() for path in protos.rglob("*.proto"))


def files_with_services(image: Path) -> list[str]:
    """List our own files that define a service."""
    files = FileDescriptorSet.FromString(image.read_bytes()).file
    return [file.name for file in files if file.service and file.package.startswith("registry.")]


def install(generated: Path, out: Path) -> None:
    """Make the generated packages below `out` equal to `generated`, touching only what differs."""
    for path in differences(generated, out):
        target = out / path
        if (generated / path).exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(generated / path, target)
        else:
            target.unlink()


def differences(generated: Path, out: Path) -> list[Path]:
    """List what is missing, changed or left over below `out`."""
    ours, theirs = set(generated_files(generated)), set(generated_files(out))
    changed = {
        path
        for path in ours & theirs
        if not filecmp.cmp(generated / path, out / path, shallow=False)
    }
    return sorted((ours ^ theirs) | changed)


def generated_files(root: Path) -> Iterator[Path]:
    """List the Python files and stubs of the generated packages."""
    for package in PACKAGES:
        for path in (root / package).glob("*.py*"):
            if path.is_file():
                yield path.relative_to(root)


def report(paths: list[Path]) -> int:
    """Name the files that are not what protos/ says."""
    for path in paths:
        sys.stderr.write(f"not as generated: {path}\n")
    if paths:
        sys.stderr.write("hint: run `make proto` and commit the result\n")
    return 1 if paths else 0


if __name__ == "__main__":
    sys.exit(main())
