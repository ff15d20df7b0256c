"""Boosted trees in LightGBM's text format, evaluated with numpy.

LightGBM makes these models (``training/``); importing it takes seconds, which a question on the command line cannot
wait for. Only what our training writes is understood: numerical splits without missing values. A test holds the scores
equal to LightGBM's own.

All trees are evaluated at once, for 64 rows at a time: a word of 64 bits says for which of the rows a thing holds.
Every distinct split is decided once, and where a row ends in a tree is a matter of "and" and "not". After Lucchese and
others 2015, "QuickScorer: a fast algorithm to rank documents with additive ensembles of regression trees". Where the
native kernel is built it does this, to the bit the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag import native
from rag.errors import ModelInvalid, ModelMissing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Words = NDArray[np.uint64]

ROWS = 64  # the bits of a word
DIGITS = 46  # bits that a sum of leaves takes at most: 64-bit floats hold 53 exactly
BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").astype(np.float64)  # (256, 8)


@dataclass(frozen=True, slots=True)
class Level:
    """The inner nodes of all trees that are equally deep, in an order of their own.

    Their children, first all left ones and then all right ones, are the next level's nodes or are leaves.
    """

    split: Ints  # (nodes,): among the distinct splits
    nodes: Ints  # (next nodes,): which of the children are the next level's nodes, in their order
    leaves: Ints  # which of the children are leaves


@dataclass(frozen=True, slots=True)
class Forest:
    """All trees. ``splits`` are the distinct pairs of feature and threshold in order, see ``_keys``."""

    splits: Words
    features: Ints  # (splits,)
    levels: tuple[Level, ...]
    values: Floats  # (leaves,), level by level, rounded so that sums of them are exact, see ``_rounded``
    constant: float  # the trees that have one leaf only
    trees: int
    names: tuple[str, ...]
    flat: native.Trees  # the same trees

    def predict(self, rows: NDArray[np.float32]) -> Floats:
        """The sum of the trees' leaves for each row: ``(n, features)`` → ``(n,)``."""
        if native.available():
            return self.flat.predict(rows)
        parts = [self._sums(rows[begin : begin + ROWS]) for begin in range(0, len(rows), ROWS)]
        return np.concatenate([np.zeros(0), *parts])

    def _sums(self, rows: NDArray[np.float32]) -> Floats:
        goes_left = self._goes_left(rows)
        here: Words = np.full(len(self.levels[0].split) if self.levels else 0, ~np.uint64(0))
        ends = []
        for level in self.levels:
            left = here & goes_left.take(level.split)
            children = np.concatenate([left, here ^ left])
            ends.append(children.take(level.leaves))
            here = children.take(level.nodes)
        total: Floats = self._added(np.concatenate([np.zeros(0, np.uint64), *ends]), len(rows)) + self.constant
        return total

    def _added(self, ends: Words, count: int) -> Floats:
        """For each row the sum of the leaves where it ends: ``(leaves,)`` → ``(count,)``.

        Eight rows at a time: the leaves are added up by which of these rows end there, 256 possibilities in all.
        """
        some = (ends != 0).nonzero()[0]  # a third of the leaves
        values = self.values.take(some)
        rows = ends.take(some).astype("<u8", copy=False).view(np.uint8).reshape(-1, 8)  # (leaves, 8)
        by_rows = np.stack([np.bincount(rows[:, place], values, 256) for place in range((count + 7) // 8)])
        found: Floats = (by_rows @ BITS).ravel()[:count]  # (count / 8, 256) @ (256, 8)
        return found

    def _goes_left(self, rows: NDArray[np.float32]) -> Words:
        """For each split the rows that go left, ``(splits,)``.

        A row goes left at the first threshold of a feature that is not below its value, and at all after it: a running
        sum of the rows' bits. Every feature before has added all rows once.
        """
        count, width = rows.shape
        bit = np.uint64(1) << np.arange(count, dtype=np.uint64)
        feature = np.arange(width, dtype=np.uint64)[:, None]
        first = np.searchsorted(self.splits, _keys(feature, rows.T)) + feature.astype(np.int64)  # (features, rows)
        added = np.zeros(len(self.splits) + width, np.uint64)
        np.add.at(added, first.ravel(), np.tile(bit, width))
        everyone = bit.sum(dtype=np.uint64)
        running = np.cumsum(added, dtype=np.uint64)
        before = everyone * self.features.astype(np.uint64)
        found: Words = running[np.arange(len(self.splits)) + self.features] - before
        return found


def _keys(feature: Words, value: NDArray[np.float32]) -> Words:
    """Feature and value as one number: it sorts by feature and then by value."""
    raw = (value + np.float32(0)).view(np.uint32)  # the sum makes -0 a 0
    sortable = np.where(raw >> 31, ~raw, raw | np.uint32(1 << 31))
    keys: Words = (feature << np.uint64(32)) | sortable
    return keys


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
    return _joined([_tree(_fields(tree)) for tree in trees], names)


def _fields(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


@dataclass(frozen=True, slots=True)
class _Tree:
    """A tree as LightGBM writes it: inner nodes by number, a child below 0 is leaf ``-child - 1``."""

    feature: Ints
    threshold: Floats
    children: tuple[Ints, Ints]  # left, right
    leaves: Floats


def _tree(fields: dict[str, str]) -> _Tree:
    if int(fields["num_cat"]) or int(fields.get("is_linear", "0")):
        raise ValueError("er zijn splitsingen van een onbekende soort")
    leaves = np.array(fields["leaf_value"].split(), np.float64)
    names = ("split_feature", "threshold", "left_child", "right_child") if len(leaves) > 1 else ()
    feature, threshold, left, right = (
        (np.array(fields[name].split(), np.float64) for name in names) if names else (np.zeros(0),) * 4
    )
    if not len(feature) == len(threshold) == len(left) == len(right) == len(leaves) - 1:
        raise ValueError("een boom is niet heel")
    return _Tree(feature.astype(np.int64), threshold, (left.astype(np.int64), right.astype(np.int64)), leaves)


def _joined(trees: list[_Tree], names: tuple[str, ...]) -> Forest:
    """All trees as one forest, level by level."""
    grown = [tree for tree in trees if len(tree.feature)]
    first_node = np.cumsum([0, *(len(tree.feature) for tree in grown)])
    first_leaf = np.cumsum([0, *(len(tree.leaves) for tree in grown)])
    left, right = (
        np.concatenate([np.zeros(0, np.int64), *map(_numbered, sides, first_node[:-1], first_leaf[:-1])])
        for sides in ([tree.children[side] for tree in grown] for side in (0, 1))
    )
    feature = np.concatenate([np.zeros(0, np.int64), *(tree.feature for tree in grown)])
    threshold = np.concatenate([np.zeros(0), *(tree.threshold for tree in grown)])
    value = np.concatenate([np.zeros(0), *(tree.leaves for tree in grown)])
    splits, split = np.unique(_keys(feature.astype(np.uint64), _below(threshold)), return_inverse=True)
    levels, leaves = _levels(first_node[:-1], left, right, split)
    constant = sum(float(tree.leaves[0]) for tree in trees if not len(tree.feature))
    largest = sum(float(np.abs(tree.leaves).max()) for tree in grown)
    values = _rounded(value[leaves], largest, len(grown))
    features = (splits >> np.uint64(32)).astype(np.int64)
    bounds = np.searchsorted(features, np.arange(len(names) + 1))
    flat = native.Trees.of((splits, bounds), (*_flat(levels), len(first_node) - 1), values, constant)
    return Forest(splits, features, levels, values, constant, len(trees), names, flat)


def _numbered(children: Ints, first_node: int, first_leaf: int) -> Ints:
    """The children in a tree by their number among those of all trees; leaf i is still -i - 1."""
    return np.where(children < 0, children - first_leaf, children + first_node)


def _levels(roots: Ints, left: Ints, right: Ints, split: Ints) -> tuple[tuple[Level, ...], Ints]:
    """The levels, and which leaves they end in, in order. ``left`` and ``right`` are of all nodes; leaf i is -i - 1."""
    levels: list[Level] = []
    leaves: list[Ints] = []
    nodes, seen = roots, 0
    while len(nodes):
        children = np.concatenate([left[nodes], right[nodes]])
        seen += len(nodes)
        if seen > len(split):
            raise ValueError("een boom loopt rond")
        levels.append(Level(split[nodes], np.flatnonzero(children >= 0), np.flatnonzero(children < 0)))
        leaves.append(-1 - children[children < 0])
        nodes = children[children >= 0]
    return tuple(levels), np.concatenate([np.zeros(0, np.int64), *leaves])


def _flat(levels: Sequence[Level]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The levels one after another: split ``(nodes,)``, children ``(nodes, 2)`` where nodes + i is leaf i."""
    nodes = sum(len(level.split) for level in levels)
    children, node, leaf = [np.zeros((0, 2), np.int32)], 0, nodes
    for level in levels:
        node += len(level.split)
        own = np.empty(2 * len(level.split), np.int32)  # all left ones, then all right ones
        own[level.nodes] = node + np.arange(len(level.nodes))
        own[level.leaves] = leaf + np.arange(len(level.leaves))
        leaf += len(level.leaves)
        children.append(own.reshape(2, -1).T)
    split = np.concatenate([np.zeros(0, np.int64), *(level.split for level in levels)])
    return split.astype(np.int32), np.ascontiguousarray(np.concatenate(children))


def _rounded(values: Floats, largest: float, trees: int) -> Floats:
    """Leaves as multiples of a grain so fine that it costs nothing, and so coarse that sums of leaves are exact.

    So a score is the same in whatever order it is added up, on every machine. ``largest`` is what the leaves of a row
    add up to at most.
    """
    magnitude = np.ceil(np.log2(max(largest, 1e-30)))
    grain = 2.0 ** (magnitude + np.ceil(np.log2(max(trees, 1))) - DIGITS)
    rounded: Floats = np.rint(values / grain) * grain
    return rounded


def _below(values: Floats) -> NDArray[np.float32]:
    """The largest 32-bit float that is not above each value: what is at most the one is at most the other."""
    rounded = values.astype(np.float32)
    return np.where(rounded > values, np.nextafter(rounded, np.float32(-np.inf)), rounded)
