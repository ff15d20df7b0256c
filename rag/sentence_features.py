"""What tells which of the sentences of a search's best hits answer: one row of numbers for each sentence.

A sentence is compared with the question, with the others of its passage, and with those of all hits: what tells is
seldom that a sentence holds the question's words, for its passage does, but that it holds those which others lack.
Knows no models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.asking import KINDS, OFFERS
from rag.features import Analysis, Asked, Match, suiting, weigh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.association import Associations
    from rag.features import Floats

FOUND = 0.5  # a match from which a question word counts as found
WORDS = 3  # first, last and rarest question words of which the match is a feature of its own
NO_WORD = -1.0  # the match of a word that a question does not have
SURE_MARGIN = 5.0  # log-odds by which the first hit leads when there is no second


def sentence_features(
    asked: Asked, texts: Sequence[Analysis], match: Match, associations: Associations, hits: Sequence[float] = ()
) -> Floats:
    """One row for each candidate sentence of each text, in order: (candidates, len(SENTENCE_NAMES)).

    ``hits`` are the scores (0-1) of the texts as search found them, best first; none when there is nothing to choose.
    """
    found = [
        _InText.of(asked, text, match, slice(int(a), int(b)))
        for text, a, b in zip(texts, match.bounds[:-1], match.bounds[1:], strict=True)
    ]
    parts = [part for part in found if part is not None]
    if not parts:
        return np.zeros((0, len(SENTENCE_NAMES)), np.float32)
    of_text = [number for number, part in enumerate(found) if part is not None for _ in range(part.count)]
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
    everywhere = _Group(*(np.concatenate(arrays, axis=-1) for arrays in zip(*(p.group for p in parts), strict=True)))
    columns |= {f"{name} of all": values for name, values in everywhere.columns(asked).items()}
    columns |= _association_columns(asked, texts, associations)
    columns |= _hit_columns(np.array(hits if len(hits) else [0.5] * len(texts)), np.array(of_text))
    return np.stack([columns[name.replace("_", " ")] for name in SENTENCE_NAMES], axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Group:
    """Sentences that compete: how they match the question's words, and what they offer."""

    hard: Floats  # (question words, sentences)
    soft: Floats  # (question words, sentences)
    above: Floats  # (question words, sentences): the most that what a sentence stands under has of a word
    cosine: Floats  # (sentences,)
    offers: NDArray[np.uint8]  # (sentences,)

    def columns(self, asked: Asked) -> dict[str, Floats]:
        """What a sentence has that the others lack."""
        either, there = np.maximum(self.hard, self.soft), self.hard >= FOUND
        local = _local(asked.weights, there.sum(axis=1), there.shape[1])
        softly = _local(asked.weights, either.sum(axis=1), there.shape[1])
        fits = suiting(asked, self.offers).astype(np.float32)
        found = {
            "alone": weigh(asked.weights, np.maximum(self.hard - _best_other(self.hard), 0)),
            "alone softly": weigh(asked.weights, np.maximum(self.soft - _best_other(self.soft), 0)),
            "local": weigh(local, there),
            "local soft": weigh(softly, either),
            "local new": (local[:, None] * (self.above < FOUND) * there).sum(axis=0),
            "cosine deviation": _deviation(self.cosine, 0.02),
            "mass deviation": _deviation(weigh(asked.weights, self.hard), 0.05),
            "share that suits": np.full(len(fits), fits.mean(), np.float32),
            "suits alone": fits / max(float(fits.sum()), 1.0),
        }
        found["local suits"] = found["local soft"] * fits
        for name in ("alone softly", "local", "local soft", "local suits"):
            found[f"{name} below best"] = found[name] - found[name].max()
        return found


def _local(weights: Floats, holders: Floats, count: int) -> Floats:
    """The question's weights by how few of ``count`` sentences hold each word; together 1."""
    local = weights * np.maximum(np.log((count + 1) / (holders + 0.5)), 0).astype(np.float32)
    scaled: Floats = local / max(float(local.sum()), 1e-6)
    return scaled


def _best_other(matches: Floats) -> Floats:
    """For each sentence the best match of a word by another: (question words, sentences) → the same."""
    if matches.shape[1] < 2:
        return np.zeros_like(matches)
    second, best = np.split(np.partition(matches, -2, axis=1)[:, -2:], 2, axis=1)
    return np.where(matches == best, second, best)


def _deviation(values: Floats, least: float) -> Floats:
    spread: Floats = (values - values.mean()) / (values.std() + least)
    return spread


@dataclass(frozen=True, slots=True)
class _InText:
    """The candidate sentences of one text: their features within it, and what is compared with other texts."""

    count: int
    columns: dict[str, Floats]
    group: tuple[Floats, Floats, Floats, Floats, NDArray[np.uint8]]  # the fields of _Group

    @classmethod
    def of(cls, asked: Asked, text: Analysis, match: Match, part: slice) -> _InText | None:
        """None for a text without candidates."""
        candidate = np.array([kind == "candidate" for kind in text.kinds])
        if not candidate.any():
            return None
        hard, soft = match.hard[:, part], match.soft[:, part]  # (question words, segments)
        above = hard[:, ~candidate].max(axis=1, keepdims=True, initial=0.0)
        own = hard[:, candidate]
        group = _Group(
            own,
            soft[:, candidate],
            np.broadcast_to(above, own.shape),
            match.cosine[part][candidate],
            text.offers[candidate],
        )
        columns = _match_columns(asked, text, match, part, candidate)
        columns |= group.columns(asked) | _word_columns(asked, np.maximum(group.hard, group.soft))
        for name in ("alone softly", "local soft"):
            columns[f"{name} before"] = np.append(0, columns[name][:-1])
            columns[f"{name} after"] = np.append(columns[name][1:], 0)
        return cls(int(candidate.sum()), columns, (group.hard, group.soft, group.above, group.cosine, group.offers))


def _word_columns(asked: Asked, matches: Floats) -> dict[str, Floats]:
    """How sentences match single question words: the first three, the last three and the three rarest."""
    count = len(asked.words)
    rarest = np.argsort(-asked.idf, kind="stable")
    places = {f"first word {n}": n if n < count else None for n in range(WORDS)}
    places |= {f"last word {n}": count - 1 - n if n < count - WORDS else None for n in range(WORDS)}
    places |= {f"rarest word {n}": int(rarest[n]) if n < count else None for n in range(WORDS)}
    missing = np.full(matches.shape[1], NO_WORD, np.float32)
    return {name: missing if place is None else matches[place] for name, place in places.items()}


def _match_columns(
    asked: Asked, text: Analysis, match: Match, part: slice, candidate: NDArray[np.bool_]
) -> dict[str, Floats]:
    """How the candidates of a text match the question, beside what they stand under and their neighbours."""
    context = np.array([kind == "context" for kind in text.kinds])
    words = match.hard[:, part]
    mass, likeness = weigh(asked.weights, words), weigh(asked.weights, match.soft[:, part])
    cosine, lengths = match.cosine[part], match.lengths[part].astype(np.float32)
    count = int(candidate.sum())
    place = np.arange(count, dtype=np.float32)
    above = words[:, ~candidate].max(axis=1, keepdims=True)  # (question words, 1): title and context
    own = words[:, candidate]
    before = np.concatenate([words[:, context].max(axis=1, initial=0.0)[:, None], own[:, :-1]], axis=1)
    columns: dict[str, Floats] = {
        "mass": mass[candidate],
        "soft": likeness[candidate],
        "cosine": cosine[candidate],
        "with before": weigh(asked.weights, np.maximum(own, before)),
        "with above": weigh(asked.weights, np.maximum(own, above)),
        "new": weigh(asked.weights, np.maximum(own - above, 0)),
        "most found": np.max(asked.weights[:, None] * own, axis=0, initial=0.0),
        "place": place,
        "place from end": place[::-1],
        "length": lengths[candidate],
        "suits": suiting(asked, text.offers[candidate]).astype(np.float32),
    }
    for name in ("mass", "soft", "cosine", "with before"):
        values = columns[name]
        columns[f"{name} below best"] = values - values.max()
        columns[f"{name} rank"] = np.argsort(np.argsort(-values, kind="stable"), kind="stable").astype(np.float32)
        first = {"mass": mass, "soft": likeness, "cosine": cosine}.get(name)
        if first is not None:
            columns[f"{name} before"] = np.append(most(first[context]), values[:-1])
            columns[f"{name} after"] = np.append(values[1:], 0.0)
    offered = np.unpackbits(text.offers[candidate][:, None], axis=1, bitorder="little").astype(np.float32)
    columns |= {f"offers {name}": offered[:, i] for i, name in enumerate(OFFERS)}
    same = {
        "context": float(context.any()),
        "context mass": most(mass[context]),
        "context soft": most(likeness[context]),
        "context cosine": most(cosine[context]),
        "title mass": float(mass[0]),
        "text mass": float((asked.weights * words.max(axis=1)).sum()),
        "best cosine": float(cosine[candidate].max()),
        "sentences": float(count),
        "question words": float(len(asked.words)),
        **{f"asks {kind}": float(asked.kind == kind) for kind in KINDS},
    }
    columns |= {name: np.full(count, value, np.float32) for name, value in same.items()}
    return columns


def most(values: Floats) -> float:
    """The highest value, 0 when there is none."""
    return float(np.max(values, initial=0.0))


def _association_columns(asked: Asked, texts: Sequence[Analysis], associations: Associations) -> dict[str, Floats]:
    """How well the words of the candidates go with what is asked, whatever it is about."""
    candidates = [s for text in texts for s, kind in zip(text.texts, text.kinds, strict=True) if kind == "candidate"]
    scores = associations.scores(asked.text, candidates)
    return {"associated": scores, "associated below best": scores - scores.max()}


def _hit_columns(scores: NDArray[np.float64], of_text: NDArray[np.int64]) -> dict[str, Floats]:
    odds = log_odds(scores)
    lead = odds[0] - odds[1] if len(odds) > 1 else SURE_MARGIN
    return {
        "hit": odds[of_text],
        "hit below best": odds[of_text] - odds.max(),
        "hit rank": of_text.astype(np.float32),
        "hit margin": np.full(len(of_text), lead, np.float32),
    }


def log_odds(scores: NDArray[np.float64]) -> Floats:
    """Likelihoods → log-odds, kept within what a float can tell from certainty."""
    kept = np.clip(scores, 1e-4, 1 - 1e-4)
    odds: Floats = np.log(kept / (1 - kept)).astype(np.float32)
    return odds


_COMPARED = ("mass", "soft", "cosine", "with before")
_AGAINST_OTHERS = (
    *("alone", "alone softly", "local", "local soft", "local new", "cosine deviation", "mass deviation"),
    *("share that suits", "suits alone", "local suits"),
    *("alone softly below best", "local below best", "local soft below best", "local suits below best"),
)
SENTENCE_NAMES = tuple(
    name.replace(" ", "_")
    for name in (
        *("mass", "soft", "cosine", "with before", "with above", "new", "most found"),
        *("place", "place from end", "length", "suits"),
        *(f"{name} below best" for name in _COMPARED),
        *(f"{name} rank" for name in _COMPARED),
        *(f"{name} {side}" for name in _COMPARED[:3] for side in ("before", "after")),
        *(f"offers {name}" for name in OFFERS),
        *("context", "context mass", "context soft", "context cosine", "title mass", "text mass", "best cosine"),
        *("sentences", "question words"),
        *(f"asks {kind}" for kind in KINDS),
        *_AGAINST_OTHERS,
        *(f"{name} {side}" for name in ("alone softly", "local soft") for side in ("before", "after")),
        *(f"{which} word {n}" for which in ("first", "last", "rarest") for n in range(WORDS)),
        *(f"{name} of all" for name in _AGAINST_OTHERS),
        *("associated", "associated below best"),
        *("hit", "hit below best", "hit rank", "hit margin"),
    )
)
