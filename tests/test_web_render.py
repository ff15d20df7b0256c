"""Turn → HTML: marks, proof in words, honest absence; and nothing that anyone wrote becomes markup."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from threading import Event

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import ModelError, QuestionError, UsageError
from rag.types import Answer, Citation, Claim, Document, DroppedClaim, Filters, Link, Piece
from rag.types import Event as Step
from rag.web.actions import how
from rag.web.citing import sources
from rag.web.document_list import differences_page, document_list
from rag.web.documents import document_page
from rag.web.excerpts import excerpt
from rag.web.exports import file_name, markdown, plain, printable, sheet, word
from rag.web.filters import chips, facets, from_json, from_query, periods, to_json, to_query
from rag.web.html import escape, tag, web_address
from rag.web.opinions import opinions_html
from rag.web.panel import MOST_CHOICES, example_list, filter_panel
from rag.web.parts import document_url, question_url
from rag.web.remarks import proof
from rag.web.render import announcement, earlier, newest, turn_html
from rag.web.timeline import on_subject, timeline_html
from rag.web.turns import Turn, follow, newer_positions, since
from rag.web.viewer import source_html
from tests.doubles_web import HOSTILE, ScriptedAssistant, info_of, make_document, sample_documents

OWN_TAGS = set(
    ("a article aside blockquote body button caption circle code dd details div dl dt em fieldset figcaption figure "  # noqa: SIM905
     "footer form h1 h2 h3 head header html input label legend li line main mark meta nav ol option p path pre s "
     "section select span strong style summary svg table tbody td text textarea th thead title tr ul use").split()
)  # fmt: skip


class Tags(HTMLParser):
    """Collects every tag and attribute name; text is text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.names: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def parsed(markup: str) -> Tags:
    found = Tags()
    found.feed(markup)
    return found


def assert_harmless(markup: str) -> None:
    found = parsed(markup)
    assert set(found.names) <= OWN_TAGS
    assert "img" not in found.names
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert not [value for name, value in found.attributes if name in {"href", "src", "action"} and "script:" in value]


def answered(question: str, assistant: ScriptedAssistant | None = None, filters: Filters | None = None) -> Turn:
    turn = Turn("beurt1", question, question, filters or Filters())
    return [*follow(assistant or ScriptedAssistant(), turn, Event())][-1]


def test_each_sentence_carries_a_mark_that_leads_to_its_quote() -> None:
    turn = answered("Hoeveel plekken zijn er in de fietsenstalling bij het station?")
    links = [value for name, value in parsed(turn_html(turn)).attributes if name == "href" and "/document?" in value]
    for citation in turn.citations:
        assert document_url(citation.document, citation.start, citation.end, citation.quote) in links
    assert "In de stalling zijn 4.500 plekken." in turn_html(turn)
    assert f'aria-label="Bron 1: {escape(turn.citations[0].title)}' in turn_html(turn)


def test_proof_is_said_in_words_and_with_a_shape() -> None:
    literal = answered("Hoeveel plekken zijn er in de fietsenstalling bij het station?").answer
    assert literal is not None
    assert "Bewezen." in proof(literal)
    assert "#vol" in proof(literal)
    own = Answer("?", "x [1]", True, 0.9, (Claim("x", (1,), 0.7),), dropped=(DroppedClaim("y", "dit staat er niet"),))
    assert "Gedeeltelijk bewezen." in proof(own)
    assert "1 zin is in eigen woorden" in proof(own)
    assert "1 zin is weggelaten" in proof(own)
    assert "Niet gevonden." in proof(Answer("?", "", False, 0.1))


def test_an_answer_that_may_be_none_says_so_everywhere() -> None:
    turn = answered("Wat kost de tweede stalling?")
    assert turn.answer is not None
    said = "Het is niet zeker dat dit uw vraag beantwoordt."
    assert said not in turn_html(turn)
    unsure = replace(turn, answer=replace(turn.answer, confidence=0.4))
    assert said in turn_html(unsure)
    assert said in announcement(unsure)
    assert said in plain(sheet(unsure, "2022-01-01", "1"))


def test_only_the_very_words_of_a_source_are_called_literal() -> None:
    turn = answered("Hoeveel plekken zijn er in de fietsenstalling bij het station?")
    (claim, *_), answer = turn.claims, turn.answer
    assert answer is not None
    folded = replace(claim, text=claim.text.replace(" ", "\n", 1))
    assert 'class="zin letterlijk"' in turn_html(replace(turn, claims=(folded,)))
    assert "Bewezen." in proof(replace(answer, claims=(folded,)))
    paraphrase = replace(claim, text="De stalling telt 4.500 plekken.", support=1.0)  # every content word is there
    assert 'class="zin eigen-woorden"' in turn_html(replace(turn, claims=(paraphrase,)))
    assert "Gedeeltelijk bewezen." in proof(replace(answer, claims=(paraphrase,)))
    assert "1 zin is in eigen woorden" in plain(
        sheet(replace(turn, answer=replace(answer, claims=(paraphrase,))), "2022-01-01", "1")
    )
    elsewhere = replace(claim, citations=(99,))  # the words of a source that it does not cite
    assert "Gedeeltelijk bewezen." in proof(replace(answer, claims=(elsewhere,)))


def test_a_mark_of_the_document_itself_is_shown_as_it_stands_there() -> None:
    answer = "Het college verwijst naar de nota [3] en noot [12]."
    document = make_document("noten.txt", "Brief met noten", [(("1",), "Waarnaar verwijst het college?", answer)])
    turn = answered("Waarnaar verwijst het college?", ScriptedAssistant([document]))
    assert [claim.text for claim in turn.claims] == [answer]
    words = sheet(turn, "2022-01-01", "1")
    for said in (turn_html(turn), announcement(turn), plain(words), printable(words), _word_text(word(words))):
        assert answer in said
    assert f'class="zin letterlijk">{answer}' in turn_html(turn)


def test_exported_quotes_are_those_of_the_document() -> None:
    answer = "De stalling heeft\n4.500  plekken\tvoor fietsen."
    document = make_document("regels.txt", "Brief", [(("1",), "Hoeveel plekken heeft de stalling?", answer)])
    turn = answered("Hoeveel plekken heeft de stalling?", ScriptedAssistant([document]))
    words = sheet(turn, "2022-01-01", "1")
    assert [quote for *_, quote in words.sources] == [answer]
    for said in (plain(words), printable(words), _word_text(word(words))):
        assert answer in said
    assert "\n> De stalling heeft 4.500 plekken voor fietsen.\n" in markdown(words)
    paged = replace(words, sources=((1, "Brief", "2022", "Over de\fbladzijde"),))
    assert "Over de bladzijde" in _word_text(word(paged))  # a page break is no character of XML


def test_sentences_that_stand_in_for_a_model_are_proven_also_when_its_own_were_dropped() -> None:
    source = Citation(1, "d", "Een brief", None, (), "p", "x", 0, 1)
    literal = Answer(
        "?", "x [1]", True, 0.9, (Claim("x", (1,), 1.0),), (source,), dropped=(DroppedClaim("y", "dit staat er niet"),),
        answerer="extractive (terugval)",
    )  # fmt: skip
    assert "Elke zin van dit antwoord staat letterlijk in de bron." in proof(literal)
    assert "Gedeeltelijk" in proof(replace(literal, answerer="llm"))


def test_dropped_claims_can_be_unfolded_with_their_reason() -> None:
    dropped = (DroppedClaim(f"Er zijn 9.999 plekken {HOSTILE}", "het getal 9.999 staat niet in de bron"),)
    markup = turn_html(answered("Hoeveel plekken zijn er in de stalling?", ScriptedAssistant(dropped=dropped)))
    assert '<details class="weggelaten">' in markup
    assert "het getal 9.999 staat niet in de bron" in markup
    assert_harmless(markup)


def test_no_answer_says_so_and_shows_what_was_found() -> None:
    turn = answered("Welke olifanten wonen bij het station?")
    markup = turn_html(turn)
    assert "Geen antwoord gevonden in de documenten." in markup
    assert "Dit vond ik wél" in markup
    assert announcement(turn).startswith("Geen antwoord gevonden")


def test_duplicates_are_named() -> None:
    assert "Staat ook in:" in turn_html(answered("Wat kost de tweede stalling?"))


def test_a_mended_or_completed_question_is_shown_and_can_be_changed() -> None:
    turn = Turn("b", "en in 2021?", "Hoeveel plekken waren er in 2021?", about="Een brief")
    markup = turn_html(turn)
    assert "Begrepen als: <strong>Hoeveel plekken waren er in 2021?</strong>" in markup
    assert "(in: Een brief)" in markup
    assert 'data-doe="verbeter"' in markup


def test_a_newer_position_than_the_cited_one_is_named() -> None:
    assistant = ScriptedAssistant()
    turn = answered("Hoeveel plekken heeft de stalling, wanneer is de tweede stalling klaar?", assistant)
    old = next(one for one in assistant.search("Hoeveel plekken stalling klaar") if one.document.date == "2021-07-13")
    cited = assistant._cite(old, 1)
    newer = newer_positions(Answer("?", "x", True, 0.9, citations=(cited,)), turn.hits)
    assert [hit.document.date for hit in newer] == ["2022-11-03"]
    markup = turn_html(Turn("b", "?", "?", state="done", answer=turn.answer, claims=turn.claims, newer=newer))
    assert "Er is een recenter stuk over dit onderwerp." in markup


@pytest.mark.parametrize("length", [2001, 100_000])
def test_a_question_that_is_too_long_is_refused_with_what_to_do(length: int) -> None:
    turn = answered("x" * length)
    assert turn.state == "failed"
    assert "Maak de vraag korter. Uw tekst staat nog in het vak." in turn_html(turn)
    assert len(turn_html(turn)) < 3 * length + 3000


def test_an_error_of_the_program_keeps_the_question(caplog: pytest.LogCaptureFixture) -> None:
    turn = answered("Wat is er?", ScriptedAssistant(error=ZeroDivisionError()))  # type: ignore[arg-type]
    assert turn.state == "failed"
    assert "Wat is er?" in turn_html(turn)
    assert "ZeroDivisionError" in caplog.text


class WithoutModel(ScriptedAssistant):
    """Its language model does not load. ``error`` is what every answerer meets."""

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        answerer: str | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Step]:
        found, *rest = super().stream(question, filters=filters, stop=stop)
        yield found
        if answerer != "extractive":
            raise ModelError("Het taalmodel past niet in het geheugen.")
        if self.delay:
            raise UsageError("Ook dit ging niet.")
        yield from rest


def test_without_the_language_model_there_is_an_answer_that_says_so() -> None:
    turn = answered("Hoeveel plekken zijn er in de fietsenstalling bij het station?", WithoutModel())
    assert turn.state == "done"
    markup = turn_html(turn)
    assert "Het taalmodel past niet in het geheugen." in markup
    assert "Dit antwoord bestaat daarom uit letterlijke zinnen." in markup
    assert "answerer = &quot;extractive&quot;" in markup
    assert "Bewezen." in markup


class BreaksOff(ScriptedAssistant):
    """Its language model writes a sentence and then fails; what answers instead cites another source first."""

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        answerer: str | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Step]:
        asked = question if answerer == "extractive" else "Hoeveel plekken zijn er in de fietsenstalling?"
        for event in super().stream(asked, filters=filters, stop=stop):
            yield event
            if answerer != "extractive" and isinstance(event, Piece):
                raise ModelError("Het taalmodel stopte.")


def test_an_answer_that_breaks_off_is_started_over() -> None:
    turns = [*follow(BreaksOff(), Turn("b", "?", "Wat kost de tweede stalling?"), Event())]
    said = [[claim.text for claim in turn.claims] for turn in turns]
    broken = "In de stalling zijn 4.500 plekken."
    assert [broken] in said
    anew = [turn for turn in turns if turn.without]
    assert anew[0].claims == anew[0].citations == ()
    assert "De bouw van de tweede stalling kost 8,2 miljoen euro." in [claim.text for claim in anew[-1].claims]
    for turn in anew:
        assert turn.claims == anew[-1].claims[: len(turn.claims)]
        assert turn.citations == anew[-1].citations[: len(turn.citations)]
        assert [turn.excerpts[one.marker].quote for one in turn.citations] == [one.quote for one in turn.citations]


class Reindexed(ScriptedAssistant):
    """Its index is replaced while it answers: documents have other words, or ``gone`` are there no more."""

    gone = False

    def document(self, path: str) -> Document:
        if self.gone:
            raise UsageError(f"Het document '{path}' staat niet in de index.")
        found = super().document(path)
        return replace(found, text=found.text.replace("4.500 plekken", "5.400 plekken"))


@pytest.mark.parametrize("gone", [False, True])
def test_an_answer_shows_its_own_words_also_when_the_index_is_replaced(gone: bool) -> None:
    assistant = Reindexed()
    assistant.gone = gone
    turn = answered("Hoeveel plekken zijn er in de fietsenstalling bij het station?", assistant)
    assert turn.state == "done"
    assert 1 not in turn.excerpts
    assert (turn.excerpts == {}) is gone
    cards = str(sources(turn))
    assert "<mark>In de stalling zijn 4.500 plekken.</mark>" in cards
    assert "5.400" not in cards


def test_what_was_found_stays_when_nothing_can_answer() -> None:
    turn = answered("Hoeveel plekken zijn er in de fietsenstalling bij het station?", WithoutModel(delay=0.001))
    assert turn.state == "failed"
    markup = turn_html(turn)
    assert "Ook dit ging niet." in markup
    assert "Dit is wel gevonden" in markup
    assert "fietsenstalling" in markup.partition("Dit is wel gevonden")[2]


def test_how_an_answer_was_made_is_told_by_what_it_is() -> None:
    turn = answered("Hoeveel plekken zijn er in de fietsenstalling bij het station?")
    assert turn.answer is not None
    chosen = replace(turn.answer, answerer="llm", model="lezer")
    written = replace(chosen, claims=(replace(chosen.claims[0], text="Er zijn 4.500 plekken."),))
    silent = replace(chosen, answered=False, claims=(), citations=())
    for answer, said, never in (
        (chosen, "Gekozen door een taalmodel, letterlijk overgenomen", "Geschreven"),
        (written, "Geschreven door een taalmodel", "letterlijk overgenomen"),
        (silent, "Er is geen antwoord gemaakt.", "Geschreven"),
        (replace(chosen, answerer="extractive (terugval)"), "Het taalmodel leverde niets", "Geschreven"),
    ):
        assert said in how(answer)
        assert never not in how(answer)


def test_an_opinion_is_chosen_not_assumed() -> None:
    found = parsed(turn_html(answered("Hoeveel plekken zijn er in de fietsenstalling bij het station?")))
    names = [name for name, _ in found.attributes]
    assert "checked" not in names
    assert names.count("required") == 2


def test_a_known_error_is_told_in_its_own_words() -> None:
    assert "Zo kan het niet." in turn_html(answered("Wat?", ScriptedAssistant(error=QuestionError("Zo kan het niet."))))


def test_stopping_keeps_what_was_there() -> None:
    stop = Event()
    seen = []
    for turn in follow(ScriptedAssistant(), Turn("b", "Wat kost de stalling?", "Wat kost de tweede stalling?"), stop):
        seen.append(turn.state)
        if turn.claims:
            stop.set()
    assert seen[-1] == "stopped"
    assert "Het antwoord is niet af." in turn_html(turn)


def test_hostile_markup_stays_text_on_every_surface() -> None:
    assistant = ScriptedAssistant()
    turn = answered(f"Wat betekent opmaak {HOSTILE}?", assistant, Filters(askers=(HOSTILE,)))
    document = sample_documents()[2]
    info = info_of(document)
    hits = on_subject("opmaak", assistant.search("opmaak"))
    span = document.exchanges[0].answers[0]
    listing = replace(assistant.listing(), failures=((HOSTILE, HOSTILE),), pages=9)
    surfaces = {
        "answer": turn_html(turn),
        "conversation": newest(turn) + earlier((turn, turn)),
        "list": document_list(listing, sought=HOSTILE),
        "differences": differences_page(info, info, assistant.differences("", ""), 2),
        "document": document_page(info, document, span),
        "source": source_html(info, document, span),
        "filters": filter_panel(assistant.facets, Filters(askers=(HOSTILE,), documents=(HOSTILE,)), {HOSTILE: HOSTILE}),
        "examples": example_list([HOSTILE]),
        "time line": timeline_html(HOSTILE, hits),
        "opinions": opinions_html([]),
        "print": printable(sheet(turn, "2022-01-01", "0")),
    }
    for name, markup in surfaces.items():
        assert_harmless(markup), name
        assert "{{" not in markup, name


@settings(max_examples=60)
@given(st.text(max_size=80))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    clean = "".join(c for c in text if c not in "\0\r" and not 0xD800 <= ord(c) <= 0xDFFF)
    found = parsed(tag("p", clean, title=clean))
    assert found.names == ["p"]
    assert "".join(found.words) == clean
    assert found.attributes == [("title", clean)]


@settings(max_examples=40)
@given(st.text(max_size=60))
def test_a_turn_with_any_question_has_no_foreign_tags(text: str) -> None:
    assert_harmless(turn_html(Turn("b", text, text + "?")))


@settings(max_examples=40)
@given(st.lists(st.text(min_size=1, max_size=20), max_size=3), st.lists(st.text(min_size=1, max_size=9), max_size=2))
def test_filters_survive_the_address_and_the_box(askers: list[str], kinds: list[str]) -> None:
    names = tuple(dict.fromkeys(one.strip() for one in askers if one.strip()))
    sorts = tuple(dict.fromkeys(one.strip() for one in kinds if one.strip()))
    filters = Filters(date_from="2020-01-01", date_to="2021-12-31", askers=names, kinds=sorts)
    assert from_query(to_query(filters)) == filters
    assert from_json(to_json(filters)) == filters


@pytest.mark.parametrize("bad", ["", "[]", "nee", "null", '{"van": 3}', '{"van": ["gisteren"]}', '{"onbekend": ["x"]}'])
def test_filters_from_nonsense_are_no_filters(bad: str) -> None:
    assert from_json(bad) == Filters()


def test_counts_leave_out_the_group_itself() -> None:
    count = ScriptedAssistant().facets
    found = {facet.field: dict(facet.choices) for facet in facets(count, Filters(parties=("Partij A",)))}
    assert found["parties"]["Partij B"] == 1
    assert found["kinds"] == {"schriftelijke vragen": 1}


def test_a_group_of_very_many_choices_shows_the_most_frequent_and_what_was_chosen() -> None:
    titles = [make_document(f"{n}.txt", f"Stuk {n}", [(("1",), "Wat?", "Dat.")], asker=f"Lid {n:04}")
              for n in range(500)]  # fmt: skip
    panel = filter_panel(ScriptedAssistant(titles).facets, Filters(askers=("Lid 0499",)), {})
    assert panel.count('name="vrager"') == MOST_CHOICES + 1
    assert 'value="Lid 0499" checked' in panel
    assert "Dit zijn de 30 met de meeste stukken; 469 staan er niet bij." in panel


def test_a_chip_takes_away_one_limit() -> None:
    found = chips(Filters(parties=("A", "B"), date_from="2020-01-01"))
    assert found[0][2] == Filters(parties=("A", "B"))
    assert found[1][2] == Filters(parties=("B",), date_from="2020-01-01")


def test_the_marked_sentence_stands_where_the_citation_says() -> None:
    document = sample_documents()[0]
    span = document.exchanges[0].answers[0]
    markup = source_html(info_of(document), document, span)
    words = escape(document.text[span.start : span.end])
    assert f'<mark id="zin" tabindex="-1">{words}</mark>' in markup
    assert "Vraag: " in markup


def test_a_document_is_shown_whole() -> None:
    document = sample_documents()[2]
    words = "".join("".join(parsed(document_page(info_of(document), document, None)).words).split())
    for block in document.blocks:
        assert "".join(document.text[block.start : block.end].split()) in words


def test_a_source_address_that_is_no_web_address_is_no_link() -> None:
    assert web_address("javascript:alert(1)") is None
    assert web_address("https://voorbeeld.nl/x") == "https://voorbeeld.nl/x"
    assert web_address("http://[") is None


def test_the_time_line_is_in_order_and_says_what_is_newest() -> None:
    hits = on_subject("stalling", ScriptedAssistant().search("tweede stalling", 40))
    days = [hit.document.date for hit in hits]
    assert days == sorted(days, key=str)
    markup = timeline_html("stalling", hits)
    assert "Het meest recente stuk hierover" in markup
    assert "Oudere antwoorden kunnen zijn achterhaald." in markup
    assert markup.count("<circle") == len({hit.document.path for hit in hits})
    assert markup.count("<tr ") == 1 + len(hits)


def test_a_time_line_of_undated_documents_is_a_table() -> None:
    plain = make_document("x.txt", "Zonder", [(("1",), "Wat kost fruit nou?", "Fruit kost weinig.")], date=None)
    markup = timeline_html("fruit", on_subject("fruit", ScriptedAssistant([plain]).search("fruit kost")))
    assert "<svg" not in markup.replace('<svg class="icoon"', "")
    assert "zonder datum" in markup
    assert "Hierover staan geen vragen" in timeline_html("niets", ())


def test_addresses_ask_the_same_again() -> None:
    assert question_url("Wat & hoe?", Filters(parties=("A+B",))) == "/?vraag=Wat+%26+hoe%3F&partij=A%2BB"


def test_markdown_escapes_its_own_marks() -> None:
    turn = answered(f"Wat betekent opmaak *ster* {HOSTILE}?")
    text = markdown(sheet(turn, "2022-01-01", "1.2"))
    assert "\\*ster\\*" in text
    assert "<script" not in text.replace("\\<script", "")


def test_what_is_not_answered_is_told_in_every_form() -> None:
    turn = answered("Wat kost de tweede stalling?")
    assert turn.answer is not None
    silent = replace(turn, answer=replace(turn.answer, unanswered=("wie betaalt dat?",)))
    words = sheet(silent, "2022-01-01", "1.2")
    for said in (turn_html(silent), markdown(words), printable(words), _word_text(word(words))):
        assert "Op dit deel van de vraag vond ik geen antwoord" in said
        assert "‘wie betaalt dat?’" in said


def test_how_far_it_is_proven_and_what_is_newer_goes_along() -> None:
    turn = answered("Wat kost de tweede stalling?")
    assert turn.answer is not None
    half = DroppedClaim("Dit is verzonnen. [1]", "staat niet in de bron")
    words = sheet(
        replace(turn, answer=replace(turn.answer, answerer="llm", dropped=(half,)), newer=turn.hits[:1]),
        "2022-01-01",
        "1",
    )
    for said in (markdown(words), plain(words), printable(words), _word_text(word(words))):
        assert "Gedeeltelijk bewezen. 1 zin is weggelaten, want de bron zegt dat niet." in said
        assert f"Er is een recenter stuk over dit onderwerp: {turn.hits[0].document.title}" in said.replace("\\", "")


def test_a_sentence_is_no_list_in_markdown() -> None:
    turn = answered("Wat kost de tweede stalling?")
    (claim, *_) = turn.claims
    for text, escaped in (("1. Ten eerste", "1\\. Ten eerste"), ("- streepje", "\\- streepje")):
        told = markdown(sheet(replace(turn, claims=(replace(claim, text=text),)), "2022-01-01", "1"))
        assert f"\n{escaped}" in told


def test_a_year_is_counted_by_the_documents_that_it_leaves() -> None:
    count = ScriptedAssistant().facets
    for chosen in (Filters(), Filters(date_from="2022-01-01"), Filters(kinds=("brief",))):
        since, until = periods(count, chosen)
        for year, number in since.choices:
            assert number == count(replace(chosen, date_from=f"{year}-01-01")).documents
        for year, number in until.choices:
            assert number == count(replace(chosen, date_to=f"{year}-12-31")).documents


def test_what_the_documents_do_not_name_is_told_with_a_refusal() -> None:
    turn = answered("Welke olifanten wonen bij het station?")
    assert turn.answer is not None
    missing = replace(turn, answer=replace(turn.answer, missing=("olifanten", "het jaar 2019")))
    words = sheet(missing, "2022-01-01", "1.2")
    assert "<strong>olifanten en het jaar 2019</strong>" in turn_html(missing)
    for said in (markdown(words), printable(words), _word_text(word(words))):
        assert "Dit staat niet in wat het meest op uw vraag lijkt: olifanten en het jaar 2019." in said


def test_a_source_without_a_date_says_when_it_was_asked_and_which_part_it_is() -> None:
    turn = answered("Wat kost de tweede stalling?")
    (one, *_) = turn.citations
    cited = replace(one, date=None, date_asked="2021-07-01", questions=(), label="Overwegingen", page=3)
    asked = replace(turn, citations=(cited,))
    words = sheet(asked, "2022-01-01", "1.2")
    assert "gevraagd op 1 juli 2021 · Overwegingen · bladzijde 3" in turn_html(asked)
    for said in (markdown(words), printable(words), _word_text(word(words))):
        assert "gevraagd op 1 juli 2021, Overwegingen, bladzijde 3" in said
        assert "zonder datum" not in said


def test_after_a_question_about_a_year_what_came_later_is_named_quietly() -> None:
    hits = tuple(ScriptedAssistant().search("Hoeveel plekken stalling klaar"))
    late = tuple(hit for hit in hits if hit.document.date == "2022-11-03")[:1]
    assert since("Hoeveel plekken zijn er?", late) == (late, ())
    assert since("Hoeveel plekken waren er in 2021?", late) == ((), late)
    assert since("Hoeveel plekken waren er in 2021 en 2022?", late) == (late, ())
    turn = replace(answered("Wat kost de tweede stalling?"), later=late)
    assert "Later verscheen over dit onderwerp ook: <a " in turn_html(turn)
    assert "Er is een recenter stuk" not in turn_html(turn)
    assert "Later verscheen over dit onderwerp ook: " in plain(sheet(turn, "2022-01-01", "1"))


def test_a_subject_that_is_in_no_document_has_no_time_line() -> None:
    hits = ScriptedAssistant().search("Wat kost de tweede stalling?", 40)
    assert hits
    assert on_subject("zwembad abonnement", hits) == ()
    markup = timeline_html("zwembad abonnement", (), ("Wat kost de tweede stalling?",))
    assert "Hierover staan geen vragen in de documenten." in markup
    assert "meest recente stuk" not in markup
    assert "Bijvoorbeeld" in markup
    assert "/?vraag=zwembad+abonnement" in markup


def test_an_answer_knows_the_filters_that_were_chosen() -> None:
    chosen = Filters(date_from="2022-01-01", parties=("Partij B",))
    markup = turn_html(answered("Wat kost de tweede stalling?", filters=chosen))
    assert "Gezocht met filters: Vanaf: 2022; Partij: Partij B" in markup
    assert ("data-filters", to_json(chosen)) in parsed(markup).attributes
    about_one = replace(answered("Wat kost de tweede stalling?", filters=chosen), chosen=Filters())
    assert ("data-filters", "{}") in parsed(turn_html(about_one)).attributes
    assert "Gezocht met filters" not in turn_html(about_one)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Wat kost de tweede stalling?", "raadwijzer-2022-01-01-wat-kost-de-tweede-stalling.docx"),
        ('Één café? ../../etc\r\n"x', "raadwijzer-2022-01-01-een-cafe-etc-x.docx"),
        ("Waarom " * 30, "raadwijzer-2022-01-01-waarom-waarom-waarom-waarom-waarom-waarom-waarom-waarom.docx"),
        ("x" * 90, f"raadwijzer-2022-01-01-{'x' * 60}.docx"),
        ("…?", "raadwijzer-2022-01-01-vraag.docx"),
    ],
)
def test_a_file_is_named_after_its_question(question: str, name: str) -> None:
    assert file_name(Turn("b", question, question), "2022-01-01", "docx") == name


def test_quotes_that_stand_together_are_shown_in_one_piece() -> None:
    document = sample_documents()[0]
    text = document.text
    begin = text.index("Ja, op werkdagen")
    spans = [
        (begin, text.index(" Het college bouwt")),
        (text.index("Het college bouwt"), text.index("plekken.", begin) + 8),
    ]
    cited = tuple(
        Citation(n, document.path, document.title, document.date, ("2", "3"), "p", text[a:b], a, b)
        for n, (a, b) in enumerate(spans, 1)
    )
    shown = {one.marker: excerpt(document, one.start, one.end) for one in cited}
    turn = Turn("b", "?", "?", state="stopped", citations=cited, excerpts=shown)
    markup = sources(turn)
    assert markup.count("<li") == markup.count("<blockquote") == 1
    assert [words.count("[1] [2]") for words in parsed(markup).words if "[2]" in words] == [1, 0]
    assert "".join(parsed(markup).words).count("Ja, op werkdagen is de stalling vol.") == 2  # shown, and for its mark
    apart = replace(cited[1], passage_id="q")
    assert sources(replace(turn, citations=(cited[0], apart))).count("<li") == 2


def test_a_document_names_its_parts_and_what_it_belongs_with() -> None:
    document = sample_documents()[0]
    blocks = (replace(document.blocks[0], kind="consideration", label="Overwegingen"), *document.blocks[1:])
    links = (Link("verwijst naar", "2022/stalling.txt", "Tweede stalling", "2022-11-03", "RIS1"),)
    markup = document_page(info_of(document), replace(document, blocks=blocks), None, links)
    assert '<h2 class="etiket">Overwegingen</h2>' in markup
    assert "Hier wordt naar verwezen" in markup
    assert "3 november 2022" in markup


def _word_text(file: bytes) -> str:
    return "\n".join(one.text for one in docx.Document(io.BytesIO(file)).paragraphs)
