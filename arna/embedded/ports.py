"""Loopback ports."""

from __future__ import annotations

import random
import socket
from itertools import islice

from arna.errors import ArnaError

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def is_listening(port: int, timeout: float = 1.0) -> bool:
    """Whether somebody accepts connections on this loopback port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout):
            return True
    except OSError:
        return False


def free_ports(count: int) -> list[int]:
    """Different loopback ports that are free at this moment.

    They lie below the kernel's ephemeral range: a port that a service remembers must not be taken by
    some outgoing connection while the service is down.
    """
    candidates = random.SystemRandom().sample(range(20_000, 32_000), 500)
    found = list(islice((port for port in candidates if is_free(port)), count))
    if len(found) < count:
        raise ArnaError("no free port was found between 20000 and 32000 on 127.0.0.1.")
    return found
