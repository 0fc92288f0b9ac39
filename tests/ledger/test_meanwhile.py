"""A long check is made by another process, and is what it would be in this one."""

import subprocess
import sys

import pytest

from registry.ledger.home import Home
from tests.ledger.conftest import ORIGIN
from tests.ledger.redacted import with_words

BEGIN = """
import multiprocessing, os, threading, time
from registry.ledger.meanwhile import Ended, meanwhile
def wrong():
    raise ValueError("position 5")
"""
VERIFY = """
import sys
from pathlib import Path
from registry.ledger import verify
verify.LARGE = int(sys.argv[3])
key = verify.VerifierKey.parse(sys.argv[2])
try:
    print(verify.verify(Path(sys.argv[1]), [key]))
except (verify.Tampered, verify.NotChecked) as error:
    print(type(error).__name__, error)
"""


def said(code, *arguments):
    """What a program prints that has no other thread, as this one may."""
    program = [sys.executable, "-c", code, *arguments]
    return subprocess.run(program, check=True, capture_output=True, text=True, timeout=60).stdout


PROGRAMS = {
    "another": """
with meanwhile(os.getpid) as pid:
    print("another" if pid() != os.getpid() else "")
""",
    "ValueError": """
with meanwhile(wrong) as answer:
    try:
        answer()
    except ValueError as error:
        print(type(error).__name__)
""",
    "Ended": """
with meanwhile(lambda: os.kill(os.getpid(), 9)) as answer:
    try:
        answer()
    except Ended as error:
        print(type(error).__name__)
""",
    "no child is left": """
with meanwhile(lambda: time.sleep(600)):
    pass
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    print("no child is left")
""",
    "this process, a child": """
def asked():
    with meanwhile(os.getpid) as pid:
        return pid() == os.getpid()
with multiprocessing.Pool(1) as pool:
    print("this process, a child" if pool.apply(asked) else "")
""",
    "this process, as no other can begin": """
def full():
    raise BlockingIOError
os.fork = full
with meanwhile(os.getpid) as pid:
    print("this process, as no other can begin" if pid() == os.getpid() else "")
""",
    "this process": """
threading.Thread(target=time.sleep, args=(1,)).start()
with meanwhile(os.getpid) as pid:
    print("this process" if pid() == os.getpid() else "")
""",
}


@pytest.mark.parametrize("printed", PROGRAMS)
def test_another_process_answers(printed):
    """Or raises, or is ended, or is not wanted any more; beside threads there is none."""
    assert said(BEGIN + PROGRAMS[printed]).strip() == printed


@pytest.mark.parametrize("file", ["", "states/", "tile/entries/", "commands.csv"])
def test_two_processes_find_what_one_finds(tmp_path, file):
    """In a bundle that is whole, and where a file is another."""
    home = Home(tmp_path / "ledger")
    home.begin(ORIGIN)
    bundle = with_words().write(tmp_path / "bundle", home)
    if file:
        (path,) = (path for path in bundle.rglob("*") if path.is_file() and file in str(path))
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r").replace(b"s", b"t"))
    ((key, _),) = home.keys.verifiers()
    alone, helped = (said(VERIFY, str(bundle), str(key), large) for large in ("1000", "1"))
    assert helped == alone
    assert alone.startswith("Tampered" if file else "Verified")
