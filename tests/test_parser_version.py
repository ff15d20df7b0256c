"""Nobody changes what reading gives without saying so: an index made by an older reader must know that it is.

``rag.documents.PARSER`` stands beside a digest of everything that holds the behaviour of the readers: all golden files.
When one of those changed, add 1 to PARSER and run ``python tests/test_parser_version.py``.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rag.documents import PARSER
from rag.errors import IndexOutdated
from rag.indexing import build_index
from rag.store import Store, folder

TESTS = Path(__file__).resolve().parent
NOTED = TESTS / "golden_parser.txt"  # a line for each version: number, digest
REMEDY = "Golden files changed: add 1 to PARSER in rag/documents and run python tests/test_parser_version.py"


def digest() -> str:
    """Of the names and the bytes of all golden files."""
    found = hashlib.sha256()
    for file in sorted(path for path in TESTS.rglob("golden*/**/*") if path.is_file()):
        found.update(file.relative_to(TESTS).as_posix().encode() + b"\0" + file.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()


def noted() -> list[list[str]]:
    return [line.split() for line in NOTED.read_text(encoding="ascii").splitlines()]


def test_the_version_stands_for_what_the_golden_files_hold():
    number, known = noted()[-1]
    assert known == digest(), REMEDY
    assert int(number) == PARSER, REMEDY


def test_versions_only_go_up():
    numbers = [int(number) for number, _ in noted()]
    assert numbers == sorted(set(numbers))


def test_an_index_made_by_an_older_reader_says_what_to_run(tmp_path, monkeypatch):
    from doubles import WordEmbedder

    embedder = WordEmbedder()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "haven.txt").write_text("De haven krijgt een kade.\n")
    build_index([tmp_path / "docs"], tmp_path / "index", embedder)
    monkeypatch.setattr(folder, "PARSER", PARSER + 1)
    with pytest.raises(IndexOutdated, match=r"andere manier van lezen.*raadwijzer index"):
        Store.open(tmp_path / "index", embedder.fingerprint)
    assert build_index([tmp_path / "docs"], tmp_path / "index", embedder).added == 1
    assert len(Store.open(tmp_path / "index", embedder.fingerprint).documents()) == 1


def write() -> None:
    """Note the digest under the version as it is now; the same number twice replaces the line."""
    kept = [f"{number} {known}" for number, known in noted() if int(number) < PARSER] if NOTED.exists() else []
    NOTED.write_text("\n".join([*kept, f"{PARSER} {digest()}"]) + "\n", encoding="ascii")


if __name__ == "__main__":
    write()
