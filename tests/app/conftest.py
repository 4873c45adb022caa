"""A server with stand-in workers, talked to without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from multivector.app.cache import Cache
from multivector.app.limits import Limits
from multivector.app.pool import Pool
from multivector.app.web import Server, create_app
from tests.app import workers

HOME = "http://127.0.0.1:8765"
LIMITS = replace(Limits(), workers=1)
Enter = Callable[[], TestClient]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Shared by a file's tests; started and closed here, not by each application."""
    found = Pool(LIMITS, Cache(10_000_000), workers.quick)
    found.start()
    start, close = found.start, found.close
    found.start = found.close = lambda: None  # type: ignore[method-assign]
    yield found
    found.start, found.close = start, close  # type: ignore[method-assign]
    found.close()


class Place:
    """A server and browsers in it."""

    def __init__(self, pool: Pool, *, classroom: bool, limits: Limits = LIMITS) -> None:
        self.server = Server(limits, classroom=classroom, scenario="january-2022", pool=pool)
        self.app = create_app(self.server)

    def browser(self, *, page: bool = True, **headers: str) -> TestClient:
        client = TestClient(self.app, base_url=HOME, headers={"origin": HOME, **headers})
        if page:
            assert client.get("/").status_code == 200
        return client

    def student(self) -> TestClient:
        client = self.browser()
        assert self.server.room is not None
        assert client.post("/api/join", json={"code": self.server.room.join_code}).status_code == 200
        return client

    def teacher(self) -> TestClient:
        client = self.browser()
        assert self.server.room is not None
        assert client.post("/api/teacher", json={"key": self.server.room.key}).status_code == 200
        return client


@pytest.fixture
def place(pool: Pool) -> Place:
    return Place(pool, classroom=False)


@pytest.fixture
def room(pool: Pool) -> Place:
    return Place(pool, classroom=True)


def ran(client: TestClient, **asked: Any) -> str:
    """Run something to its end and return its key."""
    import json

    first = client.post("/api/jobs", json={"scenario": "january-2022", **asked}).json()
    if first["state"] == "done":
        return str(first["key"])
    text = client.get(f"/api/jobs/{first['job']}").text
    events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    assert events[-1]["state"] == "done", events
    return str(events[-1]["key"])
