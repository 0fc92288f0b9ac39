"""The service program: what it refuses to start with, what it says, and how it stops."""

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from registry import bootstrap
from registry.server.addresses import NotLoopback, checked_address, require_free
from registry.server.health import READINESS
from tests.server.client import SERVICES, Client, refusal
from tests.server.conftest import served, settings_for
from tests.server.program import SERVE, Program
from tests.server.test_streams import batch, registered


@pytest.fixture
def program(tmp_path):
    """A program that serves a new store, ended after the test whatever happens."""
    started = Program(tmp_path, "--data", str(tmp_path / "store"), "--create", "--log-requests")
    yield started
    started.process.kill()
    started.process.wait()


def refused(*options, environment=None):
    """Exit code and sentence of a program that does not start."""
    done = subprocess.run(
        [*SERVE, *options],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=os.environ | (environment or {}),
    )
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_where_it_serves_and_stops_cleanly(program, how):
    """The ready file names address, process and store; a signal ends it with 0."""
    assert set(program.ready) == {"address", "pid", "store_id"}
    assert program.ready["pid"] == program.process.pid
    assert len(program.ready["store_id"]) == 36
    async with Client(program.ready["address"]) as client:
        answer = await client("RegisterCluster", clusterId="demo-x", name="Demo")
        assert answer.recorded.position == 2
    assert program.stop(how) == 0
    (line,) = (each for each in program.lines() if each["event"] == "rpc")
    assert line["method"] == "/registry.v1.ClusterService/RegisterCluster"
    assert (line["code"], line["position"], line["principal"]) == ("OK", 2, "principals/local")
    assert line["request_id"] == answer.recorded.request_id
    assert line["duration_ms"] > 0


async def test_what_was_answered_is_there_after_a_restart(tmp_path):
    """Stopped or killed."""
    data = str(tmp_path / "store")
    for number, (how, created) in enumerate([(signal.SIGKILL, ["--create"]), (signal.SIGTERM, [])]):
        (tmp_path / "ready.json").unlink(missing_ok=True)
        program = Program(tmp_path, "--data", data, *created)
        async with Client(program.ready["address"]) as client:
            answer = await client("RegisterCluster", clusterId=f"c-{number}", name="Demo")
            assert answer.recorded.position == 2 + number
            page = await client("ListClusters", options={"minPosition": 2 + number})
            assert len(page.clusters) == 1 + number
        program.stop(how)


async def test_a_second_process_is_told_who_has_the_store(program, tmp_path):
    """Exit 5, naming the process."""
    code, sentence = refused("--data", str(tmp_path / "store"), "--address", "127.0.0.1:0")
    assert code == 5
    assert str(program.process.pid) in sentence


@pytest.mark.parametrize("address", ["0.0.0.0:0", "192.168.1.7:50051", "[::]:0", "example.org:1"])
def test_an_address_others_can_reach_is_refused_with_a_sentence(tmp_path, address):
    """Exit 2, and no store is made."""
    data = tmp_path / "store"
    code, sentence = refused("--data", str(data), "--create", "--address", address)
    assert code == 2
    assert f"{address} can be reached from other machines" in sentence
    assert not data.exists()


@pytest.mark.parametrize(
    "address", ["127.0.0.1:0", "127.9.9.9:65535", "[::1]:0", "localhost:5", "unix:/tmp/x"]
)
def test_loopback_addresses_are_accepted(address):
    """In all their forms."""
    assert checked_address(address) == address


@pytest.mark.parametrize(
    "address",
    ["", "127.0.0.1", "127.0.0.1:x", "50051", "127.0.0.1:65536", "127.0.0.1:99999", "[::1]:٣"],
)
def test_what_is_no_address_is_refused(address):
    """And the form is shown."""
    with pytest.raises(NotLoopback, match="HOST:PORT"):
        checked_address(address)


async def test_a_unix_socket_serves_too(tmp_path):
    """Where the file system says who may connect."""
    settings = settings_for(data=tmp_path / "store", address=f"unix:{tmp_path}/socket")
    async with served(settings) as client:
        assert (await client("ListViews")).views


def test_a_missing_store_is_never_made_in_silence(tmp_path):
    """Only --create makes one, and only where there is none."""
    data = ("--data", str(tmp_path))
    code, sentence = refused(*data)
    assert (code, "--create" in sentence) == (2, True)
    (tmp_path / "events.db").write_bytes(b"")
    code, sentence = refused(*data, "--create")
    assert (code, "without --create" in sentence) == (2, True)
    code, _ = refused(*data)
    assert code == 1


def test_without_a_store_it_says_how_to_name_one():
    """Exit 2."""
    code, sentence = refused()
    assert code == 2
    assert "--data" in sentence
    assert "REGISTRY_DATABASE_URL" in sentence


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("REGISTRY_LOG_LEVEL", "foo"),
        ("REGISTRY_DRAIN_GRACE_S", "abc"),
        ("REGISTRY_DRAIN_GRACE_S", "-1"),
        ("REGISTRY_DATABASE_URL_FILE", "/no/such/file"),
    ],
)
def test_a_variable_that_makes_no_sense_is_named(variable, value):
    """Exit 2, as for an option."""
    code, sentence = refused(environment={variable: value})
    assert code == 2
    assert sentence.startswith(f"registry: {variable}")


def test_a_ready_file_that_cannot_be_written_is_refused_before_a_store_is_made(tmp_path):
    """Exit 2: whoever waits for the file would wait for ever."""
    data = tmp_path / "store"
    where = ("--data", str(data), "--address", "127.0.0.1:0")
    code, sentence = refused(*where, "--create", "--ready-file", str(tmp_path / "no" / "x"))
    assert code == 2
    assert "--ready-file" in sentence
    assert not data.exists()


def test_two_stores_are_one_too_many(tmp_path):
    """What is in the environment is not left out in silence."""
    environment = {"REGISTRY_DATABASE_URL": "postgresql://127.0.0.1:1/x"}
    code, sentence = refused("--data", str(tmp_path), environment=environment)
    assert code == 2
    assert "leave one out" in sentence


def test_a_damaged_store_is_refused_with_a_sentence(tmp_path):
    """Exit 1."""
    with bootstrap.opened(settings_for(data=tmp_path), create=True):
        pass
    with sqlite3.connect(tmp_path / "events.db") as db:
        db.execute("UPDATE events SET topic = 'nonsense'")
    db.close()
    code, sentence = refused("--data", str(tmp_path))
    assert code == 1
    assert "nonsense" in sentence


def test_a_port_in_use_is_refused_with_a_sentence(program, tmp_path):
    """Never shared in silence."""
    data = ("--data", str(tmp_path / "other"), "--create")
    code, sentence = refused(*data, "--address", program.ready["address"])
    assert code == 1
    assert f"cannot listen on {program.ready['address']}" in sentence
    # The same command line is as good as before once the port is free.
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_address_is_free_until_it_is_listened_on(host):
    """Asking leaves it free."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        other.listen()
        with pytest.raises(OSError, match="cannot listen"):
            require_free(f"127.0.0.1:{port}")
    for _ in range(2):
        require_free(f"{host}:{port}")
    require_free("unix:x")
    with pytest.raises(OSError, match="cannot listen"):
        require_free("unix:/no/such/directory/x")


def test_a_store_on_postgresql_is_named_by_a_file(tmp_path, postgres_url):
    """Its URL is no argument, which others on the machine could read."""
    secret = tmp_path / "url"
    secret.write_text(postgres_url + "\n")
    environment = {"REGISTRY_DATABASE_URL_FILE": str(secret)}
    code, sentence = refused(environment=environment)
    assert (code, "make one with --create" in sentence) == (2, True)
    program = Program(tmp_path, "--create", environment=environment)
    assert program.stop() == 0
    code, sentence = refused("--create", environment=environment)
    assert (code, "start without --create" in sentence) == (2, True)


def test_help_is_quick():
    """The heavy libraries are imported by those who serve."""
    script = "import sys, registry.__main__; print([m for m in sys.modules if m in sys.argv])"
    heavy = ("grpc", "eventsourcing", "psycopg", "protovalidate", "pydantic", "structlog")
    command = (sys.executable, "-c", script, *heavy)
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


async def test_reflection_lists_every_service(client):
    """So that buf curl and grpcurl need no protos."""
    stub = reflection_pb2_grpc.ServerReflectionStub(client.channel)
    call = stub.ServerReflectionInfo()
    await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
    answer = await call.read()
    call.cancel()
    listed = {service.name for service in answer.list_services_response.service}
    assert listed >= {service.full_name for service in SERVICES} | {"grpc.health.v1.Health"}


async def health(client, service=""):
    """What the health service says."""
    stub = health_pb2_grpc.HealthStub(client.channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest(service=service))
    return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)


async def test_it_is_alive_and_ready(client):
    """Both are asked of the health service."""
    assert await health(client) == "SERVING"
    assert await health(client, READINESS) == "SERVING"


async def test_a_stopped_view_makes_it_not_ready_but_alive(client):
    """And it is ready again once the view goes on."""
    # The view stops at an event whose bytes are no event.
    with sqlite3.connect(client.built.store.log.path) as db:
        db.execute(
            "INSERT INTO events"
            " SELECT 2, 'clusters/x', 1, topic, recorded_at + 1, x'ff', leaf FROM events"
        )
        db.execute("UPDATE head SET position = 2")
    db.close()
    client.built.views.notify()
    await until_health(client, "NOT_SERVING")
    assert await health(client) == "SERVING"
    refused = await refusal(client("ListClusters", options={"minPosition": "2"}))
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "VIEW_PARKED")
    (view,) = (await client("ListViews")).views
    assert (view.parked, view.parked_position) == (True, 2)


async def until_health(client, wanted):
    """Wait until readiness is as wanted."""
    for _ in range(200):
        if await health(client, READINESS) == wanted:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"never {wanted}")


async def test_draining_finishes_what_is_in_work_and_ends_streams(tmp_path):
    """What was sent is answered; what is new, or goes on for ever, is UNAVAILABLE."""
    async with served(settings_for(data=tmp_path / "store")) as client:
        calls = client.batches()
        await calls.write(batch(registered("aa")))
        assert (await calls.read()).outcomes[0].recorded.position == 2
        await calls.write(batch(*[registered(f"c-{i}") for i in range(300)]))
        draining = asyncio.create_task(client.server.drain(5.0))
        answers = []
        refused = await refusal(everything(calls, answers))
        assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "DRAINING")
        assert refused.RetryInfo is not None
        recorded = [o.recorded.position for answer in answers for o in answer.outcomes]
        assert client.built.registry.head() == max([2, *recorded])
        await draining


async def everything(calls, answers):
    """Read a stream to its end."""
    while (answer := await calls.read()) is not grpc.aio.EOF:
        answers.append(answer)


async def test_idle_streams_do_not_hold_up_the_end(program):
    """A client that keeps its stream open is told, and the process ends at once."""
    async with Client(program.ready["address"]) as client:
        calls = client.batches()
        await calls.write(batch(registered("aa")))
        await calls.read()
        before = time.monotonic()
        program.process.send_signal(signal.SIGTERM)
        refused = await refusal(everything(calls, []))
        assert refused.reason == "DRAINING"
        assert await asyncio.to_thread(program.process.wait, 20) == 0
        assert time.monotonic() - before < 5


async def test_a_call_that_comes_while_it_stops_may_be_sent_again(client):
    """It reached the service before the connection closed: refused, with a delay to wait."""
    client.server._interceptor.draining.set()
    refused = await refusal(client("RegisterCluster", clusterId="demo-x", name="Demo"))
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "DRAINING")
    assert refused.RetryInfo is not None
    assert client.built.registry.head() == 1


async def test_more_calls_than_it_can_hold_are_turned_away(client):
    """And may be sent again; the others are answered."""
    client.server._interceptor._max_in_flight = 5
    calls = [client("RegisterCluster", clusterId=f"c-{i}", name="x") for i in range(50)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    refused = [a for a in answers if isinstance(a, grpc.aio.AioRpcError)]
    assert {error.code() for error in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert client.built.registry.head() == 1 + 50 - len(refused)
    assert (await client("ListViews")).views
