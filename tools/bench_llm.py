"""What our code adds to llama.cpp's own work, per token and per answer.

    python tools/bench_llm.py [MODEL.gguf]

Everything but ``llama_decode`` counts as ours: choosing a token, the grammar, text, reading claims, verifying them.
Without a model the tiny one of the tests is used; its decoding takes a fraction of a millisecond, so the share is given
for a model of 20 ms a token (4 billion weights on a fast laptop) as well.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from doubles_llm import MEETINGS, make_evidence  # noqa: E402
from tiny_gguf import write_tiny_gguf  # noqa: E402

from rag.answering.extractive import ExtractiveAnswerer  # noqa: E402
from rag.answering.llama import LlamaModel  # noqa: E402
from rag.answering.llm import LlmAnswerer  # noqa: E402
from rag.config import Config  # noqa: E402
from rag.verification import verify  # noqa: E402

REALISTIC_MS = 20.0
REPEATS = 5


class _TimedLibrary:
    """llama.cpp's functions, with the time that ``llama_decode`` takes."""

    def __init__(self, library: Any) -> None:  # noqa: ANN401 - a module of ctypes functions
        self._library = library
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._library, name)

    def llama_decode(self, *arguments: Any) -> int:  # noqa: ANN401
        start = time.perf_counter()
        status: int = self._library.llama_decode(*arguments)
        self.seconds += time.perf_counter() - start
        return status


def measure(path: Path) -> dict[str, float]:
    """Milliseconds and counts for an answer over five passages of evidence."""
    config = Config(llm=str(path), llm_threads=1)
    start = time.perf_counter()
    model = LlamaModel(config)
    loaded = time.perf_counter() - start
    timed = _TimedLibrary(model._llama)
    model._llama = timed
    answerer = LlmAnswerer(model, config, ExtractiveAnswerer().answer)
    evidence = make_evidence([f"{s[:-1]}, en dat blijft zo in de komende jaren." for s in MEETINGS], passages=5)
    answerer.answer(evidence)  # evaluates the fixed part; verification reads its word list
    timed.seconds, before, start = 0.0, model.evaluated, time.perf_counter()
    for _ in range(REPEATS):
        answerer.answer(evidence)
    total = time.perf_counter() - start
    tokens = (model.evaluated - before) / REPEATS
    start = time.perf_counter()
    for sentence in MEETINGS * 20:
        verify(sentence.replace("een", "één"), MEETINGS[:3])
    verifying = (time.perf_counter() - start) / (20 * len(MEETINGS))
    return {
        "load_ms": loaded * 1000,
        "tokens": tokens,
        "ours_ms": (total - timed.seconds) / REPEATS * 1000,
        "decode_ms": timed.seconds / REPEATS * 1000,
        "verify_ms": verifying * 1000,
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, nargs="?")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.model or write_tiny_gguf(Path(folder) / "proef.gguf")
        found = measure(path)
    per_token = found["ours_ms"] / 256
    print(f"load                     {found['load_ms']:8.1f} ms")
    print(f"evaluated per answer     {found['tokens']:8.0f} tokens (the fixed part aside)")
    print(f"llama_decode             {found['decode_ms']:8.1f} ms an answer")
    print(f"our code                 {found['ours_ms']:8.1f} ms an answer, {per_token * 1000:.0f} µs a written token")
    print(f"of which verify          {found['verify_ms']:8.2f} ms a claim")
    print(f"share, this model        {found['ours_ms'] / found['decode_ms']:8.1%}")
    print(f"share at {REALISTIC_MS:.0f} ms a token   {per_token / REALISTIC_MS:8.1%}")


if __name__ == "__main__":
    main()
