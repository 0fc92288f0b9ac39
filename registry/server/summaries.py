"""SummaryService: figures about an ecosystem, a region or an edition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registry.errors import InvalidField
from registry.projections.comparing import summary_changes
from registry.projections.subjects import Subject
from registry.reference import nuts
from registry.server.evidence import contribution
from registry.server.paging import ended_with
from registry.server.reading import date_of, nuts_version, page_size
from registry.server.rpc import Servicer, query
from registry.server.shown import Shown
from registry.v1 import summary_service_pb2 as pb

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from registry.projections.summaries import Summary
    from registry.server.backend import Backend
    from registry.server.reading import Reading


class Summaries(Servicer):
    """Answers what the views have counted."""

    SERVICE = pb.DESCRIPTOR.services_by_name["SummaryService"]

    def __init__(self, backend: Backend) -> None:
        """Have shown nothing yet."""
        super().__init__(backend)
        self._shown = Shown()

    @query
    def get_ecosystem_summary(
        self, request: pb.GetEcosystemSummaryRequest, reading: Reading
    ) -> bytes:
        """Answer what belongs to an ecosystem."""
        _, by_version = _versions(request)
        found = self.backend.views.ecosystem_summary(
            *(request.ecosystem, reading.day, by_version, self.backend.known_to_views(reading))
        )
        return self._answer(pb.GetEcosystemSummaryResponse, "summary", found, reading.day)

    @query
    def get_region_summary(self, request: pb.GetRegionSummaryRequest, reading: Reading) -> bytes:
        """Answer what lies in a region and all below it."""
        version, by_version = _versions(request)
        found = self.backend.views.region_summary(
            *(_code(request.region), reading.day, version, by_version),
            self.backend.known_to_views(reading),
        )
        return self._answer(pb.GetRegionSummaryResponse, "summary", found, reading.day)

    @query
    def get_edition_summary(self, request: pb.GetEditionSummaryRequest, reading: Reading) -> bytes:
        """Answer who takes part in an edition."""
        _, by_version = _versions(request)
        known = self.backend.known_to_views(reading)
        edition = self.backend.resolved(request.edition, known)
        found = self.backend.views.edition_summary(edition, reading.day, by_version, known)
        return self._answer(pb.GetEditionSummaryResponse, "summary", found, reading.day)

    @query
    def get_edition_series(self, request: pb.GetEditionSeriesRequest, reading: Reading) -> bytes:
        """Answer who takes part in each edition."""
        _, by_version = _versions(request)
        known = self.backend.known_to_views(reading)
        subject = self._subject(request, known) if request.WhichOneof("of") else None
        found = self.backend.views.edition_series(subject, reading.day, by_version, known)
        return self._answer(pb.GetEditionSeriesResponse, "editions", found, reading.day)

    @query
    def compare_editions(self, request: pb.CompareEditionsRequest, reading: Reading) -> bytes:
        """Answer two editions side by side."""
        _, by_version = _versions(request)
        known = self.backend.known_to_views(reading)
        first, second = (
            self.backend.resolved(each, known) for each in (request.first, request.second)
        )
        found = self.backend.views.compared_editions(first, second, reading.day, by_version, known)
        return self._answer(pb.CompareEditionsResponse, "comparison", found, reading.day)

    @query
    def compare_summaries(
        self, request: pb.CompareSummariesRequest, reading: Reading
    ) -> pb.CompareSummariesResponse:
        """Answer one summary at two points."""
        earlier = reading.at(request.first, "first")
        first, first_position = self._summary(request, earlier)
        second, position = self._summary(request, reading)
        return pb.CompareSummariesResponse(
            changes=[pb.FigureChange(**vars(each)) for each in summary_changes(first, second)],
            read_position=position,
            first_read_position=first_position,
            first_as_of=date_of(earlier.day),
        )

    def _summary(
        self, request: pb.CompareSummariesRequest, reading: Reading
    ) -> tuple[Summary, int]:
        known = self.backend.known_to_views(reading)
        _, by_version = _versions(request)
        subject = self._subject(request, known)
        return self.backend.views.summary(subject, reading.day, by_version, known)

    @query
    def get_specialisation(self, request: pb.GetSpecialisationRequest, reading: Reading) -> bytes:
        """Answer in which ecosystems a region is specialised, or where one is concentrated."""
        _, by_version = _versions(request)
        known = self.backend.known_to_views(reading)
        subject, level = self._subject(request, known), _level(request)
        found = self.backend.views.specialisation(subject, reading.day, by_version, level, known)
        return self._answer(pb.GetSpecialisationResponse, "specialisation", found, reading.day)

    @query
    def explain_figure(
        self, request: pb.ExplainFigureRequest, reading: Reading
    ) -> pb.ExplainFigureResponse:
        """Answer what a figure counts, and the events behind it."""
        _, by_version = _versions(request)
        day, known, after = self.backend.begins(request, reading)
        found = self.backend.views.explain(
            *(self._subject(request, known), request.figure, day, by_version),
            *(page_size(request), ended_with(after, str), known),
        )
        return pb.ExplainFigureResponse(
            contributions=map(contribution, found.contributions),
            value=found.value,
            **self.backend.told(request, day, found.read_position, found.next_after),
        )

    def _answer(
        self, response: type[Message], field: str, found: tuple[object, int], day: int
    ) -> bytes:
        """Bytes of an answer: what was found has them already where it was shown before."""
        make: Any = response
        value, position = found
        read: Message = make(read_position=position, as_of=date_of(day))

        def shown() -> Message:
            answer: Message = make()
            _copy_field(value, answer, answer.DESCRIPTOR.fields_by_name[field])
            return answer

        # The bytes of two messages are those of both as one.
        return read.SerializeToString() + self._shown.encoded(value, shown)

    def _subject(self, request: Any, known: int | None) -> Subject:
        """What a request names in its `of`."""
        match request.WhichOneof("of"):
            case "ecosystem":
                return Subject.ecosystem(request.ecosystem)
            case "region":
                return Subject.region(_code(request.region), _versions(request)[0])
        return Subject.edition(self.backend.resolved(request.edition, known))


def _versions(request: Any) -> tuple[int, int]:
    """Versions of NUTS: that of the region, if any, and the one that is counted in."""
    version = nuts_version(getattr(request, "version", 0), "version") or nuts.LATEST
    return version, nuts_version(request.by_version, "by_version") or version


def _code(region: str) -> str:
    return region.removeprefix("regions/")


def _copy_fields(source: object, target: Message) -> None:
    """Copy a dataclass into the message whose fields have the same names."""
    for field in target.DESCRIPTOR.fields:
        _copy_field(getattr(source, field.name), target, field)


def _copy_field(value: Any, target: Message, field: Any) -> None:
    """Copy a value into the field of a descriptor."""
    if value is None:
        return
    if not field.message_type and field.is_repeated:
        getattr(target, field.name).extend(value)
    elif not field.message_type:
        setattr(target, field.name, value)
    elif field.message_type.GetOptions().map_entry:
        getattr(target, field.name).update(value)
    elif field.is_repeated:
        for each in value:
            _copy_fields(each, getattr(target, field.name).add())
    else:
        _copy_message(value, getattr(target, field.name))


def _copy_message(value: Any, target: Message) -> None:
    """Copy a sub-message, which the views may hold as a dataclass or as a recorded message."""
    if isinstance(value, type(target)):
        target.CopyFrom(value)
    else:
        target.SetInParent()
        _copy_fields(value, target)


def _level(request: pb.GetSpecialisationRequest) -> int:
    """Level of the regions in which an ecosystem is looked for."""
    if not request.HasField("level"):
        return 2
    if request.WhichOneof("of") == "region":
        raise InvalidField("level", "a region has the level of its code: leave it out")
    return request.level
