"""What the Makefile does to what people keep."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).resolve().parent.parent / "Makefile"


@pytest.mark.parametrize("removed", [True, False])
def test_cleaning_leaves_the_list_of_what_must_not_come_back(tmp_path, removed):
    generation = tmp_path / "index" / "generations" / "1"
    generation.mkdir(parents=True)
    for file in (tmp_path / "index" / "current", tmp_path / "index" / "lock", generation / "removed.json"):
        file.write_text("1")
    (tmp_path / "raadwijzer.toml").write_text('index = "index"')
    if removed:
        (tmp_path / "index" / "removed.json").write_text("{}")
    subprocess.run(["make", "-f", str(MAKEFILE), "clean"], cwd=tmp_path, check=True, capture_output=True)
    left = sorted(file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*"))
    assert left == (["index", "index/removed.json"] if removed else []) + ["raadwijzer.toml"]
    subprocess.run(["make", "-f", str(MAKEFILE), "clean"], cwd=tmp_path, check=True, capture_output=True)
