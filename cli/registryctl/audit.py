"""`registryctl audit`: what was signed of the log, and whether it is what is there."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from registryctl.app import note, remark, settings
from registryctl.auditing.trust import NO_KEY, Checks, trusted, trusts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.ledger.verify import VerifierKey

FILE = click.Path(path_type=Path, dir_okay=False)
DIRECTORY = click.Path(path_type=Path, file_okay=False)
MAX = 2**63 - 1
"""The largest position there can be."""
SHOWN = 20
"""Positions that are named, of any number."""
_WAITS = click.option(
    "--min-position",
    type=click.IntRange(0, MAX),
    default=0,
    help="Wait until this position is signed.",
)


@click.group(cls=Checks)
def audit() -> None:
    """Verify the history: checkpoints, proofs, and all of it offline.

    Exit codes of what checks: 0 verified, 1 tampered, 2 could not check; 3 to 7 where the service
    did not answer what it was asked.
    """


@audit.command("keys", rpc="LedgerService/ListVerifierKeys", example="audit keys")
def keys_() -> None:
    """List the keys that sign, as the service says.

    Note one that signs, and have it confirmed by another way than this: a page that is printed, a
    colleague. It is what --key takes.
    """
    from registryctl import printing  # noqa: PLC0415
    from registryctl.auditing import asking  # noqa: PLC0415

    printing.show_objects(settings(), asking.key_rows(), listed=True)


@audit.command(rpc="LedgerService/GetCheckpoint", example="audit checkpoint --key key.txt")
@trusts
@_WAITS
def checkpoint(keys: tuple[str, ...], min_position: int) -> None:
    """Print the newest signed checkpoint: the size and the root of the log.

    Write it to a file, and keep that where the operator of the registry cannot reach it.
    """
    from registryctl import printing  # noqa: PLC0415
    from registryctl.auditing import asking  # noqa: PLC0415

    known = trusted(keys) if keys else []
    signed, refusal = asking.checkpoint(known, min_position)
    if not known:
        remark(f"not verified: {NO_KEY}")
    if refusal:
        note(f"registryctl: nothing newer is signed: {refusal}")
    if settings().output_asked:
        printing.show_object(settings(), printing.plain(signed))
    else:
        click.echo(signed.note, nl=False)


@audit.command(rpc="LedgerService/GetInclusionProof", example="audit prove 2 --key key.txt")
@click.argument("position", type=click.IntRange(1, MAX))
@trusts
def prove(position: int, keys: tuple[str, ...]) -> None:
    """Print the proof that the event of POSITION is in the log, to be kept.

    `audit verify` checks it without the service. The format is C2SP tlog-proof.
    """
    from registryctl.auditing import asking  # noqa: PLC0415

    known = trusted(keys) if keys else []
    text = asking.prove(known, position)
    if not known:
        remark(f"not verified: {NO_KEY}")
    click.echo(text, nl=False)


@audit.command(rpc="LedgerService/GetStateDigest", example="audit state --key key.txt")
@trusts
@click.option(
    "--position",
    type=click.IntRange(0, MAX),
    default=0,
    help="Position the views are of (that of the newest checkpoint).",
)
def state(keys: tuple[str, ...], position: int) -> None:
    """Print the signed digest of the views at a position, to be kept beside a checkpoint."""
    from registryctl.auditing import asking  # noqa: PLC0415

    note_text = asking.state(trusted(keys) if keys else [], position)
    if not keys:
        remark(f"not verified: {NO_KEY}")
    click.echo(note_text, nl=False)


@audit.command(rpc="LedgerService/ListStateDigests", example="audit states --key key.txt")
@trusts
@click.option("--after", type=click.IntRange(0, MAX), default=0, help="Position to begin after.")
def states(keys: tuple[str, ...], after: int) -> None:
    """List the signed digests of the views that the service published by itself.

    It does so after 100,000 events or a day, whichever comes first. `audit export` writes all of
    them, and `audit replay` compares each with what the events make.
    """
    from registryctl import printing  # noqa: PLC0415
    from registryctl.auditing import asking  # noqa: PLC0415

    found = asking.states(trusted(keys) if keys else [], after)
    if not keys:
        remark(f"not verified: {NO_KEY}")
    columns = "position viewVersion publishedAt digest"
    printing.show_messages(settings(), found, columns=columns)


@audit.command(
    rpc="LedgerService/GetConsistencyProof",
    example="audit consistency kept.checkpoint --key key.txt",
)
@click.argument("kept", type=FILE)
@trusts
def consistency(kept: Path, keys: tuple[str, ...]) -> None:
    """Check that the log of the service continues a checkpoint that was KEPT in a file."""
    from registry.ledger.trust import read_note  # noqa: PLC0415
    from registry.ledger.verify import open_checkpoint  # noqa: PLC0415
    from registryctl.auditing import asking  # noqa: PLC0415

    known = trusted(keys)
    old = open_checkpoint(read_note(kept), known)
    new = asking.check_consistency(known, old)
    click.echo(f"verified: the {old.size} events of {kept} are the first of {new.size}")


@audit.command(
    rpc="EventService/ReplayEvents",
    also=(
        "LedgerService/GetCheckpoint",
        "LedgerService/ListCheckpoints",
        "LedgerService/ListStateDigests",
        "LedgerService/ListCommands",
        "LedgerService/GetStateDigest",
        "LedgerService/ListVerifierKeys",
    ),
    example="audit export bundle --key key.txt",
)
@click.argument("directory", type=DIRECTORY)
@trusts
@_WAITS
def export(directory: Path, keys: tuple[str, ...], min_position: int) -> None:
    """Write the whole log, as far as it is signed, into DIRECTORY, to be verified offline.

    The tree and its entries lie there as C2SP tlog-tiles says; beside them the contents of the
    events, all checkpoints, the command ids and the keys.
    """
    from registryctl import terminal  # noqa: PLC0415
    from registryctl.auditing import asking  # noqa: PLC0415

    if directory.exists() and any(directory.iterdir()):
        raise click.UsageError(f"{directory} is not empty")
    with terminal.progress(settings(), "export", "events") as progress:
        found = asking.export(directory, trusted(keys) if keys else [], min_position, progress)
    if not keys:
        remark(f"not verified: {NO_KEY}")
    click.echo(f"{found.size} events of {found.origin} in {directory}")


@audit.command(example="audit verify bundle --key key.txt --checkpoint kept.checkpoint")
@click.argument("path", type=click.Path(path_type=Path))
@trusts
@click.option(
    "--checkpoint",
    "kept",
    type=FILE,
    multiple=True,
    help="A checkpoint that was kept, which the bundle has to continue; may be repeated.",
)
def verify(path: Path, keys: tuple[str, ...], kept: tuple[Path, ...]) -> None:
    """Verify a bundle, or a proof in a file, without network and service.

    Of a bundle every byte is hashed again. Without --checkpoint it is only known to be what the
    key signed, not to be what it was when you last looked.
    """
    from registry.ledger.trust import read_note  # noqa: PLC0415
    from registry.ledger.verify import Checkpoint, note_text  # noqa: PLC0415
    from registry.ledger.verify import verify as verify_bundle  # noqa: PLC0415

    known = trusted(keys)
    if path.is_file():
        if kept:
            raise click.UsageError("--checkpoint is for a bundle: a proof has its own")
        _verify_proof(path, known)
        return
    notes = {str(each): read_note(each) for each in kept}
    found = verify_bundle(path, known, notes)
    size, origin, root = found.checkpoint.size, found.checkpoint.origin, found.checkpoint.root
    click.echo(f"verified: {size} events of {origin}, root {root.hex()}")
    yours = {Checkpoint.parse(note_text(note)).size for note in notes.values()}
    click.echo(f"it agrees with {found.checkpoints} checkpoints, {len(yours)} of them yours")
    if found.redacted:
        shown = _some(found.redacted)
        click.echo(f"redacted: {len(found.redacted)} of the events, at position {shown}")


@audit.command(example="audit replay bundle --key key.txt")
@click.argument("bundle", type=DIRECTORY)
@trusts
def replay(bundle: Path, keys: tuple[str, ...]) -> None:
    """Verify a BUNDLE, fold its events into fresh views, and compare these with what was signed.

    So figures are recomputed from the log alone, and every digest that the service published is
    compared with what the views were at its position. It runs the service's own code, `registry
    replay`, of the version that made the views.
    """
    from registry.ledger.verify import verify as verify_bundle  # noqa: PLC0415
    from registryctl.auditing import replaying  # noqa: PLC0415

    known = trusted(keys)
    verify_bundle(bundle, known)
    found = replaying.compare(bundle, known)
    state, shown = found.state, _some(found.redacted)
    click.echo(
        f"verified: at position {state.position} the views of version {state.view_version} are"
        f" what was signed, {state.digest.hex()}"
    )
    if found.published:
        click.echo(f"so are {len(found.published)} published digests, each at its position")
    if found.redacted:
        click.echo(f"{len(found.redacted)} cannot be compared, redacted since: of position {shown}")
    if found.older:
        click.echo(f"{len(found.older)} cannot be compared: views of other versions of the code")


def _some(positions: "Sequence[int]") -> str:
    """Positions in words, the first of many."""
    shown = ", ".join(map(str, positions[:SHOWN]))
    return f"{shown} and {len(positions) - SHOWN} more" if len(positions) > SHOWN else shown


def _verify_proof(path: Path, known: "list[VerifierKey]") -> None:
    from registry.ledger.proofs import Proof  # noqa: PLC0415
    from registry.ledger.trust import read_note  # noqa: PLC0415
    from registryctl import printing  # noqa: PLC0415
    from registryctl.auditing import asking  # noqa: PLC0415

    entry, found = Proof.parse(read_note(path)).check(known)
    note(f"verified: it is in the log {found.origin} of {found.size} events")
    printing.show_object(settings(), asking.entry_fields(entry))
