"""The server on a real socket: slow headers, slow bodies, too many connections, and its own end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from multivector.app.cache import Cache
from multivector.app.limits import Limits
from multivector.app.pool import Pool
from multivector.app.run import bound, check_host, serve, urls
from multivector.app.web import Server
from multivector.lab.errors import LabError
from tests.app import workers

QUICK = replace(Limits(), workers=1, header_seconds=0.4, body_seconds=0.4, keep_alive_seconds=1)
Start = Callable[..., tuple[Server, int, threading.Thread]]


@pytest.fixture
def start() -> Iterator[Start]:
    begun = []

    def start_(limits: Limits = QUICK) -> tuple[Server, int, threading.Thread]:
        listener = bound("127.0.0.1", 0)
        port = listener.getsockname()[1]
        pool = Pool(limits, Cache(1_000_000), workers.quick)
        server = Server(limits, classroom=False, scenario="january-2022", pool=pool)
        up = threading.Event()
        thread = threading.Thread(target=serve, args=(server, listener, (), up.set), daemon=True)
        thread.start()
        assert up.wait(30)
        begun.append((server, thread))
        return server, port, thread

    yield start_
    for server, thread in begun:
        server.used = -1e9  # idle for ever: it ends by itself
        thread.join(20)
        assert not thread.is_alive()


def said(port: int, *parts: bytes, pause: float = 0.0, patience: float = 5.0) -> bytes:
    """Send parts with pauses; what comes back until the other end closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as line:
        try:
            for part in parts:
                line.sendall(part)
                time.sleep(pause)
            found = b""
            while chunk := line.recv(65536):
                found += chunk
        except ConnectionError:
            return b""
        return found


def head(port: int, line: str = "GET / HTTP/1.1", *more: str) -> bytes:
    return "\r\n".join([line, f"Host: 127.0.0.1:{port}", *more, "", ""]).encode()


def test_attacks_on_the_connection(start: Start) -> None:
    _, port, _ = start(replace(QUICK, connections_by_address=6))
    good = head(port, "GET / HTTP/1.1", "Connection: close")
    assert said(port, good).startswith(b"HTTP/1.1 200")
    # headers a byte at a time end with the connection, and more bytes do not buy more time
    began = time.monotonic()
    assert said(port, *[bytes([one]) for one in good[:40]], pause=0.05) == b""
    assert time.monotonic() - began < 3
    # nothing at all
    assert said(port) == b""
    # a second request on a living connection has no more patience
    assert said(port, head(port), b"GET / HT", pause=0.2).count(b"HTTP/1.1") == 1
    # a body that does not come
    post = head(port, "POST /api/jobs HTTP/1.1", f"Origin: http://127.0.0.1:{port}", "Content-Length: 10")
    assert said(port, post, b"{").startswith(b"HTTP/1.1 408")
    # headers without end, and what is no HTTP
    assert b"200" not in said(port, b"GET / HTTP/1.1\r\nX: " + b"x" * 60_000)[:20]
    assert b"200" not in said(port, b"\x16\x03\x01\x02\x00\x01\r\n\r\n")[:20]
    # a name that somebody else points here
    assert said(port, b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 421")
    # too many connections: those beyond the cap are closed at once, the others live
    lines = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(6)]
    try:
        time.sleep(0.1)
        assert said(port, good) == b""
    finally:
        for line in lines:
            line.close()
    time.sleep(0.1)
    assert said(port, good).startswith(b"HTTP/1.1 200")


def test_it_ends_by_itself(start: Start) -> None:
    for limits in (replace(QUICK, idle_seconds=0.3), replace(QUICK, hard_seconds=0.3)):
        _, port, thread = start(limits)
        thread.join(15)
        assert not thread.is_alive()
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1)


def test_only_a_class_is_reached_from_other_machines() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.7", "example.org"):
        with pytest.raises(LabError, match="only a class"):
            check_host(host, classroom=False)
        check_host(host, classroom=True)
    for host in ("127.0.0.1", "localhost", "::1"):
        check_host(host, classroom=False)


def test_a_taken_port_is_told() -> None:
    with bound("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(LabError, match="taken"):
            bound("127.0.0.1", port)
        assert urls("127.0.0.1", port) == [f"http://127.0.0.1:{port}/"]
