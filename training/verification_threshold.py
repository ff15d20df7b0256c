"""Choose ``MIN_SUPPORT`` of ``rag/verification.py`` on RaadsQA train, and measure how well planted errors are caught.

    python -m training.verification_threshold ../shared/data

A positive is a RaadsQA answer with the sentences that prove it; those answers are short and partly in other words, so
they stand for what a good model writes. Two kinds of negatives: the same answer with the proof of a question about
another passage, and with the sentence of its own passage that shares most of its words but is not its proof (the hard
kind: the right passage, the wrong sentence). Errors are planted in positives that pass: another number, year or name,
a denial added or taken away. What comes out is in LOG.md.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.dutch import terms
from rag.quantities import dates
from rag.verification import MIN_SUPPORT, verify

SEED = 20261121
YEAR = re.compile(r"\b(19|20)\d\d\b")
NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")
NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-zà-ÿ]{3,}")
NAMES = ["Veldhoven", "Barendsen", "Oosterwolde", "Tilburg", "Hoekstra", "Maastricht"]
DENIAL = re.compile(r"\b(niet|geen) ")
ANY_DENIAL = re.compile(r"\b(niet|geen|nee|nooit|niets|niemand|zonder|noch)\b", re.IGNORECASE)
VERB = re.compile(r"\b(is|zijn|wordt|worden|heeft|hebben|kan|kunnen|moet|moeten|was|waren)\b")


@dataclass(frozen=True, slots=True)
class Case:
    """An answer, the sentences that prove it, and the other sentences of its passage."""

    answer: str
    proof: list[str]
    others: list[str]
    passage: str


def read_cases(folder: Path, split: str) -> list[Case]:
    """The answerable questions of a split."""
    with lzma.open(folder / "raadsqa" / "passages.jsonl.xz", "rt", encoding="utf-8") as lines:
        sentences = {row["pid"]: row["sentences"] for row in map(json.loads, lines)}
    cases = []
    for line in (folder / "raadsqa" / f"{split}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["a"]:
            here = sentences[row["pid"]]
            proof = [here[i] for i in row["ev"]]
            cases.append(Case(row["a"], proof, [s for s in here if s not in proof], row["pid"]))
    return cases


def nearest_other(case: Case) -> list[str]:
    """The sentence of the same passage, not its proof, that shares most terms with the answer."""
    wanted = set(terms(case.answer))
    return [max(case.others, key=lambda s: len(wanted & set(terms(s))))] if case.others else []


def threshold_table(cases: list[Case]) -> None:
    """Print what each threshold keeps of the positives and lets through of the negatives."""
    stranger = cases[len(cases) // 2 :] + cases[: len(cases) // 2]
    rows = {
        "eigen bewijs": [verify(c.answer, c.proof, min_support=0) for c in cases],
        "vreemd bewijs": [verify(c.answer, o.proof, min_support=0) for c, o in zip(cases, stranger, strict=True)],
        "naastgelegen zin": [verify(c.answer, near, min_support=0) for c in cases if (near := nearest_other(c))],
    }
    print("share let through, by threshold (literal checks included)")
    print("threshold  " + "  ".join(f"{name:>17}" for name in rows))
    for step in range(11):
        shares = [sum(v.supported and v.support >= step / 10 for v in row) / len(row) for row in rows.values()]
        print(f"{step / 10:9.1f}  " + "  ".join(f"{share:17.3f}" for share in shares))
    reasons: dict[str, int] = {}
    for case in cases:
        verdict = verify(case.answer, case.proof)
        kind = re.sub(r"'[^']*'", "…", verdict.reason or "door")
        reasons[kind] = reasons.get(kind, 0) + 1
    for kind, count in sorted(reasons.items(), key=lambda item: -item[1]):
        print(f"  {count / len(cases):6.3f}  {kind}")


def planted(cases: list[Case]) -> None:
    """Print how many planted errors are caught, in cases that pass without."""
    chance = random.Random(SEED)
    passing = [case for case in cases if verify(case.answer, case.proof).supported]
    whole = [Case(p, case.proof, case.others, case.passage) for case in passing for p in case.proof[:1]]
    for title, group in (("answers", passing), ("whole evidence sentences", whole)):
        print(f"planted errors caught in {title}")
        for name, plant in PLANTS.items():
            wrong = [(error, case) for case in group for error in plant(case.answer, chance)]
            caught = sum(not verify(error, case.proof).supported for error, case in wrong)
            print(f"  {name:22} {caught / max(len(wrong), 1):.3f} of {len(wrong)}")


def _replace(pattern: re.Pattern[str], make: Callable[[str, random.Random], str]) -> Callable[..., Iterator[str]]:
    def plant(text: str, chance: random.Random) -> Iterator[str]:
        found = list(pattern.finditer(text))
        if found:
            match = chance.choice(found)
            yield text[: match.start()] + make(match[0], chance) + text[match.end() :]

    return plant


def _other_number(number: str, chance: random.Random) -> str:
    digit = chance.choice([i for i, c in enumerate(number) if c.isdigit()])
    other = str((int(number[digit]) + chance.randint(1, 8)) % 10)
    return number[:digit] + other + number[digit + 1 :]


def _add_denial(text: str, chance: random.Random) -> Iterator[str]:
    if not ANY_DENIAL.search(text):
        yield from _replace(VERB, lambda verb, _chance: f"{verb} niet")(text, chance)


def _swap_numbers(text: str, _chance: random.Random) -> Iterator[str]:
    found = list(NUMBER.finditer(text))
    if len(found) == 2 and found[0][0] != found[1][0] and not dates(text):
        first, second = found
        between = text[first.end() : second.start()]
        yield text[: first.start()] + second[0] + between + first[0] + text[second.end() :]


PLANTS: dict[str, Callable[..., Iterator[str]]] = {
    "another number": _replace(NUMBER, _other_number),
    "another year": _replace(YEAR, lambda year, chance: str(int(year) + chance.choice([-2, -1, 1, 2]))),
    "another name": _replace(NAME, lambda _name, chance: chance.choice(NAMES)),
    "denial taken away": _replace(DENIAL, lambda _word, _chance: ""),
    "denial added": _add_denial,
    "two numbers swapped": _swap_numbers,
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--split", default="train")
    options = parser.parse_args()
    cases = read_cases(options.data, options.split)
    print(f"{len(cases)} answerable questions of {options.split}; MIN_SUPPORT is {MIN_SUPPORT}")
    threshold_table(cases)
    planted(cases)


if __name__ == "__main__":
    main()
