"""Dutch words → search terms: stems, parts of compounds, one form for numbers.

What a text and a question are turned into here is what the lexical index stores and what ranking compares, so both
sides always go through ``terms``. The word list behind it (``models/dutch``, made by ``training/dutch.py``) holds the
words that compounds are made of and how rare every term is in general Dutch; it is read on first use.
Knows nothing of documents, passages or indexes.
"""

from __future__ import annotations

import hashlib
import lzma
import math
import re
import string
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import Stemmer

from rag import native
from rag.config import models_folder
from rag.errors import ModelInvalid, ModelMissing

if TYPE_CHECKING:
    from rag.native.indexing import Compounds


def as_set(text: str) -> frozenset[str]:
    """The words of a line, as a set."""
    return frozenset(text.split())


STEMMER = "dutch"  # Kraaij and Pohlmann 1994; in PyStemmer since 3.0. Finds more than Porter's (eval/LOG.md)
# Words without a subject of their own. Question words stay: "waar" and "wie" say what is asked.
STOP_WORDS = as_set(
    "de het een en van in is op te dat die met zijn er aan niet om bij ook door naar of als dan nog wel over uit heeft "
    "hebben kan kunnen worden wordt werd werden deze dit u uw ik we wij zij ze hun voor tot was waren zal zou zouden "
    "zullen daar al maar mijn ons onze je hij haar hem had hebt ben bent mag moet moeten der des den s t"
)
PREPOSITIONS = as_set(
    "aan bij binnen door in met naar om onder op over sinds tegen tot uit van vanaf vanuit volgens voor"
)
# May not open a compound (a verb's prefix: "aan-pakken") or close one (a suffix that is also a word: "straf-baar").
NO_FIRST_PART = as_set(
    "aan achter af bij binnen boven buiten daar door hier in mede mee mis na neer niet om onder op over rond samen "
    "tegen terug toe tussen uit vast veel vol voor voort waar weer weg zonder zelf groot alle alleen even best mijn "
    "deze heel meer mits niets ergens vooral waarop"
)
NO_LAST_PART = as_set(
    "aard aars achtig baar bare eren haar heden heid ende eren ieder keer lijk lijke ling loos loze maal matig matige "
    "rijk rijke same uren vol volle waarts waardig wijs zaam zame zien zijn ring ringen ting teren "
    "elen eten enten erven laat laten stelling"
)
MIN_COMPOUND = 7  # letters
MIN_PART = 4
SHORT_PARTS = frozenset({"wet", "lid", "bus", "zee"})  # the parts of three letters that are worth it
MAX_WORD = 60  # letters; what is longer is no word
PART_WEIGHT = 0.7  # of 0.3, 0.5, 0.7 and 1 the best on RaadsQA train (eval/LOG.md)
CACHE_LIMIT = 300_000  # words

_THOUSANDS = re.compile(r"\d(?<![\d.,]\d)\d{0,2}(?:[ .]\d{3})+(?!\d|[.,]\d{3}(?!\d))")
_PARTED = re.compile(  # what "28 638" and "RIS 305595" have, and "in 1995" has not
    r"\d\d\d(?:(?<=\d\s\d\d\d)(?!\d)|(?<=[rR]\w[sS]\s\d\d\d)\d)"
)
_IDENTIFIER = re.compile(r"(?<=\bris) (?=\d{4,})")
_AROUND = string.punctuation + string.whitespace
_WORD = re.compile(r"[^\W_]+(?:[-'.,][^\W_]+)*")
_ASCII_WORD = re.compile(r"[a-z0-9]+(?:[-'.,][a-z0-9]+)*")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_PIECE = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LETTERS_DIGITS = re.compile(r"[a-z]+(\d{4,})")
_MARKS = str.maketrans("’‘‑‐–—\u00a0\u202f\u2009", "''--     ", "\u00ad\u200b\ufeff") | {ord("ĳ"): "ij"}


@lru_cache(maxsize=4096)
def _plain(run: str) -> str:
    """A run of characters outside ASCII without its diacritics, quotes and dashes in their plain form."""
    decomposed = unicodedata.normalize("NFKD", run.translate(_MARKS))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


def fold(text: str) -> str:
    """Lower case, no diacritics, plain quotes and hyphens, and thousands in one piece ("28 638", "5.000")."""
    text = text.lower()
    if not text.isascii():
        text = _NOT_ASCII.sub(lambda m: _plain(m[0]), text)
    text = _THOUSANDS.sub(lambda m: m[0].replace(".", "").replace(" ", ""), text)
    return _IDENTIFIER.sub("", text) if "ris " in text else text


def words(text: str) -> list[str]:
    """The words of a text in order: folded, hyphenated words whole, nothing left out and nothing stemmed."""
    found: list[str] = []
    for token in tokens(text):
        if token.isalnum():
            found.append(token)
        else:
            found += _forms(token)[0]
    return found


def token_words(token: str) -> list[str]:
    """The words of one raw word (see ``tokens``): ``words`` gives those of all raw words of a text."""
    return _forms(token)[0]


def terms(text: str) -> list[str]:
    """The search terms of a text in order: stems, each followed by those of its parts when it is a compound."""
    return _analyzer().terms(text)


def joined_terms(words: Iterable[str]) -> str:
    """The terms of words as they stand in a text (see ``standing_words``) or raw ones, joined by spaces.

    The fast way for indexing: every word is analysed once.
    """
    return _analyzer().joined(words)


def word_terms(token: str) -> tuple[str, ...]:
    """The terms of one raw word (see ``tokens``)."""
    return _analyzer().of_token(token)


def terms_of(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    """The terms of many raw words at once."""
    return _analyzer().of_tokens(tokens)


def stems(text: str) -> list[str]:
    """As ``terms`` without the parts of compounds: one term for each word that counts."""
    return _analyzer().stems(text)


def query_terms(question: str) -> dict[str, float]:
    """The terms of a question with their weights: 1 for a word that it has, ``PART_WEIGHT`` for a part of one."""
    return _analyzer().weighted(question)


def known(word: str) -> bool:
    """Whether general Dutch knows a word, as it stands or by its stem."""
    lexicon = _analyzer().lexicon
    return word in lexicon.parts or any(stem in lexicon.idf for stem in stems(word))


def split_compound(word: str) -> tuple[str, ...]:
    """The parts of a compound at every level, largest first ("mensenhandel", "zaken", "mensen", "handel"), or ()."""
    return _analyzer().lexicon.split(fold(word))


def is_ordinary_word(word: str) -> bool:
    """Whether a word, whatever its case, is a common Dutch word or made of such words; a name is usually neither."""
    folded = fold(word)
    lexicon = _analyzer().lexicon
    return folded in STOP_WORDS or folded in lexicon.parts or bool(lexicon.split(folded))


def background_idf(term: str) -> float:
    """How telling a term is in general Dutch: Robertson's idf, natural logarithm.

    Counted over the paragraphs behind ``models/dutch``; a term that never occurs there gets the highest value.
    """
    lexicon = _analyzer().lexicon
    return lexicon.idf.get(term, lexicon.unseen_idf)


def analyzer_version() -> str:
    """Changes whenever the same text may give other terms; an index made with another value is outdated."""
    return f"1-{STEMMER}-{Stemmer.version()}-{_analyzer().lexicon.digest}"


def tokens(text: str) -> list[str]:
    """The raw words of a text: folded, not yet taken apart at marks inside them. Cheap."""
    if text.isascii() and (word := text.strip(_AROUND)).isalnum():  # one plain word
        return [word.lower()]
    folded = fold(text)
    return (_ASCII_WORD if folded.isascii() else _WORD).findall(folded)


def standing_words(text: str) -> list[str]:
    """The words of a text as they stand between white space, each of which can be analysed by itself.

    ``tokens`` of each, one after the other, are the tokens of the text: numbers that white space parts are joined.
    """
    return (fold(text) if is_parted(text) else text).split()


def is_parted(text: str) -> bool:
    """Whether white space may part a number or a name of a text ("28 638", "RIS 305595")."""
    return _PARTED.search(text) is not None


def _forms(token: str) -> tuple[list[str], list[str]]:
    """A raw token → (words, extra pieces). "zuid-holland" → zuidholland + zuid, holland; "d.m.v" → dmv; "8,5" → 8.5."""
    if token.isalnum():
        return [token], []
    if _NUMBER.fullmatch(token):
        return [token.replace(",", ".")], []
    token = re.sub(r"'(s|n|t|ers|je|jes)\b", "", token)
    pieces = _PIECE.findall(token)
    if "." in token and all(len(piece) <= 2 and piece.isalpha() for piece in pieces):
        return ["".join(pieces)], []
    if "-" in token and not any(mark in token for mark in "'.,") and not all(p.isdigit() for p in pieces):
        return ["".join(pieces)], pieces
    return pieces, []


class Lexicon:
    """The word list: which words make compounds (with log2 of how often they occur) and the idf of terms."""

    def __init__(self, parts: dict[str, float], idf: dict[str, float], paragraphs: int, digest: str = "") -> None:
        self.parts = parts
        self._last_parts = parts.copy()
        for word in NO_LAST_PART:
            self._last_parts.pop(word, None)
        self.idf = idf
        self.unseen_idf = math.log(1 + (paragraphs + 0.5) / 0.5)
        self.digest = digest

    def split(self, word: str) -> tuple[str, ...]:
        """All parts of a compound, or () for a word that is none; see ``_best`` for how it is chosen."""
        best = self._best(word)
        if not best:
            return ()
        inner = (part for half in best for part in self.split(half))
        return tuple(dict.fromkeys((*best, *inner)))

    def split_all(self, words: Sequence[str]) -> list[list[str]]:
        """``split`` of each of these words, which have nothing but small letters of ASCII; by the native kernel."""
        return self._compiled.split(words)

    @cached_property
    def _compiled(self) -> Compounds:
        from rag.native.indexing import Compounds

        roles: dict[str, int] = {}
        for bit, some in ((1, NO_FIRST_PART), (2, NO_LAST_PART), (4, SHORT_PARTS)):  # as indexing.c has them
            roles |= {word: roles.get(word, 0) | bit for word in sorted(some)}
        return Compounds(self.parts, roles, MIN_COMPOUND, MIN_PART)

    def _best(self, word: str) -> tuple[str, str] | None:
        """The best cut in two: the one whose halves are most frequent (geometric mean), if more so than the whole.

        Koehn and Knight (2003), "Empirical methods for compound splitting".
        """
        if not MIN_COMPOUND <= len(word) <= MAX_WORD or not word.isalpha():
            return None
        best, best_score = None, self.parts.get(word, 0.0)
        last_parts = self._last_parts
        for cut in range(3, len(word) - 2):
            last = last_parts.get(word[cut:])
            if last:
                first, first_score = self._first(word[:cut])
                score = (first_score + last) / 2
                if first_score and score > best_score:
                    best, best_score = (first, word[cut:]), score
        return best

    def _first(self, part: str) -> tuple[str, float]:
        """A first half as a word of its own, without its linking s, or a compound itself; with its score (0: no)."""
        for form in (part, part[:-1]) if part.endswith("s") else (part,):
            if (len(form) < MIN_PART and form not in SHORT_PARTS) or form in NO_FIRST_PART:
                continue
            score = self.parts.get(form) or (form.endswith("er") and self.parts.get(form + "en"))
            if score:
                return form, score
        form = part.removesuffix("s")
        inner = self._best(form) if len(form) > 2 * MIN_PART else None
        return (form, min(self.parts.get(inner[1], 0.0), 6.0)) if inner else ("", 0.0)


def read_lexicon(file: Path) -> Lexicon:
    """Read ``lexicon.txt.xz``.

    A line with the number of paragraphs, then lines ``part <log2 frequency> word…`` and ``idf <value> term…``.
    Raises ModelMissing or ModelInvalid.
    """
    try:
        packed = file.read_bytes()
        lines = lzma.decompress(packed).decode("ascii").splitlines()
        paragraphs = int(lines[0].split()[1])
        tables: dict[str, dict[str, float]] = {"part": {}, "idf": {}}
        for line in lines[1:]:
            kind, value, *entries = line.split(" ")
            tables[kind].update(dict.fromkeys(entries, float(value)))
    except FileNotFoundError as error:
        raise ModelMissing(f"De woordenlijst {file} ontbreekt. Installeer Raadwijzer opnieuw.") from error
    except (lzma.LZMAError, UnicodeDecodeError, ValueError, LookupError) as error:
        raise ModelInvalid(f"De woordenlijst {file} is beschadigd. Installeer Raadwijzer opnieuw.") from error
    return Lexicon(tables["part"], tables["idf"], paragraphs, hashlib.sha256(packed).hexdigest()[:12])


class _WordTerms(dict[str, tuple[str, ...]]):
    """Raw token → its terms, worked out once for each token."""

    def __init__(self, lexicon: Lexicon | None) -> None:
        super().__init__()
        self.lexicon = lexicon
        self.stemmer = Stemmer.Stemmer(STEMMER, 0)

    def __missing__(self, token: str) -> tuple[str, ...]:
        if len(self) > CACHE_LIMIT:
            self.clear()
        plain = token.isalpha() or token.isdigit()
        self[token] = found = self._of_plain(token) if plain else tuple(self._terms(token))
        return found

    def work_out(self, tokens: Sequence[str]) -> None:
        """Work out the terms of many raw words, in less time where there is a native kernel."""
        if len(self) > CACHE_LIMIT:
            self.clear()
        self.update({t: (t,) for t in tokens if t.isdigit() and t.isascii() and len(t) <= MAX_WORD})
        if self.lexicon is None or not native.available():
            return
        plain = [t for t in tokens if t.isascii() and t.isalpha() and t not in STOP_WORDS and len(t) <= MAX_WORD]
        parts = self.lexicon.split_all(plain)
        stems = iter(self.stemmer.stemWords([*plain, *chain.from_iterable(parts)]))
        own = list(islice(stems, len(plain)))
        for token, stem, some in zip(plain, own, parts, strict=True):
            inner = dict.fromkeys(islice(stems, len(some))) if some else ()
            self[token] = (stem, *(s for s in inner if s != stem)) if some else (stem,)

    def _of_plain(self, word: str) -> tuple[str, ...]:
        """``_terms`` of a word of letters or figures alone, in less time."""
        if word in STOP_WORDS or len(word) > MAX_WORD:
            return ()
        stem = self.stemmer.stemWord(word)
        parts = self.lexicon.split(word) if self.lexicon else ()
        return (stem, *(s for s in dict.fromkeys(self.stemmer.stemWords(parts)) if s != stem)) if parts else (stem,)

    def _terms(self, token: str) -> Iterator[str]:
        whole, pieces = _forms(token)
        for word in whole:
            if word in STOP_WORDS or len(word) > MAX_WORD:
                continue
            stem = self.stemmer.stemWord(word)
            yield stem
            if self.lexicon is None:
                continue
            parts = [p for p in pieces if p not in STOP_WORDS] or list(self.lexicon.split(word))
            if identifier := _LETTERS_DIGITS.fullmatch(word):
                parts.append(identifier[1])
            yield from (s for s in dict.fromkeys(self.stemmer.stemWords(parts)) if s != stem)


class _JoinedTerms(dict[str, str]):
    """Word as it stands, or raw token → its terms, joined by spaces."""

    def __init__(self, terms: _WordTerms) -> None:
        super().__init__()
        self.terms = terms

    def __missing__(self, word: str) -> str:
        if len(self) > CACHE_LIMIT:
            self.clear()
        self[word] = found = " ".join(chain.from_iterable(map(self.terms.__getitem__, tokens(word))))
        return found


class Analyzer:
    """Text → terms, with a word list and a cache from token to terms."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._all = _WordTerms(lexicon)
        self._stems = _WordTerms(None)
        self._joined = _JoinedTerms(self._all)

    def terms(self, text: str) -> list[str]:
        """Stems and the parts of compounds."""
        return _gather(text, self._all)

    def joined(self, words: Iterable[str]) -> str:
        """Stems and parts of raw words, joined by spaces."""
        return " ".join(filter(None, map(self._joined.__getitem__, words)))

    def of_token(self, token: str) -> tuple[str, ...]:
        """Stems and parts of one raw word."""
        return self._all[token]

    def of_tokens(self, tokens: Sequence[str]) -> list[tuple[str, ...]]:
        """Stems and parts of raw words."""
        self._all.work_out(tokens)
        return list(map(self._all.__getitem__, tokens))

    def stems(self, text: str) -> list[str]:
        """Stems only."""
        return _gather(text, self._stems)

    def weighted(self, question: str) -> dict[str, float]:
        """See ``query_terms``."""
        found = tokens(question)
        whole = set(chain.from_iterable(map(self._stems.__getitem__, found)))
        every = chain.from_iterable(map(self._all.__getitem__, found))
        return {term: 1.0 if term in whole else PART_WEIGHT for term in every}


def _gather(text: str, table: _WordTerms) -> list[str]:
    return list(chain.from_iterable(map(table.__getitem__, tokens(text))))


@cache
def _analyzer() -> Analyzer:
    return Analyzer(read_lexicon(models_folder() / "dutch" / "lexicon.txt.xz"))
