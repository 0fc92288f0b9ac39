"""The demonstration runs from nothing, and fails where a command fails."""

import subprocess
import sys

from tests.cli.service import ROOT

DEMO = [sys.executable, ROOT / "tools/demo.py"]


def test_the_demonstration_shows_commands_and_answers():
    """It imports, asks, and stops the service cleanly."""
    result = subprocess.run(DEMO, capture_output=True, check=False, text=True)
    assert result.returncode == 0, result.stderr
    assert '{"accepted":299,"unchanged":0,"refused":0}' in result.stdout
    assert "$ registryctl edition summary ecc-2022 -o table" in result.stdout
    assert "verified: 541 events of cluster-registry/" in result.stdout
    assert "service stopped, exit code 0" in result.stdout


def test_the_demonstration_fails_with_its_commands():
    """A question that fails is the demonstration's failure; the service still stops."""
    result = subprocess.run([*DEMO, "--nonsense"], capture_output=True, check=False, text=True)
    assert result.returncode == 1
    assert "service stopped, exit code 0" in result.stdout
