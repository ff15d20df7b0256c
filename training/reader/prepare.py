"""shared/data → one packed folder: ``python -m training.reader.prepare`` (on the machine that has the data).

Everything that needs the product's search or sentences happens here, once, on a CPU: the tokenizer is learned, text is
turned into ids, and every question gets what our own search finds beside the right passage. Passages of RaadsQA that
belong to dev (or to no question of train) are neither read nor shown.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from rag import dutch
from rag.sentences import sentences
from training.data import DEFAULT, Question, Text, corpus, questions, require, rows
from training.reader import pack
from training.reader.negatives import hard_negatives
from training.reader.shape import SIZES
from training.reader.sources import Source, pieces, sources
from training.reader.tokenizer import CONTROL, EOS, load_tokenizer, train_tokenizer

LEARN_SHARE = 0.12  # of the text, for the tokenizer
LIMIT_MIB = 46.0  # with the project itself it must pass through a door of 64
WEAK_MOST = 2500  # of one kind of weak pairs
WEAK_SENTENCES = 12
MEANS = ("Wat is {}?", "Wat betekent {}?", "Wat wordt verstaan onder {}?", "wat wordt bedoeld met {}")
WEAK_FILES = (
    "laws_definitions_qa", "laws_facts_qa", "laws_heading_article", "be_parliament_qa", "be_parliament_qa_weak",
    "msdocs_m365_faq", "msdocs_d365_fo_faq", "msdocs_mem_faq", "msdocs_bc_faq", "msdocs_m365_heading",
    "msdocs_d365_fo_heading", "msdocs_mem_heading", "algoritmekader_heading", "minvws_corona_faq", "ggm_definities",
)  # fmt: skip


def prepare(data: Path, folder: Path, work: Path, size: str, limit_mib: float = LIMIT_MIB) -> None:
    """Write the pack, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    run = SIZES[size]
    used = sources(data)
    tokenizer = _tokenizer(data, folder, used, run.shape.vocabulary)
    texts, asked = _raadsqa(data, run.held_out)
    print(f"{len(asked)} questions of RaadsQA train, {sum(q.held_out for q in asked)} held out", flush=True)
    weak_texts, weak = _weak(data, len(texts), 20 if size == "toy" else WEAK_MOST)
    found = _with_negatives(texts, asked, work) + _with_negatives(weak_texts, weak, work, len(texts))
    shown = [pack.Passage(t.title, t.sentences or _cut(t.body)) for t in [*texts, *weak_texts]]
    pack.write_rows(folder / pack.PASSAGES, shown)
    pack.write_rows(folder / pack.QUESTIONS, found)
    print(f"{len(found)} questions, {len(shown)} passages", flush=True)
    taken = sum((folder / name).stat().st_size for name in (pack.TOKENIZER, pack.PASSAGES, pack.QUESTIONS))
    origin = _pack_text(data, folder, used, tokenizer, int(limit_mib * 2**20) - taken)
    (folder / pack.ORIGIN).write_text(json.dumps(origin, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _tokenizer(data: Path, folder: Path, used: list[Source], vocabulary: int) -> Tokenizer:
    file = folder / pack.TOKENIZER
    if not file.is_file():
        texts = (text for source in used for text in pieces(data, source, LEARN_SHARE))
        train_tokenizer(texts, vocabulary).save(str(file))
        print("tokenizer learned", flush=True)
    return load_tokenizer(file)


def _pack_text(
    data: Path, folder: Path, used: list[Source], tokenizer: Tokenizer, room: int
) -> dict[str, dict[str, object]]:
    """All text as ids; when it takes more than ``room`` bytes, the same share of every source is left out."""
    ids = {source.key: _ids(data, source, tokenizer) for source in used}
    sizes = {key: pack.write_ids(folder / f"text-{key}.u16.xz", values) for key, values in ids.items()}
    share = min(1.0, 0.97 * room / max(1, sum(sizes.values())))
    for key, values in ids.items() if share < 1 else ():
        ids[key] = values[: int(share * len(values))]
        sizes[key] = pack.write_ids(folder / f"text-{key}.u16.xz", ids[key])
    print(f"{sum(map(len, ids.values()))} tokens of text in {sum(sizes.values()) / 2**20:.1f} MiB", flush=True)
    return {
        source.key: {"tokens": len(ids[source.key]), "share": round(share * source.share, 3), "licence": source.licence}
        for source in used
    }


def _ids(data: Path, source: Source, tokenizer: Tokenizer) -> np.ndarray:
    """The ids of a source (tokens,), its pieces in shuffled order, an end mark behind each."""
    texts = list(pieces(data, source))
    random.Random(source.key).shuffle(texts)
    parts: list[np.ndarray] = []
    for start in range(0, len(texts), 1000):
        encoded = tokenizer.encode_batch_fast(texts[start : start + 1000], add_special_tokens=False)
        parts += [np.array([*piece.ids, CONTROL.index(EOS)], np.uint16) for piece in encoded]
    print(f"{source.key}: {sum(map(len, parts))} tokens", flush=True)
    return np.concatenate(parts) if parts else np.zeros(0, np.uint16)


def _raadsqa(data: Path, held_out: int) -> tuple[list[Text], list[pack.Asked]]:
    """The passages of train's questions and the distractors, and the questions; the held out ones share no passage."""
    train = questions(data, "train")
    of_train = {question.pid for question in train}
    real = {row["pid"] for row in rows(data, "raadsqa/passages.jsonl.xz")}
    texts = [text for text in corpus(data) if text.pid in of_train or text.pid not in real]
    place = {text.pid: i for i, text in enumerate(texts)}
    kept = held_out_passages(train, held_out)
    asked = [pack.Asked(q.text, place[q.pid], q.evidence, (), pack.RAADSQA, q.pid in kept) for q in train]
    return texts, asked


def held_out_passages(train: Sequence[Question], count: int) -> set[str]:
    """The passages of at least ``count`` questions that are measured on and never learned from; always the same."""
    of = Counter(question.pid for question in train)
    kept: set[str] = set()
    for pid in sorted(of, key=lambda pid: zlib.crc32(f"held out {pid}".encode())):
        if sum(of[other] for other in kept) >= count:
            break
        kept.add(pid)
    return kept


def _weak(data: Path, offset: int, most: int) -> tuple[list[Text], list[pack.Asked]]:
    """Weak pairs: the sentence that holds the answer where that is known, else the one that shares most words."""
    texts: list[Text] = []
    asked: list[pack.Asked] = []
    for name in WEAK_FILES:
        if not (data / f"pairs/{name}.jsonl.xz").is_file():
            continue
        drawn = rows(data, f"pairs/{name}.jsonl.xz")
        chance = random.Random(name)
        chosen = sorted(chance.sample(range(len(drawn)), min(most, len(drawn))))  # neighbours stay neighbours
        for number in chosen:
            made = _weak_pair(drawn[number], name, chance)
            if made is not None:
                question, title, cut, right = made
                asked.append(pack.Asked(question, offset + len(texts), (right,), (), pack.WEAK))
                texts.append(Text(f"{name}-{number}", title, " ".join(cut), cut))
    print(f"{len(asked)} weak questions", flush=True)
    return texts, asked


def _weak_pair(row: dict, name: str, chance: random.Random) -> tuple[str, str, tuple[str, ...], int] | None:
    """Question, title, sentences and the right one; None when nothing can be told to be right."""
    question = " ".join(row["q"].split())[:300]
    if name in ("laws_definitions_qa", "ggm_definities"):
        question = chance.choice(MEANS).format(question)
    cut = _cut(row.get("context") or row["a"])
    answer = " ".join(row["a"].split())[:60].lower()
    holding = [i for i, sentence in enumerate(cut) if answer in sentence.lower()] if row.get("context") else []
    if not holding:
        wanted = {term: dutch.background_idf(term) for term in dutch.terms(question)}
        shared = [sum(wanted.get(term, 0.0) for term in frozenset(dutch.terms(sentence))) for sentence in cut]
        holding = [int(np.argmax(shared))] if shared and max(shared) > 0 else []
    if not holding or len(question) < 8:
        return None
    first = max(0, holding[0] - WEAK_SENTENCES // 2)
    title = str(row.get("title") or "") or name.split("_", 1)[0]
    return question, title[:120], tuple(cut[first : first + WEAK_SENTENCES]), holding[0] - first


def _cut(text: str) -> tuple[str, ...]:
    text = re.sub(r"\s+", " ", text)[:6000].strip()
    return tuple(text[span.start : span.end] for span in sentences(text))


def _with_negatives(texts: list[Text], asked: Sequence[pack.Asked], work: Path, offset: int = 0) -> list[pack.Asked]:
    right = [question.passage - offset for question in asked]
    found = hard_negatives(texts, [question.text for question in asked], right, work)
    return [
        pack.Asked(q.text, q.passage, q.evidence, tuple(offset + i for i in other), q.origin, q.held_out)
        for q, other in zip(asked, found, strict=True)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--out", type=Path, default=Path("training/runs/reader/pack"))
    parser.add_argument("--size", choices=tuple(SIZES), default="full")
    parser.add_argument("--limit-mib", type=float, default=LIMIT_MIB)
    options = parser.parse_args()
    prepare(require(options.data), options.out, options.out.parent, options.size, options.limit_mib)


if __name__ == "__main__":
    main()
