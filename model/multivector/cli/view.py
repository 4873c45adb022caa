"""How results look on a terminal: rich renderables, built from the plain documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from multivector.lab.explain import ADDED, PARTS
from multivector.lab.measures import CAUSE_WORDS, OUTCOMES

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType
    from rich.table import Table

    from multivector.lab.store import StoredRun
    from multivector.scenario import Scenario

__all__ = [
    "LEVELS_SHOWN",
    "bullets",
    "comparison_view",
    "decisions_view",
    "explanation_view",
    "figure",
    "scenario_view",
    "summary_view",
    "table_of",
    "titled",
]

LEVELS_SHOWN = (
    "total_engagement",
    "openness",
    "dependence",
    "autonomy",
    "approval",
    "protest",
    "income",
    "elite_loyalty",
    "congruence_public",
    "congruence_informal",
    "congruence_formal",
    "hazard",
    "hazard_annual",
)
"""The outcomes that the terminal shows; the JSON document and the tables hold all."""
_FINE = {"hazard", "hazard_annual", "hazard_elite", "hazard_mass", "hazard_outside", "protest"}
"""Outcomes so small that they are shown as percentages."""
_MOST_CONSTITUENCIES = 16
_DOMAINS = ("politics", "economy", "security")


def figure(value: float | None, name: str = "", *, sign: bool = False) -> str:
    """A figure for people; with `sign` it is a change, which gets one digit more."""
    if value is None or value != value:
        return "–"
    digits = 3 if sign else 2
    text = f"{abs(value) * 100:.{digits}f} %" if name in _FINE else f"{abs(value):.{digits}f}"
    if not any(digit in text for digit in "123456789"):
        return text
    return f"{'−' if value < 0 else '+' if sign else ''}{text}"


def _share(value: float) -> str:
    text = f"{value:.0%}"
    return "<1%" if text == "0%" and value > 0 else ">99%" if text == "100%" and value < 1 else text


def _move(name: str) -> str:
    return name.replace("_", " ")


def table_of(*columns: str, right: Iterable[int] = (), whole: Iterable[int] = (), close: bool = False) -> Table:
    """A table whose figures (the columns on the right) and `whole` columns are never broken, while texts wrap.

    With `close`, the columns stand close together: for a table of many figures.
    """
    from rich.table import Table

    gap = 1 if close else 2
    table = Table(box=None, pad_edge=False, header_style="dim", collapse_padding=True, padding=(0, gap))
    rights = set(right)
    unbroken = rights | set(whole)
    for number, name in enumerate(columns):
        table.add_column(
            name,
            justify="right" if number in rights else "left",
            overflow="ellipsis" if number in unbroken else "fold",
            no_wrap=number in unbroken,
        )
    return table


def _broken(head: str) -> str:
    """A column's head, a long one on two lines, so that it is no wider than the figures below."""
    return {"probability": "proba-\nbility", "sovereignty": "sover-\neignty"}.get(head, head)


def _cost(value: float) -> str:
    """A cost with the four decimals in which its parts are read."""
    return f"{value:.4f}".replace("-", "−") if round(value, 4) else "0"


def titled(title: str, table: Table) -> list[RenderableType]:
    """A table under its title, and an empty line (rich would wrap a title to the width of a narrow table)."""
    from rich.text import Text

    return [Text(title, style="bold"), table, Text("")]


def _lines(*lines: str) -> list[RenderableType]:
    from rich.text import Text

    return [Text(line) for line in lines]


def summary_view(stored: StoredRun) -> list[RenderableType]:
    """A run's printed summary."""
    one = stored.summary
    shown = _lines(_head(stored), "")
    if one["interrupted"]:
        shown += _lines("Interrupted: whole blocks of worlds only.", "")
    if one["failures"]:
        shown += _lines(f"{one['failures']} worlds failed and are left out (table failures).", "")
    shown += [bullets(one["sentences"]), *_lines("")]
    table = table_of("", "start", "median", "90 % of worlds", right=(1, 2, 3))
    for name in LEVELS_SHOWN:
        if name in one["outcomes"]:
            end, start = one["outcomes"][name], one["outcomes_start"][name]
            band = f"{figure(end['p5'], name)} to {figure(end['p95'], name)}"
            table.add_row(OUTCOMES[name], figure(start["median"], name), figure(end["median"], name), band)
    shown += titled("Outcomes at the end", table)
    shown += titled("Ties, start → end (90 % of worlds)", _ties(one))
    scripted = [row for row in one["decisions"] if row["kind"] == "scripted"]
    if scripted:
        shown += titled("Decisions", _decisions(scripted))
    for election in one.get("elections", ()):
        shown += titled(f"{election['title']} ({election['date']})", _election(election))
    other = [row for row in one["decisions"] if row["kind"] != "scripted"]
    if other:
        times = sum(row["settled"] for row in other)
        shown += _lines(f"Besides these, {times:.1f} routine and domestic dossiers a world were settled.", "")
    return shown


def _election(election: dict[str, Any]) -> Table:
    """Who stood, who won in how many worlds, and the count."""
    table = table_of("candidate", "won", "median vote", "90 % of worlds", right=(1, 2, 3))
    for one in election["candidates"].values():
        if not one["admitted"]:
            table.add_row(one["name"], "–", "off the ballot", "")
            continue
        count = one["counted"]
        band = f"{_share(count['p5'])} to {_share(count['p95'])}"
        table.add_row(one["name"], _share(one["won"]), _share(count["median"]), band)
    return table


def _head(stored: StoredRun) -> str:
    one = stored.summary
    worlds = f"{one['worlds']} world{'s' if one['worlds'] != 1 else ''}"
    return (
        f"{one['title']} ({one['scenario']}), {one['start']} to {one['end']}: {worlds} × "
        f"{one['months']} months × {one['citizens']:,} citizens, seed {one['seed']}, "
        f"{stored.provenance['seconds']:.1f} s"
    )


def bullets(sentences: Sequence[str]) -> Table:
    """Sentences as a list."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    for sentence in sentences:
        grid.add_row("•", Text(sentence))
    return grid


def _ties(one: dict[str, Any]) -> Table:
    from rich.text import Text

    table = table_of("", *_DOMAINS)
    for power, ties in one["ties"].items():
        cells = []
        for domain in _DOMAINS:
            end, start = ties[domain], one["ties_start"][power][domain]
            band = f"({figure(end['p5'])}–{figure(end['p95'])})"
            cells.append(f"{figure(start['median'])} → {figure(end['median'])} {band}")
        table.add_row(Text(one["names"][power]), *cells)
    return table


def _decisions(rows: Sequence[dict[str, Any]], *, moves: bool = False) -> Table:
    from rich.text import Text

    scripted = all(row["kind"] == "scripted" for row in rows)
    about = "decision" if scripted else "decision (what it is about)"
    choices = "choices, of the worlds in which it arose" if scripted else "choices"
    table = table_of("date", about, "arose", choices, whole=(0, 1, 2) if scripted else (0, 2))
    for row in rows:
        ranked = sorted(row["choices"].items(), key=lambda item: -item[1])
        told = [f"{name} {_share(share)}" for name, share in ranked if share > 0][:3]
        if row["unsettled"] > 0.005:
            told.append(f"open at the end {_share(row['unsettled'])}")
        used = [f"{_move(move)} {_share(share)}" for move, share in row["moves"].items() if move != "settle"]
        if moves and used:
            told.append(f"[{', '.join(used)}]")
        name = row["id"] if scripted else f"{row['id']} ({row['title']})"
        table.add_row(row["date"], Text(name), _share(row["arose"]), Text("; ".join(told)))
    return table


def decisions_view(rows: Sequence[dict[str, Any]], world: int | None) -> list[RenderableType]:
    """The list of decisions that `explain` shows."""
    from rich.text import Text

    if not rows:
        return _lines("No decision arose in this run.")
    how = "Why one of them: multivector explain RUN --decision ID [--world K]"
    if world is None:
        shown: list[RenderableType] = []
        scripted = [row for row in rows if row["kind"] == "scripted"]
        other = [row for row in rows if row["kind"] != "scripted"]
        for title, some in (
            ("Decisions of the timeline", scripted),
            ("Routine and domestic decisions", other),
        ):
            if some:
                shown += titled(title, _decisions(some, moves=True))
        return [*shown, *_lines(how)]
    table = table_of("date", "decision", "what was done", "probability", right=(3,), whole=(0, 1))
    for row in rows:
        done = row["option_name"] if row["option"] else _move(row["move"])
        if row["option"] and row["move"] in ADDED:
            done += f", {ADDED[row['move']]}"
        table.add_row(row["date"], Text(row["dossier"]), Text(done), _share(row["probability"]))
    return [*titled(f"Decisions of world {world}", table), *_lines(how)]


def explanation_view(one: dict[str, Any]) -> list[RenderableType]:
    """One decision explained."""
    from rich.text import Text

    where = (
        f"world {one['world']}"
        if one["world"] is not None
        else f"average of the {one['worlds']} of {one['of_worlds']} worlds in which it arose"
    )
    months = one["months"][0] if len(one["months"]) == 1 else f"{one['months'][0]} to {one['months'][-1]}"
    shown = _lines(f"{one['title']} ({one['decision']}, {one['domain']}), {months}: {where}", "", one["why"], "")
    heads = ("probability", "chosen", "cost", *PARTS)
    table = table_of("action", *map(_broken, heads), right=range(1, 1 + len(heads)), close=True)
    for action in one["actions"]:
        if action["probability"] < 0.0005 and action["chosen"] == 0:
            continue
        table.add_row(
            Text(action["label"]),
            f"{action['probability']:.1%}",
            _share(action["chosen"]),
            _cost(action["cost"]),
            *(_cost(action["parts"][part]) for part in PARTS),
        )
    shown += titled(
        f"What could be done: costs by cause, in lost log survival; P ∝ exp(−{one['rationality']:g} × cost)",
        table,
    )
    wishes = table_of("", "kind", "wish", "option", "salience", "weight", right=(3, 4, 5))
    for person in one["constituencies"][:_MOST_CONSTITUENCIES]:
        wish = "–" if person["wish"] is None else f"{person['wish']:.1f}"
        weight = "–" if person["weight"] is None else f"{person['weight']:.4f}"
        salience = figure(person["salience"])
        wishes.add_row(Text(person["name"]), person["kind"], Text(person["wish_name"]), wish, salience, weight)
    title = "Who wished what (weight: what a unit of their loss costs the president)"
    shown += titled(title, wishes)
    if (rest := len(one["constituencies"]) - _MOST_CONSTITUENCIES) > 0:
        shown[-1:] = _lines(f"… and {rest} who pull less (--json lists all)", "")
    hazards = table_of("", "before", "after", right=(1, 2))
    for cause, word in {**CAUSE_WORDS, "total": "in all"}.items():
        before, after = one["hazards"]["before"][cause], one["hazards"]["after"][cause]
        hazards.add_row(word, figure(before, "hazard"), figure(after, "hazard"))
    shown += titled("Hazard of losing office, a month", hazards)
    if len(one["steps"]) > 1:
        shown += _lines("In this world:")
        shown += _lines(*(f"  {step['date']}  {step['option_name'] or _move(step['move'])}" for step in one["steps"]))
    return shown


def comparison_view(
    runs: Sequence[StoredRun],
    labels: Sequence[str],
    table: pd.DataFrame | None,
    notes: Sequence[str],
    parts: pd.DataFrame | None = None,
) -> list[RenderableType]:
    """Runs side by side, then each against the first."""
    from multivector.lab.words import compared_lines

    called = {power: name for stored in runs for power, name in stored.summary["names"].items()}
    wide = len(runs) <= 2
    levels = table_of("", *map(_stacked, labels), right=() if wide else range(1, len(runs) + 1))
    for name in LEVELS_SHOWN:
        cells = []
        for stored in runs:
            end = stored.summary["outcomes"][name]
            band = f" ({figure(end['p5'], name)}–{figure(end['p95'], name)})" if wide else ""
            cells.append(f"{figure(end['median'], name)}{band}")
        levels.add_row(OUTCOMES[name], *cells)
    levels.add_row("office lost (share of worlds)", *(_share(s.summary["president"]["total"]) for s in runs))
    shown = titled("Medians at the end (90 % of worlds)" if wide else "Medians at the end", levels)
    if table is not None:
        for label, rows in table[table["when"] == "end"].groupby("label", sort=False):
            title = f"{label} − {labels[0]}, paired by world"
            shown += titled(title, _differences(rows))
            mine = None if parts is None else parts[parts["label"] == label]
            shown += [bullets(compared_lines(rows, mine, called)), *_lines("")]
            if mine is not None:
                title = f"{label}: what the change did by itself, and what the president made of it (means)"
                shown += titled(title, _parts(mine))
    return [*shown, *_lines(*(f"note: {note}" for note in notes))]


def _stacked(label: str) -> str:
    """A run's label over a column: what follows the scenario's id a part to a line, as narrow as the figures below."""
    from rich.markup import escape

    name, bracket, mark = label.partition(" (")
    lines = re.sub(r"\.(?=[a-z])|=", r"\n\g<0>", mark).replace(", ", ",\n")
    return escape(f"{name}\n({lines}" if bracket else name)


def _differences(rows: pd.DataFrame) -> Table:
    table = table_of(
        "",
        "mean difference",
        "90 % interval",
        "rose in",
        "noise removed",
        right=(1, 2, 3, 4),
    )
    for row in rows.to_dict("records"):
        name = str(row["outcome"])
        if name in LEVELS_SHOWN:
            removed = float(row["noise_removed"])
            table.add_row(
                OUTCOMES[name],
                figure(row["difference"], name, sign=True),
                f"{figure(row['low'], name, sign=True)} to {figure(row['high'], name, sign=True)}",
                _share(row["share_up"]),
                "–" if removed != removed else f"{removed:.0%}".replace("-", "−"),
            )
    return table


def _parts(rows: pd.DataFrame) -> Table:
    table = table_of("", "total", "direct", "decided", right=(1, 2, 3))
    for name, group in rows.groupby("outcome", sort=False):
        if name in LEVELS_SHOWN:
            means = group.set_index("part")["mean"]
            cells = [figure(float(means[part]), str(name), sign=True) for part in ("total", "direct", "decided")]
            table.add_row(OUTCOMES[str(name)], *cells)
    return table


def scenario_view(scenario: Scenario) -> list[RenderableType]:
    """A scenario at a glance."""
    from rich.text import Text

    head = f"{scenario.title} ({scenario.id}), {scenario.start} to {scenario.end}"
    shown = _lines(head, "", scenario.summary or "", "")
    powers = table_of("", "interest", "credibility", "pressure", "engagement")
    for power in scenario.powers.values():
        cells = [
            " ".join(f"{paths.domain(name).at(0):.2f}" for name in _DOMAINS)
            for paths in (power.pressure, power.engagement)
        ]
        powers.add_row(Text(power.name), f"{power.interest.at(0):.2f}", f"{power.credibility.at(0):.2f}", *cells)
    shown += titled(f"Powers at the start (pressure and engagement: {', '.join(_DOMAINS)})", powers)
    timeline = table_of("date", "id", "what", whole=(0, 1))
    for entry in scenario.timeline:
        options = getattr(entry, "options", None)
        title = entry.title or entry.id
        what = f"{title}: {' | '.join(options)}" if options else title
        timeline.add_row(str(entry.date), Text(entry.id), Text(what))
    return [*shown, *titled("Timeline", timeline)]
