"""What ``raadwijzer documents`` prints: every file that was seen, and what came of it. The page uses its wording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from rag.differences import Difference
from rag.phrases import MONTHS, count, documents, shorten
from rag.store.overview import Overview, Seen, folded
from rag.terminal import fill, say
from rag.types import DocumentInfo, Paging

Differ = Callable[[str, str], Iterable[Difference]]
SHOWN = 3  # differences


def print_overview(overview: Overview, differ: Differ) -> None:
    """Every document, its copies and near copies below it; what was not read; and what the whole lacks."""
    for lead, others in folded(overview.seen):
        _print_seen(lead)
        for other in others:
            _print_other(lead, other, differ)
    for path, reason in overview.failures:
        say(f"{path}\n    Niet gelezen: {reason}")
    for path, reason in overview.skipped:
        if path:
            say(f"{path}\n    Overgeslagen: {reason}")
    say("")
    for line in summary(overview):
        say(fill(line))


def summary(overview: Overview) -> list[str]:
    """The whole in a few sentences: counts, period, gaps, and what has no name any more."""
    copies = sum(one.copy_of is not None for one in overview.seen)
    parts = [documents(len(overview.seen)), f"{len(overview.failures)} niet gelezen"]
    parts += [count(copies, "exacte kopie", "exacte kopieën")] if copies else []
    named = sum(bool(path) for path, _ in overview.skipped)
    parts += [f"{named} overgeslagen"] if named else []
    lines = [", ".join(parts) + "."]
    if overview.earliest and overview.latest:
        lines.append(f"Het oudste is van {overview.earliest}, het nieuwste van {overview.latest}.")
    if overview.gaps:
        lines.append(f"Uit deze perioden is er niets: {', '.join(map(period, overview.gaps))}.")
    for reason, number in sorted(Counter(reason for path, reason in overview.skipped if not path).items()):
        lines.append(f"{number} keer overgeslagen zonder naam: het bestand {reason}.")
    return lines


def period(gap: tuple[str, str]) -> str:
    """A gap as people say it: "2018", "2018 tot en met 2020", "maart 2019 tot en met mei 2020"."""
    first, last = gap
    if first.endswith("-01") and last.endswith("-12"):
        return first[:4] if first[:4] == last[:4] else f"{first[:4]} tot en met {last[:4]}"
    return month(first) if first == last else f"{month(first)} tot en met {month(last)}"


def month(value: str) -> str:
    """A month as people say it: "2021-03" gives "maart 2021"."""
    return f"{MONTHS[int(value[5:7]) - 1]} {value[:4]}"


def notes(one: Seen) -> list[str]:
    """What a person should know of a document, each a sentence without its full stop."""
    said = list(one.info.remarks)
    said += paging(one.info.pages) if one.info.pages else []
    if one.replaced:
        said.append(f"een gewijzigde versie kwam er op {one.replaced[:10]} voor in de plaats")
    return said


def paging(pages: Paging) -> list[str]:
    """What there is to say of pages."""
    said = []
    if pages.unread:
        said.append(f"zonder tekst: {listed_pages(pages.unread)} (van de {pages.total})")
    if pages.recognised:
        sure = f", zekerheid gemiddeld {_percent(pages.confidence)}, laagst {_percent(pages.least)}"
        said.append(f"{pages.recognised} van de {pages.total} pagina's gelezen met tekstherkenning{sure}")
    if pages.doubtful:
        said.append(f"onzeker gelezen: {listed_pages(pages.doubtful)}")
    return said


def listed_pages(ranges: Sequence[tuple[int, int]]) -> str:
    """Ranges of pages: "pagina 3", "pagina's 3–5 en 8"."""
    shown = [str(a) if a == b else f"{a}–{b}" for a, b in ranges]
    joined = " en ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)
    return ("pagina " if len(ranges) == 1 and ranges[0][0] == ranges[0][1] else "pagina's ") + joined


def relation(lead: Seen, other: Seen) -> str:
    """What a document is to the one it is shown below."""
    if other.info.path == lead.copy_of or other.copy_of == lead.info.path:
        return "hetzelfde bestand"
    share = next((alike.share for alike in other.alike if alike.path == lead.info.path), None)
    return f"voor {_percent(share)} gelijk" if share else "lijkt op een van deze"


def facts(info: DocumentInfo) -> str:
    """Date and size of a document on one line."""
    questions = count(info.questions, "vraag", "vragen") if info.questions else info.kind
    return " · ".join(filter(None, [info.date or info.date_asked or "zonder datum", questions, info.collection]))


def _print_seen(one: Seen) -> None:
    closed = " (besloten)" if one.closed else ""
    say(f"{one.info.path}{closed}\n    {facts(one.info)} — {shorten(one.info.title, 90)}")
    for note in notes(one):
        say(f"    Let op: {note}")


def _print_other(lead: Seen, other: Seen, differ: Differ) -> None:
    said = relation(lead, other)
    say(f"    Ook: {other.info.path} — {facts(other.info)} ({said})")
    for note in notes(other):
        say(f"        Let op: {note}")
    if said.startswith("voor"):
        for difference in list(differ(lead.info.path, other.info.path))[:SHOWN]:
            for name, text in (("hierboven", difference.here), ("hier", difference.there)):
                if text:
                    say(fill(f"{name}: {text}", "        ", "          "))


def _percent(share: float | None) -> str:
    return "onbekend" if share is None else f"{int(100 * share)}%"
