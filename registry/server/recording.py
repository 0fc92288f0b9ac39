"""Recording: from the bytes of a command's request to those of its answer, by the writer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from registry.server.answers import fill_recorded, packer
from registry.server.frames import ANSWER, OUTCOME
from registry.server.validation import check, decoder
from registry.v1.record_service_pb2 import Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from registry.application import Registry
    from registry.eventstore.commands import Intent
    from registry.eventstore.ticket import Answer
    from registry.server.rpc import Method, Servicer


class Recorder(Protocol):
    """Has commands recorded, in this process or in another."""

    def record(self, path: str, request: bytes, form: int = ANSWER) -> Awaitable[bytes]:
        """Record a command.

        Args:
            path: of its RPC.
            request: the bytes of its request.
            form: ANSWER for the RPC's own response, OUTCOME for that of RecordBatch.
        """
        ...


class Recordable(NamedTuple):
    """How a command is prepared and finished, in the writer's thread."""

    prepare: Callable[[bytes], Intent]
    finish: Mapping[int, Callable[[Intent, Answer], bytes]]
    """By the form of its answer."""


def recordables(servicers: Iterable[Servicer]) -> dict[str, Recordable]:
    """Every command of these servicers, by the path of its RPC."""
    return {
        method.path: Recordable(
            _preparing(method, intend, servicer),
            {ANSWER: _answering(method), OUTCOME: _outcome},
        )
        for servicer in servicers
        for method, intend in servicer.commands()
    }


class LocalRecorder:
    """Has the registry's own writer record."""

    def __init__(self, registry: Registry, commands: Mapping[str, Recordable]) -> None:
        self._registry = registry
        self._commands = commands

    def record(self, path: str, request: bytes, form: int = ANSWER) -> Awaitable[bytes]:
        """Record a command; see `Recorder`."""
        command = self._commands[path]
        return self._registry.record(partial(command.prepare, request), command.finish[form])


def _preparing(
    method: Method, intend: Callable[..., Intent], servicer: Servicer
) -> Callable[[bytes], Intent]:
    decode = decoder(method.request)

    def prepare(data: bytes) -> Intent:
        request = decode(data)
        check(request)
        return intend(servicer.backend.command(request), request)

    return prepare


def _answering(method: Method) -> Callable[[Intent, Answer], bytes]:
    pack = packer(method.response)

    def finish(intent: Intent, answer: Answer) -> bytes:
        return pack(answer, intent.command.today).SerializeToString()

    return finish


def _outcome(_: Intent, answer: Answer) -> bytes:
    outcome = Outcome()
    fill_recorded(outcome.recorded, answer)
    return outcome.SerializeToString()
