"""How results look on a terminal: tables of rich renderables, built from the plain documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from multivector.lab.explain import PARTS
from multivector.lab.measures import OUTCOMES

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType
    from rich.table import Table

    from multivector.lab.store import StoredRun
    from multivector.scenario import Scenario

__all__ = [
    "comparison_view",
    "decisions_view",
    "explanation_view",
    "scenario_view",
    "summary_view",
]

_SHOWN = (
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


def _number(value: float | None, name: str = "", *, sign: bool = False) -> str:
    if value is None or value != value:
        return "–"
    text = f"{abs(value) * 100:.2f} %" if name in _FINE else f"{abs(value):.2f}"
    negative = value < 0 and any(digit in text for digit in "123456789")
    return f"{'−' if negative else '+' if sign else ''}{text}"


def _share(value: float) -> str:
    return (
        f"{value:.0%}" if 0.005 <= value <= 0.995 or value in (0.0, 1.0) else "<1%" if value < 0.5 else ">99%"
    )


def _table(title: str, *columns: str, right: Iterable[int] = ()) -> Table:
    from rich.table import Table

    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim"
    )
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number in set(right) else "left", overflow="fold")
    return table


def _lines(*lines: str) -> list[RenderableType]:
    from rich.text import Text

    return [Text(line) for line in lines]


def _bullets(sentences: Sequence[str]) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    for sentence in sentences:
        grid.add_row("•", Text(sentence))
    return grid


def _head(stored: StoredRun) -> str:
    one = stored.summary
    worlds = f"{one['worlds']} world{'s' if one['worlds'] != 1 else ''}"
    return (
        f"{one['title']} ({one['scenario']}), {one['start']} to {one['end']}: {worlds} × "
        f"{one['months']} months × {one['citizens']:,} citizens, seed {one['seed']}, "
        f"{stored.provenance['seconds']:.1f} s"
    )


def summary_view(stored: StoredRun) -> list[RenderableType]:
    """A run's printed summary."""
    one = stored.summary
    shown: list[RenderableType] = [*_lines(_head(stored), "")]
    if one["interrupted"]:
        shown += _lines("Interrupted: whole blocks of worlds only.", "")
    if one["failures"]:
        shown += _lines(f"{one['failures']} worlds failed and are left out (table failures).", "")
    shown += [_bullets(one["sentences"]), *_lines("")]
    table = _table("Outcomes at the end", "", "start", "median", "90 % of worlds", right=(1, 2, 3))
    for name in _SHOWN:
        if name in one["outcomes"]:
            end, start = one["outcomes"][name], one["outcomes_start"][name]
            band = f"{_number(end['p5'], name)} to {_number(end['p95'], name)}"
            table.add_row(OUTCOMES[name], _number(start["median"], name), _number(end["median"], name), band)
    shown += [table, *_lines("")]
    shown += [_ties(one), *_lines("")]
    scripted = [row for row in one["decisions"] if row["kind"] == "scripted"]
    if scripted:
        shown += [_decisions(scripted), *_lines("")]
    other = [row for row in one["decisions"] if row["kind"] != "scripted"]
    if other:
        times = sum(row["settled"] for row in other)
        shown += _lines(f"Besides these, {times:.1f} routine and domestic dossiers a world were settled.", "")
    return shown


def _ties(one: dict[str, Any]) -> Table:
    from rich.text import Text

    domains = list(next(iter(one["ties"].values()), {}))
    table = _table("Ties, start → end (90 % of worlds)", "", *domains, right=())
    for power, ties in one["ties"].items():
        cells = []
        for domain in domains:
            end, start = ties[domain], one["ties_start"][power][domain]
            band = f"({_number(end['p5'])}–{_number(end['p95'])})"
            cells.append(f"{_number(start['median'])} → {_number(end['median'])} {band}")
        table.add_row(Text(one["names"][power]), *cells)
    return table


def _decisions(rows: Sequence[dict[str, Any]], *, moves: bool = False) -> Table:
    table = _table("Decisions", "date", "decision", "arose", "choices, of the worlds in which it arose")
    for row in rows:
        ranked = sorted(row["choices"].items(), key=lambda item: -item[1])
        told = [f"{name} {_share(share)}" for name, share in ranked if share > 0][:3]
        if row["unsettled"] > 0.005:
            told.append(f"open at the end {_share(row['unsettled'])}")
        used = [
            f"{move.replace('_', ' ')} {_share(share)}"
            for move, share in row["moves"].items()
            if move != "settle"
        ]
        if moves and used:
            told.append(f"[{', '.join(used)}]")
        from rich.text import Text

        table.add_row(row["date"], Text(row["id"]), _share(row["arose"]), Text("; ".join(told)))
    return table


def decisions_view(
    stored: StoredRun, rows: Sequence[dict[str, Any]], world: int | None
) -> list[RenderableType]:
    """The list of decisions that `explain` shows."""
    from rich.text import Text

    if not rows:
        return _lines("No decision arose in this run.")
    if world is None:
        scripted = [row for row in rows if row["kind"] == "scripted"]
        other = [row for row in rows if row["kind"] != "scripted"]
        shown: list[RenderableType] = []
        if scripted:
            shown += [_decisions(scripted, moves=True), *_lines("")]
        if other:
            shown += [_decisions(other, moves=True), *_lines("")]
        return [*shown, *_lines("Why one of them: multivector explain RUN --decision ID [--world K]")]
    table = _table(
        f"Decisions of world {world}", "date", "decision", "what was done", "probability", right=(3,)
    )
    for row in rows:
        done = row["option_name"] if row["option"] else row["move"].replace("_", " ")
        if row["option"] and row["move"] not in ("settle", ""):
            done += f", with {row['move'].replace('_', ' ')}"
        table.add_row(row["date"], Text(row["dossier"]), Text(done), _share(row["probability"]))
    return [table]


def explanation_view(one: dict[str, Any]) -> list[RenderableType]:
    """One decision explained."""
    from rich.text import Text

    where = (
        f"world {one['world']}"
        if one["world"] is not None
        else f"average of the {one['worlds']} of {one['of_worlds']} worlds in which it arose"
    )
    months = one["months"][0] if len(one["months"]) == 1 else f"{one['months'][0]} to {one['months'][-1]}"
    shown = _lines(
        f"{one['title']} ({one['decision']}, {one['domain']}), {months}: {where}", "", one["why"], ""
    )
    table = _table(
        f"What could be done (P ∝ exp(−{one['rationality']:g} × cost); costs in lost log survival, by cause)",
        "action",
        "probability",
        "chosen",
        "cost",
        *PARTS,
        right=range(1, 4 + len(PARTS)),
    )
    for action in one["actions"]:
        if action["probability"] < 0.0005 and action["chosen"] == 0:
            continue
        parts = [f"{action['parts'][part]:+.4f}" for part in PARTS]
        table.add_row(
            Text(action["label"]),
            f"{action['probability']:.1%}",
            _share(action["chosen"]),
            f"{action['cost']:+.4f}",
            *parts,
        )
    shown += [table, *_lines("")]
    wishes = _table(
        "Who wished what (weight: what a unit of loss of theirs costs the president)",
        "",
        "kind",
        "wish",
        "option",
        "salience",
        "weight",
        right=(3, 4, 5),
    )
    for person in one["constituencies"][:_MOST_CONSTITUENCIES]:
        wish = "–" if person["wish"] is None else f"{person['wish']:.1f}"
        weight = "–" if person["weight"] is None else f"{person['weight']:.4f}"
        wishes.add_row(
            Text(person["name"]),
            person["kind"],
            Text(person["wish_name"]),
            wish,
            _number(person["salience"]),
            weight,
        )
    rest = len(one["constituencies"]) - _MOST_CONSTITUENCIES
    shown += [wishes, *_lines(*([f"… and {rest} lighter ones (--json lists all)"] if rest > 0 else []), "")]
    hazards = _table("Hazard of losing office, a month", "", "before", "after", right=(1, 2))
    for cause, word in (
        ("elite", "elite split"),
        ("mass", "mass unrest"),
        ("outside", "from outside"),
        ("total", "in all"),
    ):
        before, after = one["hazards"]["before"][cause], one["hazards"]["after"][cause]
        hazards.add_row(word, _number(before, "hazard"), _number(after, "hazard"))
    shown.append(hazards)
    if len(one["steps"]) > 1:
        shown += _lines("", "In this world it went on:")
        shown += _lines(
            *(f"  {step['date']}  {step['option_name'] or step['move']}" for step in one["steps"])
        )
    return shown


def comparison_view(
    runs: Sequence[StoredRun],
    table: pd.DataFrame | None,
    notes: Sequence[str],
    parts: pd.DataFrame | None = None,
) -> list[RenderableType]:
    """Runs side by side, then each against the first."""
    names = [str(stored.summary["scenario"]) for stored in runs]
    levels = _table("Medians at the end (90 % of worlds)", "", *names)
    for name in _SHOWN:
        cells = []
        for stored in runs:
            end = stored.summary["outcomes"].get(name)
            band = (
                end
                and f"{_number(end['median'], name)} ({_number(end['p5'], name)}–{_number(end['p95'], name)})"
            )
            cells.append(band or "–")
        levels.add_row(OUTCOMES[name], *cells)
    lost = [_share(stored.summary["president"]["total"]) for stored in runs]
    levels.add_row("office lost (share of worlds)", *lost)
    shown: list[RenderableType] = [levels, *_lines("")]
    if table is not None:
        for scenario, rows in table[table["when"] == "end"].groupby("scenario", sort=False, observed=True):
            shown += [_differences(str(scenario), names[0], rows), *_lines("")]
            if parts is not None:
                shown += [_parts(str(scenario), parts[parts["scenario"] == scenario]), *_lines("")]
    return [*shown, *_lines(*(f"note: {note}" for note in notes))]


def _differences(scenario: str, base: str, rows: pd.DataFrame) -> Table:
    table = _table(
        f"{scenario} − {base}, paired by world",
        "",
        "mean difference",
        "90 % interval of the mean",
        "worlds in which it rose",
        "noise that pairing removed",
        right=(1, 2, 3, 4),
    )
    for row in rows.to_dict("records"):
        name = str(row["outcome"])
        if name in _SHOWN:
            removed = row["noise_removed"]
            table.add_row(
                OUTCOMES[name],
                _number(row["difference"], name, sign=True),
                f"{_number(row['low'], name, sign=True)} to {_number(row['high'], name, sign=True)}",
                _share(row["share_up"]),
                "–" if removed != removed else f"{removed:.0%}",
            )
    return table


def _parts(scenario: str, rows: pd.DataFrame) -> Table:
    table = _table(
        f"{scenario}: what the change did by itself, and what the president made of it (means)",
        "",
        "total",
        "direct",
        "decided",
        right=(1, 2, 3),
    )
    for name, group in rows.groupby("outcome", sort=False, observed=True):
        if name in _SHOWN:
            means = group.set_index("part")["mean"]
            cells = [
                _number(float(means[part]), str(name), sign=True) for part in ("total", "direct", "decided")
            ]
            table.add_row(OUTCOMES[str(name)], *cells)
    return table


def scenario_view(scenario: Scenario) -> list[RenderableType]:
    """A scenario at a glance."""
    from rich.text import Text

    shown = _lines(
        f"{scenario.title} ({scenario.id}), {scenario.start} to {scenario.end}",
        "",
        scenario.summary or "",
        "",
    )
    powers = _table("Powers at the start", "", "interest", "credibility", "pressure", "engagement")
    for power in scenario.powers.values():
        cells = []
        for paths in (power.pressure, power.engagement):
            cells.append(
                " ".join(f"{paths.domain(name).at(0):.2f}" for name in ("politics", "economy", "security"))
            )
        powers.add_row(
            Text(power.name), f"{power.interest.at(0):.2f}", f"{power.credibility.at(0):.2f}", *cells
        )
    shown += [powers, *_lines("")]
    timeline = _table("Timeline", "date", "what")
    for entry in scenario.timeline:
        options = getattr(entry, "options", None)
        what = f"{entry.title or entry.id}: {' | '.join(options)}" if options else entry.title or entry.id
        timeline.add_row(str(entry.date), Text(str(what)))
    return [*shown, timeline]
