"""Asking: how long single calls take, on two services in turn."""

from __future__ import annotations

import random
import statistics
import time
from typing import TYPE_CHECKING, Any

import grpc

from registry.v1 import (
    cluster_service_pb2,
    cluster_service_pb2_grpc,
    history_service_pb2,
    history_service_pb2_grpc,
    search_service_pb2,
    search_service_pb2_grpc,
    summary_service_pb2,
    summary_service_pb2_grpc,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PAGE = 100
SLUGS = ("digital", "health", "mobility-transport-automotive", "energy-renewables")
REGIONS = ("PL82", "PL", "ES", "DE21")


class Asking:
    """A service that is asked."""

    def __init__(self, address: str) -> None:
        """Connect; the channel ends with the process."""
        channel = grpc.insecure_channel(address)
        self._clusters = cluster_service_pb2_grpc.ClusterServiceStub(channel)
        self._summaries = summary_service_pb2_grpc.SummaryServiceStub(channel)
        self._histories = history_service_pb2_grpc.HistoryServiceStub(channel)
        self._search = search_service_pb2_grpc.SearchServiceStub(channel)
        self._random = random.Random(1)

    def ecosystem(self) -> Any:
        """Ask for the summary of an ecosystem."""
        slug = self._random.choice(SLUGS)
        request = summary_service_pb2.GetEcosystemSummaryRequest(ecosystem=slug)
        return self._summaries.GetEcosystemSummary(request)

    def region(self) -> Any:
        """Ask for the summary of a region or a country."""
        request = summary_service_pb2.GetRegionSummaryRequest(region=self._random.choice(REGIONS))
        return self._summaries.GetRegionSummary(request)

    def edition(self) -> Any:
        """Ask for the summary of an edition."""
        edition = f"editions/e{self._random.randint(1, 10)}"
        request = summary_service_pb2.GetEditionSummaryRequest(edition=edition)
        return self._summaries.GetEditionSummary(request)

    def history(self) -> Any:
        """Ask for the history of a cluster, with what others record of it."""
        cluster = f"clusters/c{self._random.randrange(1_000)}"
        request = history_service_pb2.GetHistoryRequest(resource=cluster)
        return self._histories.GetHistory(request)

    def page(self, token: str) -> cluster_service_pb2.ListClustersResponse:
        """Ask for a page of clusters."""
        request = cluster_service_pb2.ListClustersRequest(page_size=PAGE, page_token=token)
        return self._clusters.ListClusters(request)

    def names(self) -> list[str]:
        """Names of clusters, from pages far from each other."""
        tokens = [self.token(pages) for pages in (0, 20, 100)]
        return [one.name for token in dict.fromkeys(tokens) for one in self.page(token).clusters]

    def search(self, text: str) -> Any:
        """Search for a text."""
        return self._search.Search(search_service_pb2.SearchRequest(text=text))

    def token(self, pages: int) -> str:
        """Token of the page behind so many pages, or of the last there is."""
        token = ""
        for _ in range(pages):
            following = self.page(token).next_page_token
            if not following:
                return token
            token = following
        return token


def misspelt(text: str) -> str:
    """Exchange two letters in the middle."""
    at = len(text) // 2
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def each_ms(call: Callable[[str], object], texts: Iterable[str]) -> list[float]:
    """How long the call takes with each text."""
    took = []
    for text in texts:
        started = time.perf_counter()
        call(text)
        took.append(1000 * (time.perf_counter() - started))
    return took


def medians_ms(times: int, *calls: Callable[[], object]) -> list[float]:
    """Median of each call, in turns."""
    took: list[list[float]] = [[] for _ in calls]
    for number in range(times + 1):
        for call, found in zip(calls, took, strict=True):
            started = time.perf_counter()
            call()
            if number:  # the first one warms up
                found.append(1000 * (time.perf_counter() - started))
    return [statistics.median(found) for found in took]
