"""Word, OpenDocument, web pages, messages and official publications: what is read of them, and what is refused."""

from __future__ import annotations

import re
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make import COOKIES, MENU, NOTE, ODF, Part, W, docx, html, mail, odt, packed, questions_xml

from rag.documents.formats import SUFFIXES, reader_for
from rag.documents.reader import document
from rag.documents.source import Source
from rag.errors import UnreadableFile
from rag.passages import passages, windows
from rag.types import Document


def source(data: bytes, name: str) -> Source:
    return reader_for(name, data)(data, name)


def read(data: bytes, name: str) -> Document:
    return document(source(data, name), name)


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(data, name)
    assert caught.value.path == name
    return caught.value.reason


def kinds(found: Document, *wanted: str) -> list[str]:
    return [found.text[b.start : b.end] for b in found.blocks if b.kind in wanted]


def word(body: str, **parts: str) -> bytes:
    files = {"word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>"}
    return packed({**files, **{f"word/{name}.xml": data for name, data in parts.items()}})


def paragraph(runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


# --- for every format: nothing is lost, nothing is made up -----------------------------------------------------------

WORDS = st.text("abcdefghijklmnopqrstuvwxyzéëï ABC0123456789 .,?!:;()€«»'\"&<>-", min_size=1, max_size=60)
PARTS = st.lists(
    st.one_of(
        st.builds(Part, st.sampled_from(["title", "heading", "text", "numbered"]), WORDS, italic=st.booleans()),
        st.builds(Part, st.just("row"), cells=st.tuples(WORDS, WORDS)),
        st.builds(lambda a, b: Part("text", f"{a}[[1|{b}]]"), WORDS, WORDS),
    ),
    min_size=1,
    max_size=12,
).filter(lambda parts: any((p.text + "".join(p.cells)).strip() for p in parts))


def letters(text: str) -> str:
    return re.sub(r"[\s|•]", "", text)


@settings(max_examples=60)
@given(PARTS)
@pytest.mark.parametrize("make", [docx, odt, html], ids=["docx", "odt", "html"])
def test_every_word_is_in_the_document_and_every_span_holds(make, parts):
    name = f"stuk.{make.__name__}"
    found = source(make(parts), name)
    bodies = [body for p in parts for body in (*NOTE.split(p.text)[::3], *NOTE.split(p.text)[2::3], *p.cells)]
    for token in " ".join(bodies).split():
        assert letters(token) in letters(found.text)
    made = document(found, name)
    for place, character in enumerate(made.text):
        if not character.isspace():
            assert found.text[made.source_map.source(place)] == character
    assert all(a.end <= b.start for a, b in zip(made.blocks, made.blocks[1:], strict=False))
    for passage in passages(made):
        assert made.text[passage.start : passage.end] == passage.text
        assert windows(made, passage)


# --- Word ------------------------------------------------------------------------------------------------------------


def test_what_was_deleted_hidden_or_is_a_code_is_not_seen():
    body = paragraph(
        run("Wij ")
        + "<w:del><w:r><w:delText>nooit</w:delText></w:r></w:del><w:ins>"
        + run("altijd ")
        + "</w:ins>"
        + run("geheim", "<w:vanish/>")
        + '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>'
        + run("antwoorden.")
    )
    assert source(word(body), "a.docx").text == "Wij altijd antwoorden."


def test_deleted_end_of_a_paragraph_joins_it_with_the_next():
    body = paragraph(run("Een "), "<w:rPr><w:del/></w:rPr>") + paragraph(run("zin."))
    assert source(word(body), "a.docx").text == "Een zin."


def test_numbers_of_lists_are_counted_as_word_counts():
    numbering = (
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">'
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="Vraag %1"/></w:lvl>'
        '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%2)"/></w:lvl>'
        '<w:lvl w:ilvl="2"><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1.%3"/><w:isLgl/></w:lvl>'
        '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/>'
        "</w:lvlOverride></w:num></w:numbering>"
    )

    def item(level: int, name: int = 1) -> str:
        return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{name}"/></w:numPr>'

    levels = [item(0), item(1), item(1), item(0), item(1), item(2), item(0, 2), item(0)]
    text = source(word("".join(paragraph(run("x"), one) for one in levels), numbering=numbering), "a.docx").text
    assert re.findall(r".+(?= x)", text) == ["Vraag 1", "a)", "b)", "Vraag 2", "a)", "2.1", "Vraag 7", "Vraag 8"]


def test_headings_tables_notes_footers_and_contents_have_their_role():
    styles = (
        f'<w:styles {W}><w:style w:type="paragraph" w:styleId="Kop2"><w:name w:val="heading 2"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Inhopg1"><w:name w:val="toc 1"/></w:style></w:styles>'
    )
    footnotes = f'<w:footnotes {W}><w:footnote w:id="2"><w:p>{run("De bron.")}</w:p></w:footnote></w:footnotes>'
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    table = "".join(
        "<w:tr>" + "".join(cell.format(c) for c in row) + "</w:tr>"
        for row in (("Jaar", "Aantal"), ("2020", "34"), ("2021", "41"))
    )
    body = (
        paragraph(run("Cijfers 3"), '<w:pStyle w:val="Inhopg1"/>')
        + paragraph(run("Cijfers"), '<w:pStyle w:val="Kop2"/>')
        + paragraph(run("Een zin met een noot.") + '<w:r><w:footnoteReference w:id="2"/></w:r>')
        + f"<w:tbl>{table}</w:tbl>"
    )
    footer = f"<w:ftr {W}>{paragraph(run('Gemeente Waterveen'))}</w:ftr>"
    found = read(word(body, styles=styles, footnotes=footnotes, footer1=footer), "a.docx")
    assert kinds(found, "heads", "row") == ["Jaar | Aantal", "2020 | 34", "2021 | 41"]
    assert kinds(found, "title", "heading") == ["Cijfers"]
    assert kinds(found, "furniture") == ["Cijfers 3\nGemeente Waterveen"]
    assert kinds(found, "footnote") == ["De bron."]
    note = found.footnotes[0]
    assert found.text[: note.anchor].endswith("met een noot.")


def test_table_that_lays_out_a_letter_gives_paragraphs():
    cells = ["Datum", "30 augustus 2022. " + "Een lange alinea over het onderwerp. " * 20]
    row = "<w:tr>" + "".join(f"<w:tc>{paragraph(run(c))}</w:tc>" for c in cells) + "</w:tr>"
    assert " | " not in source(word(f"<w:tbl>{row}</w:tbl>"), "a.docx").text


def test_text_boxes_and_content_controls_are_read_once():
    box = f"<w:txbxContent>{paragraph(run('In het kader.'))}</w:txbxContent>"
    choice = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    )
    body = paragraph(run("Ernaast.") + f"<w:r>{choice}</w:r>")
    body += f"<w:sdt><w:sdtContent>{paragraph(run('Ingevuld.'))}</w:sdtContent></w:sdt>"
    assert source(word(body), "a.docx").text.split("\n\n") == ["Ernaast.", "In het kader.", "Ingevuld."]


def test_superscript_that_is_no_note_stays():
    raised = '<w:vertAlign w:val="superscript"/>'
    text = read(word(paragraph(run("Het is 30 m") + run("2", raised) + run(" groot."))), "a.docx").text
    assert text == "Het is 30 m2 groot."


# --- web pages -------------------------------------------------------------------------------------------------------


def test_menu_cookies_and_footer_are_furniture_and_scripts_are_nothing():
    page = f"""<html><head><title>Brief | Gemeente Waterveen</title><style>p {{}}</style></head><body>{COOKIES}{MENU}
    <div class="page"><h1>Aanpak stationsgebied</h1><p>Vanaf juni is er toezicht. {"Dat is een lange zin. " * 20}</p>
    <script>alert("x")</script><p hidden>Onzichtbaar.</p></div><div id="footer">Contact 14 010</div></body></html>"""
    found = read(page.encode(), "a.html")
    assert found.title == "Aanpak stationsgebied"
    furniture = "\n".join(kinds(found, "furniture"))
    for apart in ("cookies", "Startpagina", "Contact 14 010"):
        assert apart in furniture
    for gone in ("alert", "Onzichtbaar", "p {}"):
        assert gone not in found.text
    assert "Vanaf juni is er toezicht." in found.text


def test_page_that_is_called_a_menu_but_holds_the_text_is_the_text():
    page = "<div class='content-menu'><p>" + "Dit is de tekst van het besluit. " * 20 + "</p></div>"
    assert not kinds(read(page.encode(), "a.html"), "furniture")


def test_fields_of_the_head_are_used():
    head = (
        "<title>Besluit | Waterveen</title><meta name='DCTERMS.issued' content='2023-04-11'>"
        "<link rel='canonical' href='https://waterveen.example/besluit'>"
    )
    found = read(
        html([Part("text", "Het college besluit tot toezicht in de avond bij het station. " * 3)], head), "a.html"
    )
    assert (found.title, found.date, found.sources) == ("Besluit", "2023-04-11", ("https://waterveen.example/besluit",))


def test_lists_tables_and_line_breaks():
    page = """<main><p>Regel een<br>regel twee van de alinea.</p>
    <ol start="3"><li>drie<ul><li>sub</li></ul><li>vier</ol><ol type="a"><li value="2">bee</ol>
    <table><tr><th>Jaar<th>Aantal<tr><td>2020<td>34</table>
    <p>Eén &eacute;n twee&nbsp;drie.</p></main>"""
    text = source(page.encode(), "a.html").text
    assert "Regel een\nregel twee" in text.replace("\n\n", "\n")
    for line in ("3. drie", "• sub", "4. vier", "b. bee", "Jaar | Aantal", "2020 | 34", "Eén én twee drie."):
        assert line in text.split("\n")
    assert "Regel een regel twee van de alinea." in read(page.encode(), "a.html").text


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252"])
def test_charset_of_a_page(charset):
    page = f"<html><head><meta charset={charset}></head><body><p>Financiële coördinatie in één café.</p></body></html>"
    assert "Financiële coördinatie in één café." in source(page.encode(charset), "a.html").text


def test_charset_that_is_wrong_about_utf8_is_not_believed():
    page = "<meta charset=iso-8859-1><p>Financiële coördinatie.</p>"
    assert source(page.encode(), "a.htm").text == "Financiële coördinatie."


# --- OpenDocument ----------------------------------------------------------------------------------------------------


def open_text(body: str, styles: str = "") -> bytes:
    content = (
        f"<office:document-content {ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def test_open_document_spaces_deletions_lists_and_repeated_cells():
    levels = (
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" '
        'style:num-suffix="."/><text:list-level-style-number text:level="2" style:num-format="1" '
        'text:display-levels="2"/></text:list-style>'
    )
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>weg</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        '<text:p>een<text:s text:c="3"/>twee<text:tab/>drie<office:annotation><text:p>opmerking</text:p>'
        "</office:annotation></text:p>"
        '<text:list text:style-name="L"><text:list-item><text:p>a</text:p><text:list><text:list-item><text:p>b</text:p>'
        "</text:list-item></text:list></text:list-item><text:list-item><text:p>c</text:p></text:list-item></text:list>"
        '<table:table><table:table-row table:number-rows-repeated="1000000000"><table:table-cell '
        'table:number-columns-repeated="999999"><text:p>x</text:p></table:table-cell></table:table-row></table:table>'
    )
    text = source(open_text(body, levels), "a.odt").text
    assert text.startswith("een twee drie\n1. a\n1.1 b\n2. c")
    assert len(text) < 5000


# --- messages --------------------------------------------------------------------------------------------------------


def test_message_has_its_fields_and_its_text():
    found = read(mail("Geachte raad,\n\nHet plan is klaar.\n", "RE: Plan toezicht", brief_dot_pdf=b"x"), "a.eml")
    assert (found.title, found.date, found.kind) == ("Plan toezicht", "2023-04-04", "brief")
    assert found.answered_by[0].name == "Griffie Waterveen"
    assert kinds(found, "metadata")[0].split("\n") == [
        "Van: Griffie Waterveen <griffie@waterveen.example>",
        "Aan: raad@waterveen.example",
        "Datum: 4 april 2023 10:12",
        "Onderwerp: RE: Plan toezicht",
        "Bijlagen: brief.pdf",
    ]
    assert "Het plan is klaar." in found.text


@pytest.mark.parametrize("sent", [b"1 Jan 99999999999999999999 10:00:00 +0000", b"1 Jan 2021 10:00:00 +99999999999999"])
def test_message_sent_on_a_day_that_cannot_be(sent):
    assert read(b"From: a@b.example\nDate: " + sent + b"\nSubject: Plan\n\nHet plan is klaar.\n", "a.eml").date is None


def test_message_in_an_encoding_that_has_no_name():
    data = b"From: a@b.example\nContent-Type: text/plain; charset=\0\n\nHet plan is klaar.\n"
    assert "Het plan is klaar." in read(data, "a.eml").text


def test_message_without_salutation_is_an_e_mail():
    assert read(mail("Het plan is klaar."), "a.eml").kind == "e-mail"


def test_message_of_a_web_page_only_and_encoded_words():
    data = (
        b"From: =?utf-8?q?Fri=C3=A8nd?= <a@b.example>\nSubject: =?iso-8859-1?q?Co=F6rdinatie?=\nMIME-Version: 1.0\n"
        b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        b"<p>Financi=C3=ABle brief</p><script>x</script>\n"
    )
    found = read(data, "a.eml")
    assert found.title == "Coördinatie"
    assert found.text.endswith("Financiële brief")
    assert found.answered_by[0].name == "Friènd"


@pytest.mark.parametrize(
    ("said", "date"), [("2023-04-11T10:00", "2023-04-11"), ("2023-02-31", None), ("2023-13-45", None), ("2023", None)]
)
def test_a_day_in_the_head_is_one_that_exists(said, date):
    text = "Het college besluit tot toezicht in de avond bij het station. " * 3
    page = html([Part("text", text)], f"<title>Besluit</title><meta name='DCTERMS.issued' content='{said}'>")
    assert read(page, "a.html").date == date
    gazette = f"<gemeenteblad><artikel><al>{text}</al></artikel></gemeenteblad>"
    meta = f'<meta name="DCTERMS.issued" content="{said}"/>'
    assert read(publication(gazette, meta), "a.xml").date == (date if said == date else None)


# --- official publications -------------------------------------------------------------------------------------------


def publication(body: str, meta: str = "") -> bytes:
    return (
        f"<?xml version='1.0' encoding='utf-8'?><officiele-publicatie><metadata>{meta}</metadata>{body}"
        "</officiele-publicatie>"
    ).encode()


def test_parliamentary_paper_has_its_number_title_date_and_footnote():
    body = """<kamerstuk><kamerstukkop>
    <tekstregel inhoud="vergaderjaar">Vergaderjaar 2021-2022</tekstregel></kamerstukkop>
    <dossier><dossiernummer><dossiernr>28 638</dossiernr></dossiernummer><titel>Mensenhandel</titel></dossier>
    <stuk><stuknr>Nr. <ondernummer kamer="2">166</ondernummer></stuknr><titel>BRIEF VAN DE STAATSSECRETARIS</titel>
    <datumtekst>Ontvangen <datum isodatum="2022-05-12">12 mei 2022</datum></datumtekst><algemeen><vrije-tekst><tekst>
    <tussenkop kopopmaak="vet">Opvang</tussenkop><al>De opvang is <nadruk type="cur">vol</nadruk>.
    <noot id="n1" type="voet"><noot.nr>1</noot.nr><noot.al>Monitor 2021.</noot.al></noot> Dat duurt te lang.</al>
    <lijst type="expliciet"><li>
    <li.nr>a.</li.nr><al>Eerste punt.</al></li></lijst></tekst></vrije-tekst></algemeen></stuk></kamerstuk>"""
    found = read(publication(body), "a.xml")
    assert found.own_references == ("Kamerstuk 28638, nr. 166",)
    assert found.date == "2022-05-12"
    assert "De opvang is vol. Dat duurt te lang." in found.text
    assert "a. Eerste punt." in found.text
    assert kinds(found, "footnote") == ["Monitor 2021."]
    assert kinds(found, "furniture") == ["Vergaderjaar 2021-2022"]


def test_gazette_with_articles_and_unknown_elements():
    body = """<kop><titel>GEMEENTEBLAD</titel></kop><gemeenteblad><zakelijke-mededeling><intitule>Verordening toezicht
    </intitule><nieuw-soort>Dit staat er ook.</nieuw-soort><artikel><kop><label>Artikel</label><nr>1</nr>
    <titel>Begrippen</titel></kop><lid><lidnr>1.</lidnr><al>In deze verordening is toezicht: zicht.</al></lid></artikel>
    </zakelijke-mededeling><ondertekening><functie>De burgemeester,</functie>
    <naam><voornaam>M.</voornaam> <achternaam>Visser</achternaam></naam>
    </ondertekening></gemeenteblad>"""
    meta = '<meta name="DC.identifier" content="gmb-2023-104512"/><meta name="DCTERMS.issued" content="2023-03-10"/>'
    found = read(publication(body, meta), "a.xml")
    assert "Artikel 1 Begrippen" in found.text
    assert "1. In deze verordening is toezicht: zicht." in found.text
    assert "Dit staat er ook." in found.text
    assert kinds(found, "signature") == ["De burgemeester,\nM. Visser"]
    assert (found.date, found.own_references) == ("2023-03-10", ("gmb-2023-104512",))


def test_older_form_of_questions():
    data = b"""<?xml version="1.0"?><kamerwrk><vraagdoc><vragen><omschr>Vragen van het lid Kuik (CDA) over opvang
    (ingezonden 3 mei 2010).</omschr><vraag><nummer>1</nummer><al>Kent u het bericht?</al></vraag>
    <vraag><nummer>2</nummer><al>Wat doet u?<nootref refid="x"/></al></vraag>
    <noot id="x"><nr>1</nr><al>Krant.</al></noot></vragen></vraagdoc>
    </kamerwrk>"""
    found = read(data, "a.xml")
    assert [e.numbers for e in found.exchanges] == [("1",), ("2",)]
    assert found.date_asked == "2010-05-03"
    assert found.footnotes[0].anchor


def test_entities_are_characters_and_never_files(tmp_path):
    secret = tmp_path / "geheim.txt"
    secret.write_text("TOPGEHEIM")
    data = (
        f'<!DOCTYPE x SYSTEM "x.dtd" [<!ENTITY e SYSTEM "file://{secret}"><!ENTITY i "ingevuld">]>'
        "<officiele-publicatie><al>Caf&eacute;&#233; &e; &i; &amp; slot.</al></officiele-publicatie>"
    ).encode()
    text = source(data, "a.xml").text
    assert "TOPGEHEIM" not in text
    assert text.startswith("Caféé")
    assert text.endswith("& slot.")


def test_billion_laughs_take_no_time():
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    data = f'<!DOCTYPE x [<!ENTITY a0 "ha">{lines}]><officiele-publicatie><al>&a11; slot.</al></officiele-publicatie>'
    begin = time.process_time()
    assert refusal(data.encode(), "a.xml") == "bevat XML-entiteiten die zichzelf vermenigvuldigen"
    assert time.process_time() - begin < 2


def test_xml_of_another_kind_is_refused_by_name():
    assert refusal(b"<rss><item>x</item></rss>", "a.xml") == "is XML van een soort die niet wordt gelezen (<rss>)"
    assert refusal(b"<officiele-publicatie><al>x</officiele-publicatie>", "a.xml").startswith("is geen geldige XML")


# --- wrong, broken and hostile ---------------------------------------------------------------------------------------

PLAIN = [Part("title", "Een brief"), Part("text", "Een zin over het onderwerp van de brief.")]


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.pdf", "a.odt", "a.xml", "a.eml", "a.md"])
def test_word_file_with_another_extension_is_read_as_what_it_is(name):
    assert "Een zin over het onderwerp" in read(docx(PLAIN), name).text


def test_files_are_read_as_what_they_are():
    assert "Een zin over" in read(html(PLAIN), "a.docx").text
    assert "Een zin over" in read(html(PLAIN), "a.txt").text
    assert "Een zin over" in read(odt(PLAIN), "a.docx").text
    assert "<main>" not in read(html(PLAIN), "a.eml").text
    assert "Geachte raad" in read(mail("Geachte raad,\n\nTekst.\n"), "a.html").text


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"Gewone tekst.", "a.docx", "is geen Word-bestand of is beschadigd"),
        (b"Gewone tekst.", "a.odt", "is geen OpenDocument-bestand of is beschadigd"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.docx", "is een bestand van een oude versie van Office"),
        (b"{\\rtf1 tekst}", "a.docx", "is een RTF-bestand"),
        (packed({"xl/workbook.xml": "x"}), "a.docx", "is een rekenblad (Excel)"),
        (packed({"ppt/presentation.xml": "x"}), "a.docx", "is een presentatie"),
        (packed({"a.txt": "x"}), "a.docx", "is een zip-bestand met een andere naam"),
        (docx(PLAIN)[:200], "a.docx", "is beschadigd of onvolledig"),
        (odt(PLAIN)[:-30], "a.odt", "is beschadigd of onvolledig"),
        (packed({"word/other.xml": "<x/>"}), "a.docx", "is geen Word-document"),
        (packed({"word/document.xml": "<w:document"}), "a.docx", "is geen geldige XML"),
        (b"", "a.docx", "is leeg"),
        (b"<html><body></body></html>", "a.html", "is leeg"),
        (b"x", "a.exe", "dit bestandstype wordt nog niet gelezen"),
    ],
)
def test_refusals_name_what_is_wrong(data, name, reason):
    assert refusal(data, name).startswith(reason)


def test_part_that_unpacks_without_end_is_refused(monkeypatch):
    from rag.documents.formats import packed as module

    monkeypatch.setattr(module, "LARGEST", 10_000)
    bomb = packed({"word/document.xml": f"<w:document {W}>" + " " * 50_000 + "</w:document>"})
    assert refusal(bomb, "a.docx").startswith("pakt uit tot meer dan")


NESTED_XML = "<officiele-publicatie>{}x{}</officiele-publicatie>"
HOSTILE = {
    "deep page": ("a.html", b"<div>" * 100_000 + b"tekst"),
    "deep inline": ("a.html", b"<b>" * 1500 + b"tekst"),
    "many tags": ("a.html", b"<p>a" * 1_200_000),
    "open tags": ("a.html", b"<p <p <p " * 50_000),
    "one long text": ("a.html", b"<p>" + b"woord " * 400_000),
    "attributes": ("a.html", b"<p " + b" ".join(b"a%d=1" % n for n in range(50_000)) + b">tekst"),
    "entities": ("a.html", b"<p>" + b"&amp;" * 300_000),
    "lists in lists": ("a.html", b"<ul><li>x" * 900),
    "tables in tables": ("a.html", b"<table><tr><td>x" * 500),
    "nested links": ("a.html", b"<main>" + b"<a href=#noot1>1" * 2000),
    "deep xml": ("a.xml", NESTED_XML.format("<al>" * 3000, "</al>" * 3000).encode()),
    "less deep xml": ("a.xml", NESTED_XML.format("<lid>" * 1800, "</lid>" * 1800).encode()),
    "many notes": ("a.xml", publication(f"<al>x{'<noot><noot.nr>1</noot.nr><noot.al>y</noot.al></noot>' * 5000}</al>")),
    "deep word": ("a.docx", word("<w:sdt><w:sdtContent>" * 900 + "<w:p/>" + "</w:sdtContent></w:sdt>" * 900)),
    "tables in word": (
        "a.docx",
        word("<w:tbl><w:tr><w:tc>" * 300 + paragraph(run("x")) + "</w:tc></w:tr></w:tbl>" * 300),
    ),
    "many paragraphs": ("a.docx", word(paragraph(run("x")) * 20_000)),
    "deep open document": (
        "a.odt",
        open_text("<text:section>" * 1500 + "<text:p>x</text:p>" + "</text:section>" * 1500),
    ),
    "headers": ("a.eml", b"From: a@b.c\n" + b"X-A: b\n" * 50_000 + b"\ntekst"),
    "parts": (
        "a.eml",
        b"From: a@b.c\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=q\n\n" + b"--q\n\nx\n" * 5000,
    ),
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_files_give_a_document_or_a_refusal_in_bounded_time(name):
    file, data = HOSTILE[name]
    begin = time.process_time()
    try:
        found = read(data, file)
        assert found.text.strip()
    except UnreadableFile as error:
        assert error.path == file
    assert time.process_time() - begin < 12


@settings(max_examples=150)
@given(st.binary(max_size=300), st.sampled_from(sorted(SUFFIXES - {".pdf"})))
def test_any_bytes_give_a_document_or_a_refusal(data, suffix):
    try:
        read(data, f"a{suffix}")
    except UnreadableFile as error:
        assert error.reason


@settings(max_examples=60)
@given(st.data())
@pytest.mark.parametrize("name", ["a.docx", "a.odt", "a.html", "a.xml", "a.eml"])
def test_damaged_files_give_a_document_or_a_refusal(name, data):
    whole = {
        "a.docx": docx(PLAIN), "a.odt": odt(PLAIN), "a.html": html(PLAIN), "a.eml": mail("Tekst.\n", b_dot_txt=b"x"),
        "a.xml": questions_xml(["Vragen over iets"], [("Vraag 1", ["Is dat zo?"], "Antwoord 1", ["Ja."])], "ah-1"),
    }[name]  # fmt: skip
    place = data.draw(st.integers(0, len(whole) - 1))
    noise = data.draw(st.binary(min_size=1, max_size=8))
    try:
        read(whole[:place] + noise + whole[place + len(noise) :], name)
    except UnreadableFile as error:
        assert error.reason


def test_date_of_a_message_is_that_of_its_header():
    assert date.fromisoformat(read(mail("x"), "a.eml").date or "") == date(2023, 4, 4)


def test_open_document_headings_have_the_numbers_of_their_chapters():
    outline = "".join(
        f'<text:outline-level-style text:level="{level}" style:num-format="{form}" text:display-levels="{shown}" '
        f'style:num-suffix="{after}"/>'
        for level, form, shown, after in ((1, "1", 1, "."), (2, "1", 2, ""), (3, "", 1, ""))
    )
    styles = (
        f'<text:outline-style style:name="Outline">{outline}</text:outline-style>'
        '<style:style style:name="K" style:list-style-name=""/>'
        '<style:style style:name="P1" style:parent-style-name="K"/>'
    )
    heads = (("1", "Inleiding"), ("2", "Aanleiding"), ("2", "Doel"), ("3", "Los"), ("1", "Opvang"), ("2", "Plekken"))
    body = "".join(f'<text:h text:outline-level="{level}">{said}</text:h>' for level, said in heads)
    body += '<text:h text:outline-level="1" text:style-name="P1">Bijlage</text:h>'
    body += '<text:h text:outline-level="1" text:is-list-header="true">Kop</text:h>'
    body += '<text:h text:outline-level="1" text:restart-numbering="true" text:start-value="9">Slot</text:h>'
    body += '<text:h text:outline-level="99999">Diep</text:h><text:p>Gewone tekst.</text:p>'
    text = source(open_text(body, styles), "a.odt").text
    assert [line for line in text.split("\n") if line] == [
        *("1. Inleiding", "1.1 Aanleiding", "1.2 Doel", "Los", "2. Opvang", "2.1 Plekken"),
        *("Bijlage", "Kop", "9. Slot", "10. Diep", "Gewone tekst."),
    ]
