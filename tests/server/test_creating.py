"""`registry create`: a store made without serving it, once or where there is none."""

import json
import os
import subprocess
import sys

from tests.server.program import Program

CREATE = (sys.executable, "-m", "registry", "create")


def create(*options, environment=None):
    """Exit code, and the JSON printed or the sentence said."""
    done = subprocess.run(
        [*CREATE, *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | (environment or {}),
    )
    assert "Traceback" not in done.stderr
    assert bool(done.stdout) is (done.returncode == 0)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def test_a_store_is_made_once_and_then_left_as_it_is(tmp_path):
    """A start that is repeated with --if-missing finds the store of the first."""
    data = ("--data", str(tmp_path / "new" / "store"))
    code, made = create(*data)
    assert (code, made["created"]) == (0, True)
    code, sentence = create(*data)
    assert (code, "there is a store in" in sentence) == (2, True)
    assert create(*data, "--if-missing") == (0, made | {"created": False})


def test_a_store_that_is_served_is_there(tmp_path):
    """To repeat the start of all parts does not disturb the one that runs."""
    data = ("--data", str(tmp_path / "store"))
    assert create(*data, "--if-missing")[1]["created"] is True
    program = Program(tmp_path, *data)
    try:
        found = {"store_id": program.ready["store_id"], "created": False}
        assert create(*data, "--if-missing") == (0, found)
    finally:
        assert program.stop() == 0


def test_a_damaged_store_is_no_missing_one(tmp_path):
    """A log that lost its contents is never taken for a place where a store may be made."""
    (tmp_path / "events.db").write_bytes(b"")
    code, sentence = create("--data", str(tmp_path), "--if-missing")
    assert (code, "restore it" in sentence) == (1, True)
    assert (tmp_path / "events.db").read_bytes() == b""


def test_a_store_is_made_in_a_database_named_by_a_file(tmp_path, postgres_url):
    """As containers start: the URL is a secret file, and each start may be the first."""
    secret = tmp_path / "url"
    secret.write_text(postgres_url)
    environment = {"REGISTRY_DATABASE_URL_FILE": str(secret)}
    code, made = create("--if-missing", environment=environment)
    assert (code, made["created"]) == (0, True)
    again = create("--if-missing", environment=environment)
    assert again == (0, made | {"created": False})
    program = Program(tmp_path, environment=environment)
    assert program.ready["store_id"] == made["store_id"]
    assert program.stop() == 0


def test_where_no_store_can_be_made_it_is_said(tmp_path):
    """Without a place, with two, or where nothing can be written."""
    code, sentence = create()
    assert (code, "say where the store is" in sentence) == (2, True)
    environment = {"REGISTRY_DATABASE_URL": "postgresql://127.0.0.1:1/none"}
    code, sentence = create("--data", str(tmp_path), environment=environment)
    assert (code, "leave one out" in sentence) == (2, True)
    code, sentence = create(environment=environment)
    assert (code, "cannot be used now" in sentence) == (1, True)
    (tmp_path / "file").touch()
    code, _ = create("--data", str(tmp_path / "file" / "store"))
    assert code == 1
