"""The client package: what a program that stands on it need not care for."""

import itertools
import socket
import uuid

import pytest

from registry.v1.change_service_pb2 import ChangeKind, ResourceKind
from registry.v1.cluster_service_pb2 import (
    GetClusterRequest,
    ListClustersRequest,
    RegisterClusterRequest,
    RenameClusterRequest,
)
from registry.v1.event_service_pb2 import (
    ReplayEventsRequest,
    RetractEventRequest,
    WatchEventsRequest,
)
from registry.v1.options_pb2 import CommandOptions, ReadOptions
from registry.v1.record_service_pb2 import Command
from registry_client import (
    AlreadyExists,
    Invalid,
    NotFound,
    RuleRefused,
    Unavailable,
    connect,
    follow_changes,
    follow_events,
    new_request_id,
    pages,
)
from tests.cli.service import served
from tests.postgres import free_port


def register(name):
    """A command that registers a cluster."""
    return RegisterClusterRequest(cluster_id=name, name=name, country="CZ")


def test_a_command_has_an_id_and_the_same_request_again_is_recorded_once(registry, name):
    """The id is in the request itself, so that it can be kept and sent again."""
    command = register(name)
    first = registry.clusters.RegisterCluster(command)
    assert uuid.UUID(command.options.request_id).version == 7
    again = registry.clusters.RegisterCluster(command)
    assert again.recorded.repeated_request
    assert again.recorded.position == first.recorded.position == registry.position


def test_an_id_that_the_caller_chose_stays(registry, name):
    """Whoever keeps ids across restarts makes them itself."""
    command = register(name)
    command.options.request_id = "my-own-1" + name
    assert registry.clusters.RegisterCluster(command).recorded.request_id == "my-own-1" + name


def test_a_client_reads_its_own_writes(registry, name):
    """Lists wait for them; the request of the caller is not changed."""
    for number in range(5):
        registry.clusters.RegisterCluster(register(f"{name}-{number}"))
        request = ListClustersRequest(page_size=1000)
        answer = registry.clusters.ListClusters(request)
        assert answer.read_position >= registry.position
        assert f"clusters/{name}-{number}" in {c.cluster for c in answer.clusters}
        assert not request.HasField("options")


def test_a_client_that_did_not_ask_for_it_waits_for_nothing(address, name):
    """It may say a min_position itself, of another client too."""
    with connect(address) as one, connect(address) as other:
        one.clusters.RegisterCluster(register(name))
        assert other.position == 0
        options = ReadOptions(min_position=one.position)
        answer = other.clusters.ListClusters(ListClustersRequest(options=options))
        assert answer.read_position >= one.position


def test_a_refusal_has_a_type_and_says_what_is_wrong(registry, name):
    """Reason, fields, resources and facts, without unpacking details."""
    with pytest.raises(Invalid) as invalid:
        registry.clusters.RegisterCluster(register("Not An Id"))
    assert (invalid.value.reason, invalid.value.code) == ("INVALID_FIELD", "INVALID_ARGUMENT")
    assert [each.field for each in invalid.value.violations] == ["cluster_id"]
    with pytest.raises(NotFound) as missing:
        registry.clusters.GetCluster(GetClusterRequest(cluster=f"clusters/{name}"))
    assert missing.value.resources == [f"clusters/{name}"]
    registry.clusters.RegisterCluster(register(name))
    with pytest.raises(AlreadyExists) as there:
        registry.clusters.RegisterCluster(register(name))
    assert there.value.resources == [f"clusters/{name}"]
    registry.clusters.RenameCluster(RenameClusterRequest(cluster=f"clusters/{name}", name="N"))
    with pytest.raises(RuleRefused) as refused:
        registry.events.RetractEvent(RetractEventRequest(stream=f"clusters/{name}", versions=[1]))
    assert refused.value.metadata["rule"] == "registration-first"
    assert "together with it" in refused.value.metadata["remedy"]


def test_nobody_at_the_address_is_unavailable():
    """After a few attempts; it was not the registry that said so."""
    with connect("127.0.0.1:1") as client, pytest.raises(Unavailable) as away:
        client.clusters.ListClusters(ListClustersRequest())
    assert (away.value.reason, away.value.code) == ("", "UNAVAILABLE")


def test_a_call_has_a_deadline_by_default():
    """Nobody waits for ever for a service that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with connect(address, timeout_s=0.2) as client, pytest.raises(Unavailable) as late:
            client.clusters.ListClusters(ListClustersRequest())
    assert late.value.code == "DEADLINE_EXCEEDED"


def test_all_pages_of_a_list_are_given(registry, name):
    """In order and each once; the request of the caller can be used again."""
    for number in range(5):
        registry.clusters.RegisterCluster(register(f"{name}-{number}"))
    request = ListClustersRequest(page_size=2)
    for _ in range(2):
        found = list(pages(registry.clusters.ListClusters, request))
        assert all(len(page.clusters) <= 2 for page in found)
        names = [cluster.cluster for page in found for cluster in page.clusters]
        assert names == sorted(set(names))
        assert [n for n in names if name in n] == [f"clusters/{name}-{n}" for n in range(5)]


def test_what_changed_is_followed_from_a_position(registry, name):
    """Each page says where to go on."""
    begin = registry.clusters.RegisterCluster(register(name)).recorded.position
    assert [page.next_position for page in follow_changes(registry, begin)] == [begin]
    registry.clusters.RenameCluster(RenameClusterRequest(cluster=f"clusters/{name}", name="N"))
    (page,) = follow_changes(registry, begin, kinds=[ResourceKind.RESOURCE_KIND_CLUSTER])
    (change,) = page.changes
    assert (change.resource, change.kind) == (f"clusters/{name}", ChangeKind.CHANGE_KIND_CHANGED)
    assert (page.next_position, page.caught_up) == (registry.position, True)
    with pytest.raises(Invalid) as beyond:
        next(follow_changes(registry, begin + 1_000_000))
    assert beyond.value.reason == "POSITION_OUT_OF_RANGE"


def test_following_goes_on_where_it_is_asked_to(registry, name):
    """It asks again after a while, and ends when nobody takes any more."""
    begin = registry.clusters.RegisterCluster(register(f"{name}-0")).recorded.position
    following = follow_changes(registry, begin, page_size=1, poll_s=0.01)
    assert not next(following).changes
    for number in (1, 2):
        registry.clusters.RegisterCluster(register(f"{name}-{number}"))
    seen = itertools.chain.from_iterable(page.changes for page in following)
    names = [change.resource for change in itertools.islice(seen, 2)]
    assert names == [f"clusters/{name}-1", f"clusters/{name}-2"]


def test_many_commands_are_recorded_in_one_stream(registry, name):
    """A refused one does not stop the others, and each is given with what became of it."""
    name = f"z{name}"  # last in every list
    names = [f"{name}-{number}" for number in range(1200)] + ["Not An Id", f"{name}-0"]
    outcomes = dict(registry.record(enumerate(names), command_of=lambda item: batched(item[1])))
    assert len(outcomes) == len(names)
    recorded = [number for (number, _), o in outcomes.items() if o.HasField("recorded")]
    assert recorded == list(range(1200))
    answer = registry.clusters.ListClusters(ListClustersRequest(page_size=1000))
    assert answer.read_position >= registry.position
    assert registry.position == outcomes[1199, f"{name}-1199"].recorded.position


def batched(name):
    """One command of a batch."""
    return Command(register_cluster=register(name))


def test_commands_are_sent_no_further_ahead_than_a_few_batches(registry, name):
    """So that a source without an end does not fill the memory."""
    taken = 0

    def source():
        nonlocal taken
        for number in itertools.count():
            taken += 1
            yield f"z{name}-{number}"

    recording = registry.record(source(), command_of=batched)
    for _ in itertools.islice(recording, 10):
        pass
    recording.close()
    assert taken <= 2500


def test_a_service_that_stops_in_a_stream_is_unavailable(tmp_path):
    """Its outcomes are then not known; the same commands may be sent again."""
    with served(tmp_path) as service:
        client = connect(service.address)
        recording = client.record(map(str, itertools.count(10)), command_of=batched)
        next(recording)
    with client, pytest.raises(Unavailable):
        list(recording)


def test_a_replay_is_read_as_it_comes(registry, name):
    """And may be left at any time."""
    registry.clusters.RegisterCluster(register(name))
    for answer in registry.events.ReplayEvents(ReplayEventsRequest(batch_size=1)):
        assert answer.events[0].stream == "store"
        break
    with pytest.raises(Invalid):
        next(registry.events.ReplayEvents(ReplayEventsRequest(after_position=10**9)))


@pytest.mark.faults
def test_events_are_followed_through_a_break(tmp_path):
    """Each once and in order, though the service stopped and began anew meanwhile."""
    address, broken, seen = f"127.0.0.1:{free_port()}", [], []
    with connect(address) as client:
        with served(tmp_path, address):
            following = follow_events(client, WatchEventsRequest(), broken=broken.append)
            client.clusters.RegisterCluster(register("aa"))
            while len(seen) < 2:
                seen += [event.position for event in next(following).events]
        with served(tmp_path, address):
            client.clusters.RegisterCluster(register("bb"))
            while len(seen) < 3:
                seen += [event.position for event in next(following).events]
            following.close()
    assert seen == [1, 2, 3]
    assert broken
    assert broken[0].code == "UNAVAILABLE"


def test_following_events_says_what_cannot_be(registry):
    """At once: it waits only for a service that it had reached."""
    with pytest.raises(Invalid) as beyond:
        next(follow_events(registry, WatchEventsRequest(after_position=10**9)))
    assert beyond.value.reason == "POSITION_OUT_OF_RANGE"
    with connect("127.0.0.1:1") as nobody, pytest.raises(Unavailable):
        next(follow_events(nobody, WatchEventsRequest()))
    request = WatchEventsRequest(from_end=True)
    following = follow_events(registry, request, timeout_s=0.5)
    assert next(following).caught_up
    with pytest.raises(Unavailable) as late:
        list(following)
    assert late.value.code == "DEADLINE_EXCEEDED"
    assert request == WatchEventsRequest(from_end=True)


def test_ids_sort_by_time():
    """As UUIDs of version 7 do."""
    ids = []
    for _ in range(3):
        ids.append(new_request_id())
        assert CommandOptions(request_id=ids[-1]).request_id == ids[-1]
    assert len(set(ids)) == 3
