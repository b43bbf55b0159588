"""Prometheus metrics of a lander: counts and times, no ids of events, no values."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

LOOPBACK = "127.0.0.1"


class LanderMetrics:
    """The metrics of one lander process.

    Args:
        port: port on loopback; 0 picks a free one; None serves nothing.
    """

    def __init__(self, port: int | None = None) -> None:
        self.registry = CollectorRegistry()
        self.landed = Counter("arna_landed_events", "Events written to raw.", ["entity"], registry=self.registry)
        self.rejected = Counter(
            "arna_rejected_messages",
            "Messages refused at landing.",
            ["entity", "rejection_class"],
            registry=self.registry,
        )
        self.gaps = Counter(
            "arna_gap_offsets", "Offsets declared to hold no event.", ["reason"], registry=self.registry
        )
        self.seconds = Histogram(
            "arna_landing_seconds",
            "Time of one landing transaction.",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self.registry,
        )
        self.retries = Counter(
            "arna_landing_retries", "Micro-batches dropped to be read again.", ["reason"], registry=self.registry
        )
        self.partitions = Gauge("arna_assigned_partitions", "Partitions of this lander.", registry=self.registry)
        self.last_progress = Gauge(
            "arna_last_progress_timestamp_seconds", "When the last micro-batch was committed.", registry=self.registry
        )
        self.port: int | None = None
        if port is not None:
            server, _ = start_http_server(port, addr=LOOPBACK, registry=self.registry)
            self.port = server.server_port
