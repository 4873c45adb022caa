"""The reference workload written for other libraries, each in its own idiom, all from the same start.

A builder takes a `Start` and gives a `Peer`: a step, and the aggregates after the last one. Mesa and AgentPy move
their agents in random order, one after the other (their idiom); the rest moves all at once, as the kernel does.
Means agree either way, which `tests/benchmarks` checks.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import reference as ref
from benchmarks.reference import Aggregates, Start

__all__ = ["PEERS", "Missing", "Peer", "frames_seconds"]


class Missing(Exception):
    """A library that is not installed."""


@dataclass(frozen=True)
class Peer:
    """One implementation, ready to run."""

    step: Callable[[], None]
    aggregates: Callable[[], Aggregates]


def _graph(start: Start) -> Any:
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(start.grievance.size))
    source = np.repeat(np.arange(start.grievance.size), np.diff(start.ptr))
    graph.add_edges_from(zip(source.tolist(), start.idx.tolist(), strict=True))
    return graph


def _live(agent: Any, acquaintances: list[Any], uniform: Callable[[float, float], float]) -> None:
    """One citizen's step, as both object libraries run it."""
    opinions = agent.opinions
    for k, message in enumerate(ref.MEDIA):
        own, toward, heard = opinions[k], 0.0, 0
        for other in acquaintances:
            gap = other.opinions[k] - own
            if abs(gap) < ref.CONFIDENCE:
                toward += gap
                heard += 1
        moved = own + ref.MEDIA_RATE * (message - own) + uniform(-ref.NOISE, ref.NOISE)
        if heard:
            moved += ref.INFLUENCE * toward / heard
        opinions[k] = min(1.0, max(-1.0, moved))
    missing = (1.0 - opinions[0]) / 2.0
    felt = agent.grievance + ref.GRIEVANCE_RATE * (ref.STRAIN - agent.grievance) + ref.SALIENCE * missing * missing
    agent.grievance = min(1.0, max(0.0, felt))
    share = sum(other.active for other in acquaintances) / max(len(acquaintances), 1)
    agent.active = agent.grievance - ref.FEAR + ref.WEIGHT * share > agent.threshold


def _over(agents: Any, count: int) -> Aggregates:
    means = tuple(sum(a.opinions[k] for a in agents) / count for k in range(ref.OPINIONS))
    return Aggregates(means, sum(a.grievance for a in agents) / count, sum(a.active for a in agents) / count)


def mesa_peer(start: Start) -> Peer:
    """Mesa: agents on a `Network` of cells, `shuffle_do`, a `DataCollector`."""
    import mesa
    from mesa.discrete_space import FixedAgent, Network

    class Citizen(FixedAgent):
        def __init__(self, model: Any, cell: Any, opinions: list[float], grievance: float, threshold: float) -> None:
            super().__init__(model)
            self.cell, self.opinions, self.grievance, self.threshold = cell, opinions, grievance, threshold
            self.active = False

        def step(self) -> None:
            _live(self, list(self.cell.neighborhood.agents), self.random.uniform)

    class Society(mesa.Model):
        def __init__(self) -> None:
            super().__init__(rng=1)
            plain = {} if mesa.__version__ < "3.4" else {"layout": None}  # a layout takes minutes
            network = Network(_graph(start), capacity=1, random=self.random, **plain)
            rows = zip(start.opinions.tolist(), start.grievance.tolist(), start.threshold.tolist(), strict=True)
            for i, row in enumerate(rows):
                Citizen(self, network[i], *row)
            self.collector = mesa.DataCollector({"means": lambda model: _over(model.agents, len(model.agents))})

        def step(self) -> None:
            self.agents.shuffle_do("step")
            self.collector.collect(self)

    model = Society()
    return Peer(model.step, lambda: model.collector.model_vars["means"][-1])


def agentpy_peer(start: Start) -> Peer:
    """AgentPy: an `AgentList` on an `ap.Network`, shuffled each step, `record`."""
    try:
        import agentpy as ap
    except ImportError as error:
        raise Missing("agentpy is not installed: pip install -e .[benchmarks]") from error

    class Citizen(ap.Agent):
        def setup(self) -> None:
            self.active = False

        def live(self) -> None:
            _live(self, self.model.network.neighbors(self).to_list(), self.model.random.uniform)

    class Society(ap.Model):
        def setup(self) -> None:
            self.agents = ap.AgentList(self, start.grievance.size, Citizen)
            rows = zip(start.opinions.tolist(), start.grievance.tolist(), start.threshold.tolist(), strict=True)
            for agent, (opinions, grievance, threshold) in zip(self.agents, rows, strict=True):
                agent.opinions, agent.grievance, agent.threshold = opinions, grievance, threshold
            self.network = ap.Network(self, _graph(start))
            self.network.add_agents(self.agents, self.network.nodes)

        def step(self) -> None:
            self.agents.shuffle().live()

        def update(self) -> None:
            self.means = _over(self.agents, len(self.agents))
            self.record("protest", self.means.protest)

    model = Society({"steps": 10**9, "seed": 1})
    model.sim_setup()
    return Peer(model.sim_step, lambda: model.means)


class _Arrays:
    """What the two array forms share: everything but the sums over acquaintances. float32 throughout."""

    def __init__(self, start: Start) -> None:
        self.opinions, self.grievance, self.threshold = start.opinions.copy(), start.grievance.copy(), start.threshold
        self.ptr, self.idx = start.ptr, start.idx
        self.degree = np.diff(start.ptr).astype(np.float32)
        self.source = np.repeat(np.arange(start.grievance.size, dtype=np.int32), np.diff(start.ptr))
        self.active = np.zeros(start.grievance.size, dtype=np.float32)
        self.rng = np.random.default_rng(0)
        self.media = np.array(ref.MEDIA, dtype=np.float32)

    def finish(self, toward: Any, heard: Any, around: Any) -> None:
        x, f = self.opinions, np.float32
        noise = (self.rng.random(x.shape, dtype=np.float32) * f(2.0) - f(1.0)) * f(ref.NOISE)
        pulled = x + f(ref.INFLUENCE) * toward / np.maximum(heard, f(1.0)) + f(ref.MEDIA_RATE) * (self.media - x)
        self.opinions = np.clip(pulled + noise, -1.0, 1.0)
        missing = (f(1.0) - self.opinions[:, 0]) * f(0.5)
        felt = self.grievance + f(ref.GRIEVANCE_RATE) * (f(ref.STRAIN) - self.grievance)
        self.grievance = np.clip(felt + f(ref.SALIENCE) * missing * missing, 0.0, 1.0)
        urge = self.grievance - f(ref.FEAR) + f(ref.WEIGHT) * around / np.maximum(self.degree, f(1.0))
        self.active = (urge > self.threshold).astype(np.float32)
        self.means = Aggregates(
            tuple(self.opinions.mean(axis=0, dtype=np.float64).tolist()),
            float(self.grievance.mean(dtype=np.float64)),
            float(self.active.mean()),
        )


def numpy_peer(start: Start) -> Peer:
    """NumPy: one row for each tie, sums by `add.reduceat`."""
    arrays = _Arrays(start)
    first = start.ptr[:-1]

    def step() -> None:
        x = arrays.opinions
        gap = x[arrays.idx] - x[arrays.source]
        near = np.abs(gap) < ref.CONFIDENCE
        gap *= near
        toward = np.add.reduceat(gap, first, axis=0)
        heard = np.add.reduceat(near, first, axis=0, dtype=np.float32)
        arrays.finish(toward, heard, np.add.reduceat(arrays.active[arrays.idx], first))

    return Peer(step, lambda: arrays.means)


def scipy_peer(start: Start) -> Peer:
    """SciPy: who is near enough as a sparse matrix for each opinion, sums as its products."""
    try:
        from scipy import sparse
    except ImportError as error:
        raise Missing("scipy is not installed: pip install -e .[benchmarks]") from error
    arrays, n = _Arrays(start), start.grievance.size
    everybody = sparse.csr_array((np.ones(start.idx.size, dtype=np.float32), start.idx, start.ptr), shape=(n, n))
    one = np.ones(n, dtype=np.float32)

    def step() -> None:
        x = arrays.opinions
        toward, heard = np.empty_like(x), np.empty_like(x)
        for k in range(ref.OPINIONS):
            own = np.ascontiguousarray(x[:, k])
            near = (np.abs(own[arrays.idx] - own[arrays.source]) < ref.CONFIDENCE).astype(np.float32)
            ties = sparse.csr_array((near, start.idx, start.ptr), shape=(n, n))
            heard[:, k] = ties @ one
            toward[:, k] = ties @ own - heard[:, k] * own
        arrays.finish(toward, heard, everybody @ arrays.active)

    return Peer(step, lambda: arrays.means)


PEERS: dict[str, Callable[[Start], Peer]] = {
    "Mesa, shuffle_do": mesa_peer,
    "AgentPy": agentpy_peer,
    "NumPy": numpy_peer,
    "SciPy": scipy_peer,
}


def frames_seconds(start: Start, python: str | None, steps: int, rounds: int) -> dict[str, Any]:
    """mesa-frames, in an interpreter of its own because it pins an old numpy.

    Returns the CPU and the wall seconds of its best step (Polars runs on all processors), and its aggregates.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "start.npz"
        np.savez(
            path, opinions=start.opinions, grievance=start.grievance, threshold=start.threshold, ptr=start.ptr,
            idx=start.idx, numbers=np.array([
                ref.CONFIDENCE, ref.INFLUENCE, ref.MEDIA_RATE, ref.NOISE, ref.GRIEVANCE_RATE, ref.STRAIN,
                ref.SALIENCE, ref.WEIGHT, ref.FEAR,
            ]), media=np.array(ref.MEDIA),
        )  # fmt: skip
        script = Path(__file__).with_name("frames.py")
        command = [python or sys.executable, str(script), str(path), str(steps), str(rounds)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 3:
        raise Missing("mesa-frames is not installed: give --frames-python, an interpreter that has it")
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "mesa-frames failed")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    found["aggregates"] = Aggregates(tuple(found["opinions"]), found["grievance"], found["protest"])
    return found
