"""Boosted trees in LightGBM's text format, evaluated with numpy.

LightGBM makes these models (``training/``); importing it takes seconds, which a question on the command line cannot
wait for, and evaluating trees takes thirty lines. Only what our training writes is understood: numerical splits
without missing values. A test holds the scores equal to LightGBM's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import ModelInvalid, ModelMissing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]


MOSTLY_GOING = 0.7  # while more of the walks than this go on, leaving the others out costs more than it saves


@dataclass(frozen=True, slots=True)
class Forest:
    """All nodes of all trees in one row of arrays.

    A leaf is its own left and right child, so that a walk may go on past it; ``value`` is 0 for inner nodes. ``roots``
    are the trees' first nodes, ``depth`` the longest walk.
    """

    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    value: Floats
    roots: Ints
    depth: int
    names: tuple[str, ...]

    def predict(self, rows: NDArray[np.float32]) -> Floats:
        """The sum of the trees' leaves for each row: ``(n, features)`` → ``(n,)``."""
        count, trees = len(rows), len(self.roots)
        features = rows.ravel()
        node = np.tile(self.roots, count)  # (n * trees,): where each walk is
        offset = np.repeat(np.arange(count, dtype=np.int32) * rows.shape[1], trees)
        walking = np.arange(count * trees)  # the walks that go on
        at, begin = node.copy(), offset
        for _ in range(self.depth):
            if not len(at):
                break
            goes_left = features.take(begin + self.feature.take(at)) <= self.threshold.take(at)
            at = np.where(goes_left, self.left.take(at), self.right.take(at))
            node[walking] = at
            going = self.left.take(at) != at
            if going.mean() < MOSTLY_GOING:
                walking, at, begin = walking[going], at[going], begin[going]
        total: Floats = self.value.take(node.reshape(count, trees)).sum(axis=1)
        return total


def load_forest(file: Path) -> Forest:
    """Read a model file. Raises ModelMissing, or ModelInvalid when it is something else or needs more than this."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ModelMissing(f"{file} ontbreekt: het model is niet volledig. Haal het project opnieuw op.") from error
    try:
        return _parse(text)
    except (ValueError, KeyError, IndexError, UnicodeDecodeError) as error:
        raise ModelInvalid(f"{file} is geen bruikbaar model: {error}. Haal het project opnieuw op.") from error


def _parse(text: str) -> Forest:
    if not text.startswith("tree\n") or "end of trees" not in text:
        raise ValueError("het begin of het einde ontbreekt")
    head, *trees = text.partition("end of trees")[0].split("\nTree=")
    names = tuple(_fields(head)["feature_names"].split())
    parts = [_tree(_fields(tree)) for tree in trees]
    sizes = [len(part[0]) for part in parts]
    roots = np.cumsum([0, *sizes[:-1]]).astype(np.int32)
    feature, threshold, left, right, value = (
        np.concatenate([part[i] + (root if i in (2, 3) else 0) for part, root in zip(parts, roots, strict=True)])
        for i in range(5)
    )
    depth = max(_depth(part[2], part[3]) for part in parts)
    ints = (feature.astype(np.int32), left.astype(np.int32), right.astype(np.int32))
    return Forest(ints[0], threshold, ints[1], ints[2], value, roots, depth, names)


def _fields(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def _tree(fields: dict[str, str]) -> tuple[Floats, ...]:
    """One tree as feature, threshold, left, right, value over inner nodes and then leaves."""
    leaves = np.array(fields["leaf_value"].split(), np.float64)
    count = len(leaves) - 1
    if int(fields["num_cat"]) or int(fields.get("is_linear", "0")):
        raise ValueError("er zijn splitsingen van een onbekende soort")
    own = np.arange(count, count + len(leaves), dtype=np.float64)
    zeros = np.zeros(len(leaves))
    if count == 0:
        return zeros, zeros, own, own, leaves
    feature = np.array(fields["split_feature"].split(), np.float64)
    threshold = np.array(fields["threshold"].split(), np.float64)
    children = [np.array(fields[side].split(), np.float64) for side in ("left_child", "right_child")]
    left, right = (np.where(child < 0, count - 1 - child, child) for child in children)  # leaf i is written as -i - 1
    join = np.concatenate
    return (
        join([feature, zeros]),
        join([threshold, zeros]),
        join([left, own]),
        join([right, own]),
        join([np.zeros(count), leaves]),
    )


def _depth(left: Floats, right: Floats) -> int:
    """The longest walk from the first node to a leaf, in steps. Children always come after their parent."""
    steps = np.zeros(len(left), np.int64)
    for node in range(len(left)):
        for child in (int(left[node]), int(right[node])):
            if child != node:
                steps[child] = steps[node] + 1
    return int(steps.max())
