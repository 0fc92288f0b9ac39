"""No input breaks the service: it is refused with a reason, and nothing of it is recorded."""

import os
import random

import pytest

from tests.faults.processes import Service
from tests.fuzz.calling import fuzz

SHORT = 2_500
"""Calls of the everyday run."""
SEED = int(os.environ.get("FUZZ_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)


def calls():
    """Calls of `make test-fuzz`."""
    return 20_000 if os.environ.get("SHORT") else 1_000_000


@pytest.fixture(params=["sqlite", "postgres"])
def service(request, tmp_path):
    """A service of its own, in processes of its own, as it is by default."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    data = None if url else tmp_path / "store"
    with Service(tmp_path, data=data, url=url) as served:
        yield served.start(create=True)


async def tried(service, number, capsys):
    """Fuzz, print what came of it, and judge."""
    verdict, unexplained = await fuzz(service.address, SEED, number)
    with capsys.disabled():
        print(f"\nFUZZ_SEED={SEED} {verdict.line(unexplained)}")  # noqa: T201 - the result
    assert not verdict.wrong, "\n".join([f"FUZZ_SEED={SEED}", *verdict.wrong])
    assert unexplained == 0
    assert verdict.acknowledged > 0
    log = service.log.read_text(errors="replace")
    assert "Traceback" not in log, log[-3000:]
    return verdict


async def test_hostile_input_is_refused_and_records_nothing(service, capsys):
    """Of every method: a status that names the field, no INTERNAL, no crash, nothing recorded."""
    await tried(service, SHORT, capsys)


@pytest.mark.fuzz
async def test_a_million_hostile_calls(tmp_path, capsys):
    """The same, as often as a determined stranger would try; memory stays bounded."""
    with Service(tmp_path, data=tmp_path / "store") as service:
        service.start(create=True)
        verdict = await tried(service, calls(), capsys)
        assert verdict.calls > calls()
