"""uvicorn with patience that ends: headers must arrive in time, and connections are counted.

Starlette sees a request only when its headers are complete, so that slow headers and idle connections have to be
refused here, one level below.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from multivector.app.limits import Limits

if TYPE_CHECKING:
    from uvicorn.config import Config

__all__ = ["protocol"]


def protocol(limits: Limits) -> type[H11Protocol]:
    """A protocol class with a header time-out and caps on connections, in all and for each address."""
    by_address: Counter[str] = Counter()

    class Patient(H11Protocol):
        """One connection."""

        _timer: asyncio.TimerHandle | None = None
        _from = ""
        _counted = False

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """Count the connection; one too many is closed at once."""
            peer = transport.get_extra_info("peername")
            self._from = str(peer[0]) if peer else ""
            if (
                sum(by_address.values()) >= limits.connections
                or by_address[self._from] >= limits.connections_by_address
            ):
                transport.abort()
                return
            self._counted = True
            by_address[self._from] += 1
            super().connection_made(transport)
            self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            """Count it out."""
            self._rest()
            if not self._counted:
                return
            self._counted = False
            by_address[self._from] -= 1
            if by_address[self._from] <= 0:
                del by_address[self._from]
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            """Whatever comes: while headers are incomplete the clock runs on, and is not set back by more bytes."""
            if not self._counted:
                return
            super().data_received(data)
            if self.conn.their_state is h11.IDLE:
                self._wait()
            else:
                self._rest()

        def _wait(self) -> None:
            if self._timer is None:
                self._timer = self.loop.call_later(limits.header_seconds, self._end)

        def _rest(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _end(self) -> None:
            self._timer = None
            if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
                self.transport.abort()

    return Patient


def config(app: Any, host: str, port: int, limits: Limits) -> Config:
    """uvicorn's configuration: our protocol, no access log, no WebSockets, no trust in forwarded headers."""
    import uvicorn

    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol(limits),
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="error",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=limits.keep_alive_seconds,
        timeout_graceful_shutdown=3,
        h11_max_incomplete_event_size=16 * 1024,
        workers=1,
    )
