"""Thirty students at once, measured with real clients: `python -m benchmarks.serve [--clients 30] [--json]`.

A server is started as a class would start it. Each client opens the page and, within ten seconds of the others, asks
for a scenario that nobody has asked for (100 worlds x 60 months x 1,000 citizens), follows its progress to the end and
fetches the result; then it asks again for what is known. Meanwhile another client keeps opening the page. Waiting times
depend on the machine and on what else it does, so its load is told beside them, the time of one run alone, and the
processor seconds that a run took in the server and its workers, which hardly depend on other work.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

SCENARIO = "ukraine-war-2022"
WITHIN = 10.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve", description=__doc__)
    parser.add_argument("--clients", type=int, default=30)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    command = [sys.executable, "-m", "multivector", "serve", SCENARIO, "--port", "0", "--json"]
    command += ["--workers", str(asked.workers), "--hours", "0.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            said = "".join(iter(process.stdout.readline, "}\n")) + "}"
            found = asyncio.run(
                measure(json.loads(said)["urls"][0].rstrip("/"), process.pid, asked.clients, asked.worlds)
            )
        finally:
            process.terminate()
            process.wait(20)
    print(json.dumps(found, indent=2) if asked.json else report(found))


async def measure(home: str, server: int, clients: int, worlds: int) -> dict[str, Any]:
    """All clients at once; times in seconds."""
    alone_client = await visitor(home)
    await student(alone_client, worlds, 0.999)  # the workers are warm when this is done
    alone = await student(alone_client, worlds, 0.998)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    stop = asyncio.Event()
    pages = asyncio.create_task(open_pages(home, stop))
    draw = random.Random(7)
    all_clients = [await visitor(home) for _ in range(clients)]

    async def one(n: int) -> dict[str, float]:
        await asyncio.sleep(draw.uniform(0, WITHIN))
        return await student(all_clients[n], worlds, round(n / clients * 0.9, 4))

    busy = processor_seconds(server)
    runs = await asyncio.gather(*(one(n) for n in range(clients)))
    busy = processor_seconds(server) - busy
    stop.set()
    page_times = await pages
    cached = [await student(client, worlds, round(n / clients * 0.9, 4)) for n, client in enumerate(all_clients)]
    for client in [alone_client, *all_clients]:
        await client.aclose()
    return {
        "clients": clients,
        "worlds": worlds,
        "load_before": round(load, 1),
        "cores": os.cpu_count(),
        "alone": round(alone["all"], 2),
        "processor_seconds_a_run": round(busy / clients, 2),
        "uncached": shares([one["all"] for one in runs]),
        "first_progress": shares([one["first"] for one in runs]),
        "longest_silence": shares([one["silence"] for one in runs]),
        "cached": shares([one["all"] for one in cached]),
        "page": shares(page_times),
    }


def processor_seconds(process: int) -> float:
    """What a process and its children have used so far; NaN where the system does not tell (only Linux does)."""
    found, waiting = 0.0, [process]
    try:
        while waiting:
            one = waiting.pop()
            said = Path(f"/proc/{one}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            found += (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text(encoding="ascii").split()]
    except (OSError, ValueError, AttributeError):
        return float("nan")
    return found


async def visitor(home: str) -> httpx.AsyncClient:
    """A browser that has opened the page."""
    client = httpx.AsyncClient(base_url=home, headers={"origin": home}, timeout=300)
    (await client.get("/")).raise_for_status()
    return client


async def student(client: httpx.AsyncClient, worlds: int, listening: float) -> dict[str, float]:
    """One run to its result: seconds in all, to the first word of progress, and the longest silence."""
    began = last = time.perf_counter()
    first = silence = 0.0
    body = {"scenario": SCENARIO, "sets": [f"doctrine.listening={listening}"], "worlds": worlds}
    said = (await client.post("/api/jobs", json=body)).raise_for_status().json()
    if said["state"] != "done":
        async with client.stream("GET", f"/api/jobs/{said['job']}") as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    now = time.perf_counter()
                    silence, last = max(silence, now - last), now
                    first = first or now - began
                    said = json.loads(line[6:])
    assert said["state"] == "done", said
    (await client.get(f"/api/runs/{said['key']}")).raise_for_status()
    return {"all": time.perf_counter() - began, "first": first, "silence": silence}


async def open_pages(home: str, stop: asyncio.Event) -> list[float]:
    """How long the page takes to open, again and again."""
    found = []
    async with httpx.AsyncClient(base_url=home, timeout=60) as client:
        while not stop.is_set():
            began = time.perf_counter()
            (await client.get("/")).raise_for_status()
            found.append(time.perf_counter() - began)
            await asyncio.sleep(0.25)
    return found


def shares(values: list[float]) -> dict[str, float]:
    """Median, 95th percentile and largest."""
    ordered = sorted(values)
    place = max(0, -(-95 * len(ordered) // 100) - 1)
    return {"p50": round(ordered[len(ordered) // 2], 3), "p95": round(ordered[place], 3), "max": round(ordered[-1], 3)}


def report(found: dict[str, Any]) -> str:
    """What was measured, as text."""
    lines = [
        f"{found['clients']} clients, {found['worlds']} worlds each",
        f"load {found['load_before']} on {found['cores']} cores; one run alone: {found['alone']} s",
        f"processor seconds a run, server and workers: {found['processor_seconds_a_run']}",
    ]
    for name in ("uncached", "first_progress", "longest_silence", "cached", "page"):
        one = found[name]
        lines.append(
            f"{name.replace('_', ' '):16} p50 {one['p50']:7.3f}  p95 {one['p95']:7.3f}  max {one['max']:7.3f} s"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
