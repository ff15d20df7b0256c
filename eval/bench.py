"""Speed, memory and search quality, measured and printed beside their targets.

    python -m eval.bench [--data ../shared/data] [--passages 100000] [--json figures.json] [--only index,search,…]

Parts: ``index`` (text files → index), ``search`` (in process, warm, with memory), ``cold`` (``raadwijzer ask`` from the
shell), ``raadsqa`` (BM25, embedder and their sum on RaadsQA dev; only with the data). The corpus is made of paragraphs
of 60 to 120 words from shared/data, each under a heading, 20 to a file; without the data, of words of the seeds, and
smaller. Times hold for a machine that does nothing else: the load beforehand is printed with them.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("index", "search", "cold", "raadsqa")
SOURCES = (
    "be_parliament_nl",
    "laws/wet",
    "laws/AMvB",
    "laws/beleidsregel",
    "laws/circulaire",
    "laws/zbo",
    "laws/verdrag",
)
PARAGRAPH = (60, 120)  # words
PER_FILE = 20  # paragraphs
SYNTHETIC = 5_000  # passages, when there is no data
QUESTION = "Hoeveel signalen van seksuele uitbuiting waren er in 2020 in Den Haag?"


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured. ``target`` is what the issue asks; ``more`` says whether more is better."""

    name: str
    value: float
    unit: str = ""
    target: float | None = None
    more: bool = False

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        if self.target is None:
            return ""
        met = self.value >= self.target if self.more else self.value <= self.target
        return "gehaald" if met else "NIET gehaald"

    @property
    def line(self) -> str:
        """As it is printed."""
        target = "" if self.target is None else f"{'≥' if self.more else '≤'} {self.target:g}"
        return f"{self.name:<58} {self.value:>10,.3f} {self.unit:<12} {target:>9}  {self.verdict}"


def main() -> int:
    """Measure what is asked and print it. Exit status 1 when a target is missed."""
    options = _options()
    if options.probe:
        print(json.dumps(_probe(Path(options.probe), options.data)))
        return 0
    calibrate()
    chosen = [part for part in PARTS if part in options.only.split(",")]
    with tempfile.TemporaryDirectory(prefix="raadwijzer-bench-") as work:
        figures = [figure for part in chosen for figure in _measure(part, Path(work), options)]
    for figure in figures:
        print(figure.line)
    if options.json:
        rows = [{name: getattr(f, name) for name in (*Figure.__slots__, "verdict")} for f in figures]
        Path(options.json).write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(any(figure.verdict.startswith("NIET") for figure in figures))


def calibrate() -> None:
    """Say how fast this machine is now: the same loop takes about 0.45 s of a quiet core."""
    started = time.process_time()
    sum(number * number for number in range(5_000_000))
    taken = time.process_time() - started
    load = os.getloadavg()[0]
    print(f"Kernen: {os.cpu_count()}, belasting vooraf: {load:.1f}, ijklus: {taken:.2f} s", file=sys.stderr)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas")
    parser.add_argument("--json", help="write the figures to this file too")
    parser.add_argument("--probe", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(part: str, work: Path, options: argparse.Namespace) -> list[Figure]:
    if part == "raadsqa":
        return raadsqa(options.data, work) if (options.data / "raadsqa").is_dir() else []
    if part == "cold":
        return cold(work)
    if not (work / "index").exists():
        figures = indexing(options.data, options.passages, work)
        return figures if part == "index" else search(options.data, work)
    return search(options.data, work)


# --- indexing


def indexing(data: Path, passages: int, work: Path) -> list[Figure]:
    """Passages per second from text files on disk to an index that is swapped in."""
    from rag.config import Config
    from rag.embeddings import load_encoder
    from rag.indexing import build_index

    documents = make_corpus(data, passages, work / "docs")
    encoder = load_encoder(Config().embedder_path)
    before = _processor_time()
    report = build_index([documents], work / "index", encoder)
    used = _processor_time() - before
    again = build_index([documents], work / "index", encoder)
    size = sum(file.stat().st_size for file in (work / "index").rglob("*") if file.is_file())
    return [
        Figure("passages in the index", report.passages),
        Figure("indexing", report.passages / report.seconds, "passages/s", 3000, more=True),
        Figure("indexing, per second of processor time", report.passages / used, "passages/s"),
        Figure("nothing changed, the second time", again.seconds, "s"),
        Figure("memory of the indexing process, peak", _peak(), "MB", 600),
        Figure("index on disk", size / 1e6, "MB"),
    ]


def make_corpus(data: Path, passages: int, folder: Path) -> Path:
    """Text files with about this many passages."""
    texts = _paragraphs(data) if (data / "text").is_dir() else None
    if texts is None:
        print(f"{data} is er niet: een kleiner, verzonnen corpus van woorden uit seeds/.", file=sys.stderr)
        passages, texts = min(passages, SYNTHETIC), _synthetic()
    lines: list[str] = []
    for number, text in zip(range(1, passages + 1), texts, strict=False):
        lines += [f"Artikel {number}", text]
        if number % PER_FILE == 0 or number == passages:
            file = folder / f"{number // 10_000:03}" / f"{number:07}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
            lines = []
    return folder


def _paragraphs(data: Path) -> Iterator[str]:
    for name in SOURCES:
        with lzma.open(data / "text" / f"{name}.txt.xz", "rt", encoding="utf-8") as stream:
            yield from (line.strip() for line in stream if PARAGRAPH[0] <= len(line.split()) <= PARAGRAPH[1])


def _synthetic() -> Iterator[str]:
    words = [word for file in sorted((ROOT / "seeds").iterdir()) for word in file.read_text(encoding="utf-8").split()]
    dice = random.Random(0)
    while True:
        yield " ".join(dice.choices(words, k=dice.randint(*PARAGRAPH))).capitalize() + "."


def _processor_time() -> float:
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


# --- searching


def search(data: Path, work: Path) -> list[Figure]:
    """Search and answer times in a process of its own, with its memory."""
    command = [sys.executable, "-m", "eval.bench", "--probe", str(work / "index"), "--data", str(data)]
    found = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    return [
        Figure("opening the index", found["open"], "ms"),
        Figure("search, median", found["search"][0], "ms", 5),
        Figure("search, 95th percentile", found["search"][1], "ms", 15),
        Figure("search without learned ranking, median", found["unranked"][0], "ms"),
        Figure("  of which words, median", found["lexical"][0], "ms"),
        Figure("  of which vectors, median", found["vectors"][0], "ms"),
        Figure("search within half of the documents, median", found["filtered"][0], "ms"),
        Figure("extractive answer, search included, median", found["answer"][0], "ms", 50),
        Figure("extractive answer, search included, 95th percentile", found["answer"][1], "ms"),
        Figure("recall@20 of the vectors against exact", found["recall"], "", 0.98, more=True),
        Figure("memory after searching, whole process, peak", found["memory"], "MB", 600),
    ]


def _probe(index: Path, data: Path) -> dict[str, Any]:
    """Runs in a process of its own: times in milliseconds as [median, 95th percentile]."""
    from rag import Assistant, dutch
    from rag.config import Config
    from rag.embeddings import load_encoder
    from rag.retrieval import Retriever
    from rag.store import Store
    from rag.types import Filters

    asked = questions(data)
    started = time.perf_counter()
    assistant = Assistant.open(config=Config(index=str(index), answerer="extractive"))
    opened = 1000 * (time.perf_counter() - started)
    searched, answered, memory = timed(assistant.search, asked), timed(assistant.ask, asked), _peak()
    encoder = load_encoder(Config().embedder_path)  # from here on beside the assistant, to measure its parts
    store = Store.open(index, encoder.fingerprint)
    rows = encoder.encode(asked)
    terms = [dutch.query_terms(question) for question in asked]
    half = Filters(documents=tuple(info.path for info in store.documents()[::2]))
    figures: dict[str, Any] = {
        "open": opened,
        "search": searched,
        "unranked": timed(Retriever(store, encoder, None, Config()).search, asked),
        "lexical": timed(lambda t: store.lexical.search(t, 100), terms),
        "vectors": timed(lambda row: store.vectors.search(row, 100), list(rows)),
        "answer": answered,
        "filtered": timed(lambda question: assistant.search(question, filters=half), asked[:100]),
        "memory": memory,
    }
    return figures | {"recall": _recall(store, rows)}


def _recall(store: Any, rows: Any) -> float:
    """Share of the exact best 20 that the vector index has in its best 20."""
    import numpy as np

    codes, scales = store.vectors.rows(store.vectors.units)
    shares = []
    for row in rows[:200]:
        scores = (codes @ row) * scales
        best = set(store.vectors.units[np.argsort(-scores, kind="stable")[:20]].tolist())
        shares.append(len(best & {unit for unit, _ in store.vectors.search(row, 20)}) / len(best))
    return statistics.mean(shares)


def questions(data: Path) -> list[str]:
    """Questions to search with: of RaadsQA, else of our own evaluation."""
    file = data / "raadsqa" / "dev.jsonl"
    if file.is_file():
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        return [row["q"] for row in rows][:300]
    rows = [json.loads(line) for line in (ROOT / "eval" / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    return [row["q"] for row in rows if "q" in row][:300]


def timed(call: Any, values: Sequence[Any]) -> list[float]:
    """Median and 95th percentile in milliseconds of ``call`` over ``values``, warm."""
    for value in values[:10]:
        call(value)
    times = []
    for value in values:
        started = time.perf_counter()
        call(value)
        times.append(1000 * (time.perf_counter() - started))
    return [statistics.median(times), statistics.quantiles(times, n=20)[-1]]


# --- from the shell


def cold(work: Path) -> list[Figure]:
    """``raadwijzer ask`` on the seeds, from the shell, nothing warm but the disk; and a warm answer on the seeds."""
    index = work / "seeds"
    run = [sys.executable, "-m", "rag"]
    subprocess.run([*run, "index", "seeds", "--index", str(index)], cwd=ROOT, capture_output=True, check=True)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        ask = [*run, "ask", QUESTION, "--index", str(index), "--answerer", "extractive", "--json"]
        subprocess.run(ask, cwd=ROOT, capture_output=True, check=True)
        times.append(time.perf_counter() - started)
    return [Figure("raadwijzer ask from the shell, median of 5", statistics.median(times), "s", 3)]


# --- RaadsQA


def raadsqa(data: Path, work: Path) -> list[Figure]:
    """Retrieval on RaadsQA dev: 34,110 passages, the answerable questions, one right passage each."""
    from rag.config import Config
    from rag.embeddings import load_encoder

    ids, texts = _raadsqa_passages(data)
    rows = [json.loads(line) for line in (data / "raadsqa" / "dev.jsonl").read_text(encoding="utf-8").splitlines()]
    asked = [(row["q"], row["pid"]) for row in rows if row["a"]]
    encoder = load_encoder(Config().embedder_path)
    found = _raadsqa_runs(texts, [question for question, _ in asked], encoder, work)
    targets = {("BM25", 1): 0.44, ("BM25", 5): 0.72, ("sum", 1): 0.45, ("sum", 5): 0.76}
    figures = []
    for name, runs in found.items():
        ranks = [_rank([ids[n] for n in run], pid) for run, (_, pid) in zip(runs, asked, strict=True)]
        for k in (1, 5, 20):
            value = sum(0 < rank <= k for rank in ranks) / len(ranks)
            figures.append(Figure(f"RaadsQA dev, {name}, recall@{k}", value, "", targets.get((name, k)), more=True))
        mrr = sum(1 / rank for rank in ranks if rank) / len(ranks)
        figures.append(Figure(f"RaadsQA dev, {name}, MRR@100", mrr))
    return figures


def _raadsqa_passages(data: Path) -> tuple[list[str], list[str]]:
    """Ids and searched texts."""
    rows = []
    for name in ("passages", "distractors"):
        with lzma.open(data / "raadsqa" / f"{name}.jsonl.xz", "rt", encoding="utf-8") as stream:
            rows += [json.loads(line) for line in stream]
    texts = [f"{row['title']}\n{row['text'] if 'text' in row else ' '.join(row['sentences'])}" for row in rows]
    return [row["pid"] for row in rows], texts


def _raadsqa_runs(texts: list[str], questions: list[str], encoder: Any, work: Path) -> dict[str, list[list[int]]]:
    """Places in ``texts``, best first, for each question, by each way of searching."""
    import numpy as np

    from rag import dutch
    from rag.lexical import LexicalIndex, LexicalWriter
    from rag.retrieval import fuse
    from rag.vectors import VectorIndex, quantize, write_vectors

    writer = LexicalWriter(work / "raadsqa" / "lexical")
    for number, text in enumerate(texts):
        writer.add(number, dutch.joined_terms(dutch.tokens(text)))
    writer.close()
    write_vectors(work / "raadsqa" / "vectors", np.arange(len(texts)), *quantize(encoder.encode(texts)))
    lexical, vectors = LexicalIndex(work / "raadsqa" / "lexical"), VectorIndex(work / "raadsqa" / "vectors")
    runs: dict[str, list[list[int]]] = {"BM25": [], "embedder": [], "sum": []}
    for question, row in zip(questions, encoder.encode(questions), strict=True):
        terms = dutch.query_terms(question)
        by_words, by_meaning = lexical.search(terms, 100), vectors.search(row, 100)
        units = sorted({unit for unit, _ in by_words + by_meaning})
        scores = lexical.scores(terms, units), vectors.scores(row, units)
        fused = fuse(*(np.array([found[unit] for unit in units]) for found in scores), weight=0.5)
        runs["BM25"].append([unit for unit, _ in by_words])
        runs["embedder"].append([unit for unit, _ in by_meaning])
        runs["sum"].append([units[place] for place in np.argsort(-fused, kind="stable")[:100]])
    return runs


def _rank(run: Sequence[str], right: str) -> int:
    """The rank of the right passage, from 1; 0 when it is not there."""
    return run.index(right) + 1 if right in run else 0


if __name__ == "__main__":
    sys.exit(main())
