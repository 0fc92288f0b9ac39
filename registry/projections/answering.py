"""Answering: the questions that the views answer, each from one position that it names."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from registry.errors import NotCaughtUp, StoreUnavailable, ViewParked
from registry.projections import digesting, listing, searching, similarity, tables
from registry.projections.ecosystems import ecosystem_summary
from registry.projections.editions import compared_editions, edition_series, edition_summary
from registry.projections.evidence import Contribution, Events, Explanation
from registry.projections.explaining import Question, explain
from registry.projections.listing import Listing
from registry.projections.regions import region_summary
from registry.projections.remembering import Remembered
from registry.projections.specialisation import specialisation
from registry.projections.store import Earlier
from registry.projections.subjects import ECOSYSTEM, EDITION, REGION, Subject
from registry.projections.waiting import Waiting
from registry.reference import nuts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable

    from registry.projections.listing import MembershipListing, MembershipPage, Page
    from registry.projections.projector import Log
    from registry.projections.searching import Asked, Found, Key
    from registry.projections.similarity import Similar
    from registry.projections.store import Reading, ViewStore
    from registry.projections.summaries import (
        EcosystemSummary,
        EditionComparison,
        EditionPoint,
        EditionSummary,
        RegionSummary,
        Specialisation,
    )

T = TypeVar("T")
Q = TypeVar("Q", bound="Hashable")

SUMMARISED = (
    *(tables.Resource, tables.Place, tables.Tag),
    *(tables.Membership, tables.Edition, tables.Participation),
)
"""What summaries rest on."""

_SUMMARIES: dict[str, Callable[[Reading, Subject, int, int], Any]] = {
    ECOSYSTEM: ecosystem_summary,
    REGION: region_summary,
    EDITION: edition_summary,
}
READ_ATTEMPTS = 2
RENEWAL_POLL_S = 0.1
"""Between looks whether the views are made anew."""


class _WentBack(StoreUnavailable):
    """The views lost their last batches; the same question is answered again in a moment."""


class Answering(Waiting):
    """Answers; every answer is of one position, which it names.

    Days are ordinals. A position is one whose knowledge counts, which the views have seen; None
    for what is known now. All questions may be asked from any thread, and raise:
        StoreUnavailable: where the views cannot be read now.
        ViewParked: where there is no view to answer, and none is being made.
    """

    def __init__(self, log: Log, store: ViewStore, *more: Any, **options: Any) -> None:
        """Know no answer yet; see whoever follows for the rest."""
        super().__init__(log, store, *more, **options)
        self._answers = Remembered(*SUMMARISED)

    def list_resources(
        self, asked: Listing, page_size: int, after: tuple[int | str, ...] = ()
    ) -> Page:
        """Resources with a live registration, selected and sorted.

        Args:
            asked: what the list is of.
            page_size: most names to answer.
            after: next_after of the page before, which was of the same list.

        Raises:
            InvalidField: for a filter or an order that a list of the kind has not.
        """
        return self._read(lambda r: listing.list_resources(r, asked, page_size, after))[0]

    def list_streams(
        self, kind: str, page_size: int, after: tuple[int | str, ...] = (), under: str = ""
    ) -> Page:
        """Resource names of a kind ("clusters") with a live registration, in order."""
        return self.list_resources(Listing(kind, under), page_size, after)

    def list_memberships(
        self, asked: MembershipListing, page_size: int, after: tuple[int | str, ...] = ()
    ) -> MembershipPage:
        """Memberships by partnership, member and version."""
        ask = partial(listing.list_memberships, asked=asked, page_size=page_size, after=after)
        return self._read(ask, asked.position)[0]

    def search(self, asked: Asked, page_size: int, after: Key | None = None) -> Found:
        """Resources whose names, aliases or identifiers match a text, the best first.

        Args:
            asked: the question.
            page_size: most hits to answer.
            after: key of the last hit of the page before.
        """
        ask = partial(searching.search, asked=asked, page_size=page_size, after=after)
        return self._read(ask, asked.position)[0]

    def similar(self, asked: Asked, own: str) -> tuple[Similar, ...]:
        """Resources but one's own that bear or bore a name like a text, the likest first."""
        return self._read(lambda r: similarity.similar(r, asked, own))[0]

    def resolve(self, asked: Asked) -> Found:
        """Resources that bear or bore exactly this name, alias, identifier or id."""
        return self._read(partial(searching.resolve, asked=asked), asked.position)[0]

    def ecosystem_summary(
        self, slug: str, day: int, by_version: int = nuts.LATEST, position: int | None = None
    ) -> tuple[EcosystemSummary, int]:
        """What belongs to an ecosystem on a day, and the position read.

        Args:
            slug: of the ecosystem.
            day: the answer is for.
            by_version: version of NUTS that regions are counted in.
            position: whose knowledge counts.

        Raises:
            NotFound: for a slug that is none.
        """
        return self.summary(Subject.ecosystem(slug), day, by_version, position)

    def region_summary(
        self,
        code: str,
        day: int,
        version: int = nuts.LATEST,
        by_version: int = 0,
        position: int | None = None,
    ) -> tuple[RegionSummary, int]:
        """What lies in a region on a day, and the position read.

        Args:
            code: of the region.
            day: the answer is for.
            version: of NUTS, in which the code is.
            by_version: version of NUTS that regions are counted in; 0: the same.
            position: whose knowledge counts.

        Raises:
            NotFound: for a code that is not in that version.
        """
        subject = Subject.region(code, version)
        return self.summary(subject, day, by_version or version, position)

    def edition_summary(
        self, edition: str, day: int, by_version: int = nuts.LATEST, position: int | None = None
    ) -> tuple[EditionSummary, int]:
        """Who takes part in an edition as it stands on a day, and the position read.

        Args:
            edition: its resource name.
            day: the answer is for.
            by_version: version of NUTS that regions are counted in.
            position: whose knowledge counts.

        Raises:
            NotFound: where it is not registered.
        """
        return self.summary(Subject.edition(edition), day, by_version, position)

    def summary(
        self, subject: Subject, day: int, by_version: int, position: int | None = None
    ) -> tuple[Any, int]:
        """The `Summary` of a subject, whatever it is, and the position read.

        Raises:
            NotFound: for an edition that is not registered.
        """
        return self._remembered(_SUMMARIES[subject.kind], subject, day, by_version, position)

    def edition_series(
        self,
        subject: Subject | None,
        day: int,
        by_version: int = nuts.LATEST,
        position: int | None = None,
    ) -> tuple[tuple[EditionPoint, ...], int]:
        """Every edition not cancelled, with those of a subject (None: all) who take part."""
        return self._remembered(edition_series, subject, day, by_version, position)

    def compared_editions(
        self,
        first: str,
        second: str,
        day: int,
        by_version: int = nuts.LATEST,
        position: int | None = None,
    ) -> tuple[EditionComparison, int]:
        """Two editions side by side, and the position read.

        Raises:
            NotFound: where one is not registered.
        """
        return self._remembered(compared_editions, (first, second), day, by_version, position)

    def specialisation(
        self,
        subject: Subject,
        day: int,
        by_version: int = nuts.LATEST,
        level: int = 2,
        position: int | None = None,
    ) -> tuple[Specialisation, int]:
        """Location quotients of a region, or of an ecosystem in the regions of a level.

        Args:
            subject: the region or the ecosystem.
            day: the answer is for.
            by_version: version of NUTS of the ecosystem's regions.
            level: of the ecosystem's regions, 0 for countries to 2.
            position: whose knowledge counts.
        """
        return self._remembered(specialisation, (subject, level), day, by_version, position)

    def explain(  # noqa: PLR0913, PLR0917 - the fields of the request
        self,
        subject: Subject,
        figure: str,
        day: int,
        by_version: int,
        page_size: int,
        after: tuple[str, ...] = (),
        position: int | None = None,
    ) -> Explanation:
        """What is counted under a figure of a summary, and the events behind it, page by page.

        Args:
            subject: of the summary.
            figure: its path in the summary as proto JSON, "clusters.byRegion.PL82".
            day: the summary is for.
            by_version: version of NUTS that regions are counted in.
            page_size: most resources to answer.
            after: next_after of the page before.
            position: whose knowledge counts.

        Raises:
            InvalidField: for a figure that is none of the summary's.
            NotFound: for an edition that is not registered.
        """
        counted, read = self._read(
            lambda r: explain(Question(r, subject, day, by_version), figure), position
        )
        found = [each for each in counted if (each.resource,) > after]
        page = found[:page_size]
        events = Events(self._log, (fact.stream for c in page for fact in c.facts), read)
        return Explanation(
            value=len(counted),
            contributions=[Contribution(c.resource, events.behind(c.facts)) for c in page],
            next_after=(page[-1].resource,) if len(found) > page_size else (),
            read_position=read,
        )

    @property
    def view_version(self) -> int:
        """Version of the code that makes the views."""
        return self._store.view_version

    def state_digest(self, position: int, timeout_s: float = 0.0) -> bytes:
        """Digest of all that the views knew at a position, which they have seen, and before.

        Raises:
            NotCaughtUp: see `state_digests`.
        """
        return self.state_digests([position], timeout_s)[position]

    def state_digests(self, positions: Collection[int], timeout_s: float = 0.0) -> dict[int, bytes]:
        """The same of several positions, by each.

        Views that still hold what was redacted are waited for until they are made anew: the log
        does not say any more what they hold.

        Raises:
            NotCaughtUp: where that takes longer than `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            found, _ = self._read(lambda r: _digests(r, positions))
            if found is not None:
                return found
            if time.monotonic() > deadline:
                raise NotCaughtUp(
                    "the views are being made anew without what was redacted; ask again"
                )
            time.sleep(RENEWAL_POLL_S)

    def _remembered(
        self,
        ask: Callable[[Reading, Q, int, int], T],
        of: Q,
        day: int,
        by_version: int,
        position: int | None,
    ) -> tuple[T, int]:
        """Ask a question of a day, unless its answer is known and nothing changed it since."""
        question = (ask.__name__, of, day, by_version, position)
        return self._read(
            lambda r: self._answers.answer(r, question, lambda: ask(r, of, day, by_version)),
            position,
        )

    def _read(self, ask: Callable[[Reading], T], position: int | None = None) -> tuple[T, int]:
        """Ask in one transaction, once more where the generation or the connection went away.

        Args:
            ask: the question.
            position: whose knowledge counts; None for what is known now.
        """
        for attempt in range(1, READ_ATTEMPTS + 1):
            promised = self.position
            try:
                with self._store.reading() as reading:
                    self._check(reading, promised)
                    if position is not None and position < reading.checkpoint.position:
                        reading = Earlier(reading, position)  # noqa: PLW2901 - of the same
                    return ask(reading), reading.checkpoint.position
            except StoreUnavailable as error:
                if attempt == READ_ATTEMPTS or isinstance(error, _WentBack):
                    self._refuse_parked()
                    raise
        raise AssertionError

    def _check(self, reading: Reading, promised: int) -> None:
        checkpoint = reading.checkpoint
        if checkpoint.view_version != self._store.view_version:
            raise ViewParked("the views were made by another version of the service")
        if checkpoint.position < promised:
            self._arrived(reading.generation, checkpoint.position)
            self.notify()
            raise _WentBack("the views lost their last batches and are catching up")


def _digests(reading: Reading, positions: Collection[int]) -> dict[int, bytes] | None:
    """The digests, where the log says all that the views hold."""
    if reading.checkpoint.holds_redacted:
        return None
    return digesting.state_digests(reading, positions)
