"""What every request passes first: where it says it goes and comes from, how large and how slow it may be.

A page elsewhere can make a browser send requests here, or make its own name point here (DNS rebinding). So the `Host`
must be the address that the connection really came in at, and an `Origin` must be this very page's.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from multivector.app.limits import Limits

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HEADERS", "Guard", "is_loopback"]

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
)


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own loop."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware: refuses foreign hosts and origins, WebSockets, large and slow bodies; adds safe headers."""

    def __init__(self, app: ASGIApp, limits: Limits, names: Iterable[str] = ()) -> None:
        self.app, self.limits = app, limits
        self.names = {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then pass on."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] == "websocket":  # none is offered; the handshake is refused whatever its origin
            await receive()
            return await send({"type": "websocket.close", "code": 1008})
        why = self._wrong(scope)
        if why is not None:
            return await _refuse(send, *why)
        body = await self._body(scope, receive)
        if isinstance(body, tuple):
            return await _refuse(send, *body)
        given = False

        async def once() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        await self.app(scope, once, dressed)
        return None

    def _wrong(self, scope: Scope) -> tuple[int, str] | None:
        found: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            found.setdefault(name.lower(), []).append(value.decode("latin-1"))
        hosts = found.get(b"host", [])
        if len(hosts) != 1 or not self._ours(hosts[0], scope.get("server")):
            return 421, "this server does not answer to that name"
        origins = found.get(b"origin", [])
        if any(origin != f"http://{hosts[0]}" for origin in origins):
            return 403, "requests from other pages are not taken"
        if found.get(b"sec-fetch-site", ["same-origin"])[0] not in ("same-origin", "none") and scope["path"] != "/":
            return 403, "requests from other pages are not taken"
        if scope["method"] not in ("GET", "HEAD") and not origins:
            return 403, "a request that changes something must say where it comes from"
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "no such method"
        return None

    def _ours(self, said: str, server: Any) -> bool:
        """Whether a Host is the address at which the connection arrived (with its port), or a name that was allowed."""
        host, port = _split(said)
        arrived = server or ("127.0.0.1", None)
        if arrived[1] is not None and port != arrived[1] and not (port is None and arrived[1] == 80):
            return False
        if host in self.names:
            return True
        if is_loopback(str(arrived[0])):
            return is_loopback(host)
        try:
            return ipaddress.ip_address(host) == ipaddress.ip_address(str(arrived[0]).split("%")[0])
        except ValueError:
            return False

    async def _body(self, scope: Scope, receive: Receive) -> bytes | tuple[int, str]:
        """The whole body, within size and time."""
        parts, size = [], 0
        if scope["method"] in ("GET", "HEAD"):
            return b""
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return 400, "the request ended early"
                    part = message.get("body", b"")
                    size += len(part)
                    if size > self.limits.body_bytes:
                        return 413, f"a request may have {self.limits.body_bytes // 1024} KiB"
                    parts.append(part)
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            return 408, "the request came too slowly"


def _split(said: str) -> tuple[str, int | None]:
    """Host and port of a Host header, in lower case, without brackets."""
    text = said.strip().lower()
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    return host, int(port) if port.isascii() and port.isdigit() and len(port) < 6 else None


async def _refuse(send: Send, status: int, text: str) -> None:
    body = text.encode()
    head = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    head += [(b"connection", b"close"), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


def own_addresses() -> list[str]:
    """Addresses of this machine on its networks, for telling the class where to go; none is contacted."""
    found: list[str] = []
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((far, 9))  # datagrams: only a route is looked up
                found.append(str(probe.getsockname()[0]))
        except OSError:
            continue
    return [one for one in found if not is_loopback(one)]
