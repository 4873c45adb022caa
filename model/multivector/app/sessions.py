"""Who is there: browsers without names, their limits, and the class's answers. All in memory, all gone at the stop."""

from __future__ import annotations

import csv
import io
import secrets
import time
from collections import deque
from dataclasses import dataclass, field

from multivector.app.limits import Limits

__all__ = ["TEAMS", "Answer", "ClassRoom", "Rates", "Session", "Sessions", "safe_cell"]

TEAMS = (
    "Saiga", "Snow leopard", "Golden eagle", "Argali", "Steppe fox", "Crane", "Flamingo", "Marmot", "Lynx", "Falcon",
    "Kulan", "Pelican", "Hedgehog", "Wolf", "Maral", "Swan", "Bustard", "Tortoise", "Ibex", "Corsac", "Heron", "Owl",
    "Badger", "Jerboa", "Stork", "Otter", "Kestrel", "Hare", "Beaver", "Sable", "Lark", "Plover", "Osprey", "Weasel",
    "Perch", "Sturgeon", "Nightingale", "Cuckoo", "Swallow", "Raven",
)  # fmt: skip
"""Names that teams get; nobody types one."""
_CODE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class Rates:
    """Events a minute by some name, counted in a sliding window and bounded in names."""

    def __init__(self, most_names: int = 4096) -> None:
        self.most_names = most_names
        self._seen: dict[tuple[str, str], deque[float]] = {}

    def allow(self, kind: str, who: str, most: int) -> bool:
        """Count one event, and say whether it is within the limit."""
        now = time.monotonic()
        if len(self._seen) > self.most_names:
            self._seen = {key: times for key, times in self._seen.items() if times and now - times[-1] < 60}
        times = self._seen.setdefault((kind, who), deque())
        while times and now - times[0] > 60:
            times.popleft()
        if len(times) >= most:
            return False
        times.append(now)
        return True


@dataclass
class Session:
    """One browser: a random name, its team once it has joined, the runs that it made."""

    id: str
    seen: float
    team: str = ""
    teacher: bool = False
    runs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Key of a run → the changes that it was asked with; the last sixty."""

    def ran(self, key: str, sets: tuple[str, ...]) -> None:
        """Note a run, so that only what a browser ran itself can be handed in."""
        self.runs.pop(key, None)
        self.runs[key] = sets
        while len(self.runs) > 60:
            del self.runs[next(iter(self.runs))]


class Sessions:
    """All browsers that are here; old ones are forgotten."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._all: dict[str, Session] = {}

    def get(self, name: str) -> Session | None:
        """A session by its cookie, if it is not too old."""
        found = self._all.get(name)
        if found is None or time.monotonic() - found.seen > self.limits.session_seconds:
            self._all.pop(name, None)
            return None
        found.seen = time.monotonic()
        return found

    def new(self) -> Session | None:
        """A new browser, or None when there are too many."""
        now = time.monotonic()
        if len(self._all) >= self.limits.sessions:
            idle = [one for one in self._all.values() if not one.team and not one.teacher and now - one.seen > 900]
            for one in idle or []:
                del self._all[one.id]
            if len(self._all) >= self.limits.sessions:
                return None
        found = Session(secrets.token_urlsafe(24), now)
        self._all[found.id] = found
        return found

    def all(self) -> list[Session]:
        """Everybody who is here."""
        return list(self._all.values())

    def clear(self) -> None:
        """Forget everybody."""
        self._all.clear()


@dataclass(frozen=True)
class Answer:
    """What a team handed in: its changes, the key of its run, the medians at the end."""

    team: str
    key: str
    sets: tuple[str, ...]
    medians: dict[str, float]


class ClassRoom:
    """A class: two secrets that differ, teams without names, the latest answer of each."""

    def __init__(self) -> None:
        self.join_code = "".join(secrets.choice(_CODE) for _ in range(6))
        self.key = secrets.token_urlsafe(24)
        self.answers: dict[str, Answer] = {}
        self._given = 0
        self._order = list(TEAMS)
        secrets.SystemRandom().shuffle(self._order)

    def joins(self, said: str) -> bool:
        """Whether this is the join code."""
        return secrets.compare_digest(said.strip().upper().encode(), self.join_code.encode())

    def is_teacher(self, said: str) -> bool:
        """Whether this is the teacher's key."""
        return secrets.compare_digest(said.strip().encode(), self.key.encode())

    def next_team(self) -> str:
        """A team's name from the list; a number follows when the list is used up."""
        turn, at = divmod(self._given, len(self._order))
        self._given += 1
        return self._order[at] if turn == 0 else f"{self._order[at]} {turn + 1}"

    def reset(self) -> None:
        """Forget the answers; teams stay."""
        self.answers.clear()

    def csv(self) -> str:
        """The answers as CSV, in order of teams; nothing in it can become a formula."""
        names = sorted({name for one in self.answers.values() for name in one.medians})
        out = io.StringIO()
        write = csv.writer(out, lineterminator="\r\n")
        write.writerow(["team", *names, "changes"])
        for team in sorted(self.answers):
            one = self.answers[team]
            row = [safe_cell(team), *(f"{one.medians.get(name, float('nan')):.6g}" for name in names)]
            write.writerow([*row, safe_cell("; ".join(one.sets))])
        return "\ufeff" + out.getvalue()


def safe_cell(text: str) -> str:
    """A text that a spreadsheet takes for a text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
