"""RegionService: which regions there are in which version, and what became of them."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, TypeVar

from registry.errors import NotFound
from registry.reference import nuts
from registry.server import paging
from registry.server.reading import nuts_version, page_size
from registry.server.rpc import Servicer, call
from registry.v1 import region_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_KINDS = {
    "exact": pb.RESOLUTION_KIND_EXACT,
    "ambiguous": pb.RESOLUTION_KIND_AMBIGUOUS,
    "left": pb.RESOLUTION_KIND_LEFT,
    "unknown": pb.RESOLUTION_KIND_UNKNOWN,
}


class Regions(Servicer):
    """Answers from the reference data, which no command changes."""

    SERVICE = pb.DESCRIPTOR.services_by_name["RegionService"]

    @call
    async def get_region(self, request: pb.GetRegionRequest) -> pb.GetRegionResponse:
        """Answer one region of one version."""
        version = nuts_version(request.version, "version") or nuts.LATEST
        return pb.GetRegionResponse(region=_region(_code(request.region, version), version))

    @call
    async def list_regions(self, request: pb.ListRegionsRequest) -> pb.ListRegionsResponse:
        """Answer a page of the regions below another."""
        version = nuts_version(request.version, "version") or nuts.LATEST
        parent = _code(request.parent, version) if request.parent else None
        codes = _found(parent or "", lambda: nuts.below(parent, version, request.level or None))
        begins = paging.continued(request)
        start = bisect_right(codes, *paging.ended_with(begins.after, str)) if begins else 0
        page = codes[start : start + page_size(request)]
        more = start + len(page) < len(codes)
        return pb.ListRegionsResponse(
            regions=[_region(code, version) for code in page],
            next_page_token=paging.token(request, paging.Place(0, after=tuple(page[-1:] * more))),
        )

    @call
    async def resolve_region(self, request: pb.ResolveRegionRequest) -> pb.ResolveRegionResponse:
        """Answer what the territory of a region is in another version."""
        stated = nuts_version(request.from_version, "from_version")
        to = nuts_version(request.to_version, "to_version") or nuts.LATEST
        code = _code(request.region, stated)
        version = stated or _found(code, lambda: nuts.newest_version(code))
        _found(code, lambda: nuts.region(code, version))
        return pb.ResolveRegionResponse(resolution=_resolution(code, version, to))


def _code(name: str, version: int | None) -> str:
    return nuts.written(name.rpartition("/")[2], version)


def _found(code: str, find: Callable[[], T]) -> T:
    try:
        return find()
    except nuts.UnknownRegion as error:
        raise NotFound(f"regions/{code}", str(error)) from None


def _region(code: str, version: int) -> pb.Region:
    region = _found(code, lambda: nuts.region(code, version))
    return pb.Region(
        region=f"regions/{region.code}",
        code=region.code,
        version=version,
        level=region.level,
        name=region.name or "",
        parent=f"regions/{region.parent}" if region.parent else "",
        country=region.country_iso,
        statistical=region.statistical,
        versions=nuts.versions(region.code),
    )


def _resolution(code: str, version: int, to: int) -> pb.Resolution:
    found = nuts.resolve(code, version, to)
    return pb.Resolution(
        region=f"regions/{code}",
        from_version=version,
        to_version=to,
        kind=_KINDS[found.kind],
        resolved=f"regions/{found.code}" if found.code else "",
        candidates=[
            pb.Candidate(
                region=f"regions/{each.code}",
                share_area=each.share_area,
                share_population=each.share_population,
            )
            for each in found.candidates
        ],
    )
