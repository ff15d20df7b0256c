"""Kinds of documents and their parts, told from how they are built."""

from __future__ import annotations

import council
import pytest
from make import Part, docx, html, odt

from rag.documents.formats import reader_for
from rag.documents.reader import document
from rag.documents.references import own_references, references, same
from rag.documents.source import Source
from rag.passages import passages, search_text
from rag.types import Document, Passage, Person

SAMPLES = {name: getattr(council, name) for name in dir(council) if name.isupper()}


def read(text: str, name: str = "stuk.txt") -> Document:
    return document(Source(text, "0" * 64), name)


def labels(found: Document) -> list[str]:
    return [passage.label for passage in passages(found) if passage.kind == "text"]


def part(found: Document, label: str) -> Passage:
    return next(passage for passage in passages(found) if passage.label.startswith(label))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("MOTION", "motie"),
        ("KAMER_MOTION", "motie"),
        ("LETTER", "brief"),
        ("DECISIONS", "besluitenlijst"),
        ("MINUTES", "notulen"),
        ("REPORTED", "notulen"),
        ("AGENDA", "agenda"),
        ("REPORT", "rapport"),
    ],
)
def test_kind_is_told_from_the_structure(name, kind):
    assert read(SAMPLES[name]).kind == kind


@pytest.mark.parametrize("name", list(SAMPLES))
def test_everything_stands_in_a_passage_and_every_passage_is_verbatim(name):
    found = read(SAMPLES[name])
    held: set[int] = set()
    for passage in passages(found):
        assert found.text[passage.start : passage.end] == passage.text
        for block in passage.parts:
            held.update(range(block.start, block.end))
    missing = [c for i, c in enumerate(found.text) if i not in held and not c.isspace()]
    assert not missing
    marks = str.maketrans("", "", "#-• \n")
    assert found.text.translate(marks) == SAMPLES[name].translate(marks)


@pytest.mark.parametrize("name", list(SAMPLES))
@pytest.mark.parametrize("make", [docx, odt, html], ids=["docx", "odt", "html"])
def test_kind_and_parts_are_the_same_in_rich_formats(name, make):
    found = read(SAMPLES[name])
    lines = [line for line in SAMPLES[name].split("\n") if line.strip()]
    parts = [
        Part("heading", line.lstrip("# "), level=line.count("#", 0, 4)) if line.startswith("#") else Part("text", line)
        for line in lines
    ]
    data = make(parts)
    file = f"stuk.{make.__name__}"
    rich = document(reader_for(file, data)(data, file), file)
    assert (rich.kind, rich.date, rich.outcome) == (found.kind, found.date, found.outcome)
    assert rich.askers == found.askers
    assert rich.speakers == found.speakers
    assert labels(rich) == labels(found)


# --- motions ---------------------------------------------------------------------------------------------------------


def test_motion_has_its_parts_movers_and_outcome():
    found = read(council.MOTION)
    assert labels(found) == ["Constateringen en overwegingen", "Verzoek", "Stemming"]
    assert found.title.startswith("Motie van het lid De Wit (D66) en het lid Van Dam (PvdA) over meer toezicht")
    assert found.date == "2023-03-16"
    assert found.askers == (Person("De Wit", "D66", "indiener"), Person("Van Dam", "PvdA", "indiener"))
    assert found.outcome == "aangenomen"
    assert part(found, "Verzoek").text.endswith("en gaat over tot de orde van de dag.")
    assert "Tegen: VVD, Lokaal Belang" in part(found, "Stemming").text


def test_motion_of_the_chamber_is_known_by_its_number_and_who_signed():
    found = read(council.KAMER_MOTION)
    assert found.own_references == ("Kamerstuk 28638, nr. 166",)
    assert [person.name for person in found.askers] == ["Van der Graaf", "Kuik"]
    assert found.date == "2022-05-12"


@pytest.mark.parametrize(
    ("vote", "outcome"),
    [
        ("De motie is verworpen.", "verworpen"),
        ("Uitslag: aangehouden", "aangehouden"),
        ("Ingetrokken", "ingetrokken"),
        ("Met algemene stemmen aangenomen", "aangenomen"),
    ],
)
def test_outcome_of_a_vote(vote, outcome):
    text = council.MOTION[: council.MOTION.index("Stemming")] + vote + "\n"
    assert read(text).outcome == outcome


def test_letter_that_quotes_a_motion_is_no_motion():
    found = read(
        council.LETTER.replace("Kosten\n", "De motie luidt: constaterende dat er geen toezicht is.\n\nKosten\n")
    )
    assert found.kind == "brief"


# --- letters ---------------------------------------------------------------------------------------------------------


def test_letter_has_subject_number_date_and_sender():
    found = read(council.LETTER)
    assert found.title == "Uitvoering motie toezicht bij het station"
    assert found.date == "2023-04-04"
    assert found.own_references == ("Z-2023-004512",)
    assert set(found.references) >= {"Z-2023-004512", "M2023-014", "RIS305595"}
    assert found.answered_by == (Person("burgemeester en wethouders van Waterveen", None, "afzender"),)
    about = passages(found)[0]
    assert about.kind == "metadata"
    assert "M. Visser" in " ".join(found.text[b.start : b.end] for b in about.parts)


# --- decision lists --------------------------------------------------------------------------------------------------


def test_every_point_of_a_decision_list_is_a_passage_with_its_decision():
    found = read(council.DECISIONS)
    assert labels(found) == [
        "Punt 1: Vaststelling besluitenlijst 4 april 2023",
        "Punt 2: Plan toezicht stationsgebied",
        "Punt 3: Subsidie jongerenwerk 2023",
        "Punt 4: Rondvraag",
    ]
    assert "2. de raad te informeren met bijgaande brief." in part(found, "Punt 2").text
    decided = [found.text[b.start : b.end] for b in found.blocks if b.kind == "decision"]
    assert "Besluit: Het college stelt de subsidie vast op € 120.000." in decided


# --- minutes ---------------------------------------------------------------------------------------------------------


def test_minutes_say_who_spoke_for_which_party_about_which_point():
    found = read(council.MINUTES)
    assert [(p.name, p.party) for p in found.speakers] == [
        ("De Wit", "D66"), ("Van Dam", "PvdA"), ("Smit", "VVD"), ("Jansen", None),
    ]  # fmt: skip
    first = part(found, "Mevrouw De Wit (D66) bij 2. Toezicht bij het station")
    assert first.text.endswith("Dat zeggen ook de jongeren die wij spraken.")
    assert "Wethouder Jansen bij 2. Toezicht bij het station" in labels(found)


def test_reported_speech_counts_in_what_calls_itself_minutes():
    found = read(council.REPORTED)
    assert [person.name for person in found.speakers] == ["Smit", "Jansen", "De Wit"]
    assert read(council.REPORTED.replace("Verslag van de commissie", "Stuk voor de commissie")).kind != "notulen"


# --- agendas and reports ---------------------------------------------------------------------------------------------


def test_agenda_has_its_points():
    found = read(council.AGENDA)
    assert "Agendapunt 4a: Verordening jeugdhulp" in labels(found)
    assert part(found, "Agendapunt 5").text.endswith("De raad bespreekt het plan van het college.")
    assert found.date == "2023-04-20"


def test_report_is_cut_by_its_headings():
    assert labels(read(council.REPORT)) == [
        "1 Samenvatting", "2.1 Meldingen per jaar", "2.2 Meldingen per maand", "3 Aanbevelingen",
    ]  # fmt: skip


# --- tables ----------------------------------------------------------------------------------------------------------


def table(rows: int) -> Document:
    cells = [("Wijk", "Meldingen 2021", "Meldingen 2022")] + [
        (f"Wijk nummer {n}", str(n), str(2 * n)) for n in range(rows)
    ]
    parts = [Part("title", "Meldingen per wijk"), Part("text", "De tabel geeft het aantal meldingen per wijk en jaar.")]
    data = docx([*parts, *(Part("row", cells=row) for row in cells)])
    return document(reader_for("a.docx", data)(data, "a.docx"), "a.docx")


def test_every_row_of_a_table_is_a_block_and_is_searched_with_its_heads():
    found = table(60)
    rows = [found.text[b.start : b.end] for b in found.blocks if b.kind == "row"]
    assert rows[7] == "Wijk nummer 7 | 7 | 14"
    assert sum(b.kind == "heads" for b in found.blocks) == 1
    last = passages(found)[-1]
    assert last.text.endswith("Wijk nummer 59 | 59 | 118")
    searched = search_text(found, last)
    assert "Wijk | Meldingen 2021 | Meldingen 2022" in searched.question + searched.body
    assert found.text[last.start : last.end] == last.text


# --- references ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Zie RIS305595.", ("RIS305595",)),
        ("Kamerstuk 28 638, nr. 166", ("Kamerstuk 28638, nr. 166",)),
        ("Kamerstukken II 36 800-XIV, nr. 80", ("Kamerstuk 36800-XIV, nr. 80",)),
        ("de motie 21501-20-1234 van het lid", ("Kamerstuk 21501-20, nr. 1234",)),
        ("vraag 2020Z02502", ("2020Z02502",)),
        ("uw brief met kenmerk Z-2023-004512.", ("Z-2023-004512",)),
        ("Aanhangsel Handelingen, vergaderjaar 2022–2023, nr. 691", ("Aanhangsel Handelingen 2022–2023, nr. 691",)),
        ("bel 06-12345678 of kijk op 12-03-2022", ()),
    ],
)
def test_references_in_a_text(text, found):
    assert references(text) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kst-28638-166", "Kamerstuk 28638, nr. 166"),
        ("kst-21501-20-1234", "Kamerstuk 21501-20, nr. 1234"),
        ("ah-tk-20222023-691", "Aanhangsel Handelingen 2022–2023, nr. 691"),
        ("kv-tk-2020Z02502", "2020Z02502"),
    ],
)
def test_two_forms_of_one_number_are_the_same(one, other):
    assert same(one) == same(other)


def test_number_of_another_document_is_not_the_documents_own():
    assert own_references(["Gemeente X", "RIS1234567 over RIS7654321", "Zie ook RIS1111111", "RIS2222222"]) == (
        "RIS2222222",
    )


# --- built otherwise -------------------------------------------------------------------------------------------------


def test_decision_list_in_a_table_has_its_points_and_its_heads():
    rows = [
        ("Nr.", "Onderwerp", "Besluit"),
        ("1", "Vaststelling besluitenlijst", "Vastgesteld"),
        ("2", "Plan toezicht stationsgebied", "Het college stemt in met het plan."),
        ("3", "Subsidie jongerenwerk", "Vastgesteld op € 120.000."),
    ]
    data = docx([Part("title", "Besluitenlijst college van Waterveen"), *(Part("row", cells=row) for row in rows)])
    found = document(reader_for("a.docx", data)(data, "a.docx"), "a.docx")
    assert found.kind == "besluitenlijst"
    second = part(found, "Punt 2: Plan toezicht stationsgebied")
    assert second.text == "2 | Plan toezicht stationsgebied | Het college stemt in met het plan."
    assert "Nr. | Onderwerp | Besluit" in search_text(found, second).question
    assert labels(found) == [
        "Punt 1: Vaststelling besluitenlijst", "Punt 2: Plan toezicht stationsgebied", "Punt 3: Subsidie jongerenwerk",
    ]  # fmt: skip


def test_proceedings_as_xml_say_who_spoke():
    def turn(title: str, name: str, party: str, text: str) -> str:
        of = f" (<politiek>{party}</politiek>)" if party else ""
        who = f"<voorvoegsels>{title}</voorvoegsels> <naam><achternaam>{name}</achternaam></naam>{of}:"
        return f"<spreekbeurt><spreker>{who}</spreker><tekst><al>{text}</al></tekst></spreekbeurt>"

    turns = [
        ("De", "voorzitter", "", "Ik open de vergadering over opvang."),
        ("Mevrouw", "Kuik", "CDA", "Voorzitter. De wachttijd is te lang. Wat gaat de staatssecretaris doen? " * 5),
        ("Staatssecretaris", "Van der Burg", "", "De wachttijd was gemiddeld zes weken. Dat moet korter. " * 5),
        ("De heer", "Van Nispen", "SP", "Mijn vraag gaat over het geld. " * 5),
        ("De", "voorzitter", "", "Ik sluit de vergadering."),
    ]
    body = "".join(turn(*one) for one in turns)
    data = f"<officiele-publicatie><handelingen>{body}</handelingen></officiele-publicatie>".encode()
    found = document(reader_for("h.xml", data)(data, "h.xml"), "h.xml")
    assert found.kind == "notulen"
    assert [(p.name, p.party, p.role) for p in found.speakers] == [
        ("Kuik", "CDA", "spreker"), ("Van der Burg", None, "staatssecretaris"), ("Van Nispen", "SP", "spreker"),
    ]  # fmt: skip
    assert "Staatssecretaris Van der Burg:" in found.text


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [
        ("Persbericht\n\nMeer toezicht bij station\n\nVanaf juni is er meer toezicht. Wethouder Jansen: "
         "‘Iedereen moet zich veilig voelen.’\n", "persbericht", "Meer toezicht bij station"),
        ("Verordening jeugdhulp 2023\n\nArtikel 1 Begrippen\nIn deze verordening is hulp: ondersteuning.\n\nArtikel 2 "
         "Toegang\n1. Het college besluit binnen acht weken.\n", "verordening", "Verordening jeugdhulp 2023"),
        ("Een verhaal\n\nDe voorzitter sprak lang. Niemand verzoekt iets.\n", "document", "Een verhaal"),
    ],
)  # fmt: skip
def test_other_documents(text, kind, title):
    found = read(text)
    assert (found.kind, found.title) == (kind, title)
