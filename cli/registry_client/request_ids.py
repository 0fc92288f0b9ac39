"""Request ids: by these a command is recorded once, however often it is sent."""

import secrets
import time
import uuid


def new_request_id() -> str:
    """Make a UUIDv7 (RFC 9562 §5.7): sorts by time, which the store likes."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
