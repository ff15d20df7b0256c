"""Calibration: the expected calibration error and a reliability diagram (Niculescu-Mizil and Caruana 2005) as SVG."""

from __future__ import annotations

import numpy as np

BINS = 10
SIDE, EDGE = 300, 50


def bins(likely: np.ndarray, label: np.ndarray) -> list[tuple[float, float, int]]:
    """(mean estimate, share that is true, how many) for each tenth of the scale that holds any."""
    place = np.minimum((likely * BINS).astype(int), BINS - 1)
    return [
        (float(likely[place == i].mean()), float(label[place == i].mean()), int((place == i).sum()))
        for i in range(BINS)
        if (place == i).any()
    ]


def expected_error(likely: np.ndarray, label: np.ndarray) -> float:
    """How far estimates are from the truth on average, weighed by how many there are."""
    return sum(abs(mean - share) * count for mean, share, count in bins(likely, label)) / len(likely)


def draw(likely: np.ndarray, label: np.ndarray) -> str:
    """The diagram: points on the diagonal are estimates that come true as often as they say."""
    points = []
    for mean, share, count in bins(likely, label):
        x, y = EDGE + SIDE * mean, EDGE + SIDE * (1 - share)
        points.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + 10 * (count / len(likely)) ** 0.5:.1f}" fill="#154273"/>'
        )
    ticks = []
    for tenth in range(0, 11, 2):
        at = SIDE * tenth / 10
        ticks.append(f'<text x="{EDGE + at:.0f}" y="{EDGE + SIDE + 18}" text-anchor="middle">{tenth / 10:.1f}</text>')
        ticks.append(f'<text x="{EDGE - 8}" y="{EDGE + SIDE - at + 4:.0f}" text-anchor="end">{tenth / 10:.1f}</text>')
    size = SIDE + 2 * EDGE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" font-family="sans-serif" '
            'font-size="12">',
            "<title>Reliability: share that is answerable (up) by estimate (right)</title>",
            f'<rect x="{EDGE}" y="{EDGE}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#777"/>',
            f'<line x1="{EDGE}" y1="{EDGE + SIDE}" x2="{EDGE + SIDE}" y2="{EDGE}" stroke="#777" stroke-dasharray="4"/>',
            *points,
            *ticks,
            f'<text x="{EDGE + SIDE / 2}" y="{EDGE + SIDE + 40}" text-anchor="middle">estimate</text>',
            f'<text x="{EDGE}" y="{EDGE - 12}">share that is answerable</text>',
            "</svg>\n",
        ]
    )
