"""The validation as one self-contained HTML page for people: sums, a strip of dots a pattern, what lies behind."""

from __future__ import annotations

from html import escape
from typing import Any

from multivector.lab.validation.report import between, left_out_words, sentences, threshold_words

__all__ = ["html_page", "strip"]

_WIDTH, _HEIGHT, _EDGE = 230, 30, 8

_STYLE = """
:root { color-scheme: light; --ink: #222; --muted: #5f5f5f; --faint: #e4e4e4 }
:root { --good: #00785a; --bad: #b34700; --wait: #7a6a00 }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); margin: 2rem auto; max-width: 1180px; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 0 .3rem } p.note { color: var(--muted); margin: .2rem 0 }
h2 { font-size: 1.15rem; margin: 1.8rem 0 .3rem }
table { border-collapse: collapse; width: 100%; margin-top: 1.2rem }
th, td { text-align: left; padding: .45rem .6rem; vertical-align: top }
th { border-bottom: 2px solid var(--ink); font-weight: 600; position: sticky; top: 0; background: #fff }
td { border-bottom: 1px solid var(--faint) }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap } .verdict { font-weight: 600; white-space: nowrap }
.good { color: var(--good) } .bad { color: var(--bad) } .wait { color: var(--wait) }
details { margin-top: .25rem } summary { color: var(--muted); cursor: pointer }
dl { margin: .4rem 0; display: grid; grid-template-columns: 8.5rem 1fr; gap: .15rem .8rem }
dt { color: var(--muted) } dd { margin: 0 } svg { display: block } .key span { margin-right: 1.4rem }
@media print { th { position: static } }
"""


def html_page(whole: dict[str, Any], remarks: dict[str, str]) -> str:
    """The page of a validation document (see `lab.validation.report.document`)."""
    what = f"{whole['worlds']} worlds a run, seed {whole['seed']}, multivector {whole['version']}"
    rows = "\n".join(_row(row, remarks.get(row["id"], "")) for row in whole["patterns"])
    said = "".join(f"<p>{escape(line)}</p>" for line in sentences(whole))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Validation: {whole["counted"]} of {whole["total"]} patterns count</title><style>{_STYLE}</style></head><body>
<h1>Validation of the claims</h1>
<p class="note">{escape(what)}. A pattern is one number a world, averaged over worlds, with its 90&nbsp;% interval.</p>
{said}
<p class="key note"><span>● with everything on</span><span>○ with the mechanism off</span>
<span>┊ threshold; the side on which the pattern holds is shaded</span></p>
<table><thead><tr><th>Claim</th><th>What is claimed and measured</th><th>Value</th><th>Threshold</th><th>On and off</th>
<th>Verdict</th></tr></thead>
<tbody>
{rows}
</tbody></table>
{_left_out(whole)}</body></html>
"""


def _left_out(whole: dict[str, Any]) -> str:
    facts = whole.get("left_out", [])
    rows = "".join(
        f"<dt>{escape(one['id'])}</dt><dd>{escape(one['claim'])} <i>{escape(left_out_words(one))}</i></dd>"
        for one in facts
    )
    return f"<h2>Stylised facts that are no patterns of their own</h2>\n<dl>{rows}</dl>\n" if facts else ""


def _tone(word: str) -> str:
    return {"counts": "good", "undecided": "wait", "taste, not emergence": "wait"}.get(word, "bad")


def _row(row: dict[str, Any], remark: str) -> str:
    tests = "".join(
        f"<dt>off</dt><dd>{escape(test['off'])}: {between(test['value'], test['interval'])}, {test['verdict']}</dd>"
        for test in row["counter_tests"]
    )
    placebo = row["placebo"]
    if placebo is not None:
        tests += (
            f"<dt>placebo</dt><dd>{escape(placebo['off'])} off: {between(placebo['value'], placebo['interval'])}, "
            f"{placebo['verdict']}</dd>"
        )
    bland = row["without_taste"]
    if bland is not None:
        tests += f"<dt>without taste</dt><dd>{between(bland['value'], bland['interval'])}, {bland['verdict']}</dd>"
    for name, text in (("trouble", row["trouble"]), ("remark", remark)):
        if text:
            tests += f"<dt>{name}</dt><dd>{escape(text)}</dd>"
    return f"""<tr id="{row["id"]}"><td><b>{row["id"]}</b></td><td>{escape(row["claim"])}
<details><summary>{escape(row["observable"])}</summary><dl>
<dt>scenarios</dt><dd>{escape(", ".join(row["scenarios"]))}</dd>
<dt>threshold</dt><dd>{escape(row["why"])}</dd>{tests}</dl></details></td>
<td class="number">{between(row["value"], row["interval"])}</td>
<td class="number">{escape(threshold_words(row["threshold"]))}</td>
<td>{strip(row)}</td><td class="verdict {_tone(row["word"])}">{escape(row["word"])}</td></tr>"""


def strip(row: dict[str, Any]) -> str:
    """Dots with intervals, on above off, over the side of the threshold on which the pattern holds (SVG)."""
    low, high = row["threshold"]["above"], row["threshold"]["below"]
    known = [
        value
        for value in (0.0, low, high, row["value"], *row["interval"], row["value_off"], *row["interval_off"])
        if value is not None
    ]
    first, last = min(known), max(known)
    span = (last - first) or 1.0
    first, last = first - 0.08 * span, last + 0.08 * span

    def at(value: float) -> float:
        return float(_EDGE + (value - first) / (last - first) * (_WIDTH - 2 * _EDGE))

    left, right = at(first if low is None else low), at(last if high is None else high)
    parts = [f'<rect x="{left:.1f}" y="0" width="{right - left:.1f}" height="{_HEIGHT}" fill="#e8f3ee"/>']
    for edge in (low, high):
        if edge is not None:
            x = at(edge)
            parts.append(f'<path d="M{x:.1f} 0V{_HEIGHT}" stroke="#222" stroke-dasharray="2 2"/>')
    for y, value, interval, fill in (
        (10, row["value"], row["interval"], "#0072B2"),
        (21, row["value_off"], row["interval_off"], "#fff"),
    ):
        if value is None:
            continue
        if interval[0] is not None and interval[1] is not None:
            parts.append(
                f'<path d="M{at(interval[0]):.1f} {y}H{at(interval[1]):.1f}" stroke="#0072B2" stroke-width="2"/>'
            )
        parts.append(f'<circle cx="{at(value):.1f}" cy="{y}" r="4" fill="{fill}" stroke="#0072B2" stroke-width="1.5"/>')
    label = f"on {between(row['value'], row['interval'])}, off {between(row['value_off'], row['interval_off'])}"
    return f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
