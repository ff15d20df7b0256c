"""The many ways in which questions and answers are set, as small documents."""

from __future__ import annotations

import pytest

from rag.documents.reader import document
from rag.documents.source import Source
from rag.types import Document

BRIDGE = {"1": ("Is de brug veilig?", "Ja, de brug is veilig."), "2": ("Wanneer is zij gekeurd?", "In maart 2022.")}


def read(text: str, *, markdown: bool | None = None) -> Document:
    return document(Source(text, "0" * 64, markdown), "brug.txt")


def pairs(found: Document) -> dict[str, tuple[str, str]]:
    """Question and answer by number."""
    return {
        "+".join(e.numbers): (
            " | ".join(found.text[s.start : s.end] for s in e.questions),
            " | ".join(found.text[s.start : s.end] for s in e.answers),
        )
        for e in found.exchanges
    }


def blocks(found: Document, kind: str) -> list[str]:
    return [found.text[b.start : b.end] for b in found.blocks if b.kind == kind]


LABELLED = """Vraag 1
Is de brug veilig?

Antwoord 1
Ja, de brug is veilig.

Vraag 2
Wanneer is zij gekeurd?

Antwoord 2
In maart 2022.
"""
SAME_IN_OTHER_LABELS = {
    "label on its own line": LABELLED,
    "colon": LABELLED.replace("Vraag 1\n", "Vraag 1: ")
    .replace("Vraag 2\n", "Vraag 2: ")
    .replace("oord 1\n", "oord 1: "),
    "answer op vraag": LABELLED.replace("Antwoord 1", "Antwoord op vraag 1").replace(
        "Antwoord 2", "Antwoord op vraag 2:"
    ),
    "answer vraag": LABELLED.replace("Antwoord ", "Antwoord vraag "),
    "answer without number": LABELLED.replace("Antwoord 1\n", "Antwoord:\n").replace("Antwoord 2\n", "Antwoord\n"),
    "capitals": LABELLED.replace("Vraag", "VRAAG").replace("Antwoord", "ANTWOORD"),
    "roman": LABELLED.replace("Vraag 1", "Vraag I").replace("Vraag 2", "Vraag II").replace("Antwoord 1", "Antwoord I"),
    "college answers": LABELLED.replace("Antwoord 1", "Antwoord van het college op vraag 1:"),
    "reaction": LABELLED.replace("Antwoord 1", "Reactie college:").replace("Antwoord 2", "Reactie college:"),
    "bullets": LABELLED.replace("Vraag", "• Vraag"),
    "bold": LABELLED.replace("Vraag 1", "**Vraag 1**")
    .replace("Vraag 2", "**Vraag 2**")
    .replace("Antwoord 2", "**Antwoord 2**"),
    "headings": LABELLED.replace("Vraag", "### Vraag").replace("Antwoord", "#### Antwoord"),
    "italic answers": LABELLED.replace("Ja, de brug is veilig.", "*Ja, de brug is veilig.*").replace(
        "In maart 2022.", "_In maart 2022._"
    ),
    "windows line ends": LABELLED.replace("\n", "\r\n"),
    "old mac line ends": LABELLED.replace("\n", "\r"),
    "no blank lines": LABELLED.replace("\n\n", "\n"),
    "many blank lines": LABELLED.replace("\n\n", "\n\n\n\n"),
    "double spaced": LABELLED.replace("\n", "\n\n"),
    "indented": LABELLED.replace("\n", "\n    "),
    "numbered 1.": "1. Is de brug veilig?\n\nJa, de brug is veilig.\n\n2. Wanneer is zij gekeurd?\n\nIn maart 2022.\n",
    "numbered 1)": "1) Is de brug veilig?\nJa, de brug is veilig.\n2) Wanneer is zij gekeurd?\nIn maart 2022.\n",
    "numbered (1)": (
        "(1) Is de brug veilig?\n\nJa, de brug is veilig.\n\n(2) Wanneer is zij gekeurd?\n\nIn maart 2022.\n"
    ),
    "numbered I.": (
        "I. Is de brug veilig?\n\nJa, de brug is veilig.\n\nII. Wanneer is zij gekeurd?\n\nIn maart 2022.\n"
    ),
    "number on its own line": (
        "1.\nIs de brug veilig?\n\nJa, de brug is veilig.\n\n2.\nWanneer is zij gekeurd?\n\nIn maart 2022.\n"
    ),
    "number escaped in Markdown": (
        "# Brug\n\n1\\. *Is de brug veilig?*\n\nJa, de brug is veilig.\n\n"
        "2\\. *Wanneer is zij gekeurd?*\n\nIn maart 2022.\n"
    ),
    "same paragraph": "1. Is de brug veilig? Ja, de brug is veilig.\n2. Wanneer is zij gekeurd? In maart 2022.\n",
    "V and A": "V: Is de brug veilig?\nA: Ja, de brug is veilig.\n\nV: Wanneer is zij gekeurd?\nA: In maart 2022.\n",
    "V1 and A1": (
        "V1: Is de brug veilig?\nA1: Ja, de brug is veilig.\n\nV2: Wanneer is zij gekeurd?\nA2: In maart 2022.\n"
    ),
    "vraag and antwoord without numbers": (
        "Vraag:\nIs de brug veilig?\nAntwoord:\nJa, de brug is veilig.\n\nVraag:\n"
        "Wanneer is zij gekeurd?\nAntwoord:\nIn maart 2022.\n"
    ),
    "all questions first": (
        "1. Is de brug veilig?\n2. Wanneer is zij gekeurd?\n\nAntwoorden\n\n"
        "1. Ja, de brug is veilig.\n2. In maart 2022.\n"
    ),
    "all questions first, no heading": (
        "1. Is de brug veilig?\n2. Wanneer is zij gekeurd?\n\n1. Ja, de brug is veilig.\n2. In maart 2022.\n"
    ),
    "ad": (
        "1. Is de brug veilig?\n2. Wanneer is zij gekeurd?\n\nAd 1.\nJa, de brug is veilig.\n\nAd 2.\nIn maart 2022.\n"
    ),
    "answers in another order": (
        "1. Is de brug veilig?\n2. Wanneer is zij gekeurd?\n\nAntwoord op vraag 2\n"
        "In maart 2022.\n\nAntwoord op vraag 1\nJa, de brug is veilig.\n"
    ),
    "text before and after": "Gemeente Breda\nDatum 3 juni 2022\n\nGeachte raad,\n\n"
    + LABELLED
    + "\nHoogachtend,\nburgemeester en wethouders van Breda,\nde secretaris,\nde burgemeester,\n",
}


@pytest.mark.parametrize("name", list(SAME_IN_OTHER_LABELS))
def test_the_same_questions_and_answers_are_read_from(name):
    found = pairs(read(SAME_IN_OTHER_LABELS[name]))
    assert {number: (asked.split(" | ")[-1], said) for number, (asked, said) in found.items()} == BRIDGE


def test_joint_answer_belongs_to_questions_that_stand_apart():
    found = read(
        "Vraag 1\nIs de brug veilig?\n\nVraag 2\nWanneer is zij gekeurd?\n\nVraag 3\nDoor wie?\n\n"
        "Antwoord op de vragen 1 en 3\nEen bureau vond haar veilig.\n\nAntwoord op vraag 2\nIn maart.\n"
    )
    assert pairs(found) == {
        "1+3": ("Is de brug veilig? | Door wie?", "Een bureau vond haar veilig."),
        "2": ("Wanneer is zij gekeurd?", "In maart."),
    }


def test_range_of_numbers_is_every_number():
    found = read(
        "Vragen 4 t/m 6\nIs dat zo? Waarom? Hoe?\nAntwoord op vragen 4, 5 en 6\nJa.\nVraag 7\nWie?\nAntwoord 7\nWij.\n"
    )
    assert list(pairs(found)) == ["4+5+6", "7"]


def test_question_without_answer_and_missing_number_are_remarked():
    found = read("Vraag 1\nIs dat zo?\nAntwoord 1\nJa.\nVraag 2\nWaarom?\nVraag 4\nHoe?\nAntwoord 4\nZo.\n")
    assert pairs(found)["2"] == ("Waarom?", "")
    assert found.remarks == ("vraag 3 ontbreekt", "vraag 2 heeft geen antwoord")


def test_answer_without_question_is_kept_and_remarked():
    found = read("Vraag 1\nIs dat zo?\nAntwoord 1\nJa.\nAntwoord 2\nNee.\n")
    assert pairs(found)["2"] == ("", "Nee.")
    assert found.remarks == ("het antwoord op vraag 2 staat er zonder de vraag",)


def test_number_that_is_skipped_in_a_numbered_list_of_questions():
    found = read("1. Is dat zo?\n\nJa.\n\n2. Waarom?\n\nDaarom.\n\n4. Hoe?\n\nZo.\n")
    assert list(pairs(found)) == ["1", "2", "4"]
    assert found.remarks == ("vraag 3 ontbreekt",)


def test_numbered_list_inside_an_answer_holds_no_questions():
    found = read(
        "1. Welke maatregelen neemt het college?\n\nWij nemen drie maatregelen:\n1. een hek\n"
        "2. een drempel\n3. een lamp\n\n"
        "2. Wat kost dat?\n\nDat kost 12.000 euro.\n\n3. Wanneer is het klaar?\n\nIn mei.\n"
    )
    assert list(pairs(found)) == ["1", "2", "3"]
    assert pairs(found)["1"][1] == "Wij nemen drie maatregelen:\n1. een hek\n2. een drempel\n3. een lamp"


def test_numbered_list_in_the_last_answer_is_no_list_of_answers():
    found = read("1. Is dat zo?\n\nJa.\n\n2. Welke maatregelen?\n\nDeze:\n1. een hek\n2. een drempel\n")
    assert pairs(found)["2"][1] == "Deze:\n1. een hek\n2. een drempel"


def test_sentences_that_name_questions_are_no_labels():
    found = read(
        "Vraag 1\nIs dat zo?\nAntwoord 1\nJa.\nVraag 1 is hiermee beantwoord.\nAntwoord 3 volgt later.\n"
        "Vragen 2 en 3 komen nog.\nVraag 2\nHoe?\nAntwoord 2\nZo.\n"
    )
    assert list(pairs(found)) == ["1", "2"]
    assert "Vraag 1 is hiermee beantwoord." in pairs(found)["1"][1]


def test_parts_of_a_question_stay_with_it():
    found = read(
        "Vraag 1\nIs dat zo?\na. Zo ja, waarom?\nb. Zo nee, waarom niet?\n\nAntwoord 1\na. Daarom.\nb. Niet nodig.\n"
    )
    assert pairs(found) == {
        "1": ("Is dat zo?\na. Zo ja, waarom?\nb. Zo nee, waarom niet?", "a. Daarom.\nb. Niet nodig.")
    }


def test_introductions_lead_to_the_next_question():
    found = read(
        "Schriftelijke vragen over de brug\n\nDe brug is in 1950 gebouwd en is sindsdien niet meer vervangen.\n\n"
        "1. Is het college bekend met het onderzoek naar bruggen?\n\nJa, het college kent het onderzoek.\n\n"
        "De krant meldt dat de brug in Breda is afgesloten voor vrachtwagens.\n\n2. Geldt dat ook hier?\n\nNee.\n\n"
        "Daarnaast wijzen wij op het plan van vorig jaar.\n\n3. Wanneer is zij gekeurd?\n\nIn maart.\n"
    )
    introductions = {b.numbers: found.text[b.start : b.end] for b in found.blocks if b.kind == "introduction"}
    assert introductions == {
        ("1",): "De brug is in 1950 gebouwd en is sindsdien niet meer vervangen.",
        ("2",): "De krant meldt dat de brug in Breda is afgesloten voor vrachtwagens.",
    }
    assert pairs(found)["2"][1] == "Nee.\n\nDaarnaast wijzen wij op het plan van vorig jaar."


def test_italic_introductions_between_plain_answers():
    found = read(
        "# Brug\n\n*De brug is oud.*\n\n1. *Is zij veilig?*\n\nJa.\n\nZij is gekeurd.\n\n"
        "*In maart sloot de brug.*\n\n2. *Waarom?*\n\nOnderhoud.\n"
    )
    assert pairs(found) == {"1": ("Is zij veilig?", "Ja.\n\nZij is gekeurd."), "2": ("Waarom?", "Onderhoud.")}
    assert [b.numbers for b in found.blocks if b.kind == "introduction"][-1] == ("2",)


def test_explanation_of_the_members_leads_to_the_first_question():
    found = read(
        "Geachte raad,\n\nOp 3 mei 2022 heeft het raadslid Jansen namens de fractie van GroenLinks vragen gesteld.\n\n"
        "Toelichting door vragensteller:\nDe brug is oud en veel mensen maken zich zorgen over haar.\n\n"
        "Beantwoording van de vragen:\n\n1. Is zij veilig?\nAntwoord:\nJa.\n\n2. Wordt zij gekeurd?\nAntwoord:\nNee.\n"
    )
    assert blocks(found, "introduction") == ["De brug is oud en veel mensen maken zich zorgen over haar."]
    assert found.date_asked == "2022-05-03"
    assert [(p.name, p.party) for p in found.askers] == [("Jansen", "GroenLinks")]


def test_questions_without_answers_with_a_lone_figure_above_each():
    found = read(
        "2022Z12345\nVragen van het lid Van Nispen (SP) aan de Minister van Justitie over het artikel «Brug dicht» "
        "(ingezonden 3 mei 2022)\n\n1\nKent u het artikel «Brug dicht»? 1)\n\n2\nWat is uw reactie daarop?\n\n"
        "1) AD, 1 mei 2022, «Brug dicht», www.ad.nl/brug\n"
    )
    assert pairs(found) == {"1": ("Kent u het artikel «Brug dicht»?", ""), "2": ("Wat is uw reactie daarop?", "")}
    assert blocks(found, "footnote") == ["AD, 1 mei 2022, «Brug dicht», www.ad.nl/brug"]
    assert (found.title, found.own_references) == ("Brug dicht", ("2022Z12345",))


def test_questions_as_headings_of_a_plain_document():
    found = read("# Vragen over de brug\n\n**Is de brug veilig?**\n\nJa.\n\n**Wordt zij gekeurd?**\n\nNee.\n")
    assert blocks(found, "heading") == ["Is de brug veilig?", "Wordt zij gekeurd?"]


def test_notice_and_closing_fields_are_no_answer():
    found = read(
        LABELLED
        + (
            "\n• Mededeling - 2 maart 2022\n\nDe vragen worden later beantwoord.\n\n\n"
            "Nummer vraag: kv-12\nNummer antwoord: ah-12\n"
        )
    )
    assert pairs(found) == BRIDGE
    assert blocks(found, "notice") == ["Mededeling - 2 maart 2022\n\nDe vragen worden later beantwoord."]
    assert blocks(found, "metadata") == ["Nummer vraag: kv-12\nNummer antwoord: ah-12"]


def test_signature_is_no_answer():
    found = read(
        LABELLED + "\nHet college van burgemeester en wethouders,\nde secretaris, de burgemeester,\n\nA. de Vries\n"
    )
    assert pairs(found) == BRIDGE
    assert "A. de Vries" in blocks(found, "signature")[0]


def test_cross_references_in_answers():
    found = read(
        "Vraag 1\nA?\nAntwoord 1\nJa.\nVraag 2\nB?\nAntwoord 2\n"
        "Zie de antwoorden op de vragen 1 en 3.\nVraag 3\nC?\nAntwoord 3\nZie vraag 1.\n"
    )
    assert [e.refers_to for e in found.exchanges] == [(), ("1", "3"), ("1",)]


WRAPPED = """Vraag 1
Heeft het college kennis genomen van de informatie-
uitwisseling tussen de zorg- en
veiligheidshuizen en de e-
learning over mensen-
handel die door JIP/SHOP-
medewerkers werd gegeven in de periode 2016-
2020 en het Oost-
Nederlandse overleg van het college?
Antwoord 1
Ja, zie https://www.voorbeeld.nl/een-
twee/drie.html en de niet-
ontvankelijke zaken in het muse-
um van politie-
eenheden van de ge-
meente, wel of niet ge-
meente-
lijk.
"""


def test_words_broken_over_lines():
    question, answer = pairs(read(WRAPPED))["1"]
    assert question == (
        "Heeft het college kennis genomen van de informatie-uitwisseling tussen de zorg- en veiligheidshuizen en de "
        "e-learning over mensenhandel die door JIP/SHOP-medewerkers werd gegeven in de periode 2016-2020 en het "
        "Oost-Nederlandse overleg van het college?"
    )
    assert answer == (
        "Ja, zie https://www.voorbeeld.nl/een-twee/drie.html en de niet-ontvankelijke zaken in het museum van "
        "politie-eenheden van de gemeente, wel of niet gemeentelijk."
    )


def test_the_document_itself_decides_about_a_hyphen():
    text = (
        "Vraag 1\nWat doet het advies-\nteam aan de rand van de stad en het land?\nAntwoord 1\n"
        "Het advies-team doet veel.\n"
    )
    assert pairs(read(text))["1"][0].startswith("Wat doet het advies-team aan")
    assert pairs(read(text.replace("advies-team", "adviesteam")))["1"][0].startswith("Wat doet het adviesteam aan")


PAGES = """Vraag 1
Is de brug veilig volgens de mensen die daar elke dag
overheen rijden naar hun
Pagina 1 van 3
\fwerk in de stad of daarbuiten?

Antwoord 1
Ja, zij is veilig.1 Dat zeggen de
ingenieurs van het

1 Rapport over de brug, 2020.
\fGemeente Breda
Ons kenmerk
2020/1234
2/3

bureau ook. Wij laten haar elk jaar keuren.
"""


def test_page_furniture_and_footnotes_leave_the_sentence():
    found = read(PAGES)
    assert pairs(found)["1"] == (
        "Is de brug veilig volgens de mensen die daar elke dag overheen rijden naar hun werk in de stad of daarbuiten?",
        "Ja, zij is veilig. Dat zeggen de ingenieurs van het bureau ook. Wij laten haar elk jaar keuren.",
    )
    assert blocks(found, "furniture") == ["Pagina 1 van 3\nGemeente Breda", "2/3"]
    assert blocks(found, "metadata")[-1] == "Ons kenmerk\n2020/1234"
    note = found.footnotes[0]
    assert found.text[note.start : note.end] == "Rapport over de brug, 2020."
    assert found.text[: note.anchor].endswith("Ja, zij is veilig.")


def test_lines_that_begin_like_letterhead_stay_in_the_text():
    text = (
        "Vraag 1\nWat doet de wethouder met de\ndienst die hij kreeg, en wat met het\n"
        "onderwerp van de\ndatum?\nAntwoord 1\nDatum en plaats volgen.\n"
    )
    assert not blocks(read(text), "furniture")


MARKDOWN = """# Verslag

Dit is **vet** en *cursief* en `code`, zie [de site](https://www.voorbeeld.nl/a_b).[^1] Een m<sup>2</sup> is 5 * 3.

> Hier staat\\_een streepje.<sup>2</sup>

---

- een punt met **nadruk*

[^1]: Een voetnoot.

<sup>2</sup> Nog een voetnoot.
"""


def test_markup_goes_and_text_stays():
    found = read(MARKDOWN)
    assert found.title == "Verslag"
    assert blocks(found, "paragraph") == [
        "Dit is vet en cursief en code, zie de site (https://www.voorbeeld.nl/a_b). Een m2 is 5 * 3.",
        "Hier staat_een streepje.\n- een punt met nadruk",
    ]
    assert blocks(found, "footnote") == ["Een voetnoot.", "Nog een voetnoot."]
    assert [found.text[: n.anchor][-8:] for n in found.footnotes] == ["nl/a_b).", "treepje."]


def test_stars_in_plain_text_stay():
    assert "5*3 en *) een noot" in read("Een som van 5*3 en *) een noot bij de tabel.\n\nEn verder niets.\n").text


PLAIN = """Verslag van de wijkavond

Inleiding
Op 3 mei kwamen veertig bewoners bijeen in het buurthuis. Zij spraken over het verkeer in de wijk.

1. Verkeer
De bewoners vragen om drempels. De gemeente heeft toegezegd om dat te onderzoeken.

2. Speelplaats
Waarom is er geen hek? De wethouder zegt toe dat er een hek komt.
"""


def test_document_without_questions_has_headings_and_paragraphs():
    found = read(PLAIN)
    assert found.kind == "document"
    assert not found.exchanges
    assert found.title == "Verslag van de wijkavond"
    assert blocks(found, "heading") == ["Inleiding", "1. Verkeer", "2. Speelplaats"]
    assert len(blocks(found, "paragraph")) == 3


def test_title_falls_back_on_the_name_of_the_file():
    assert read("Een enkele zin zonder iets erboven, die nergens over gaat en ook niets vraagt.\n").title == "brug"


@pytest.mark.parametrize(
    ("head", "field", "value"),
    [
        ("Onderwerp\nSchriftelijke vragen over de brug", "title", "De brug"),
        ("Betreft: Beantwoording vragen inzake het bericht «Brug dicht»", "title", "Brug dicht"),
        ("Vragen van het lid Jansen (PvdA) over de brug (ingezonden 3 mei 2022).", "date_asked", "2022-05-03"),
        ("Antwoord van minister De Vries (Verkeer) (ontvangen 5 juni 2022)", "date", "2022-06-05"),
        ("Datum: 5-6-2022", "date", "2022-06-05"),
        ("Breda, 5 juni 2022", "date", "2022-06-05"),
        ("5 juni 2022", "date", "2022-06-05"),
        ("Het raadslid de heer Jansen heeft op 3 mei 2022 een brief met vragen gericht.", "date_asked", "2022-05-03"),
        ("45 mei 2022", "date", None),
        ("Datum: 31-02-2021", "date", None),
        ("29 februari 2021", "date", None),
        ("Datum: 2021-13-45", "date", None),
        ("Datum: 31 april 2021\nBeantwoord op 30 april 2021", "date", "2021-04-30"),
    ],
)
def test_fields_of_the_head(head, field, value):
    assert getattr(read(f"{head}\n\n{LABELLED}"), field) == value


def test_people_of_the_head():
    found = read(
        "Vragen van de raadsleden mevrouw Van der Berg (PvdA) en de heer De Vries (D66) over de brug\n\n" + LABELLED
    )
    assert [(p.name, p.party, p.role) for p in found.askers] == [
        ("Van der Berg", "PvdA", "raadslid"),
        ("De Vries", "D66", "raadslid"),
    ]


def test_references_in_one_form():
    found = read(
        LABELLED + ("\nZie RIS 305595, Kamerstuk 28 638, nr. 166, Kamerstuk 35 570-VI, nr. 50 en 2020Z02502.\n")
    )
    assert found.references == ("RIS305595", "Kamerstuk 28638, nr. 166", "Kamerstuk 35570-VI, nr. 50", "2020Z02502")
    assert found.own_references == ()
