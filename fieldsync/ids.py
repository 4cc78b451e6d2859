"""Identifiers made here: UUIDv7 (RFC 9562), so that what is made later sorts later."""

import os
import time
import uuid


def new_id() -> str:
    """Return a new UUIDv7 in lower case."""
    moment = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (moment << 80) | (0x7 << 76) | ((random >> 66 & 0xFFF) << 64) | (0b10 << 62) | (random & (1 << 62) - 1)
    return str(uuid.UUID(int=value))
