"""The page ``grootte.md`` with a picture of each figure of ``bench_large`` against the number of passages, as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 560, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 34, 46
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#57606a}.t{font-size:14px;fill:#24292f}"
    ".g{stroke:#d0d7de;stroke-width:1}.goal{stroke:#bc4c00;stroke-dasharray:5 4}"
    ".l{fill:none;stroke:#0969da;stroke-width:2}.d{fill:#0969da}.goaltext{fill:#bc4c00}"
    "@media(prefers-color-scheme:dark){text{fill:#9198a1}.t{fill:#f0f6fc}.g{stroke:#3d444d}"
    ".l{stroke:#4493f8}.d{fill:#4493f8}.goal{stroke:#f0883e}.goaltext{fill:#f0883e}}"
)
Row = dict[str, float]


@dataclass(frozen=True, slots=True)
class Plot:
    """One figure: its key, what it says in Dutch, its unit, and what is asked of a million passages."""

    key: str
    title: str
    unit: str
    goal: float
    least: bool = False  # the goal is the least that is good, not the most
    digits: int = 0
    value: Callable[[Row], float] | None = None

    def of(self, row: Row) -> float:
        """The figure at one size."""
        return self.value(row) if self.value else row[self.key]

    def met(self, row: Row) -> bool:
        """Whether the goal is met."""
        return self.of(row) >= self.goal if self.least else self.of(row) <= self.goal


PLOTS = (
    Plot("per_second", "Passages per seconde bij het maken van de index", "passages/s", 5000, least=True),
    Plot("memory_mb", "Geheugen bij het maken van de index, alle processen samen", "MB", 2000),
    Plot("index_mb", "Grootte van de index op schijf", "MB", 1500),
    Plot("open_ms", "Tijd om de index te openen", "ms", 1000),
    Plot("search_median_ms", "Zoektijd, mediaan", "ms", 10, digits=1),
    Plot("search_p95_ms", "Zoektijd, 95e percentiel", "ms", 30, digits=1),
    Plot("recall", "Deel van de 20 beste vectoren dat de benaderende index vindt", "", 0.98, least=True, digits=3),
    Plot("add_seconds", "Tijd om 1.000 passages toe te voegen", "s", 5, digits=1),
)


HOW = (
    "## Hoe de index wordt gemaakt",
    "",
    "- Twee processen lezen de bestanden en werken uit wat ervan wordt bewaard; een derde schrijft het weg. Dat gaat "
    "met een stapel documenten tegelijk. De lezers starten terwijl nog wordt nagegaan welke bestanden nieuw zijn, en "
    "lezen door terwijl het derde proces bewaart wat al klaar is.",
    "- Elk woord wordt één keer opgezocht en heeft dan een nummer. Zoektermen, vectoren, dubbele passages en de "
    "woorden waarop de rangschikking vergelijkt komen uit die nummers, voor honderden passages ineens. Stam, delen en "
    "woorddelen van een woord worden uitgerekend als het voor het eerst voorkomt. Daardoor gaat het eerste deel van "
    "een grote map langzamer dan de rest.",
    "- Waar een C-compiler is, doet gecompileerde code (`rag/native/indexing.c`) wat bij ieder woord en iedere zin "
    "hoort: zinnen knippen, woorden nummeren, nieuwe woorden ontleden, dubbele passages herkennen en optellen. Dat "
    "geeft dezelfde index in zeventig procent van de rekentijd. Zonder compiler doet Python hetzelfde.",
    "- In een stuk waarvan geen regel als een vraag of antwoord begint, wordt verder niet naar vragen gezocht.",
    "- De benaderende index van vectoren wordt geleerd van 4.096 rijen.",
    "",
)


def write_page(folder: Path, measured: Sequence[Row]) -> None:
    """Write ``grootte.md`` and the pictures in ``grootte/``."""
    pictures = folder / "grootte"
    pictures.mkdir(parents=True, exist_ok=True)
    for plot in PLOTS:
        (pictures / f"{plot.key}.svg").write_text(picture(plot, measured), encoding="utf-8")
    (folder / "grootte.md").write_text(page(measured), encoding="utf-8")


def page(measured: Sequence[Row]) -> str:
    """The page: what was measured and how, a table, and the pictures."""
    largest = measured[-1]
    goals = largest["passages"] >= 1_000_000
    lines = [
        "# Hoe groot kan het worden?",
        "",
        f"Gemeten met `make bench-large` op wetteksten, van {_number(measured[0]['passages'])} tot "
        f"{_number(largest['passages'])} passages. Een passage heeft hier 60 woorden, het minste dat het programma als "
        "passage van lopende tekst neemt. De wetten geven zo'n 640.000 passages; daarna worden ze nog eens geknipt, in "
        "stukken van verschillende plaatsen door elkaar. Deze bladzijde en haar plaatjes maakt de meting zelf, uit de "
        "cijfers in `eval/large.json`. De tijden gelden voor de machine waarop gemeten is; de streepjeslijn is wat "
        "van een miljoen passages wordt gevraagd op twee kernen.",
        "",
        "| | " + " | ".join(_number(row["passages"]) for row in measured) + (" | gevraagd |" if goals else " |"),
        "| --- |" + " ---: |" * (len(measured) + goals),
    ]
    for plot in PLOTS:
        unit = f" ({plot.unit})" if plot.unit else ""
        cells = [_number(plot.of(row), plot.digits) for row in measured]
        if goals:
            sign = "≥" if plot.least else "≤"
            verdict = "gehaald" if plot.met(largest) else "niet gehaald"
            cells.append(f"{sign} {_number(plot.goal, 2 if plot.goal < 1 else 0)}: {verdict}")
        lines.append(f"| {plot.title}{unit} | " + " | ".join(cells) + " |")
    lines += ["", *HOW, *(f"![{plot.title}](grootte/{plot.key}.svg)" for plot in PLOTS), ""]
    return "\n".join(lines)


def picture(plot: Plot, measured: Sequence[Row]) -> str:
    """A line over the number of passages, which is drawn in powers of ten."""
    values = [plot.of(row) for row in measured]
    low = 0.9 if plot.key == "recall" else 0.0
    top = max([*values, plot.goal]) * (1.0 if plot.key == "recall" else 1.1)
    first, last = math.log10(measured[0]["passages"]), math.log10(measured[-1]["passages"])

    def x(row: Row) -> float:
        share = (math.log10(row["passages"]) - first) / max(last - first, 1e-9)
        return LEFT + (WIDTH - LEFT - RIGHT) * share

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (max(value, low) - low) / (top - low)

    digits = plot.digits if top < 100 else 0
    parts = [f'<text class="t" x="{LEFT}" y="18">{escape(plot.title)}</text>']
    for i in range(5):
        value = low + (top - low) * i / 4
        parts.append(f'<path class="g" d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{_number(value, digits)}</text>')
    for row in measured:
        parts.append(
            f'<text x="{x(row):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{_short(row["passages"])}</text>'
        )
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">passages</text>')
    sign = "≥" if plot.least else "≤"
    goal = f"{sign} {_number(plot.goal, 2 if plot.goal < 1 else 0)} {plot.unit}".strip()
    parts.append(f'<path class="goal" d="M{LEFT} {y(plot.goal):.1f}H{WIDTH - RIGHT}"/>')
    parts.append(f'<text class="goaltext" x="{LEFT + 6}" y="{y(plot.goal) - 5:.1f}">gevraagd: {goal}</text>')
    points = " ".join(f"{x(row):.1f},{y(value):.1f}" for row, value in zip(measured, values, strict=True))
    parts.append(f'<polyline class="l" points="{points}"/>')
    parts += [
        f'<circle class="d" cx="{x(row):.1f}" cy="{y(value):.1f}" r="3.5"/>'
        for row, value in zip(measured, values, strict=True)
    ]
    said = "; ".join(
        f"{_number(row['passages'])}: {_number(value, plot.digits)} {plot.unit}".strip()
        for row, value in zip(measured, values, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" '
        f'aria-label="{escape(plot.title)}: {escape(said)}"><style>{STYLE}</style>{"".join(parts)}</svg>\n'
    )


def _number(value: float, digits: int = 0) -> str:
    """A number as Dutch writes it."""
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def _short(value: float) -> str:
    return f"{value / 1e6:g} mln" if value >= 1e6 else _number(value)
