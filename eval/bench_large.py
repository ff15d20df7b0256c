"""How speed, memory and recall go with size: indexes of 1,000 to 1,000,000 passages of law texts, drawn.

    python -m eval.bench_large [--data ../shared/data] [--sizes 1000,10000,…] [--json figures.json] [--docs docs]

The law texts are cut into passages of 60 words, the shortest that the program makes, each under a heading, 20 to a
file. They hold some 640,000 of these; after that come passages of four quarters from four places. For every size a
process of its own builds the index, another one searches it and a third adds 1,000 passages, so that memory is that of
each alone.
With ``--keep`` one size can be measured again while those of others stay: ``--sizes 1000000 --keep --json …``.
``--docs`` writes ``grootte.md`` and its pictures from the figures; ``--from figures.json`` does so without measuring.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from eval.bench import ROOT, Figure, calibrate, questions, timed

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
WORDS = 60  # of a passage
PER_FILE = 20  # passages
PER_FOLDER = 500  # files
ADDED = 1_000  # passages, when there is an index already
ASKED = 300  # questions
CHECKED = 100  # questions whose nearest passages are compared with the exact ones
NEAREST = 20
BLOCK = 50_000  # rows that are compared at a time
LIMIT = 1_000_000  # passages: what the targets are for


def main() -> int:
    """Measure every size, print the figures beside their targets and write them. Exit status 1: a target is missed."""
    options = _options()
    if options.step:
        step, *arguments = options.step
        print(json.dumps(STEPS[step](*arguments)))
        return 0
    if options.figures:
        measured = json.loads(Path(options.figures).read_text(encoding="utf-8"))
    elif not (options.data / "text" / "laws").is_dir():
        print(f"{options.data} is er niet: zonder de wetteksten valt er niets te meten.", file=sys.stderr)
        return 0
    else:
        calibrate()
        measured = with_kept(_measure_all(options), options.json if options.keep else None)
    if options.json:
        Path(options.json).write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    if options.docs:
        from eval.plots_large import write_page

        write_page(options.docs, measured)
    return _print(measured)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sizes", type=lambda text: [int(n) for n in text.split(",")], default=list(SIZES))
    parser.add_argument("--json", help="write the figures to this file")
    parser.add_argument("--keep", action="store_true", help="figures of other sizes stay in the file of --json")
    parser.add_argument("--from", dest="figures", help="take the figures from this file instead of measuring")
    parser.add_argument("--docs", type=Path, help="write the page with pictures to this folder")
    parser.add_argument("--work", help="a folder for documents and indexes (they stay there)")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure_all(options: argparse.Namespace) -> list[dict[str, float]]:
    with tempfile.TemporaryDirectory(prefix="raadwijzer-groot-") as temporary:
        work = Path(options.work or temporary)
        found = []
        for size in options.sizes:
            folder = work / str(size)
            figures = {"passages": size, **_measure(options.data, size, folder)}
            print(json.dumps(figures), file=sys.stderr)
            found.append(figures)
    return found


def with_kept(measured: list[dict[str, float]], file: str | None) -> list[dict[str, float]]:
    """What was measured, with what a file holds of other sizes, in order of size."""
    kept = json.loads(Path(file).read_text(encoding="utf-8")) if file and Path(file).is_file() else []
    rows = {row["passages"]: row for row in [*kept, *measured]}
    return [rows[size] for size in sorted(rows)]


def _measure(data: Path, size: int, folder: Path) -> dict[str, float]:
    law_files(data, size, folder / "docs")
    law_files(data, ADDED, folder / "more", skip=size)
    docs, more, index = (str(folder / name) for name in ("docs", "more", "index"))
    built = _run("build", docs, index)
    found = _run("search", index, str(data))
    added = _run("build", more, index)
    return {**built, **found, "add_seconds": added["seconds"], "add_memory_mb": added["memory_mb"]}


def _run(*step: str) -> dict[str, float]:
    command = [sys.executable, "-m", "eval.bench_large", "--step", *step]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def law_files(data: Path, passages: int, folder: Path, skip: int = 0) -> None:
    """Text files with so many passages of law, the first ``skip`` left out; nothing when they are there."""
    if folder.is_dir():
        return
    lines: list[str] = []
    for number, text in enumerate(_law_passages(data), 1):
        if number <= skip:
            continue
        lines += [f"Artikel {number}", text]
        if number % PER_FILE == 0 or number == passages + skip:
            file = folder / f"{number // PER_FILE // PER_FOLDER:03}" / f"{number:07}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
            lines = []
        if number == passages + skip:
            return


def _law_passages(data: Path) -> Iterator[str]:
    """The words of all laws in a row, cut into passages; then once more, a quarter of each of four passages.

    So nearly all that comes the second time differs too much from the first to be taken for a duplicate.
    """
    for words in _law_words(data):
        yield _sentence(words)
    quarter = WORDS // 4
    last: deque[list[str]] = deque(maxlen=4)
    for words in _law_words(data):
        last.append(words)
        if len(last) == 4:
            mixed = (some[n * quarter : (n + 1) * quarter] for n, some in enumerate(last))
            yield _sentence([word for part in mixed for word in part])


def _law_words(data: Path) -> Iterator[list[str]]:
    words: list[str] = []
    for file in sorted((data / "text" / "laws").glob("*.txt.xz")):
        with lzma.open(file, "rt", encoding="utf-8") as stream:
            for line in stream:
                words += line.split()
                while len(words) >= WORDS:
                    yield words[:WORDS]
                    del words[:WORDS]


def _sentence(words: list[str]) -> str:
    text = " ".join(words)
    return text[:1].upper() + text[1:].rstrip(",.;:") + "."


# --- the steps, each in a process of its own


def build(docs: str, index: str) -> dict[str, float]:
    """Build or extend an index: passages per second, seconds, memory of all processes together, size on disk."""
    from rag.config import Config
    from rag.embeddings import load_encoder
    from rag.indexing import build_index

    encoder = load_encoder(Config().embedder_path)
    before = _processor_time()
    with _Memory() as memory:
        report = build_index([docs], Path(index), encoder)
    size = sum(file.stat().st_size for file in Path(index).rglob("*") if file.is_file())
    return {
        "passages_indexed": report.passages,
        "seconds": report.seconds,
        "per_second": report.passages / report.seconds,
        "per_processor_second": report.passages / (_processor_time() - before),
        "memory_mb": memory.peak / 1e6,
        "index_mb": size / 1e6,
    }


def search(index: str, data: str) -> dict[str, float]:
    """Open an index and search it: times in milliseconds, memory, and recall of the nearest rows against exact."""
    from rag import Assistant
    from rag.config import Config
    from rag.embeddings import load_encoder
    from rag.store import Store

    asked = questions(Path(data))[:ASKED]
    encoder = load_encoder(Config().embedder_path)
    encoder.encode(asked[:1])
    started = time.perf_counter()
    store = Store.open(Path(index), encoder.fingerprint)
    opened = time.perf_counter() - started
    assistant = Assistant.open(config=Config(index=index, answerer="extractive"))
    median, late = timed(assistant.search, asked)
    rows = encoder.encode(asked)
    vectors, _ = timed(lambda row: store.vectors.search(row, 100), list(rows))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {
        "open_ms": 1000 * opened,
        "search_median_ms": median,
        "search_p95_ms": late,
        "vectors_median_ms": vectors,
        "search_memory_mb": memory,
        "recall": _recall(store, rows[:CHECKED]),
    }


STEPS = {"build": build, "search": search}


class _Memory:
    """The most memory that this process and its children hold at one time, counting what they share once."""

    def __enter__(self) -> _Memory:
        self.peak = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            pids = [os.getpid(), *_children(os.getpid())]
            self.peak = max(self.peak, sum(map(_held, pids)))


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(child) for child in text.split()]


def _held(pid: int) -> float:
    """Bytes of anonymous memory; what is mapped from files is the machine's to take back."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0.0
    return sum(1024.0 * int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def _processor_time() -> float:
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _recall(store: Any, rows: Any) -> float:
    """Share of the exact nearest rows that the search finds."""
    import numpy as np

    units = store.vectors.units
    best, names = np.zeros((len(rows), 0), np.float32), np.zeros((len(rows), 0), np.int64)
    for begin in range(0, len(units), BLOCK):
        codes, scales = store.vectors.rows(units[begin : begin + BLOCK])
        scores = np.concatenate([best, rows @ (codes * scales[:, None]).T], 1)  # (questions, kept + block)
        known = np.concatenate([names, np.tile(units[begin : begin + BLOCK], (len(rows), 1))], 1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :NEAREST]
        best, names = np.take_along_axis(scores, order, 1), np.take_along_axis(known, order, 1)
    shares = []
    for row, right in zip(rows, names.tolist(), strict=True):
        found = {unit for unit, _ in store.vectors.search(row, NEAREST)}
        shares.append(len(found & set(right)) / len(right))
    return statistics.mean(shares)


# --- what is told


def figures(row: dict[str, float]) -> list[Figure]:
    """What was measured at one size, with the targets where it is the largest."""
    goal = row["passages"] >= LIMIT

    def figure(name: str, key: str, unit: str, target: float, more: bool = False) -> Figure:
        return Figure(f"{row['passages']:>9,}  {name}", row[key], unit, target if goal else None, more)

    return [
        figure("indexing", "per_second", "passages/s", 5000, more=True),
        Figure(f"{row['passages']:>9,}  indexing, per second of processor time", row["per_processor_second"]),
        figure("memory while indexing, all processes", "memory_mb", "MB", 2000),
        figure("index on disk", "index_mb", "MB", 1500),
        figure("opening the index", "open_ms", "ms", 1000),
        figure("search, median", "search_median_ms", "ms", 10),
        figure("search, 95th percentile", "search_p95_ms", "ms", 30),
        figure("recall of the vectors against exact", "recall", "", 0.98, more=True),
        Figure(f"{row['passages']:>9,}  memory while searching", row["search_memory_mb"], "MB"),
        figure("adding 1,000 passages", "add_seconds", "s", 5),
    ]


def _print(measured: Sequence[dict[str, float]]) -> int:
    found = [figure for row in measured for figure in figures(row)]
    for figure in found:
        print(figure.line)
    return int(any(figure.verdict.startswith("NIET") for figure in found))


if __name__ == "__main__":
    sys.exit(main())
