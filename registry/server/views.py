"""ViewService: how far the views are, and making them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.server.rpc import Servicer, call
from registry.v1 import view_service_pb2 as pb

if TYPE_CHECKING:
    from registry.projections import ViewStatus


class ViewsOf(Servicer):
    """Answers and rebuilds views."""

    SERVICE = pb.DESCRIPTOR.services_by_name["ViewService"]

    @call
    async def list_views(self, _: pb.ListViewsRequest) -> pb.ListViewsResponse:
        """Answer all views."""
        views = await self.backend.in_thread(self.backend.views.status)
        return pb.ListViewsResponse(views=[_view(each) for each in views])

    @call
    async def rebuild_view(self, request: pb.RebuildViewRequest) -> pb.RebuildViewResponse:
        """Fill a new generation and switch to it."""
        rebuild = self.backend.views.rebuild
        return pb.RebuildViewResponse(
            view=_view(await self.backend.wait_in_thread(rebuild, request.view))
        )


def _view(status: ViewStatus) -> pb.View:
    return pb.View(
        **{field.name: getattr(status, field.name) for field in pb.View.DESCRIPTOR.fields}
    )
