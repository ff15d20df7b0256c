"""Numbers and dates in Dutch text, in one form each, so that two ways of writing the same can be compared.

"1.013", "5.000,50", "2,5 procent", "€ 5 miljoen", "drieënveertig", "20 oktober 2022" and "20-10-2022" are read; the
article "een" is not a number, "één" is. Knows nothing of claims, citations or documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from rag.phrases import MONTHS


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number: its value in one form ("1013", "2.5"), its unit ("%", "€" or "") and where it stands."""

    value: str
    unit: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Day:
    """A date, or as much of one as is written."""

    year: int | None
    month: int
    day: int | None
    start: int
    end: int

    def covers(self, other: Day) -> bool:
        """Whether this date says all that ``other`` says."""
        return (
            self.month == other.month
            and (other.day is None or self.day == other.day)
            and (other.year is None or self.year == other.year)
        )


_SHORT = {"jan": 1, "feb": 2, "febr": 2, "mrt": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9}
_SHORT |= {"okt": 10, "nov": 11, "dec": 12}
_MONTH_NUMBER = {name: number for number, name in enumerate(MONTHS, 1)} | _SHORT
_FULL_MONTH = "|".join(MONTHS)
_ANY_MONTH = f"{_FULL_MONTH}|(?:{'|'.join(sorted(_SHORT, key=len, reverse=True))})\\b\\.?"
_FLAGS = re.IGNORECASE
_SPOKEN_DATE = re.compile(rf"\b(\d{{1,2}})(?:e|ste|de)?\s+({_ANY_MONTH})(?:\s+(\d{{4}})\b)?", _FLAGS)
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_NUMERIC_DATE = re.compile(r"\b(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})\b")
_MONTH_ALONE = re.compile(rf"\b({_FULL_MONTH})\b(?:\s+(\d{{4}})\b)?", _FLAGS)
_JOINED_DAY = re.compile(r"\b(\d{1,2})\s*(?:,|en|of|tot|tot en met|t/m|-|–)\s*$", _FLAGS)

_UNITS = {"één": 1, "eén": 1, "twee": 2, "drie": 3, "vier": 4, "vijf": 5, "zes": 6, "zeven": 7, "acht": 8, "negen": 9}
_TEENS = "tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien"
_TENS = "twintig dertig veertig vijftig zestig zeventig tachtig negentig"
_WORDS: dict[str, float] = {"nul": 0, "anderhalf": 1.5, "anderhalve": 1.5} | _UNITS
_WORDS |= {word: 10 + i for i, word in enumerate(_TEENS.split())}
_WORDS |= {word: 20 + 10 * i for i, word in enumerate(_TENS.split())}
_ORDINALS = "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde"
_WORDS |= {word: i for i, word in enumerate(_ORDINALS.split(), 1)}
_COMPOSED = re.compile(rf"(een|{'|'.join(_UNITS)})[eë]n({'|'.join(_TENS.split())})")
_POWERS = {"honderd": 100, "duizend": 1000}
_TIMES = {"honderd": 100, "duizend": 1000, "miljoen": 10**6, "mln": 10**6, "miljard": 10**9, "mld": 10**9}

_DIGITS = re.compile(
    r"(?<![\w.,])(?P<euro>(?:€|EUR|euro)\s?)?"
    r"(?P<number>\d{1,3}(?:[.\u00a0\u202f]\d{3})+(?:,\d+)?(?![\d])|\d+(?:[.,:]\d+)*)"
    r"(?:e|de|ste|ers?)?(?![^\W\d_]*\d)",
    _FLAGS,
)
_SPACED = re.compile(r"(?<![\w.,])\d{1,3}(?: \d{3})+(?!\w)")
_SPOKEN = re.compile(r"[^\W\d_]{3,}")
_AFTER = re.compile(
    rf"[\s-]*(?P<times>{'|'.join(_TIMES)})?\b\.?\s*(?P<unit>%|procent|percent|pct|euro|eur\b|€)?", _FLAGS
)
_JOINT = re.compile(
    r"(?:\s*(?:en|of|tot|à|naar|tegen|tegenover|versus|respectievelijk|t/m|tot en met)\s+|\s*[-–,/]\s*)", _FLAGS
)


def dates(text: str) -> list[Day]:
    """The dates of a text in order; a month without a day counts ("oktober 2022", "in mei")."""
    found: list[Day] = []
    for match in _ISO_DATE.finditer(text):
        _add_day(found, match, match[1], match[2], match[3])
    for match in _NUMERIC_DATE.finditer(text):
        year = match[4] if len(match[4]) == 4 else f"20{match[4]}"
        _add_day(found, match, year, match[3], match[1])
    for match in _SPOKEN_DATE.finditer(text):
        month = str(_MONTH_NUMBER[match[2].lower().rstrip(".")])
        _add_day(found, match, match[3], month, match[1])
        if joined := _JOINED_DAY.search(text, 0, match.start()):  # "1 en 20 oktober"
            _add_day(found, joined, match[3], month, joined[1])
    for match in _MONTH_ALONE.finditer(text):
        _add_day(found, match, match[2], str(_MONTH_NUMBER[match[1].lower()]), None)
    return sorted(found, key=lambda day: day.start)


def _add_day(found: list[Day], match: re.Match[str], year: str | None, month: str, day: str | None) -> None:
    overlaps = any(other.start < match.end() and match.start() < other.end for other in found)
    if overlaps or not 1 <= int(month) <= 12 or (day and not 1 <= int(day) <= 31):
        return
    found.append(Day(int(year) if year else None, int(month), int(day) if day else None, match.start(), match.end()))


def quantities(text: str) -> list[Quantity]:
    """The numbers of a text in order, in digits and in words. Digits inside a code ("RIS312672") are not among them."""
    found = [_quantity(text, match["number"], match, bool(match["euro"])) for match in _DIGITS.finditer(text)]
    for match in _SPOKEN.finditer(text):
        value = spoken_number(match[0].lower())
        if value is not None:
            found.append(_quantity(text, value, match, euro=False))
    return _share_units(text, sorted(found, key=lambda q: q.start))


def other_readings(text: str) -> set[str]:
    """Values that a text may also mean: "28 638" as one number, "1,013" the English way."""
    values = {match[0].replace(" ", "") for match in _SPACED.finditer(text)}
    return values | {number.replace(",", "") for number in re.findall(r"\b\d{1,3}(?:,\d{3})+\b", text)}


def _quantity(text: str, number: str, match: re.Match[str], euro: bool) -> Quantity:
    value = _plain(number)
    after = _AFTER.match(text, match.end())
    end, unit = match.end(), "€" if euro else ""
    if after and (after["times"] or after["unit"]):
        end = after.end()
        if after["times"] and re.fullmatch(r"\d+(?:\.\d+)?", value):  # "2.1.3" is no number
            value = _plain(str(Decimal(value) * _TIMES[after["times"].lower()]))
        if after["unit"]:
            unit = "€" if after["unit"].lower() in ("euro", "eur", "€") else "%"
    return Quantity(value, unit, match.start(), end)


def _plain(number: str) -> str:
    """One form: "1.013" → "1013", "2,50" → "2.5", "14:30" → "14.3"; "1.2.3" stays as it is."""
    if re.fullmatch(r"\d{1,3}(?:[.\u00a0\u202f]\d{3})+(?:,\d+)?", number):
        number = re.sub(r"[.\u00a0\u202f]", "", number)
    if not re.fullmatch(r"\d+(?:[.,:]\d+)?", number):
        return number
    plain = re.sub(r"[,:]", ".", number)
    whole, _, part = plain.partition(".")
    part = part.rstrip("0")
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{part}" if part else whole


def _share_units(text: str, found: list[Quantity]) -> list[Quantity]:
    """In "tussen 10 en 20 procent" the 10 is a percentage too."""
    shared = list(found)
    for i in range(len(shared) - 2, -1, -1):
        this, following = shared[i], shared[i + 1]
        if not this.unit and following.unit and _JOINT.fullmatch(text, this.end, following.start):
            shared[i] = Quantity(this.value, following.unit, this.start, this.end)
    return shared


@lru_cache(maxsize=4096)
def spoken_number(word: str) -> str | None:
    """The value of a lower-case number word ("drieënveertig" → "43", "tweehonderd" → "200"), None for another word."""
    value = _spoken(word)
    return None if value is None else _plain(str(value))


def _spoken(word: str) -> float | None:
    if word in _WORDS:
        return _WORDS[word]
    if composed := _COMPOSED.fullmatch(word):
        return _UNITS.get(composed[1], 1) + _WORDS[composed[2]]
    for name in ("duizend", "honderd"):
        head, power, tail = word.partition(name)
        if not power:
            continue
        times = 1 if not head else _spoken(head)
        rest = 0 if not tail else _spoken(tail.removeprefix("en"))
        if times is None or rest is None or not times:
            return None
        return times * _POWERS[name] + rest
    return None
