"""From the recorder's arrays to tidy tables (columns are documented in docs/json.md and `Ensemble`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multivector.agents.cast import DOMAINS
from multivector.numerics import Floats, logistic
from multivector.outcomes import (
    COMPONENTS,
    CONSTITUENCIES,
    KIND_NAMES,
    MOVES,
    WORLD_MEASURES,
    Recorder,
    _Batch,
)
from multivector.politics.cases import CASE_KINDS, SETTLING_MOVES
from multivector.politics.state import CAUSES

__all__ = ["DECISION_COLUMNS", "Tables", "build_tables", "stacked"]

_S = len(SETTLING_MOVES)
_HAZARDS = [f"hazard_{cause}_{when}" for when in ("before", "after") for cause in CAUSES]
DECISION_COLUMNS = [
    "world", "month", "date", "decision", "dossier", "title", "kind", "domain", "initiator", "n_options", "option",
    "option_name", "position", "move", "announced", "probability", "months_open", "ballooned", "vetoed", "replayed",
    *_HAZARDS, *(f"congruence_{name}" for name in CONSTITUENCIES),
]  # fmt: skip
ACTION_COLUMNS = ["world", "decision", "action", "option", "announced", "move", "probability", "cost"]
ACTION_COLUMNS += [f"cost_{name}" for name in COMPONENTS]
WISH_COLUMNS = ["world", "decision", "constituency", "kind", "wish", "salience", "weight"]
EVENT_COLUMNS = ["world", "month", "date", "kind", "subject", "title", "severity"]
ELECTION_COLUMNS = ["world", "month", "date", "election", "candidate", "admitted", "votes", "counted", "won"]


class Tables(MutableMapping[str, pd.DataFrame]):
    """Tables by name, each made when it is first asked for; one can be put in the place of another as in a dict."""

    def __init__(self, makers: Mapping[str, Callable[[], pd.DataFrame]]) -> None:
        self._tables: dict[str, pd.DataFrame | Callable[[], pd.DataFrame]] = dict(makers)

    def __getitem__(self, name: str) -> pd.DataFrame:
        found = self._tables[name]
        if not isinstance(found, pd.DataFrame):
            self._tables[name] = found = found()
        return found

    def __setitem__(self, name: str, table: pd.DataFrame) -> None:
        self._tables[name] = table

    def __delitem__(self, name: str) -> None:
        del self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __reduce__(self) -> tuple[type[dict[str, pd.DataFrame]], tuple[dict[str, pd.DataFrame]]]:
        return dict, (dict(self),)


def build_tables(recorder: Recorder, start: str) -> Tables:
    """All tables of a run but `influence`, by name."""
    dates = pd.date_range(f"{start}-01", periods=recorder.months, freq="MS")
    done = recorder.month + 1
    return Tables(
        {
            "worlds": lambda: _worlds(recorder, dates, done),
            "ties": lambda: _ties(recorder, dates, done),
            "attitudes": lambda: _attitudes(recorder, dates, done),
            "assembly": lambda: _assembly(recorder, dates, done),
            "decisions": lambda: _decisions(recorder, dates),
            "actions": lambda: _actions(recorder, dates),
            "wishes": lambda: _wishes(recorder, dates),
            "events": lambda: _events(recorder, dates),
            "elections": lambda: _elections(recorder, dates),
        }
    )


def stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Stack tables; categories that differ between blocks are united."""
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    if len(filled) == 1:
        return filled[0].reset_index(drop=True)
    columns: dict[str, Any] = {}
    for name in filled[0].columns:
        parts = [frame[name] for frame in filled]
        if isinstance(parts[0].dtype, pd.CategoricalDtype):
            columns[name] = pd.api.types.union_categoricals([part.array for part in parts], sort_categories=False)
        else:
            columns[name] = pd.concat(parts, ignore_index=True)
    return pd.DataFrame(columns)


def _categories(codes: Any, names: list[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(np.asarray(codes, dtype=np.int64), categories=pd.Index(names, dtype="str"))


def _worlds(recorder: Recorder, dates: pd.DatetimeIndex, done: int) -> pd.DataFrame:
    worlds, count = recorder.worlds, len(recorder.worlds)
    month = np.tile(np.arange(done), count)
    frame: dict[str, Any] = {"world": np.repeat(worlds, done), "month": month, "date": dates[month]}
    values = np.ascontiguousarray(recorder.measures[:done].transpose(2, 1, 0)).reshape(len(WORLD_MEASURES), -1)
    for index, name in enumerate(WORLD_MEASURES):
        frame[name] = values[index]
    frame["dependence_power"] = _categories(recorder.dependence_power[:done].T.ravel(), list(recorder.cast.powers))
    frame["president"] = recorder.president[:done].T.ravel()
    frame["lost"] = _categories(recorder.lost[:done].T.ravel() + 1, ["", *CAUSES])
    return pd.DataFrame(frame)


def _ties(recorder: Recorder, dates: pd.DatetimeIndex, done: int) -> pd.DataFrame:
    worlds, powers = recorder.worlds, recorder.cast.powers
    shape = (len(worlds), done, len(powers), len(DOMAINS))
    values = recorder.ties[:done].transpose(1, 2, 0, 3, 4).reshape(3, -1)  # (3, W, M, P, D) flat
    trade = np.full(shape, np.nan)
    trade[..., DOMAINS.index("economy")] = recorder.trade[:done].transpose(1, 0, 2)
    grid = np.indices(shape).reshape(4, -1)
    return pd.DataFrame(
        {
            "world": worlds[grid[0]],
            "month": grid[1],
            "date": dates[grid[1]],
            "power": _categories(grid[2], list(powers)),
            "domain": _categories(grid[3], list(DOMAINS)),
            "tie": values[0],
            "engagement": values[1],
            "pressure": values[2],
            "trade": trade.ravel(),
        }
    )


def _attitudes(recorder: Recorder, dates: pd.DatetimeIndex, done: int) -> pd.DataFrame:
    worlds, powers = recorder.worlds, recorder.cast.powers
    values = recorder.attitudes[:done].transpose(1, 2, 0, 3).reshape(2, -1)  # (2, W, M, P) flat
    grid = np.indices((len(worlds), done, len(powers))).reshape(3, -1)
    return pd.DataFrame(
        {
            "world": worlds[grid[0]],
            "month": grid[1],
            "date": dates[grid[1]],
            "power": _categories(grid[2], list(powers)),
            "attitude": values[0],
            "spread": values[1],
        }
    )


def _assembly(recorder: Recorder, dates: pd.DatetimeIndex, done: int) -> pd.DataFrame:
    """Agreement in votes with the powers whose votes are on record; the others have no rows."""
    worlds, powers = recorder.worlds, recorder.cast.powers
    voting = np.flatnonzero(recorder.cast.votes)
    grid = np.indices((len(worlds), done, len(voting))).reshape(3, -1)
    return pd.DataFrame(
        {
            "world": worlds[grid[0]],
            "month": grid[1],
            "date": dates[grid[1]],
            "power": _categories(voting[grid[2]], list(powers)),
            "agreement": recorder.assembly[:done].transpose(1, 0, 2)[:, :, voting].ravel(),
        }
    )


def _events(recorder: Recorder, dates: pd.DatetimeIndex) -> pd.DataFrame:
    if not recorder.events:
        return pd.DataFrame(columns=EVENT_COLUMNS)
    sizes = [len(entry[1]) for entry in recorder.events]
    world = recorder.worlds[np.concatenate([entry[1] for entry in recorder.events])]
    month = np.repeat([entry[0] for entry in recorder.events], sizes)
    order = np.lexsort([month, world])
    frame: dict[str, Any] = {"world": world[order], "month": month[order], "date": dates[month[order]]}
    for column, name in ((2, "kind"), (3, "subject"), (4, "title")):
        known = list(dict.fromkeys(str(entry[column]) for entry in recorder.events))
        codes = [known.index(str(entry[column])) for entry in recorder.events]
        frame[name] = _categories(np.repeat(codes, sizes)[order], known)
    frame["severity"] = np.repeat([float(entry[5]) for entry in recorder.events], sizes)[order]
    return pd.DataFrame(frame)[EVENT_COLUMNS]


def _elections(recorder: Recorder, dates: pd.DatetimeIndex) -> pd.DataFrame:
    if not recorder.counts:
        return pd.DataFrame(columns=ELECTION_COLUMNS)
    worlds, frames = len(recorder.worlds), []
    for month, ballot, count in recorder.counts:
        people = len(ballot.candidates)
        code = np.tile(np.arange(people), worlds)
        frames.append(
            pd.DataFrame(
                {
                    "world": np.repeat(recorder.worlds, people),
                    "month": month,
                    "date": dates[month],
                    "election": _categories(np.zeros(code.size), [ballot.name]),
                    "candidate": _categories(code, list(ballot.candidates)),
                    "admitted": np.tile(ballot.admitted, worlds),
                    "votes": count.votes.ravel(),
                    "counted": count.counted.ravel(),
                    "won": (count.winner[:, None] == np.arange(people)).ravel(),
                }
            )
        )
    return stacked(frames).sort_values(["world", "month"], kind="stable", ignore_index=True)[ELECTION_COLUMNS]


def _labels(recorder: Recorder, dates: pd.DatetimeIndex) -> tuple[list[str], list[NDArray[np.int64]]]:
    """Names of all decisions, `dossier@YYYY-MM`, and each batch's codes into them, (B,)."""
    months = dates.strftime("%Y-%m")
    labels: list[str] = []
    known: dict[tuple[int, int], int] = {}
    codes = []
    for batch in recorder.batches:
        entries = batch.case.entry.tolist()
        for entry in sorted(set(entries)):
            if (entry, batch.month) not in known:
                known[entry, batch.month] = len(labels)
                labels.append(f"{recorder.catalogue[entry][0]}@{months[batch.month]}")
        codes.append(np.array([known[entry, batch.month] for entry in entries], dtype=np.int64))
    return labels, codes


def _joined(parts: list[dict[str, Any]], labels: list[str]) -> dict[str, Any]:
    """Columns of all batches, sorted by world; `code` becomes the decision's name."""
    world = np.concatenate([part["world"] for part in parts])
    # batches come in order of time, rows of a batch in order of action or constituency
    order = np.argsort(world, kind="stable")
    data: dict[str, Any] = {name: np.concatenate([part[name] for part in parts])[order] for name in parts[0]}
    data["decision"] = _categories(data.pop("code"), labels)
    return data


def _decisions(recorder: Recorder, dates: pd.DatetimeIndex) -> pd.DataFrame:
    if not recorder.batches:
        return pd.DataFrame(columns=DECISION_COLUMNS)
    labels, codes = _labels(recorder, dates)
    option_names: dict[str, int] = {"": 0}
    parts = [_decision_rows(recorder, *batch, option_names) for batch in zip(recorder.batches, codes, strict=True)]
    data = _joined(parts, labels)
    titles = list(dict.fromkeys(title for _, title in recorder.catalogue))
    title_codes = np.array([titles.index(title) for _, title in recorder.catalogue], dtype=np.int64)
    entry = data.pop("entry")
    data["dossier"] = _categories(entry, [name for name, _ in recorder.catalogue])
    data["title"] = _categories(title_codes[entry], titles)
    data["domain"] = _categories(data["domain"], [*DOMAINS, "domestic"])
    data["initiator"] = _categories(data["initiator"] + 1, ["", *recorder.cast.powers])
    data["date"] = dates[data["month"]]
    data["kind"] = _categories(data["kind"], list(CASE_KINDS))
    data["move"] = _categories(data["move"], list(MOVES))
    data["option_name"] = _categories(data["option_name"], list(option_names))
    return pd.DataFrame({name: data[name] for name in DECISION_COLUMNS})


def _actions(recorder: Recorder, dates: pd.DatetimeIndex) -> pd.DataFrame:
    if not recorder.batches:
        return pd.DataFrame(columns=ACTION_COLUMNS)
    labels, codes = _labels(recorder, dates)
    parts = [_action_rows(recorder, *batch) for batch in zip(recorder.batches, codes, strict=True)]
    data = _joined(parts, labels)
    data["move"] = _categories(data["move"], list(MOVES))
    return pd.DataFrame({name: data[name] for name in ACTION_COLUMNS})


def _wishes(recorder: Recorder, dates: pd.DatetimeIndex) -> pd.DataFrame:
    if not recorder.batches:
        return pd.DataFrame(columns=WISH_COLUMNS)
    labels, codes = _labels(recorder, dates)
    parts = [_wish_rows(recorder, *batch) for batch in zip(recorder.batches, codes, strict=True)]
    data = _joined(parts, labels)
    kinds = [*KIND_NAMES.values(), "public", "power"]
    kind_codes = np.array(
        [*(kinds.index(KIND_NAMES[int(k)]) for k in recorder.cast.kind), kinds.index("public")]
        + [kinds.index("power")] * len(recorder.cast.powers)
    )
    who = data["constituency"]
    data["kind"] = _categories(kind_codes[who], kinds)
    data["constituency"] = _categories(who, [*recorder.cast.actors, "public", *recorder.cast.powers])
    return pd.DataFrame({name: data[name] for name in WISH_COLUMNS})


def _decision_rows(recorder: Recorder, batch: _Batch, code: Any, option_names: dict[str, int]) -> dict[str, Any]:
    case = batch.case
    rows = np.arange(len(case.rows))
    option = batch.action // _S
    settled = option < case.options
    balloon = batch.action == case.options * _S + 1
    move = np.where(settled, batch.action % _S, np.where(balloon, _S + 1, _S))
    names = np.array([option_names.setdefault(name, len(option_names)) for name in ("", *case.option_names)])
    data: dict[str, Any] = {
        "world": recorder.worlds[case.rows],
        "month": np.full(len(rows), batch.month),
        "code": code,
        "entry": case.entry,
        "kind": np.full(len(rows), CASE_KINDS.index(case.kind)),
        "domain": case.domain,
        "initiator": case.initiator,
        "n_options": np.full(len(rows), case.options),
        "option": np.where(settled, option + 1, 0),
        "option_name": names[np.where(settled, option + 1, 0)],
        "position": batch.outcome,
        "move": move,
        "announced": np.where(balloon, batch.announced + 1, 0),
        "probability": batch.probability[rows, batch.action],
        "months_open": case.months_open,
        "ballooned": case.ballooned,
        "vetoed": batch.vetoed,
        "replayed": batch.replayed,
    }
    before, after = logistic(batch.logit_before), logistic(batch.logit_after)
    for index, cause in enumerate(CAUSES):
        data[f"hazard_{cause}_before"] = before[:, index]
        data[f"hazard_{cause}_after"] = after[:, index]
    for index, name in enumerate(CONSTITUENCIES):
        data[f"congruence_{name}"] = 1.0 - np.abs(batch.bodies[:, index] - batch.outcome)
    return data


def _action_rows(recorder: Recorder, batch: _Batch, code: Any) -> dict[str, Any]:
    case = batch.case
    count = batch.cost.shape[1]
    row, action = np.nonzero(np.isfinite(batch.cost))
    option = action // _S
    settled = option < case.options
    balloon = action == count - 1
    parts = batch.parts[row, action]
    data: dict[str, Any] = {
        "world": recorder.worlds[case.rows[row]],
        "code": code[row],
        "action": action,
        "option": np.where(settled, option + 1, 0),
        "announced": np.where(balloon, batch.announced[row] + 1, 0),
        "move": np.where(settled, action % _S, np.where(balloon, _S + 1, _S)),
        "probability": batch.probability[row, action],
        "cost": batch.cost[row, action],
    }
    for index, name in enumerate(COMPONENTS):
        data[f"cost_{name}"] = parts[:, index]
    return data


def _wish_rows(recorder: Recorder, batch: _Batch, code: Any) -> dict[str, Any]:
    case, cast = batch.case, recorder.cast
    present = [*range(len(cast.actors) - (0 if cast.elder else 1))]
    actors, powers = len(cast.actors), len(cast.powers)
    cares = case.power_salience > 0
    wish = np.concatenate(
        [batch.positions.wish, batch.public_wish[:, None], np.where(cares, case.power_wish, np.nan)], axis=1
    )
    salience = np.concatenate([batch.positions.salience, batch.public_salience[:, None], case.power_salience], axis=1)
    columns = np.array([*present, actors, *range(actors + 1, actors + 1 + powers)])
    batch_size = len(case.rows)

    def flat(values: Floats) -> Floats:
        return np.ascontiguousarray(values[:, columns]).ravel()

    return {
        "world": np.repeat(recorder.worlds[case.rows], len(columns)),
        "code": np.repeat(code, len(columns)),
        "constituency": np.tile(columns, batch_size),
        "wish": 1.0 + flat(wish) * (case.options - 1),
        "salience": flat(salience),
        "weight": flat(batch.weight),
    }
