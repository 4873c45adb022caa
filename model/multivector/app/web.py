"""The web application: pages, runs with progress, the class. Routes are few, and each says who may use it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from multivector.app.asked import Refusal, read_asked
from multivector.app.cache import Cache
from multivector.app.guard import Guard
from multivector.app.limits import Limits
from multivector.app.pages import LANGUAGES, page, policy
from multivector.app.pool import Full, Job, Pool
from multivector.app.sessions import Answer, ClassRoom, Rates, Session, Sessions
from multivector.app.work import Task
from multivector.teach.reasons import reasons

__all__ = ["COOKIE", "Server", "create_app"]

COOKIE = "multivector"
_TICK = 0.15
"""Seconds between two looks at a job whose progress is streamed."""
_NO_STORE = {"cache-control": "no-store"}


class Server:
    """Everything that one server knows; nothing outlives it."""

    def __init__(self, limits: Limits, *, classroom: bool, scenario: str, pool: Pool | None = None) -> None:
        self.limits, self.scenario = limits, scenario
        self.cache = Cache(limits.cache_bytes) if pool is None else pool.cache
        self.pool = Pool(limits, self.cache) if pool is None else pool
        self.sessions = Sessions(limits)
        self.rates = Rates()
        self.room = ClassRoom() if classroom else None
        self.used = time.monotonic()

    def forget(self) -> None:
        """Clear answers, browsers and runs."""
        self.sessions.clear()
        self.cache.clear()
        if self.room is not None:
            self.room.reset()


class _Stop(Exception):
    """A request that is answered with a message."""

    def __init__(self, status: int, said: str | list[dict[str, Any]]) -> None:
        super().__init__(said)
        self.status = status
        self.problems = (
            said if isinstance(said, list) else [{"message": said, "key": "", "line": None, "suggestion": ""}]
        )


def create_app(server: Server, names: tuple[str, ...] = ()) -> Guard:
    """The ASGI application, guarded.

    Parameters
    ----------
    server : the state; its pool is started and closed with the application.
    names : host names that are answered to besides the address itself.
    """

    @contextlib.asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        server.pool.start()
        try:
            yield
        finally:
            await run_in_threadpool(server.pool.close)
            server.forget()

    def route(path: str, method: str, work: Callable[..., Response | Awaitable[Response]]) -> Route:
        async def answer(request: Request) -> Response:
            try:
                server.used = time.monotonic()
                _check_rates(server, request)
                found: Response | Awaitable[Response] = work(server, request)
                return found if isinstance(found, Response) else await found
            except _Stop as stop:
                return JSONResponse({"problems": stop.problems}, stop.status, _NO_STORE)

        return Route(path, answer, methods=[method])

    app = Starlette(
        lifespan=life,
        routes=[
            route("/", "GET", _page("live")),
            route("/teacher", "GET", _page("teacher")),
            route("/api/jobs", "POST", _submit),
            route("/api/jobs/{id}", "GET", _follow),
            route("/api/cancel", "POST", _cancel),
            route("/api/runs/{key}", "GET", _run),
            route("/api/why", "GET", _why),
            route("/api/join", "POST", _join),
            route("/api/answer", "POST", _answer),
            route("/api/teacher", "POST", _teacher),
            route("/api/board", "GET", _board),
            route("/api/board.csv", "GET", _export),
            route("/api/reset", "POST", _reset),
        ],
    )
    return Guard(app, server.limits, names)


# who is there


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _check_rates(server: Server, request: Request) -> None:
    if not server.rates.allow("request", _address(request), server.limits.requests_by_address):
        raise _Stop(429, "too many requests from this address; wait a minute")
    name = request.cookies.get(COOKIE, "")
    if name and not server.rates.allow("session", name[:64], server.limits.requests_by_session):
        raise _Stop(429, "too many requests; wait a minute")


def _session(server: Server, request: Request, *, joined: bool = True) -> Session:
    """The browser behind a request; in class mode it must have joined."""
    found = server.sessions.get(request.cookies.get(COOKIE, ""))
    if found is None:
        raise _Stop(401, "open the page first")
    if joined and server.room is not None and not found.team and not found.teacher:
        raise _Stop(403, "join the class first")
    return found


def _room(server: Server, request: Request) -> ClassRoom:
    """The class, for its teacher only."""
    found = _session(server, request, joined=False)
    if server.room is None:
        raise _Stop(404, "no class is held here")
    if not found.teacher:
        raise _Stop(403, "this is for the teacher")
    return server.room


async def _json(request: Request) -> Any:
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        raise _Stop(415, "send JSON")
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError):
        raise _Stop(400, "this is not JSON") from None


# pages


def _page(kind: str) -> Callable[[Server, Request], Response]:
    def work(server: Server, request: Request) -> Response:
        language = request.query_params.get("language", "en")
        language = language if language in LANGUAGES else "en"
        here = server.sessions.get(request.cookies.get(COOKIE, ""))
        fresh = server.sessions.new() if here is None else None
        if here is None and fresh is None:
            raise _Stop(503, "too many visitors; try again later")
        text = page(kind, language, server.scenario, classroom=server.room is not None)
        headers = {**_NO_STORE, "content-security-policy": policy()}
        response = HTMLResponse(text, headers=headers)
        if fresh is not None:
            response.set_cookie(COOKIE, fresh.id, httponly=True, samesite="strict", path="/")
        return response

    return work


# runs


async def _submit(server: Server, request: Request) -> Response:
    session = _session(server, request)
    data = await _json(request)
    kind = data.pop("kind", "run") if isinstance(data, dict) else ""
    if kind not in ("run", "describe"):
        raise _Stop(400, "a job is a run or a description")
    try:
        asked = read_asked(data, server.limits)
    except Refusal as refusal:
        raise _Stop(422, refusal.problems) from None
    if kind == "run" and (key := server.cache.key_of(asked.digest)) is not None:
        session.ran(key, asked.sets)
        return JSONResponse({"state": "done", "key": key}, headers=_NO_STORE)
    if not server.rates.allow("run", session.id, server.limits.runs_by_session):
        raise _Stop(429, "too many runs; wait a minute")
    try:
        job = server.pool.submit(session.id, Task(kind, asked))
    except Full:
        raise _Stop(503, "the queue is full; try again in a moment") from None
    return JSONResponse({"state": job.state, "job": job.id}, 202, _NO_STORE)


def _follow(server: Server, request: Request) -> Response:
    session = _session(server, request)
    job = server.pool.job(session.id, request.path_params["id"])
    if job is None:
        raise _Stop(404, "there is no such job")
    head = {**_NO_STORE, "x-accel-buffering": "no"}
    return StreamingResponse(_events(server, session, job), media_type="text/event-stream", headers=head)


async def _events(server: Server, session: Session, job: Job) -> AsyncIterator[bytes]:
    """Progress as server-sent events until the job has ended."""
    told: dict[str, Any] = {}
    quiet = 0.0
    while True:
        said: dict[str, Any] = {"state": job.state, "done": job.done, "total": job.total}
        if job.state == "waiting":
            said["ahead"] = server.pool.ahead(job)
            said["warming"] = server.pool.ready <= 0
        if job.state == "failed":
            said["problems"] = job.problems
        if job.state == "done":
            if job.task.kind == "run":
                session.ran(job.key, job.task.asked.sets)
                said["key"] = job.key
            else:
                said["document"] = json.loads(job.body)
        if said != told:
            told, quiet = said, 0.0
            yield f"data: {json.dumps(said, ensure_ascii=False)}\n\n".encode()
        elif quiet > 10:
            quiet = 0.0
            yield b": still here\n\n"
        if job.ended:
            return
        quiet += _TICK
        await asyncio.sleep(_TICK)


def _cancel(server: Server, request: Request) -> Response:
    server.pool.cancel(_session(server, request).id)
    return JSONResponse({"state": "cancelled"}, headers=_NO_STORE)


def _run(server: Server, request: Request) -> Response:
    _session(server, request)
    kept = server.cache.get(request.path_params["key"])
    if kept is None:
        raise _Stop(404, "this run is no longer kept; run it again")
    return Response(kept.body, media_type="application/json", headers=_NO_STORE)


async def _why(server: Server, request: Request) -> Response:
    _session(server, request)
    kept = [server.cache.get(request.query_params.get(name, "")) for name in ("base", "ours")]
    if kept[0] is None or kept[1] is None:
        raise _Stop(404, "this run is no longer kept; run it again")
    base, ours = kept[0], kept[1]
    forced = _forced(request.query_params.get("decided", ""))
    rows = await run_in_threadpool(reasons, base.facts, ours.facts, forced)
    named = {**base.facts["dossiers"], **ours.facts["dossiers"]}
    for row in rows:
        row["title"], row["options"] = named[row["dossier"]]["title"], named[row["dossier"]]["options"]
    return JSONResponse({"reasons": rows}, headers=_NO_STORE)


def _forced(said: str) -> dict[str, int]:
    """`dossier:2,other:1` as a mapping; what cannot be read is left out."""
    pairs = (part.rpartition(":") for part in said[:4000].split(","))
    return {name: int(number) for name, _, number in pairs if number.isascii() and number.isdigit() and len(number) < 3}


# the class


async def _join(server: Server, request: Request) -> Response:
    session = _session(server, request, joined=False)
    if server.room is None:
        raise _Stop(404, "no class is held here")
    if session.team:
        return JSONResponse({"team": session.team}, headers=_NO_STORE)
    data = await _json(request)
    limits = server.limits
    within = server.rates.allow("join", session.id, limits.joins_by_session)
    if not within or not server.rates.allow("join", _address(request), limits.joins_by_address):
        raise _Stop(429, "too many tries; wait a minute")
    code = data.get("code", "") if isinstance(data, dict) else ""
    if not isinstance(code, str) or not server.room.joins(code[:64]):
        raise _Stop(403, "this is not the join code")
    session.team = server.room.next_team()
    return JSONResponse({"team": session.team}, headers=_NO_STORE)


async def _answer(server: Server, request: Request) -> Response:
    session = _session(server, request)
    data = await _json(request)
    if server.room is None or not session.team:
        raise _Stop(404, "no class is held here")
    key = data.get("key", "") if isinstance(data, dict) else ""
    kept = server.cache.get(key) if isinstance(key, str) else None
    if kept is None or key not in session.runs:
        raise _Stop(404, "run it first")
    if not kept.group.startswith(f"{server.scenario}||"):
        raise _Stop(409, "the class compares runs of its own scenario; choose it again")
    server.room.answers[session.team] = Answer(session.team, key, session.runs[key], kept.medians)
    return JSONResponse({"team": session.team, "answers": len(server.room.answers)}, headers=_NO_STORE)


async def _teacher(server: Server, request: Request) -> Response:
    session = _session(server, request, joined=False)
    data = await _json(request)
    if server.room is None:
        raise _Stop(404, "no class is held here")
    if not server.rates.allow("key", _address(request), server.limits.keys_by_address):
        raise _Stop(429, "too many tries; wait a minute")
    said = data.get("key", "") if isinstance(data, dict) else ""
    if not isinstance(said, str) or not server.room.is_teacher(said[:128]):
        raise _Stop(403, "this is not the teacher's key")
    session.teacher = True
    return JSONResponse({"teacher": True}, headers=_NO_STORE)


def _board(server: Server, request: Request) -> Response:
    room = _room(server, request)
    rows = [
        {"team": one.team, "medians": one.medians, "sets": list(one.sets)}
        for one in sorted(room.answers.values(), key=lambda one: one.team)
    ]
    teams = sum(bool(one.team) for one in server.sessions.all())
    return JSONResponse({"code": room.join_code, "teams": teams, "answers": rows}, headers=_NO_STORE)


def _export(server: Server, request: Request) -> Response:
    text = _room(server, request).csv()
    head = {**_NO_STORE, "content-disposition": 'attachment; filename="class.csv"'}
    return Response(text.encode("utf-8"), media_type="text/csv; charset=utf-8", headers=head)


def _reset(server: Server, request: Request) -> Response:
    _room(server, request).reset()
    return JSONResponse({"answers": 0}, headers=_NO_STORE)
