"""SummaryService: figures about an ecosystem, a region or an edition."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from google.type.date_pb2 import Date

from registry.reference import nuts
from registry.server.reading import nuts_version
from registry.server.rpc import Servicer, query
from registry.v1 import summary_service_pb2 as pb

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from registry.server.reading import Reading

R = TypeVar("R", bound="Message")


class Summaries(Servicer):
    """Answers what the views have counted."""

    SERVICE = pb.DESCRIPTOR.services_by_name["SummaryService"]

    @query
    def get_ecosystem_summary(
        self, request: pb.GetEcosystemSummaryRequest, reading: Reading
    ) -> pb.GetEcosystemSummaryResponse:
        """Answer what belongs to an ecosystem."""
        version = nuts_version(request.by_version, "by_version") or nuts.LATEST
        summary, position = self.backend.views.ecosystem_summary(
            request.ecosystem, reading.day, version
        )
        return _answer(pb.GetEcosystemSummaryResponse, summary, position, reading.day)

    @query
    def get_region_summary(
        self, request: pb.GetRegionSummaryRequest, reading: Reading
    ) -> pb.GetRegionSummaryResponse:
        """Answer what lies in a region and all below it."""
        code = request.region.removeprefix("regions/")
        version = nuts_version(request.version, "version") or nuts.LATEST
        by_version = nuts_version(request.by_version, "by_version") or version
        summary, position = self.backend.views.region_summary(
            code, reading.day, version, by_version
        )
        return _answer(pb.GetRegionSummaryResponse, summary, position, reading.day)

    @query
    def get_edition_summary(
        self, request: pb.GetEditionSummaryRequest, reading: Reading
    ) -> pb.GetEditionSummaryResponse:
        """Answer who takes part in an edition."""
        edition = self.backend.resolved(request.edition)
        version = nuts_version(request.by_version, "by_version") or nuts.LATEST
        summary, position = self.backend.views.edition_summary(edition, reading.day, version)
        return _answer(pb.GetEditionSummaryResponse, summary, position, reading.day)


def _answer(response: type[R], summary: object, position: int, day: int) -> R:
    answer: Any = response(read_position=position, as_of=_date(day))
    copy_fields(summary, answer.summary)
    answered: R = answer
    return answered


def _date(day: int) -> Date:
    date = datetime.date.fromordinal(day)
    return Date(year=date.year, month=date.month, day=date.day)


def copy_fields(source: object, target: Message) -> None:
    """Copy a dataclass into the message whose fields have the same names."""
    for field in target.DESCRIPTOR.fields:
        value = getattr(source, field.name)
        if value is None:
            continue
        if not field.message_type:
            _set(target, field.name, value)
        elif field.message_type.GetOptions().map_entry:
            getattr(target, field.name).update(value)
        elif field.is_repeated:
            for each in value:
                copy_fields(each, getattr(target, field.name).add())
        else:
            _copy_message(value, getattr(target, field.name))


def _set(target: Message, name: str, value: Any) -> None:
    setattr(target, name, value)


def _copy_message(value: Any, target: Message) -> None:
    """Copy a sub-message, which the views may hold as a dataclass or as a recorded message."""
    if isinstance(value, type(target)):
        target.CopyFrom(value)
    else:
        target.SetInParent()
        copy_fields(value, target)
