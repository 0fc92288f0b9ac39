"""The PostgreSQL of the tests is real, starts for root too, and survives a kill."""

import os
import shutil
import signal
import subprocess
import sys

import psycopg
import pytest

from tests import postgres
from tests.postgres import PostgresServer, alive, child_pids


def test_it_serves_text_in_utf8(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        version, encoding, text = connection.execute(
            "SELECT version(), current_setting('server_encoding'), 'Wrocław'"
        ).fetchone()
    assert version.startswith("PostgreSQL ")
    assert (encoding, text) == ("UTF8", "Wrocław")


def test_every_test_has_a_database_of_its_own(postgres_server, postgres_url):
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE here (a int)")
    with psycopg.connect(postgres_server.create_database()) as other:
        assert other.execute("SELECT to_regclass('here')").fetchone() == (None,)


def test_what_was_committed_is_there_after_a_kill_and_a_restart():
    with PostgresServer() as server:
        url = server.create_database("kept")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE facts AS SELECT 42 AS answer")
        server.kill9()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url, connect_timeout=2)
        server.start()
        server.restart()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT answer FROM facts").fetchone() == (42,)
    assert not server.directory.exists()


@pytest.mark.skipif(not postgres.die_with_parent(), reason="needs setpriv (Linux)")
def test_it_dies_with_the_process_that_started_it():
    script = (
        "import sys; from tests.postgres import PostgresServer\n"
        "with PostgresServer() as s: print(s.pid, s.directory, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        pid, directory = owner.stdout.readline().split()
        children = child_pids(int(pid))
        os.kill(owner.pid, signal.SIGKILL)
    postgres.wait_until(
        lambda: not any(alive(p) for p in [int(pid), *children]), "the orphaned server to die"
    )
    shutil.rmtree(directory)


def test_another_postgresql_can_be_chosen(monkeypatch, tmp_path):
    for program in ("initdb", "postgres"):
        (tmp_path / program).touch()
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    assert postgres.find_binaries() == tmp_path


def test_an_empty_choice_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(RuntimeError, match="PG_BIN"):
        postgres.find_binaries()
