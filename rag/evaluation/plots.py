"""Small SVG pictures for the report: bars with intervals, curves, a calibration diagram, a distribution.

Colours come from the classes of report.css, so light and dark are the page's business. Every picture has a title and
a description in Dutch; the numbers also stand in a table beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 560, 320
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 12, 44
ROW = 30
UNDER = 26  # room for the marks under bars


@dataclass(frozen=True, slots=True)
class Bar:
    """A share between 0 and 1 with its interval; ``n`` is the number of questions behind it."""

    label: str
    value: float
    low: float
    high: float
    n: int


def number(value: float, digits: int = 2) -> str:
    """A number as Dutch writes it."""
    return f"{value:.{digits}f}".replace(".", ",")


def bars(title: str, rows: Sequence[Bar], label_width: int = 205) -> str:
    """Horizontal bars, one per row, each with its interval as a thin line and its value in words."""
    height = TOP + ROW * len(rows) + UNDER
    inner = WIDTH - label_width - 92
    parts = [_axis_x(label_width, inner, height)]
    for i, row in enumerate(rows):
        y = TOP + i * ROW
        parts.append(_text(label_width - 8, y + 19, row.label, "end"))
        parts.append(_rect(label_width, y + 6, inner * row.value, 17, "bar"))
        parts.append(
            _line(label_width + inner * row.low, y + 14.5, label_width + inner * row.high, y + 14.5, "whisker")
        )
        parts.append(_text(WIDTH - 4, y + 19, f"{number(row.value)} (n={row.n})", "end", "small"))
    said = "; ".join(f"{row.label} {number(row.value)}" for row in rows)
    return _svg(title, f"{title}: {said}.", height, parts)


def curve(title: str, points: Sequence[tuple[float, float]], x_label: str, y_label: str) -> str:
    """A line of ``(x, y)``, both between 0 and 1."""
    path = " ".join(f"{'M' if i == 0 else 'L'}{_x(x):.1f} {_y(y):.1f}" for i, (x, y) in enumerate(points))
    parts = [*_frame(x_label, y_label), f'<path class="line" d="{path}"/>']
    first, last = points[0], points[-1]
    said = f"begint bij {number(first[1])} en eindigt bij {number(last[1])}"
    return _svg(title, f"{title}: {y_label} tegen {x_label}; {said}.", HEIGHT, parts)


def calibration(title: str, points: Sequence[tuple[float, float, int]], x_label: str, y_label: str) -> str:
    """Dots of ``(confidence, share, n)`` with the diagonal on which a perfect estimate would lie; area follows n."""
    most = max(n for _, _, n in points)
    dots = [
        f'<circle class="dot" cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="{4 + 9 * (n / most) ** 0.5:.1f}">'
        f"<title>{n} vragen: zekerheid {number(x)}, werkelijk {number(y)}</title></circle>"
        for x, y, n in points
    ]
    diagonal = _line(_x(0), _y(0), _x(1), _y(1), "guide")
    said = "; ".join(f"zekerheid {number(x)}, werkelijk {number(y)}, {n} vragen" for x, y, n in points)
    return _svg(title, f"{title}: {said}.", HEIGHT, [*_frame(x_label, y_label), diagonal, *dots])


def distribution(title: str, values: Sequence[float], unit: str, bins: int = 20) -> str:
    """How often each duration occurs, in equal steps up to the 99th percentile; what is slower is in the last."""
    ordered = sorted(values)
    top = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))] or 1.0
    counts = [0] * bins
    for value in values:
        counts[min(int(bins * value / top), bins - 1)] += 1
    most, width = max(counts), (WIDTH - LEFT - RIGHT) / bins
    parts = [*_frame(f"duur ({unit})", "vragen", x_top=top, y_top=float(most))]
    for i, count in enumerate(counts):
        tall = (HEIGHT - TOP - BOTTOM) * count / most
        parts.append(_rect(LEFT + i * width + 1, HEIGHT - BOTTOM - tall, width - 2, tall, "bar"))
    middle = ordered[len(ordered) // 2]
    return _svg(title, f"{title}: de middelste duur is {number(middle, 1)} {unit}.", HEIGHT, parts)


def _frame(x_label: str, y_label: str, x_top: float = 1.0, y_top: float = 1.0) -> list[str]:
    """Axes with five marks each; the marks run to ``x_top`` and ``y_top``."""
    parts = []
    for i in range(5):
        share = i / 4
        parts.append(_line(_x(share), _y(0), _x(share), _y(1), "grid"))
        parts.append(_line(_x(0), _y(share), _x(1), _y(share), "grid"))
        parts.append(_text(_x(share), HEIGHT - BOTTOM + 16, _tick(share * x_top, x_top), "middle", "small"))
        parts.append(_text(LEFT - 6, _y(share) + 4, _tick(share * y_top, y_top), "end", "small"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x_label, "middle", "small"))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text class="small" text-anchor="middle" transform="translate(12 {middle:.0f}) rotate(-90)">'
        f"{escape(y_label)}</text>"
    )
    return parts


def _tick(value: float, top: float) -> str:
    return number(value, 2 if top <= 1 else 0 if top >= 8 else 1)


def _axis_x(left: float, inner: float, height: float) -> str:
    marks = []
    for i in range(5):
        x = left + inner * i / 4
        marks.append(_line(x, TOP, x, height - UNDER, "grid"))
        marks.append(_text(x, height - UNDER + 18, number(i / 4), "middle", "small"))
    return "".join(marks)


def _x(share: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * share


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _rect(x: float, y: float, width: float, height: float, style: str) -> str:
    size = f'width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
    return f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" {size} rx="2"/>'


def _text(x: float, y: float, text: str, anchor: str, style: str = "") -> str:
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(title: str, description: str, height: float, parts: Sequence[str]) -> str:
    label = escape(description, quote=True)
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{label}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )
