"""How a peer is started, and how it says that it answers."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path


def arguments() -> argparse.Namespace:
    """Parse what every peer is given."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path)
    parser.add_argument("--ready-file", type=Path, required=True)
    return parser.parse_args()


def announce(ready: Path, port: int) -> None:
    """Write the address, as a whole, to the file that is waited for."""
    partial = ready.with_suffix(".partial")
    partial.write_text(json.dumps({"address": f"127.0.0.1:{port}", "pid": os.getpid()}))
    partial.replace(ready)
