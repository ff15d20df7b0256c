"""Questions without a usual label, told by how they are set; and headings that ask, which are none."""

from __future__ import annotations

import pytest
from test_documents_variants import BRIDGE, LABELLED, pairs, read

HEAD = "Beantwoording van schriftelijke vragen over de haven\n\nGemeente Ede\nDatum: 3 mei 2022\n\n"
QUAY = {
    "1": ("Is de kade veilig?", "Ja, de kade is veilig."),
    "2": ("Wanneer is zij gekeurd?", "In maart 2022."),
    "3": ("Wat kost het onderhoud?", "Dat kost niets."),
}
LETTERED = dict(zip("abc", QUAY.values(), strict=True))


def quay(*questions: str, below: str = "\n\n") -> str:
    """The three questions, set so, with their answers."""
    answers = [answer for _, answer in QUAY.values()]
    return HEAD + "\n\n".join(f"{q}{below}{a}" for q, a in zip(questions, answers, strict=True)) + "\n"


def each(form: str, marks: str) -> list[str]:
    """The three questions, each set as ``form`` with a mark of its own."""
    asked = [question for question, _ in QUAY.values()]
    return [form.format(mark=mark, asked=q) for mark, q in zip(marks.split(), asked, strict=True)]


ALIKE = {
    "quoted": each("> {asked}", "1 2 3"),
    "quoted with a number": each("> {mark}. {asked}", "1 2 3"),
    "quoted with a word": each("> **Vraag {mark}:** {asked}", "1 2 3"),
    "black square": each("■ {asked}", "1 2 3"),
    "square and number": each("■ {mark} {asked}", "1 2 3"),
    "square, number, point": each("■ {mark}. {asked}", "1 2 3"),
    "square and word": each("■ Vraag {mark}\n{asked}", "1 2 3"),
    "triangle and word": each("► Vraag {mark}: {asked}", "1 2 3"),
    "bullet": each("• {asked}", "1 2 3"),
    "heading": each("### {asked}", "1 2 3"),
    "bold": each("**{asked}**", "1 2 3"),
    "italic": each("*{asked}*", "1 2 3"),
    "nothing at all": each("{asked}", "1 2 3"),
    "bold number": each("**{mark}** *{asked}*", "1 2 3"),
    "number without a point": each("{mark} {asked}", "1 2 3"),
    "V and A": each("V{mark} {asked}", "1 2 3"),
    "bracketed Roman": each("Vraag ({mark})\n{asked}", "i ii iii"),
    "bracketed Roman alone": each("({mark}) {asked}", "i ii iii"),
    "bracketed Roman, same line": each("Vraag ({mark}) {asked}", "i ii iii"),
    "Roman, fifth as well": each("**{mark}. {asked}**", "I II III"),
}


@pytest.mark.parametrize("name", list(ALIKE))
def test_questions_are_read_however_they_are_set_apart(name):
    text = quay(*ALIKE[name])
    if name == "V and A":
        for mark, (_, answer) in QUAY.items():
            text = text.replace(answer, f"A{mark} {answer}")
    found = read(text, markdown=True)
    assert pairs(found) == QUAY
    assert found.kind == "schriftelijke vragen"
    assert found.remarks == ()


@pytest.mark.parametrize("form", ["{mark}) {asked}", "**{mark}. {asked}**", "({mark}) {asked}", "### {mark}. {asked}"])
@pytest.mark.parametrize("letters", ["a b c", "A B C"])
@pytest.mark.parametrize("below", ["\n", "\n\n"])
def test_letters_count_as_numbers_do(form, letters, below):
    assert pairs(read(quay(*each(form, letters), below=below), markdown=True)) == LETTERED


def test_a_letter_among_letters_is_no_roman_number_and_no_answer():
    asked = [f"**{letter}. Is kade {letter} veilig?**\nJa, zij is gekeurd.\n" for letter in "abcdefghijklmnopqrstuvw"]
    found = read(HEAD + "\n".join(asked) + "\nNamens het college,\nA. de Wit\n", markdown=True)
    assert list(pairs(found)) == list("abcdefghijklmnopqrstuvw")


def test_the_fifth_roman_number_is_no_v_for_vraag():
    asked = [f"{mark}. Is kade {mark} veilig?\nJa, zij is gekeurd.\n" for mark in ("I", "II", "III", "IV", "V", "VI")]
    found = read(HEAD + "\n".join(asked) + "\nA. de Wit, wethouder\n")
    assert list(pairs(found)) == list("123456")


def test_a_heading_with_a_number_above_each_question():
    text = quay(
        *(f"**{n} {t}**\n{q}" for (n, (q, _)), t in zip(QUAY.items(), ("Staat", "Keuring", "Geld"), strict=True))
    )
    found = pairs(read(text, markdown=True))
    assert found["2"] == ("Keuring\n\nWanneer is zij gekeurd?", "In maart 2022.")
    assert list(found) == ["1", "2", "3"]


@pytest.mark.parametrize("ad", [f"{ad} De staat van de kade" for ad in ("Ad 1.", "Ad 1", "ad 1)")])
def test_ad_with_a_few_words_names_the_question(ad):
    text = f"Op uw vragen antwoorden wij als volgt.\n\n{ad}\nDe kade is in maart 2022 gekeurd en is veilig.\n\n"
    text += ad.replace("1", "2").replace("De staat van de kade", "De kosten") + "\nDe kosten zijn voor de gemeente.\n"
    assert pairs(read(text)) == {
        "1": ("De staat van de kade", "De kade is in maart 2022 gekeurd en is veilig."),
        "2": ("De kosten", "De kosten zijn voor de gemeente."),
    }


LETTER = (
    "# Raadsbrief over de haven\n\nAan de raad van Ede\n\nGeachte raad,\n\nMet deze brief informeren wij u over de "
    "haven. De rechter stelde vragen, en wij ook.\n\n{body}\n\nHoogachtend,\nburgemeester en wethouders van Ede\n"
)
TOLD = "De kade is in maart gekeurd. Zij is veilig, en het werk kost niets."


@pytest.mark.parametrize(
    "headings",
    [
        ["**Waar staan we?**", "**Wat hebben we gedaan?**", "**Wat kost het?**"],
        ["## Waar staan we?", "## Wat hebben we gedaan?", "## Wat kost het?"],
        ["■ Waar staan we?", "■ Wat hebben we gedaan?", "■ Wat kost het?"],
        ["Waar staan we?", "Wat hebben we gedaan?", "Wat kost het?"],
        ["**A. Waarom een kade?**", "**B. Het werk**", "**C. De kosten**", "**D. Hoe verder?**"],
        [
            "I. Wat is er gebeurd",
            "II. Wat hebben wij gedaan",
            "III. Wat gaan wij doen",
            "IV. Hoe weten wij of het helpt",
        ],
        ["1 Inleiding", "2 Wat is er gebeurd", "3 De kosten"],
    ],
)
def test_headings_of_a_letter_are_no_questions(headings):
    found = read(LETTER.format(body="\n\n".join(f"{heading}\n\n{TOLD}" for heading in headings)), markdown=True)
    assert found.exchanges == ()
    assert found.kind == "brief"


def test_a_list_of_points_within_an_answer_is_no_list_of_questions():
    text = LABELLED.replace(
        "In maart 2022.", "Wij letten op:\na. hoe oud is zij?\n\nDat weten wij.\n\nb. Wie let op?\n\nWij."
    )
    assert list(pairs(read(text))) == ["1", "2"]


def test_a_date_after_the_word_is_no_answer():
    assert pairs(read("Vragen: 2 mei 2022\nAntwoorden: 3 juni 2022\nOnderwerp: de brug\n\n" + LABELLED)) == BRIDGE


def test_what_follows_a_list_in_an_answer_goes_on_with_it():
    text = (
        "De fractie leest dat de brug oud is en maakt zich zorgen over het verkeer.\n\n"
        "Vraag 1\nWat is er gedaan?\n\nEr is veel gedaan:\n- een keuring;\n- een likje verf.\n\n"
        "Het verkeer heeft daar geen last van gehad.\n\nVraag 2\nHad het verkeer er last van?\n\nNee.\n"
    )
    assert pairs(read(text))["1"][1].endswith("Het verkeer heeft daar geen last van gehad.")


def test_answers_in_italics_are_no_introductions():
    text = HEAD + "\n\n".join(f"{n}. {q}\n\n*{a}*" for n, (q, a) in QUAY.items())
    assert pairs(read(text, markdown=True)) == QUAY


def test_a_bare_word_begins_the_answer_to_a_bare_question():
    text = HEAD + "\n\n".join(f"{q}\n\nBeantwoording:\n{a}" for q, a in QUAY.values())
    assert pairs(read(text)) == QUAY


@pytest.mark.parametrize("parts", ["1a t/m c", "1a, b en c", "1a-c", "1a, 1b en 1c"])
def test_an_answer_to_all_parts_of_a_question_is_the_answer_to_it(parts):
    found = pairs(
        read(
            f"Raadsvragen over de haven\n\n1. Over de kade:\na. Hoe oud is zij?\nb. Wie bouwde haar?\nc. Waarom?\n\n"
            f"Antwoord {parts}\nWij, in 1974.\n\n2. Wat kost zij?\n\nAntwoord 2\nNiets.\n"
        )
    )
    assert found == {
        "1": ("Over de kade:\na. Hoe oud is zij?\nb. Wie bouwde haar?\nc. Waarom?", "Wij, in 1974."),
        "2": ("Wat kost zij?", "Niets."),
    }


def test_a_letter_that_says_each_question_again_in_bold():
    asked = "\n\n".join(f"**{q}**\n{a}" for q, a in QUAY.values())
    opening = (
        "Onderwerp: de haven\n\nGeachte heer De Wit,\n\nHieronder herhalen wij uw vragen, met onze antwoorden.\n\n"
    )
    assert pairs(read(f"{opening}{asked}\n\nHoogachtend,\nburgemeester en wethouders van Ede\n", markdown=True)) == QUAY


@pytest.mark.parametrize("form", ["Uw {n} vraag: {q}\n{a}", "{n} vraag\n{q}\n\nAntwoord op de {n} vraag\n{a}"])
def test_questions_are_counted_in_words(form):
    ordinals = ("eerste", "tweede", "derde")
    asked = "\n\n".join(form.format(n=n, q=q, a=a) for n, (q, a) in zip(ordinals, QUAY.values(), strict=True))
    assert pairs(read(f"{HEAD}Geachte heer De Wit,\n\n{asked}\n")) == QUAY


def test_a_sentence_about_the_first_question_is_no_label():
    text = LABELLED.replace("In maart 2022.", "Uw eerste vraag gaat daar ook over. De tweede vraag is nieuw.")
    assert list(pairs(read(text))) == ["1", "2"]
