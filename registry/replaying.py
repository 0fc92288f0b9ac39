"""Replaying: the log of a bundle folded into fresh views, and what their digest is."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from registry.eventstore import store as stores
from registry.ledger import restoring
from registry.projections import open_views

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.ledger.verify import Checkpoint


class Replayed(NamedTuple):
    """The views that the events of a bundle make."""

    position: int
    view_version: int
    digest: bytes


def replay(bundle: Path, checkpoint: Checkpoint, positions: Sequence[int]) -> list[Replayed]:
    """Fold a bundle into a store and views of its own, which are gone afterwards.

    Args:
        bundle: directory that `registryctl audit export` made.
        checkpoint: that of the bundle, which is compared with what was folded.
        positions: of which the views are asked, each at most the size of the checkpoint.

    Raises:
        StoreFault: where the bundle is not what its checkpoint says.
        ViewParked: where this version of the code cannot derive views from it.
    """
    with tempfile.TemporaryDirectory(prefix="replay-") as directory:
        place = Path(directory)
        stores.restore_sqlite(place, lambda log: restoring.restore(log, bundle, checkpoint))
        store = stores.open_sqlite(place)
        views = open_views(store.log, directory=place)
        try:
            views.start()
            views.wait(max(positions), timeout_s=0)
            digests = views.state_digests(positions)
            return [Replayed(each, views.view_version, digests[each]) for each in positions]
        finally:
            views.close()
            store.close()
