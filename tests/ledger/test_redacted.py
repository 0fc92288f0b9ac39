"""Content that was deleted by law: what was signed is verified, and nothing else is missing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.ledger.home import Home
from registry.ledger.verify import Tampered, verify
from tests.ledger.conftest import ORIGIN
from tests.ledger.redacted import BRNO, WORDS, Log, with_words
from tests.projections.recording import renamed


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Who signs."""
    home = Home(tmp_path_factory.mktemp("redacted") / "ledger")
    home.begin(ORIGIN)
    return home


@pytest.fixture
def verified(home, tmp_path):
    """Verifies the bundle of a log."""

    def verified(log, **changed):
        keys = [key for key, _ in home.keys.verifiers()]
        return verify(log.write(tmp_path / "bundle", home, **changed), keys)

    return verified


def test_a_redacted_log_is_verified(verified):
    """All that was signed is; what is no more there is named, and its command is accounted for."""
    log = with_words()
    log.redact("law", WORDS)
    found = verified(log)
    assert (found.checkpoint.size, found.redacted, found.commands) == (6, (WORDS,), 5)


def test_what_has_no_command_id_is_redacted_too(verified):
    """Events that were recorded without one stay without one."""
    log = Log()
    position = log.record("", renamed(BRNO))
    log.redact("", position)
    assert verified(log).redacted == (position,)


def test_a_retraction_is_redacted(verified):
    """Its reason may say what must go."""
    log = with_words()
    log.redact("law", WORDS)
    log.redact("law-2", 5)
    assert verified(log).redacted == (WORDS, 5)


def test_content_that_is_missing_is_not_believed_to_be_redacted(verified):
    """No event says so: somebody took it away."""
    log = with_words()
    log.empty(WORDS)
    with pytest.raises(Tampered, match="position 3: its content is missing, and no event says"):
        verified(log)


@pytest.mark.parametrize("position", [2, 4])
def test_a_redaction_excuses_no_other_event(verified, position):
    """Neither one of the same stream nor one of another that has the same version."""
    log = with_words()
    log.redact("law", WORDS)
    log.empty(position)
    with pytest.raises(Tampered, match=f"position {position}: its content is missing"):
        verified(log)


def test_words_that_came_back_are_found(verified):
    """The content of a redacted event is in the bundle again."""
    log = with_words()
    words = log.events[WORDS - 1]
    said = log.redact("law", WORDS)
    log.events[WORDS - 1] = words
    with pytest.raises(Tampered, match=f"position {said}: it says that version 2 .* there"):
        verified(log)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"state_sha256": bytes(32)}, "another content of version 2"),
        ({"state_sha256": b""}, "another content of version 2"),
        ({"version": 4}, "version 4 .* not before it"),
        ({"version": 5}, "version 5 .* not before it"),
        ({"version": 0}, "version 0 .* not before it"),
        ({"version": -2}, "version -2 .* not before it"),
        ({"version": 1}, "version 1 .* is there"),
    ],
)
def test_a_redaction_that_does_not_fit_is_found(verified, changed, says):
    """It names another content, or an event that is not before it or not redacted."""
    log = with_words()
    said = log.redact("law", WORDS, **changed)
    with pytest.raises(Tampered, match=f"position {said}: .*{says}"):
        verified(log)


def test_a_redaction_is_never_redacted(verified):
    """It alone says who deleted what, and why."""
    log = with_words()
    said = log.redact("law", WORDS)
    log.redact("law-2", said)
    with pytest.raises(Tampered, match=f"position {said}: .* cannot be redacted"):
        verified(log)


@pytest.mark.parametrize(
    "changed", [{"last_position": 2}, {"first_position": 3}, {"request_id": "new"}]
)
def test_a_command_that_recorded_a_redacted_event_has_its_events(verified, changed):
    """Its range is known although one of them says nothing any more."""
    log = with_words()
    log.redact("law", WORDS)
    rows = [row._replace(**changed) if row.request_id == "both" else row for row in log.commands()]
    with pytest.raises(Tampered, match=r"of commands\.csv"):
        verified(log, commands=rows)


def test_a_redacted_event_is_of_the_command_that_its_redaction_names(verified):
    """A redaction that names none leaves its command one event short."""
    log = with_words()
    log.redact("law", WORDS, command_id="")
    with pytest.raises(Tampered, match="says the events of both are 2 to 3, they are 2 to 2"):
        verified(log)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_events_are_redacted(home, tmp_path_factory, data):
    """Any of them, in any order, later ones of the same stream between; no other may be missing."""
    draw = data.draw
    log, streams = Log(), [BRNO, "clusters/ostrava"]
    for number in range(draw(st.integers(1, 8))):
        facts = [renamed(stream) for stream in draw(st.lists(st.sampled_from(streams)))]
        log.record(draw(st.sampled_from(["", f"command-{number}"])), *facts)
    chosen = draw(st.lists(st.sampled_from(range(1, len(log.events) + 1)), unique=True))
    for position in chosen:
        log.redact(f"law-{position}", position)
    keys = [key for key, _ in home.keys.verifiers()]
    found = verify(log.write(tmp_path_factory.mktemp("any") / "bundle", home), keys)
    assert found.redacted == tuple(sorted(chosen))
    others = [n for n, event in enumerate(log.events, 1) if event.state]
    missing = draw(st.sampled_from(others))
    log.empty(missing)
    with pytest.raises(Tampered, match=f"position {missing}: "):
        verify(log.write(tmp_path_factory.mktemp("any") / "bundle", home), keys)
