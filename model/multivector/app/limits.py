"""What a visitor may ask of the server; every number here is a cap that a test tries to break."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """Caps of one server. Times in seconds, sizes in bytes.

    Rates are events a minute. Those by address are set for a class of forty behind one router.
    """

    yaml_bytes: int = 64 * 1024
    yaml_depth: int = 20
    sets: int = 250
    set_length: int = 300
    worlds: int = 200
    citizens: int = 2_000
    months: int = 180
    powers: int = 8
    dossiers: int = 40
    events: int = 120
    world_months: int = 12_000
    body_bytes: int = 128 * 1024
    body_seconds: float = 10.0
    header_seconds: float = 10.0
    keep_alive_seconds: int = 30
    connections: int = 400
    connections_by_address: int = 300
    job_seconds: float = 60.0
    job_memory: int = 1_500_000_000
    queue: int = 64
    sessions: int = 400
    session_seconds: float = 4 * 3600.0
    runs_by_session: int = 90
    requests_by_session: int = 1200
    requests_by_address: int = 24_000
    joins_by_session: int = 10
    joins_by_address: int = 240
    keys_by_address: int = 6
    cache_bytes: int = 96_000_000
    idle_seconds: float = 3600.0
    hard_seconds: float = 6 * 3600.0
    workers: int = 2
