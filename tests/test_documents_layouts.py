"""Layouts of questions and answers beside those of ``test_documents_variants``: letters, words, brackets, headings."""

from __future__ import annotations

import pytest
from test_documents_variants import BRIDGE, LABELLED, blocks, pairs, read

BELOW = "{0} Is de brug veilig?\n\nJa, de brug is veilig.\n\n{1} Wanneer is zij gekeurd?\n\nIn maart 2022.\n"
LETTERS = dict(zip("ab", BRIDGE.values(), strict=True))
FIGURES = {
    "Roman, small": BELOW.format("Vraag i.", "Vraag ii."),
    "Roman, small, without a word": BELOW.format("i.", "ii."),
    "in words": BELOW.format("VRAAG EEN.", "VRAAG TWEE."),
    "dash": BELOW.format("1 –", "2 –"),
    "bold with a dash": BELOW.format("**1 –", "**2 –").replace("?", "?**"),
    "bar in a heading": BELOW.format("### 1 |", "### 2 |"),
    "word and bar": BELOW.format("Vraag 1 |", "Vraag 2 |"),
    "ad": BELOW.format("Ad 1.", "Ad 2."),
    "ad, italic": BELOW.format("Ad 1. *", "Ad 2. *").replace(". * ", ". *").replace("?\n\n", "?*\n"),
    "brackets": LABELLED.replace("Vraag 1", "Vraag (1)")
    .replace("Vraag 2", "Vraag (2)")
    .replace("Antwoord 1", "Antwoord (1)")
    .replace("Antwoord 2", "Antwoord (2)"),
    "answer with a point": LABELLED.replace("Antwoord 1", "Antwoord.").replace("Antwoord 2\n", "Antwoord. "),
    "answer with a dash": LABELLED.replace("Antwoord 1\n", "Antwoord – ").replace("Antwoord 2\n", "Antwoord – "),
    "numbers and A": BELOW.format("1.", "2.").replace("Ja,", "A: Ja,").replace("In", "A: In"),
}


@pytest.mark.parametrize("name", list(FIGURES))
def test_numbers_are_read_however_they_are_set(name):
    assert pairs(read(FIGURES[name])) == BRIDGE


@pytest.mark.parametrize(
    "text",
    [
        BELOW.format("Vraag a.", "Vraag b."),
        BELOW.format("**Vraag A.", "**Vraag B.").replace("?", "?**"),
        BELOW.format("VRAAG A:", "VRAAG B:"),
        "*Vraag A. Is de brug veilig?*\n\n*Antwoord A.* Ja, de brug is veilig.\n\n"
        "*Vraag B. Wanneer is zij gekeurd?*\n\n*Antwoord B.* In maart 2022.\n",
        "Vraag a\nIs de brug veilig?\nAntwoord op vraag a\nJa, de brug is veilig.\n"
        "Vraag b\nWanneer is zij gekeurd?\nAntwoord op vraag b\nIn maart 2022.\n",
    ],
)
def test_letters_number_questions(text):
    assert pairs(read(text)) == LETTERS


def test_i_is_a_letter_among_letters():
    text = "".join(f"VRAAG {letter}. Is brug {letter} veilig?\n\nJa.\n\n" for letter in "ABCDEFGHIJ")
    assert list(pairs(read(text))) == list("abcdefghij")


def test_lettered_parts_of_a_numbered_question_stay_with_it():
    found = read("Vraag 1\nIs dat zo?\nVraag a. Zo ja, waarom?\nAntwoord 1\nJa.\nVraag 2\nHoe?\nAntwoord 2\nZo.\n")
    assert list(pairs(found)) == ["1", "2"]


def test_sentences_with_a_letter_or_a_word_are_no_labels():
    found = read("Vraag een vergunning aan bij de gemeente. Dat kan aan de balie.\n\nVraag u af wat u wilt bouwen.\n")
    assert not found.exchanges


def test_parts_of_numbers():
    found = read(
        "**Deel I**\n\nVraag I.1 Is de brug veilig?\n\nJa.\n\nVraag I.2 Waarom?\n\nDaarom.\n\nVraag II.1 Hoe?\n\nZo.\n"
    )
    assert pairs(found) == {
        "1.1": ("Is de brug veilig?", "Ja."),
        "1.2": ("Waarom?", "Daarom."),
        "2.1": ("Hoe?", "Zo."),
    }
    assert found.remarks == ()
    tenth = read("".join(f"Vraag 1.{n}\nIs dat zo?\nBeantwoording 1.{n}\nJa, {n}.\n" for n in range(1, 12)))
    assert list(pairs(tenth)) == [f"1.{n}" for n in range(1, 12)]


@pytest.mark.parametrize("numbers", ["2 en 3.", "**2 en 3.**", "2 & 3)", "**2 en 3**\n", "2, 3."])
def test_one_number_for_questions_that_are_asked_together(numbers):
    others = ")" if ")" in numbers else "" if numbers.endswith("\n") else "."
    found = read(
        f"1{others}\nIs de brug veilig?\n\nAntwoord:\nJa.\n\n{numbers} Wanneer is zij gekeurd? Door wie?\n\n"
        f"Antwoord:\nIn maart, door ons.\n\n4{others}\nWat kost dat?\n\nAntwoord:\nNiets.\n",
        markdown=True,
    )
    assert pairs(found)["2+3"] == ("Wanneer is zij gekeurd? Door wie?", "In maart, door ons.")
    assert found.remarks == ()


def test_answers_that_say_their_question_in_brackets():
    found = read(
        "Wij antwoorden in de volgorde van uw vragen.\n\nAd vraag 1 (het onderhoud van de brug)\nZij is gekeurd.\n\n"
        "Ad vragen 2 en 3 (de kosten)\nDat kost niets.\n"
    )
    assert pairs(found) == {
        "1": ("(het onderhoud van de brug)", "Zij is gekeurd."),
        "2+3": ("(de kosten)", "Dat kost niets."),
    }


def test_headings_that_name_the_questions_answered_below_them():
    found = read(
        "Geachte mevrouw De Wit,\n\nWij beantwoorden uw vragen per onderwerp.\n\n"
        "*Onderhoud (uw vragen 1 en 2)*\n\nDe brug is gekeurd.\n\nZij is veilig.\n\n"
        "*Kosten (uw vraag 3)*\n\nDat kost niets.\n\nHoogachtend,\nburgemeester en wethouders van Breda\n"
    )
    assert pairs(found) == {
        "1+2": ("Onderhoud (uw vragen 1 en 2)", "De brug is gekeurd.\n\nZij is veilig."),
        "3": ("Kosten (uw vraag 3)", "Dat kost niets."),
    }


def test_a_sentence_that_names_a_question_is_no_heading():
    found = read(
        "Het verslag\n\nDe brug is oud (zie vraag 1)\n\nZij is gekeurd. Dat is nodig (vraag 2).\n\nDat was het.\n"
    )
    assert not found.exchanges


def letter(*headings: str) -> str:
    text = "Het college heeft besloten de brug te vervangen. Dat duurt twee jaar."
    return "# Raadsbrief\n\nGeachte raad,\n\n" + "".join(f"### {h}\n\n{text}\n\n" for h in headings) + "Hoogachtend,\n"


def test_numbered_headings_of_which_some_ask_are_headings():
    found = read(letter("1. Wat is er gebeurd?", "2. De keuring", "3. De kosten", "4. Wat gaan wij doen?"))
    assert not found.exchanges
    assert blocks(found, "heading")[0] == "1. Wat is er gebeurd?"


def test_numbered_headings_of_which_most_ask_are_all_read_as_questions():
    found = read(letter("1. Wat is er gebeurd?", "2. Wat kost dat?", "3. Wie betaalt dat?", "4. Ons standpunt"))
    assert list(pairs(found)) == ["1", "2", "3", "4"]


@pytest.mark.parametrize("heading", ["DE KOSTEN", "## De kosten", "II. De kosten", "Onderdeel 2 – De kosten"])
def test_heading_between_questions_belongs_to_the_next(heading):
    found = read(
        f"# Brug\n\nVraag 1. Is zij veilig?\n\nJa, zij is gekeurd.\n\n{heading}\n\nVraag 2. Wat kost dat?\n\nNiets.\n"
    )
    assert pairs(found)["1"][1] == "Ja, zij is gekeurd."
    heads = [b for b in found.blocks if b.kind == "introduction"]
    assert [b.numbers for b in heads] == [("2",)]


def test_quotation_of_several_paragraphs_has_no_marks():
    found = read(
        "# Brug\n\nVraag 1. Is zij veilig?\n\n> Ja, zij is veilig\n> en breed.\n>\n> > Zij is gekeurd.\n\n"
        "Vraag 2. Hoe?\n\nZo.\n",
        markdown=True,
    )
    assert pairs(found)["1"][1] == "Ja, zij is veilig en breed.\n\nZij is gekeurd."
