"""Where the service may listen: on this machine only, until callers are authenticated."""

from __future__ import annotations

import ipaddress


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
    if not colon or not port.isdigit():
        raise NotLoopback(f"{address!r} is no address; write HOST:PORT, such as 127.0.0.1:50051")
    if not _is_loopback(host):
        raise NotLoopback(
            f"{address} can be reached from other machines, and callers are not authenticated"
            " yet; listen on 127.0.0.1, [::1], localhost or unix:PATH"
        )
    return address


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False
