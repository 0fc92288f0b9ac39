"""Make the secret files of docker/compose.yaml in a directory, where there are none."""

import secrets
import sys
from pathlib import Path

PASSWORD, URL = "postgres-password", "database-url"
BYTES = 24


def main() -> int:
    """Write both files, or neither: a database knows only the password it was made with."""
    directory = Path(sys.argv[1])
    there = [name for name in (PASSWORD, URL) if (directory / name).exists()]
    if there:
        sys.stderr.write(f"left as it is: {directory} has {' and '.join(there)}\n")
        return 0 if len(there) == len((PASSWORD, URL)) else 1
    # The directory is for its owner. What is in it, the numeric users of the containers read.
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    password = secrets.token_urlsafe(BYTES)
    for name, text in (
        (PASSWORD, password),
        (URL, f"postgresql://registry:{password}@postgres/registry"),
    ):
        (directory / name).write_text(text)
        (directory / name).chmod(0o444)
    return 0


if __name__ == "__main__":
    sys.exit(main())
