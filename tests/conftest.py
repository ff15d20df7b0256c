"""What the tests share: the seeds indexed once with the real models, and an assistant on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from doubles import WordEmbedder
from hypothesis import settings

from rag import native
from rag.assistant import Assistant, index_documents
from rag.config import Config
from rag.indexing import build_index
from rag.native import library

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"

settings.register_profile("unhurried", deadline=None)  # a busy machine stops one example for longer than the rest take
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def seeds() -> Path:
    return SEEDS


@pytest.fixture(scope="session")
def seed_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index over seeds/, built with the shipped models; read it, do not write to it."""
    folder = tmp_path_factory.mktemp("seeds") / "index"
    report = index_documents([SEEDS], Config(index=str(folder)))
    assert report.failed == ()
    return folder


@pytest.fixture(scope="session")
def assistant(seed_index: Path) -> Assistant:
    """The product as it ships, on the seeds, answering without a language model."""
    return Assistant.open(config=Config(index=str(seed_index), answerer="extractive"))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The folder of an index of one document, to damage."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "wijk.txt").write_text("De wijk krijgt een school.\n")
    build_index([tmp_path / "docs"], tmp_path / "index", WordEmbedder())
    return tmp_path / "index"


@pytest.fixture(params=["native", "numpy"])
def kernel(request: pytest.FixtureRequest) -> Iterator[str]:
    """Both ways to work things out: compiled, and by Python."""
    if request.param == "native" and not native.available():
        pytest.skip("no native kernel was built")
    library.switch(off=request.param == "numpy")
    yield request.param
    library.switch(off=False)
