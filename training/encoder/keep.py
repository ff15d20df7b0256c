"""A trained cross-encoder as a folder: weights in half precision, the table of piece vectors in 8 bits, its shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from training.encoder.body import Shape
from training.encoder.cross import CrossEncoder, CrossShape

WEIGHTS, SETTINGS = "model.safetensors", "config.json"


def keep(model: CrossEncoder, table: np.ndarray, room: int, folder: Path) -> None:
    """Write the folder. ``table`` (pieces, dim) gives words their vectors; ``room`` words of a passage are read."""
    folder.mkdir(parents=True, exist_ok=True)
    scale = np.maximum(np.abs(table).max(axis=1), 1e-8) / 127
    stored = {name: weight.detach().cpu().numpy().astype(np.float16) for name, weight in model.state_dict().items()}
    stored |= {"table": np.rint(table / scale[:, None]).astype(np.int8), "scale": scale.astype(np.float32)}
    save_file(stored, folder / WEIGHTS)
    settings = model.shape.described() | {"room": room}
    (folder / SETTINGS).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def kept(folder: Path) -> tuple[CrossEncoder, np.ndarray, int]:
    """The model, its table (pieces, dim) and how many words of a passage it reads."""
    settings: dict[str, Any] = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    stored = load_file(folder / WEIGHTS)
    table = stored.pop("table").astype(np.float32) * stored.pop("scale")[:, None]
    model = CrossEncoder(CrossShape(Shape(**settings["body"]), settings["vector"], settings["facts"]))
    model.load_state_dict({name: torch.from_numpy(weight.astype(np.float32)) for name, weight in stored.items()})
    return model.eval(), table, settings["room"]
