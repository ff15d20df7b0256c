"""What a cluster needs is worked out as the documentation says, and its tables are those of the figures."""

import json
import shutil
from pathlib import Path

from eval.bench_milvus import Contents, alike, needs, write

ROOT = Path(__file__).resolve().parent.parent


def test_a_document_of_ten_windows():
    found = needs(1, Contents(passages=4, units=10, terms=50))
    assert found["dense"] == 10 * 1024
    assert found["words"] == 10 * 50 * 8
    assert found["fields"] == 10 * (105 + 72)
    assert found["memory HNSW"] == 10 * (1024 + 128) + 4000 + 1770
    assert found["memory IVF_SQ8"] == 10 * (256 + 8) + 4000 + 1770
    assert found["memory DISKANN"] == 0.225 * 10_240 + 4000 + 1770
    assert found["nodes HNSW"] == 1


def test_equal_scores_may_change_places_and_others_not():
    one = [("a", 0.9), ("b", 0.5), ("c", 0.5)]
    assert alike(one, [("a", 0.9), ("c", 0.5), ("b", 0.5)])
    assert alike(one, [("a", 0.9), ("b", 0.5), ("d", 0.5)])
    assert not alike(one, [("d", 0.9), ("b", 0.5), ("c", 0.5)])
    assert not alike(one, [("a", 0.9), ("b", 0.5)])
    assert not alike(one, [("a", 0.9), ("b", 0.6), ("c", 0.5)])


def test_the_documentation_holds_the_figures(tmp_path):
    copy = tmp_path / "groter.md"
    shutil.copyfile(ROOT / "docs" / "groter.md", copy)
    write(copy, json.loads((ROOT / "eval" / "milvus.json").read_text(encoding="utf-8")))
    assert copy.read_text(encoding="utf-8") == (ROOT / "docs" / "groter.md").read_text(encoding="utf-8")
