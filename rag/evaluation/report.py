"""Figures and rows → one HTML file in Dutch that needs no network. Everything from outside is escaped here.

The page's frame, style and script are files in ``static``; they are put into the page, so that the file can be mailed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from rag.evaluation import plots
from rag.evaluation.catalog import BY_KEY, FAILURE_LABELS, GROUPS, KIND_LABELS, MEASURES, VOICE_LABELS
from rag.evaluation.records import Scored
from rag.evaluation.report_case import case_section
from rag.evaluation.summary import interval, shown

Json = Mapping[str, Any]
HEADLINE = ("recall@1", "recall@5", "all_facts", "proven", "exact", "unsupported", "refusal_f1", "wrongly_refused")
TABLE_COLUMNS = ("recall@1", "recall@5", "all_facts", "right")


def render(summary: Json, scored: Sequence[Scored], about: Json) -> str:
    """The whole report of a run. ``summary`` may hold ``ablations`` and ``peers``, tables made elsewhere."""
    body = [
        _headline(summary),
        _figures(summary),
        _pictures(summary),
        _breakdowns(summary),
        _failures(summary),
        _table(summary.get("ablations"), "Wat elk onderdeel bijdraagt", "ablaties"),
        _table(summary.get("peers"), "Naast gewone opstellingen", "anderen"),
        _questions(scored),
    ]
    page = Template(_static("report.html"))
    return page.substitute(
        title=escape(str(about.get("title", "Evaluatie"))),
        about=_about(about),
        css=_static("report.css"),
        js=_static("report.js"),
        body="\n".join(part for part in body if part),
    )


def _static(name: str) -> str:
    return (files("rag.evaluation") / "static" / name).read_text(encoding="utf-8")


def _about(about: Json) -> str:
    parts = [
        f"{about.get('questions', 0)} vragen ({about.get('split', '')})",
        f"antwoorder {about.get('answerer', '')}",
        f"Raadwijzer {about.get('version', '')}",
        str(about.get("started", "")),
        str(about.get("machine", "")),
    ]
    return " · ".join(escape(part) for part in parts if part.strip())


def _headline(summary: Json) -> str:
    figures = summary["figures"]
    cards = [_card(key, figures[key]) for key in HEADLINE if key in figures]
    return f'<section><h2>In het kort</h2><ul class="cards">{"".join(cards)}</ul></section>'


def _card(key: str, figure: Json) -> str:
    between = f"<small>95%-interval {interval(figure, key)}</small>" if interval(figure, key) else ""
    measure = BY_KEY[key]
    return (
        f"<li><small>{escape(measure.label)}</small><b>{shown(key, figure['value'])}</b>{between}"
        f"<small>{escape(measure.explain)}</small></li>"
    )


def _figures(summary: Json) -> str:
    rows = []
    for group, label in GROUPS.items():
        mine = [m for m in MEASURES if m.group == group and m.key in summary["figures"]]
        if mine:
            rows.append(f'<tr><th scope="rowgroup" colspan="5">{escape(label)}</th></tr>')
        rows += [_figure_row(m.key, summary["figures"][m.key]) for m in mine]
    head = '<th scope="col">Maat</th><th scope="col" class="n">Waarde</th><th scope="col" class="n">95%-interval</th>'
    head += '<th scope="col" class="n">Vragen</th><th scope="col">Betekenis</th>'
    return _section("cijfers", "Alle cijfers", _html_table(head, "".join(rows)))


def _figure_row(key: str, figure: Json) -> str:
    measure = BY_KEY[key]
    arrow = "hoger is beter" if measure.better == "high" else "lager is beter"
    return (
        f'<tr><th scope="row">{escape(measure.label)}</th><td class="n">{shown(key, figure["value"])}</td>'
        f'<td class="n">{interval(figure, key)}</td><td class="n">{figure["n"]}</td>'
        f'<td>{escape(measure.explain)} <span class="soft">({arrow})</span></td></tr>'
    )


def _pictures(summary: Json) -> str:
    figures = [
        _bars(summary["by_kind"], KIND_LABELS, "recall@5", "Recall@5 per soort vraag"),
        _bars(summary["by_voice"], VOICE_LABELS, "recall@5", "Recall@5 per stem"),
        _bars(summary["by_kind"], KIND_LABELS, "right", "Goede uitkomst per soort vraag"),
        _risk_coverage(summary.get("curves") or {}),
        _calibration(summary.get("curves") or {}),
        _latency(summary["durations"]["search"], "Hoe lang zoeken duurt"),
        _latency(summary["durations"]["answer"], "Hoe lang een antwoord duurt"),
    ]
    return _section("beelden", "In beeld", f'<div class="plots">{"".join(figures)}</div>')


def _bars(groups: Json, labels: Mapping[str, str], key: str, title: str) -> str:
    rows = [
        plots.Bar(labels.get(name, name), f["value"], f["low"], f["high"], f["n"])
        for name in _in_order(groups, labels)
        if (f := groups[name].get(key))
    ]
    return _figure(title, plots.bars(title, rows)) if rows else ""


def _risk_coverage(curves: Json) -> str:
    points = [(c, r) for c, r in curves.get("risk_coverage", [])]
    title = "Fouten als alleen de zekerste vragen worden beantwoord"
    return _figure(title, plots.curve(title, points, "deel beantwoord", "deel fout")) if points else ""


def _calibration(curves: Json) -> str:
    points = [(b["confidence"], b["share"], b["n"]) for b in curves.get("calibration", [])]
    title = "Klopt de zekerheid?"
    if not points:
        return ""
    return _figure(title, plots.calibration(title, points, "opgegeven zekerheid", "deel met antwoord in de stukken"))


def _latency(values: Sequence[float], title: str) -> str:
    return _figure(title, plots.distribution(title, values, "ms")) if values else ""


def _figure(title: str, svg: str) -> str:
    return f"<figure><figcaption>{escape(title)}</figcaption>{svg}</figure>"


def _breakdowns(summary: Json) -> str:
    kinds = _breakdown("Per soort vraag", summary["by_kind"], KIND_LABELS)
    return _section("uitgesplitst", "Uitgesplitst", kinds + _breakdown("Per stem", summary["by_voice"], VOICE_LABELS))


def _breakdown(title: str, groups: Json, labels: Mapping[str, str]) -> str:
    head = '<th scope="col">Groep</th><th scope="col" class="n">Vragen</th>'
    head += "".join(f'<th scope="col" class="n">{escape(BY_KEY[key].label)}</th>' for key in TABLE_COLUMNS)
    rows = "".join(_breakdown_row(labels.get(name, name), groups[name]) for name in _in_order(groups, labels))
    return f"<h3>{escape(title)}</h3>{_html_table(head, rows)}"


def _in_order(groups: Json, labels: Mapping[str, str]) -> list[str]:
    known = list(labels)
    return sorted(groups, key=lambda name: known.index(name) if name in labels else len(known))


def _breakdown_row(label: str, group: Json) -> str:
    cells = "".join(f'<td class="n">{shown(k, group[k]["value"]) if k in group else "–"}</td>' for k in TABLE_COLUMNS)
    return f'<tr><th scope="row">{escape(label)}</th><td class="n">{group["n"]}</td>{cells}</tr>'


def _failures(summary: Json) -> str:
    counts = summary.get("failures") or {}
    rows = "".join(
        f'<tr><th scope="row"><span class="tag {name}">{escape(FAILURE_LABELS[name])}</span></th>'
        f'<td class="n">{n}</td></tr>'
        for name, n in counts.items()
    )
    head = '<th scope="col">Uitkomst</th><th scope="col" class="n">Vragen</th>'
    return _section("uitkomsten", "Wat er misging, en hoe vaak", _html_table(head, rows)) if counts else ""


def _table(table: Json | None, title: str, anchor: str) -> str:
    """A table of ``columns`` (labels) and ``rows`` (cells, all text), with an optional ``note``."""
    if not table:
        return ""
    head = "".join(f'<th scope="col"{_n(i)}>{escape(label)}</th>' for i, label in enumerate(table["columns"]))
    rows = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f'<td class="n">{escape(cell)}</td>' for cell in row[1:])
        + "</tr>"
        for row in table["rows"]
    )
    note = f'<p class="soft">{escape(table["note"])}</p>' if table.get("note") else ""
    return _section(anchor, title, _html_table(head, rows) + note)


def _n(column: int) -> str:
    return ' class="n"' if column else ""


def _html_table(head: str, rows: str) -> str:
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _section(anchor: str, title: str, content: str) -> str:
    return f'<section id="{anchor}"><h2>{escape(title)}</h2>{content}</section>'


def _questions(scored: Sequence[Scored]) -> str:
    cases = "".join(case_section(one) for one in scored)
    return _section("vragen", "Alle vragen", _filter(scored) + cases)


def _filter(scored: Sequence[Scored]) -> str:
    choices = (
        ("failure", "Uitkomst", FAILURE_LABELS, {s.failure for s in scored}),
        ("kind", "Soort vraag", KIND_LABELS, {s.row.case.kind for s in scored}),
        ("voice", "Stem", VOICE_LABELS, {s.row.case.voice for s in scored}),
    )
    selects = "".join(_select(name, label, labels, there) for name, label, labels, there in choices)
    text = '<label>Tekst<input name="text" type="search"></label>'
    return f'<form class="filter" hidden>{selects}{text}<p id="aantal" class="soft" aria-live="polite"></p></form>'


def _select(name: str, label: str, labels: Mapping[str, str], there: set[Any]) -> str:
    options = "".join(f'<option value="{key}">{escape(text)}</option>' for key, text in labels.items() if key in there)
    return f'<label>{escape(label)}<select name="{name}"><option value="">alle</option>{options}</select></label>'
