"""Receipts of a command: the proof, in its answer, that what it recorded is in the signed log.

After the fact, as warnings: the command is recorded by then, and where it is not signed in time the
receipt is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registry.errors import RegistryError
from registry.eventstore.redactions import redactions_of
from registry.server.reading import timeout_s
from registry.v1.options_pb2 import CommandOptions, Receipt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.ledger.signer import Ledger
    from registry.server.backend import Backend, Context
    from registry.server.rpc import Method

MAX_WAIT_S = 5.0
"""Most that an answer waits for its receipt."""
_TAG = bytes([CommandOptions.DESCRIPTOR.fields_by_name["receipt"].number << 3])
"""The byte that stands before the field: most requests have it nowhere, and are not decoded."""


async def receipts_of(
    backend: Backend, method: Method, request: bytes, answer: bytes, context: Context
) -> bytes:
    """Receipts that were asked for, as bytes that an answer can go on with.

    Args:
        backend: whose ledger signs.
        method: the command's.
        request: its bytes.
        answer: the bytes of its answer.
        context: of the call.
    """
    ledger = backend.ledger
    if ledger is None or _TAG not in request or not _asks(method, request):
        return b""
    decoded: Any = method.response.FromString(answer)
    positions = [event.position for event in decoded.recorded.events if event.position]
    if not positions:
        return b""
    wait_s = min(timeout_s(context), MAX_WAIT_S)
    try:
        receipts = await backend.wait_in_thread(_receipts, backend, ledger, positions, wait_s)
    except RegistryError:
        return b""
    made: Any = method.response()
    made.recorded.receipts.extend(receipts)
    encoded: bytes = made.SerializeToString()
    return encoded


def _asks(method: Method, request: bytes) -> bool:
    asked: Any = method.request.FromString(request)
    return bool(asked.options.receipt)


def _receipts(
    backend: Backend, ledger: Ledger, positions: Sequence[int], wait_s: float
) -> list[Receipt]:
    """Receipts of the events of a command, which follow each other in the log."""
    signed = ledger.newest(positions[-1], wait_s)
    rows = backend.registry.recorded_log.read_after(positions[0] - 1, len(positions))
    proofs = ledger.proofs(rows, signed, redactions_of(backend.registry.recorded_log, rows))
    return [
        Receipt(position=row.position, proof=proof.text())
        for row, proof in zip(rows, proofs, strict=True)
    ]
