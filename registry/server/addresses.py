"""Where the service may listen: on this machine only, until callers are authenticated."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path
from typing import Any

LAST_PORT = 65535


class NotLoopback(ValueError):
    """An address that others than this machine could reach, or that is none."""


def checked_address(address: str) -> str:
    """Answer an address as it came if it is a loopback address.

    Args:
        address: "127.0.0.1:50051", "[::1]:0", "localhost:0" or "unix:/run/registry.sock".

    Raises:
        NotLoopback: saying what is accepted.
    """
    if address.startswith("unix:"):
        return address
    host, colon, port = address.rpartition(":")
    if not colon or not _is_port(port):
        raise NotLoopback(
            f"{address!r} is no address; write HOST:PORT, such as 127.0.0.1:50051, with a port"
            f" up to {LAST_PORT}"
        )
    if not _is_loopback(host):
        raise NotLoopback(
            f"{address} can be reached from other machines, and callers are not authenticated"
            " yet; listen on 127.0.0.1, [::1], localhost or unix:PATH"
        )
    return address


def require_free(address: str) -> None:
    """See that a checked address can be listened on, and leave it as it was.

    Raises:
        OSError: where it cannot.
    """
    if address.startswith("unix:"):
        # A socket left behind is replaced; the directory has to be there.
        free = Path(address.removeprefix("unix:")).absolute().parent.is_dir()
    else:
        host, _, port = address.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
        # A name stands for several addresses, of which one is enough.
        free = any(_can_be_bound(family, at) for family, _, _, _, at in found)
    if not free:
        raise OSError(f"cannot listen on {address}; is it in use?")


def _can_be_bound(family: socket.AddressFamily, at: Any) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the server does: connections that just ended keep no port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(at)
    except OSError:
        return False
    return True


def _is_port(port: str) -> bool:
    """Whether it is a port; gRPC would take a larger number and listen on what is left of it."""
    return port.isascii() and port.isdigit() and int(port) <= LAST_PORT


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False
