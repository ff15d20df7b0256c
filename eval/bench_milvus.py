"""Milvus beside the embedded index, on milvus-lite; and how much memory a cluster needs, worked out.

    python -m eval.bench_milvus [--data ../shared/data] [--sizes 1000,5000] [--json eval/milvus.json] [--docs docs]

Measured is whether both give the same passages, what a search takes, how fast rows go in and what they take on disk.
milvus-lite is a program in Python for tests: its times say nothing of a cluster. Memory of a cluster is worked out from
what a document holds in the seeds, with the formulas in ``needs``. ``--docs`` writes the tables into ``groter.md``,
between its marks; ``--from figures.json`` does so without measuring.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from eval.bench import ROOT, questions
from eval.bench_large import law_files

SIZES = (1_000, 5_000)
ASKED = 60  # questions
K = 10
DOCUMENTS = 3_500_000
LENGTHS = (0.5, 1.0, 2.0)  # documents as long as the seeds, half as long, twice as long
TIE = 1e-4  # scores that are nearer to each other may change places
MARKS = "<!-- {}: made by eval/bench_milvus.py -->", "<!-- end -->"

DIM = 256
M = 16  # links of a node in the HNSW graph; twice as many in the lowest layer
DEGREE = 56  # links of a node on disk, DiskANN's default in Milvus (MaxDegree)
DISK_SHARE = 0.125 + 0.1  # of the vectors that DiskANN keeps in memory: Milvus's defaults for codes and for a cache
POSTING = 8  # bytes of a term of a unit: 4 for which unit, 4 for the weight
FIELDS = 9 * 8 + 1 + 4 * 8  # bytes of the other fields: nine numbers, a mark, and on average four people
FIELD_INDEXES = 9 * 8  # bytes in the indexes over these fields
LOADED = 0.7  # of a node's memory that is filled: Milvus takes 0.9 at most, and replacing needs room
NODE = 64e9  # bytes of memory
LOCAL_BYTES = 1_500  # of a passage in the index folder: docs/grootte.md
OWNERS = 8 + 8 + 20  # bytes of a unit that stay beside the documents: its number, its passage's, that one's id


@dataclass(frozen=True, slots=True)
class Contents:
    """What a document holds, on average."""

    passages: float
    units: float
    terms: float  # different ones of a unit


def main() -> int:
    """Measure, print and write."""
    options = _options()
    if options.figures:
        found = json.loads(Path(options.figures).read_text(encoding="utf-8"))
    else:
        if not (options.data / "text" / "laws").is_dir():
            print(f"{options.data} is er niet: zonder de wetteksten valt er niets te meten.", file=sys.stderr)
            return 0
        found = {"seeds": contents(), "sizes": [measure(options.data, size) for size in options.sizes]}
    print(json.dumps(found, indent=1))
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if options.docs:
        write(Path(options.docs) / "groter.md", found)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sizes", type=lambda text: [int(part) for part in text.split(",")], default=SIZES)
    parser.add_argument("--json", default="")
    parser.add_argument("--docs", default="")
    parser.add_argument("--from", dest="figures", default="")
    return parser.parse_args()


def contents() -> dict[str, float]:
    """What is in Milvus of the seeds."""
    with tempfile.TemporaryDirectory() as work:
        config = _config(Path(work))
        report, _ = _timed_index([ROOT / "seeds"], config)
        rows = _all_rows(config)
        documents = report.added
        terms = [len(row["words"]) for row in rows if row["length"]]
        return {
            "documents": documents,
            "passages": report.passages / documents,
            "units": len(rows) / documents,
            "terms": sum(terms) / len(rows),
        }


def measure(data: Path, size: int) -> dict[str, float]:
    """Figures for so many passages of law."""
    from rag import Assistant
    from rag.config import Config
    from rag.store.milvus import connection, place_of

    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        law_files(data, size, work / "docs")
        index = str(work / "index")
        _timed_index([work / "docs"], Config(index=index))
        config = _config(work)
        report, filled = _timed_index([work / "docs"], config)
        here, there = Assistant.open(config=Config(index=index)), Assistant.open(config=config)
        asked = questions(data)[:ASKED]
        mine, one = _searched(here, asked)
        theirs, other = _searched(there, asked)
        rows = len(_all_rows(config))
        disk = sum(file.stat().st_size for file in Path(config.milvus_uri).rglob("*") if file.is_file())
        connection.shared(place_of(config)).close()
        _release(config)
        return {
            "passages": report.passages,
            "units": rows,
            "rows_per_second": rows / filled,
            "disk_bytes_per_unit": disk / rows,
            "embedded_ms": one,
            "milvus_ms": other,
            "same": sum(alike(a, b) for a, b in zip(mine, theirs, strict=True)) / len(asked),
        }


def _config(work: Path) -> Any:
    from rag.config import Config

    return Config(index=str(work / "index"), store="milvus", milvus_uri=str(work / "milvus.db"))


def _timed_index(paths: Sequence[Path], config: Any) -> tuple[Any, float]:
    """The report, and seconds of processor time."""
    from rag.assistant import index_documents

    started = time.process_time()
    report = index_documents(paths, config)
    return report, time.process_time() - started


def _all_rows(config: Any) -> list[dict[str, Any]]:
    from rag.store import folder
    from rag.store.milvus import server_of
    from rag.store.milvus.publish import read_about

    about = read_about(folder.current(Path(config.index)))
    if about is None:
        raise RuntimeError("the index is not in Milvus")
    found: list[dict[str, Any]] = server_of(config)(  # type: ignore[misc]
        "query", about.collection, filter="born >= 0", output_fields=["length", "words"]
    )
    return found


def _release(config: Any) -> None:
    from milvus_lite.server_manager import server_manager_instance

    server_manager_instance.release_server(config.milvus_uri)


def _searched(assistant: Any, asked: Sequence[str]) -> tuple[list[list[tuple[str, float]]], float]:
    """What was found, and milliseconds of processor time for a search, the middle one of all."""
    found, times = [], []
    assistant.search(asked[0], K)
    for question in asked:
        started = time.process_time()
        hits = assistant.search(question, K)
        times.append(1000 * (time.process_time() - started))
        found.append([(hit.passage.passage_id, hit.score) for hit in hits])
    return found, sorted(times)[len(times) // 2]


def alike(one: list[tuple[str, float]], other: list[tuple[str, float]]) -> bool:
    """Whether two lists of hits are the same, but for the order of equal scores."""
    scores = all(abs(a - b) < TIE for (_, a), (_, b) in zip(one, other, strict=False))
    edge = one[-1][1] + TIE if one else 0.0
    ids = {name for name, score in one if score > edge} ^ {name for name, score in other if score > edge}
    return len(one) == len(other) and scores and not ids and all(a[1] >= b[1] for a, b in pairwise(one))


# --- what a cluster needs


def needs(documents: int, each: Contents) -> dict[str, float]:
    """Bytes of memory and of disk, by kind of index. The graph of HNSW: hnswlib, ``8 M`` bytes for a vector."""
    units = documents * each.units
    words, fields = units * each.terms * POSTING, units * (FIELDS + FIELD_INDEXES)
    dense = units * DIM * 4
    by_index = {
        "HNSW": dense + units * 8 * M,
        "IVF_SQ8": units * (DIM + 8),
        "DISKANN": DISK_SHARE * dense,
    }
    memory = {name: held + words + fields for name, held in by_index.items()}
    return {
        "passages": documents * each.passages,
        "units": units,
        "dense": dense,
        "words": words,
        "fields": fields,
        **{f"index {name}": held for name, held in by_index.items()},
        **{f"memory {name}": held for name, held in memory.items()},
        **{f"nodes {name}": -(-held // (LOADED * NODE)) for name, held in memory.items()},
        "disk DISKANN": units * (DIM * 4 + DEGREE * 4),
        "stored": 2 * (dense + words + fields),  # what was written, and the indexes made of it
        "local": documents * each.passages * LOCAL_BYTES,
        "owners": units * OWNERS,
    }


ROWS = (
    ("Passages", "passages", 1e6, "miljoen"),
    ("Zoekvensters (rijen in Milvus)", "units", 1e6, "miljoen"),
    ("Vectoren, onverkort", "dense", 1e9, "GB"),
    ("Zoekwoorden (sparse)", "words", 1e9, "GB"),
    ("Velden, met hun index", "fields", 1e9, "GB"),
    ("Geheugen met HNSW", "memory HNSW", 1e9, "GB"),
    ("Geheugen met IVF_SQ8", "memory IVF_SQ8", 1e9, "GB"),
    ("Geheugen met DISKANN", "memory DISKANN", 1e9, "GB"),
    ("Snelle schijf (NVMe) bij DISKANN", "disk DISKANN", 1e9, "GB"),
    ("Zoekknopen van 64 GB met HNSW", "nodes HNSW", 1, ""),
    ("Zoekknopen van 64 GB met IVF_SQ8", "nodes IVF_SQ8", 1, ""),
    ("Zoekknopen van 64 GB met DISKANN", "nodes DISKANN", 1, ""),
    ("Opslag van Milvus (MinIO of S3)", "stored", 1e9, "GB"),
    ("Indexmap op de eigen computer", "local", 1e9, "GB"),
    ("Daarvan in te zien bij elke zoekvraag (rijen → passages)", "owners", 1e9, "GB"),
)


def sizing_table(seeds: dict[str, float]) -> list[str]:
    """A table of ``needs`` for documents of several lengths."""
    all_needs = [
        needs(DOCUMENTS, Contents(seeds["passages"] * times, seeds["units"] * times, seeds["terms"]))
        for times in LENGTHS
    ]
    heads = ("half zo lang", "zo lang als de voorbeeldstukken", "twee keer zo lang")
    lines = ["| 3,5 miljoen stukken | " + " | ".join(heads) + " |", "| --- |" + " ---: |" * len(heads)]
    for name, key, unit, said in ROWS:
        shown = [_number(found[key] / unit) + (f" {said}" if said else "") for found in all_needs]
        lines.append(f"| {name} | " + " | ".join(shown) + " |")
    return lines


def measured_table(found: dict[str, Any]) -> list[str]:
    """A table of what was measured."""
    sizes = found["sizes"]
    rows = (
        ("Zoekvensters (rijen in Milvus)", "units", 0),
        ("Deel van de vragen met dezelfde tien passages", "same", 2),
        ("Zoektijd ingebouwd, rekentijd in ms (mediaan)", "embedded_ms", 0),
        ("Zoektijd milvus-lite, rekentijd in ms (mediaan)", "milvus_ms", 0),
        ("Rijen per seconde rekentijd bij het vullen", "rows_per_second", 0),
        ("Bytes op schijf per rij", "disk_bytes_per_unit", 0),
    )
    lines = ["| Passages | " + " | ".join(_number(one["passages"]) for one in sizes) + " |"]
    lines.append("| --- |" + " ---: |" * len(sizes))
    for name, key, digits in rows:
        lines.append(f"| {name} | " + " | ".join(_number(one[key], digits) for one in sizes) + " |")
    return lines


def write(file: Path, found: dict[str, Any]) -> None:
    """Put the tables between their marks."""
    text = file.read_text(encoding="utf-8")
    seeds = found["seeds"]
    average = (
        f"Gemeten in de voorbeeldstukken: gemiddeld {_number(seeds['passages'], 1)} passages en "
        f"{_number(seeds['units'], 1)} zoekvensters per stuk, en {_number(seeds['terms'])} verschillende zoekwoorden "
        "per venster."
    )
    parts = {"measured": measured_table(found), "seeds": [average], "sizing": sizing_table(seeds)}
    for name, lines in parts.items():
        begin = text.index(MARKS[0].format(name)) + len(MARKS[0].format(name))
        end = text.index(MARKS[1], begin)
        text = text[:begin] + "\n" + "\n".join(lines) + "\n" + text[end:]
    file.write_text(text, encoding="utf-8")


def _number(value: float, digits: int = 0) -> str:
    """A number as Dutch writes it; small ones with a digit more."""
    digits = max(digits, 1) if 0 < abs(value) < 10 and value != round(value) else digits
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


if __name__ == "__main__":
    sys.exit(main())
