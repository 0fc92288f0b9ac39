"""What became of the rows: counted, and the refused ones written down one by one."""

import json
from typing import TextIO

from google.rpc import code_pb2, error_details_pb2, status_pb2

from registry.v1 import record_service_pb2
from registryctl.app import note
from registryctl.imports.fact import Fact
from registryctl.imports.table import Refused
from registryctl.statuses import detail, reason
from registryctl.text import printable

_SEEN, _RECORDED, _REFUSED, _UNREGISTERED = 1, 2, 4, 8
MOST_SHOWN = 20
"""Refused rows shown on stderr where no report is asked for; also rows registered before."""


class Report:
    """Counts rows by what became of all their facts."""

    def __init__(self, *, shows: bool = True) -> None:
        """Keep the refused rows to be written; show the first of them on stderr, or none."""
        self._shows = shows
        self._refused: list[tuple[str, int, Refused]] = []
        self._rows: dict[str, bytearray] = {}
        self._shown = 0
        self.registered_before = 0
        """Rows whose registration is of what another command registered."""
        self.kept: list[str] = []
        """The first of them, and what stays as it is."""
        self.incomplete = 0
        """Facts passed over: their rows call them incomplete."""
        self.position = 0
        """Position in the log after which a read sees everything."""

    def begin(self, name: str, lines: int) -> None:
        """Make room for the rows of a file: a byte for each line."""
        self._rows[name] = bytearray(lines + 2)

    def see(self, name: str, line: int) -> None:
        """Count a row."""
        self._rows[name][line] |= _SEEN

    def refuse(self, name: str, line: int, why: Refused) -> None:
        """Tell why a row, or a file at its header, is refused."""
        self._rows.setdefault(name, bytearray(line + 1))[line] |= _SEEN | _REFUSED
        self._refused.append((name, line, why))
        if self._shows and self._shown < MOST_SHOWN:
            where = f"{why.field}: " if why.field else ""
            note(printable(f"{name}:{line}: {where}{why.reason}: {why.message}"))
            self._shown += 1
            if self._shown == MOST_SHOWN:
                note("... more may follow; --report FILE takes them all")

    def settle(self, fact: Fact, outcome: record_service_pb2.Outcome) -> None:
        """Count the outcome of one of a row's facts."""
        rows, line = self._rows[fact.row.file], fact.row.line
        if outcome.HasField("recorded"):
            self.position = max(self.position, outcome.recorded.position)
            if outcome.recorded.events and not outcome.recorded.repeated_request:
                rows[line] |= _RECORDED
        elif reason(outcome.error) == "REQUEST_ID_REUSED":
            # The id comes from the fact: this very fact was recorded before, from another place
            # or state of the file. Where it was retracted since, it stays retracted.
            return
        elif fact.registers and outcome.error.code == code_pb2.ALREADY_EXISTS:
            # It changes nothing, so it is told, but not refused.
            self.registered_before += 1
            if len(self.kept) < MOST_SHOWN:
                self.kept.append(f"{fact.row.file}:{line}: {fact.kept}")
        elif not (rows[line] & _UNREGISTERED and outcome.error.code == code_pb2.NOT_FOUND):
            # Facts about what was not registered fail with it: they are not reported again.
            rows[line] |= _UNREGISTERED * fact.registers
            self.refuse(fact.row.file, line, _why(fact, outcome.error))

    def refused(self) -> dict[tuple[str, int], list[Refused]]:
        """Why rows are refused, by file and line."""
        found: dict[tuple[str, int], list[Refused]] = {}
        for name, line, why in self._refused:
            found.setdefault((name, line), []).append(why)
        return found

    def write(self, file: TextIO) -> None:
        """Write the refused rows down, in the order of the files and of their lines.

        Where the service refuses a line, the program has read on and may have refused later ones.
        """
        order = {name: number for number, name in enumerate(self._rows)}
        for name, line, why in sorted(self._refused, key=lambda one: (order[one[0]], one[1])):
            said = {"file": name, "line": line, "field": why.field}
            said |= {"reason": why.reason, "message": why.message}
            file.write(json.dumps(said, ensure_ascii=False) + "\n")

    def totals(self) -> dict[str, int]:
        """Rows that recorded an event, that changed nothing, and that were refused."""
        states = [state for rows in self._rows.values() for state in rows if state]
        refused = sum(1 for state in states if state & _REFUSED)
        accepted = sum(1 for state in states if state & (_REFUSED | _RECORDED) == _RECORDED)
        unchanged = len(states) - accepted - refused
        return {"accepted": accepted, "unchanged": unchanged, "refused": refused}


def _why(fact: Fact, status: status_pb2.Status) -> Refused:
    """Reason and sentence of the service, at the column that says it."""
    violations = detail(status, error_details_pb2.BadRequest).field_violations
    path = violations[0].field if violations else ""
    names = [part.partition("[")[0] for part in path.split(".")]
    if "effective" in names and not fact.registers:
        names = []  # the date of another fact stands where that fact stands
    columns = [fact.columns[name] for name in reversed(names) if name in fact.columns]
    column = columns[0] if columns else _column_of_resource(fact, status) or fact.said.column
    return Refused(column, reason(status), status.message)


def _column_of_resource(fact: Fact, status: status_pb2.Status) -> str:
    """Column that names the missing resource."""
    missing = detail(status, error_details_pb2.ErrorInfo).metadata.get("resource", "")
    named = (name for name, value in fact.said.fields.items() if missing and value == missing)
    return fact.columns.get(next(named, ""), "")
