"""Compiles the native kernel while the program is installed; without a C compiler the program is installed without.

The reader of ``models/reader`` comes along where it has been made; the other models are named in ``pyproject.toml``.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

READER = "models/reader"


class NativeBuildHook(BuildHookInterface[Any]):
    """Runs ``rag/native/build.py``, which is read from its file: the package itself cannot be imported yet."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile; a wheel that holds the library is for this kind of machine only."""
        if version != "editable" and Path(self.root, READER).is_dir():
            build_data["force_include"][READER] = f"rag/_models/{Path(READER).name}"
        native = runpy.run_path(str(Path(self.root, "rag", "native", "build.py")))
        try:
            library: Path = native["build"]()
        except native["NotBuilt"] as error:
            self.app.display_warning(f"Rekenkern niet gebouwd: {error}. Raadwijzer werkt ook zonder.")
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        if version != "editable":  # else it is found where it was built
            build_data["force_include"][str(library)] = library.relative_to(self.root).as_posix()
