"""The server's answers: runs and their progress, the class and its secrets, and what attacks get."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from multivector.app.guard import HEADERS
from multivector.app.pages import policy
from multivector.app.pool import Pool
from multivector.app.sessions import ClassRoom, safe_cell
from tests.app.conftest import HOME, LIMITS, Place, ran

TEACHERS = [("get", "/api/board"), ("get", "/api/board.csv"), ("post", "/api/reset")]


def test_the_page_keeps_a_browser_apart_and_sets_a_strict_cookie(place: Place) -> None:
    answer = place.browser(page=False).get("/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert answer.headers["content-security-policy"] == policy()
    for name, value in HEADERS:
        assert answer.headers[name.decode()] == value.decode()
    assert "access-control-allow-origin" not in answer.headers
    # the same browser is known again, another is not
    client = place.browser()
    assert "set-cookie" not in client.get("/").headers


def test_the_policy_lets_only_our_own_script_run() -> None:
    assert "unsafe" not in policy() and "default-src 'none'" in policy() and "connect-src 'self'" in policy()


def test_a_run_tells_its_progress_and_is_known_afterwards(place: Place) -> None:
    client = place.browser()
    first = client.post("/api/jobs", json={"scenario": "january-2022", "sets": ["slow"], "worlds": 20})
    assert first.status_code == 202
    answer = client.get(f"/api/jobs/{first.json()['job']}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    shares = [one["done"] for one in events if one["state"] == "running" and one["done"]]
    assert shares == sorted(shares) and len(shares) > 3 and events[-1]["state"] == "done"
    body = client.get(f"/api/runs/{events[-1]['key']}")
    assert body.json()["sets"] == ["slow"]
    again = client.post("/api/jobs", json={"scenario": "january-2022", "sets": ["slow"], "worlds": 20})
    assert again.json() == {"state": "done", "key": events[-1]["key"]}


def test_a_job_belongs_to_its_browser_and_can_be_cancelled(place: Place) -> None:
    mine, other = place.browser(), place.browser()
    job = mine.post("/api/jobs", json={"scenario": "january-2022", "sets": ["slow", "c"]}).json()["job"]
    assert other.get(f"/api/jobs/{job}").status_code == 404
    other.post("/api/cancel", json={})
    assert mine.post("/api/cancel", json={}).status_code == 200
    assert mine.get(f"/api/jobs/{job}").status_code == 404


def test_without_the_page_there_is_no_run(place: Place) -> None:
    assert place.browser(page=False).post("/api/jobs", json={"scenario": "january-2022"}).status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[" * 50_000, 400), (b'{"kind": "shell"}', 400), (b'{"scenario": "../x"}', 422), (b"[]", 400)],
)
def test_odd_bodies_get_a_message(place: Place, body: bytes, status: int) -> None:
    answer = place.browser().post("/api/jobs", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status and answer.json()["problems"][0]["message"]


def test_forms_of_other_pages_are_not_json(place: Place) -> None:
    answer = place.browser().post("/api/jobs", content=b"{}", headers={"content-type": "text/plain"})
    assert answer.status_code == 415


# attacks


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "127.0.0.1:80", "127.0.0.1.evil.example:8765", ""]
)
def test_a_rebound_host_gets_nothing(place: Place, host: str) -> None:
    client = place.browser()
    for method, path in (("get", "/"), ("post", "/api/jobs"), ("get", "/api/board")):
        answer = getattr(client, method)(path, headers={"host": host})
        assert answer.status_code == 421 and "set-cookie" not in answer.headers


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:8765", "http://127.0.0.1:9999"])
def test_a_foreign_origin_gets_nothing(place: Place, origin: str) -> None:
    client = place.browser()
    for method, path in (("get", "/"), ("post", "/api/jobs"), ("post", "/api/cancel")):
        answer = getattr(client, method)(path, headers={"origin": origin})
        assert answer.status_code == 403 and "access-control-allow-origin" not in answer.headers


def test_changing_needs_an_origin_and_reading_must_not_come_from_elsewhere(place: Place) -> None:
    client = place.browser()
    del client.headers["origin"]
    assert client.post("/api/cancel", json={}).status_code == 403
    assert client.get("/api/runs/x", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.options("/api/jobs").status_code in (403, 405)


def test_no_websocket_whatever_its_origin(place: Place) -> None:
    client = place.browser()
    for headers in ({}, {"origin": "http://evil.example"}):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/jobs", headers=headers):
            pass


def test_a_big_body_is_refused(place: Place) -> None:
    client = place.browser()
    assert client.post("/api/jobs", content=b"x" * 200_000).status_code == 413

    def stream():
        for _ in range(100):
            yield b"x" * 10_000

    assert client.post("/api/jobs", content=stream()).status_code == 413


def test_an_alias_bomb_is_refused_before_it_reaches_a_worker() -> None:
    from tests.app.test_asked import BOMB, problems

    assert "aliases" in problems(BOMB)[0]["message"]


def test_a_title_is_never_markup(place: Place) -> None:
    """Clients' texts reach a page only as JSON, which the script puts in as text; templates escape."""
    bad = "<img src=x onerror=alert(1)>"
    client = place.browser()
    job = client.post("/api/jobs", json={"kind": "describe", "yaml": f"title: '{bad}'"}).json()["job"]
    answer = client.get(f"/api/jobs/{job}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert bad not in client.get("/?language=" + bad).text
    script = re.search(r"<script>(.*)</script>", client.get("/").text, re.S)
    assert script is not None and "innerHTML" not in script[1] and "eval(" not in script[1]


# the class


def test_two_secrets_that_differ() -> None:
    rooms = [ClassRoom() for _ in range(20)]
    assert len({room.key for room in rooms} | {room.join_code for room in rooms}) == 40
    assert all(len(room.key) >= 32 for room in rooms)  # 24 random bytes: 192 bits
    assert not any(room.is_teacher(room.join_code) or room.joins(room.key) for room in rooms)


def test_the_code_opens_no_board(room: Place) -> None:
    outside, student = room.browser(), room.student()
    for client in (outside, student):
        for method, path in TEACHERS:
            answer = client.get(path) if method == "get" else client.post(path, json={})
            assert answer.status_code == 403
    code = room.server.room.join_code  # type: ignore[union-attr]
    assert student.post("/api/teacher", json={"key": code}).status_code == 403
    assert outside.post("/api/jobs", json={"scenario": "january-2022"}).status_code == 403
    assert outside.post("/api/join", json={"code": "AAAAAA"}).status_code == 403
    page = outside.get("/").text + outside.get("/teacher").text
    assert code not in page and room.server.room.key not in page  # type: ignore[union-attr]


def test_a_class_from_joining_to_the_reset(room: Place) -> None:
    teacher, students = room.teacher(), [room.student() for _ in range(3)]
    for n, student in enumerate(students):
        key = ran(student, sets=[f"={n}"])
        assert student.post("/api/answer", json={"key": key}).status_code == 200
    board = teacher.get("/api/board").json()
    assert board["teams"] == 3 and len({one["team"] for one in board["answers"]}) == 3
    assert board["answers"][0]["medians"]["autonomy"] == 0.5
    rows = list(csv.reader(io.StringIO(teacher.get("/api/board.csv").content.decode("utf-8-sig"))))
    assert rows[0][0] == "team" and len(rows) == 4
    assert all(row[-1].startswith("'=") for row in rows[1:])
    assert teacher.post("/api/reset", json={}).json() == {"answers": 0}
    assert teacher.get("/api/board").json()["answers"] == []


def test_only_own_runs_of_the_class_scenario_are_handed_in(room: Place) -> None:
    one, other = room.student(), room.student()
    key = ran(one, sets=["own"])
    assert other.post("/api/answer", json={"key": key}).status_code == 404
    assert other.post("/api/answer", json={"key": "x" * 64}).status_code == 404
    foreign = one.post("/api/jobs", json={"scenario": "crimea-2014"}).json()
    one.get(f"/api/jobs/{foreign['job']}")
    assert one.post("/api/answer", json={"key": ran(one, scenario="crimea-2014")}).status_code == 409


def test_thirty_behind_one_address_join_and_work_and_a_guesser_does_not(room: Place) -> None:
    students = [room.student() for _ in range(40)]
    teams = [one.post("/api/join", json={"code": ""}).json()["team"] for one in students]
    assert len(set(teams)) == 40
    guesser = room.browser()
    tries = [guesser.post("/api/join", json={"code": f"WRONG{n}"}).status_code for n in range(15)]
    assert tries.count(403) == LIMITS.joins_by_session and tries[-1] == 429
    keys = [guesser.post("/api/teacher", json={"key": "x" * n}).status_code for n in range(10)]
    assert keys.count(403) == LIMITS.keys_by_address and keys[-1] == 429


def test_a_browser_that_asks_without_end_is_slowed(pool: Pool) -> None:
    place = Place(pool, classroom=False, limits=replace(LIMITS, requests_by_session=5, runs_by_session=2))
    client = place.browser()
    codes = [client.get("/api/runs/x").status_code for _ in range(8)]
    assert codes[0] == 404 and codes[-1] == 429
    assert place.browser().get("/api/runs/x").status_code == 404


def test_nothing_is_left_when_it_stops(pool: Pool) -> None:
    place = Place(pool, classroom=True)
    with TestClient(place.app, base_url=HOME):
        student = place.student()
        student.post("/api/answer", json={"key": ran(student, sets=["z"])})
        assert place.server.room is not None and place.server.room.answers
    assert not place.server.room.answers and not place.server.sessions.all() and place.server.cache.size == 0


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_cells_that_could_be_formulas_are_texts(text: str) -> None:
    assert safe_cell(text) == f"'{text}" and safe_cell("Saiga") == "Saiga"
