"""What the Makefile does to what people keep."""

from __future__ import annotations

import os
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


@pytest.mark.skipif(os.name == "nt", reason="there is no sh")
@pytest.mark.parametrize(
    ("others", "pages", "status"), [(0, 0, 0), (1, 0, 1), (0, 1, 1), (2, 1, 1), (0, 5, 0), (5, 0, 0), (5, 5, 5)]
)
def test_the_two_halves_of_the_tests_fail_where_either_does(tmp_path, others, pages, status):
    """5 is what pytest says where no test was chosen."""
    python = tmp_path / "python"
    half = f'case "$*" in *--ignore*) echo others; exit {others};; *) echo pages; exit {pages};; esac'
    python.write_text(f"#!/bin/sh\n{half}\n")
    python.chmod(0o755)
    script = MAKEFILE.parent / "tools" / "run_tests.sh"
    done = subprocess.run(["sh", str(script), str(python)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (status, "others\npages\n")
