"""Starting and ending the server: a free port, warm workers, and an end by itself when nobody comes or time is over."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from multivector.app.guard import is_loopback, own_addresses
from multivector.lab.errors import LabError

if TYPE_CHECKING:
    from multivector.app.web import Server

__all__ = ["INSTALL", "bound", "check_host", "serve", "urls"]

INSTALL = "pip install 'multivector[app]'"


def check_host(host: str, *, classroom: bool) -> None:
    """Only a class may be reached from other machines. Raises LabError."""
    if not is_loopback(host) and not classroom:
        raise LabError(
            f"--host {host} can be reached from other machines, which only a class may be",
            key="--host",
            suggestion=f"multivector serve --class --host {host}",
        )


def bound(host: str, port: int) -> socket.socket:
    """A listening socket. Raises LabError when the address or port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows: nobody else may share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        taken = error.errno == errno.EADDRINUSE
        said = f"port {port} is taken" if taken else f"cannot listen at {host}:{port}: {error.strerror or error}"
        hint = "--port 0 takes a free one" if taken else "--host 127.0.0.1"
        raise LabError(said, key="--port" if taken else "--host", suggestion=hint, code=1) from None
    return listener


def urls(host: str, port: int) -> list[str]:
    """Where the page is; for a server on all addresses, those of this machine."""
    hosts = own_addresses() or ["127.0.0.1"] if host in ("0.0.0.0", "::") else [host]
    return [f"http://{f'[{one}]' if ':' in one else one}:{port}/" for one in hosts]


def serve(server: Server, listener: socket.socket, names: tuple[str, ...], started: Callable[[], None]) -> str:
    """Serve until Ctrl-C, the idle limit or the hard limit; returns why it ended (`asked`, `idle`, `time`)."""
    import uvicorn

    from multivector.app.protocol import config
    from multivector.app.web import create_app

    host, port = listener.getsockname()[:2]
    running = uvicorn.Server(config(create_app(server, names), str(host), int(port), server.limits))
    why = "asked"

    async def watch() -> None:
        nonlocal why
        began = time.monotonic()
        told = False
        while not running.should_exit:
            if running.started and not told:
                told = True
                started()
            now = time.monotonic()
            if now - began > server.limits.hard_seconds or now - server.used > server.limits.idle_seconds:
                why = "time" if now - began > server.limits.hard_seconds else "idle"
                running.should_exit = True
            await asyncio.sleep(0.1)

    async def both() -> None:
        watcher = asyncio.create_task(watch())
        try:
            await running.serve(sockets=[listener])
        finally:
            watcher.cancel()

    try:
        asyncio.run(both())
    except KeyboardInterrupt:  # uvicorn ends in good order first, and then passes the signal on
        pass
    finally:
        listener.close()
    return why
