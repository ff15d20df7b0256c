"""What this Raadwijzer is → HTML: models, contents, figures, limits, privacy, the algoritmeregister. Pure."""

from __future__ import annotations

from rag import __version__
from rag.web import wording
from rag.web.facts import TO_FILL_IN, Facts, by_model, percentage
from rag.web.html import Html, join, tag
from rag.web.turns import NEARLY_AS_GOOD

LIMITS = (
    "Raadwijzer weet alleen wat in de geladen documenten staat. Wat niet geladen is, kan het niet vinden.",
    "Zonder taalmodel neemt Raadwijzer zinnen letterlijk over. Het vat niet samen en trekt geen conclusies.",
    "Raadwijzer kan een zin kiezen die niet precies op uw vraag slaat. Lees daarom altijd de bron erbij.",
    "Raadwijzer rekent niet: het telt geen bedragen of aantallen op uit verschillende stukken.",
    "Raadwijzer kan zeggen dat er geen antwoord is terwijl het er wel staat. Kijk dan bij ‘Dit vond ik wél’.",
    "Een nieuwer stuk kan een ouder antwoord achterhalen. Raadwijzer waarschuwt als een later stuk minstens "
    f"{round(100 * NEARLY_AS_GOOD)}% zo goed bij uw vraag past als het beste. Het beoordeelt niet of dat iets anders "
    "zegt. Bij een vraag naar een jaar noemt het stukken van na dat jaar zonder te waarschuwen.",
)


_HERE = "helemaal op één computer."
_STAYS = (
    "Uw vragen, de documenten en de antwoorden blijven op de computer waarop Raadwijzer draait. Opent u deze pagina op "
    "een andere computer, dan gaan uw vraag en het antwoord alleen tussen die twee heen en weer."
)
_ELSEWHERE = (
    "De tekst van uw vragen, van de documenten en van de antwoorden blijft op de computer waarop Raadwijzer draait, en "
    "op die waarop u deze pagina leest. Het zoeken gebeurt in een {}: "
    "daar staan getallen die de betekenis en de woorden van de stukken weergeven, en daarheen gaan de getallen van uw "
    "vraag. De beheerder heeft dat zo ingesteld."
)


def about_html(facts: Facts) -> Html:
    """The page."""
    return join(
        tag("h1", "Over Raadwijzer"),
        tag(
            "p",
            "Raadwijzer zoekt in raadsstukken en geeft een kort antwoord met bronnen. Het draait "
            + (f"op één computer en zoekt met een {facts.searched_in}." if facts.elsewhere else _HERE),
            class_="inleiding",
        ),
        tag("p", "Antwoorden zijn door een computer gemaakt. Controleer ze in de bronnen.", class_="melding"),
        tag("p", facts.problem, class_="melding fout") if facts.problem else None,
        _section("Wat erin zit", _contents(facts)),
        _section("Wat Raadwijzer niet kan", tag("ul", [tag("li", one) for one in LIMITS], class_="lijst")),
        _section("Hoe goed het werkt", _quality(facts)),
        _section("Modellen", _models(facts)),
        _section("Privacy", _privacy(facts)),
        _section("Algoritmeregister", _register()),
        tag("p", f"Raadwijzer versie {__version__}.", class_="klein"),
    )


def _section(title: str, *body: Html | None) -> Html:
    return tag("section", tag("h2", title), join([one for one in body if one]), class_="over")


def _contents(facts: Facts) -> Html:
    rows = [
        (
            "Documenten",
            join(wording.number(facts.documents), " (", tag("a", "bekijk de lijst", href="/documenten"), ")"),
        ),
        ("Vragen en antwoorden", join(wording.number(facts.questions))),
        ("Niet gelezen", join(wording.number(len(facts.failures)))),
        ("Bijgewerkt", join(wording.date(facts.indexed_on) if facts.indexed_on else "nog niet")),
        ("Map van de index", join(facts.index)),
        *([("Zoeken gebeurt in", join(facts.searched_in))] if facts.searched_in else []),
    ]
    return tag("dl", [join(tag("dt", name), tag("dd", said)) for name, said in rows], class_="feiten")


def _quality(facts: Facts) -> Html:
    if not facts.figures:
        return tag("p", "De meetresultaten zijn niet meegeleverd. Meet zelf met: raadwijzer eval run.")
    rows = [
        tag("tr", tag("th", label, scope="row"), tag("td", explain), tag("td", percentage(value), class_="getal"))
        for label, explain, value in facts.figures
    ]
    return join(
        tag(
            "p",
            f"Gemeten met vragen die niet zijn gebruikt bij het maken van Raadwijzer ({facts.figures_of}). "
            "Hoger is beter.",
        ),
        tag("table", tag("caption", "Meetresultaten", class_="verborgen"), tag("tbody", rows), class_="cijfers"),
        tag("p", "Meet het zelf op uw eigen documenten met: raadwijzer eval run."),
    )


def _models(facts: Facts) -> Html:
    intro = by_model(facts) or "Er is geen taalmodel ingesteld: antwoorden bestaan uit letterlijke zinnen."
    cards = [
        tag(
            "details",
            tag("summary", f"{one.purpose}: {one.name}"),
            tag(
                "pre",
                one.card or "Bij dit model is geen kaart meegeleverd.",
                lang="en" if one.card else None,
                tabindex=0,
            ),
            class_="modelkaart",
        )
        for one in facts.models
    ]
    return join(tag("p", intro), cards)


def _privacy(facts: Facts) -> Html:
    lines = (
        _ELSEWHERE.format(facts.searched_in) if facts.elsewhere else _STAYS,
        "Raadwijzer houdt uw gesprek alleen in zijn geheugen. Het is daar weg als u op ‘Wis dit gesprek’ drukt of "
        "Raadwijzer stopt. Uw browser bewaart één cookie tot u hem sluit, om uw gesprek terug te vinden. Zolang het "
        "tabblad open is, bewaart hij ook wat u typte en nog niet vroeg.",
        "Een vraag die is beantwoord, staat in de adresbalk en daardoor in de geschiedenis van uw browser. ‘Wis dit "
        "gesprek’ haalt de vraag uit de adresbalk, maar niet uit de geschiedenis. Die wist u in uw browser. In een "
        "privévenster wordt geen geschiedenis bewaard.",
        f"Een oordeel dat u geeft, wordt met de vraag en het antwoord bewaard in {facts.feedback_file}, op de computer "
        "waarop Raadwijzer draait. Wie op die computer werkt of de sleutel van de beheerder heeft, kan de oordelen "
        "bekijken en wissen. Anderen niet.",
        f"De tekst van de documenten staat in de map {facts.index}. Haal een document weg door het uit uw map te halen "
        "en de index bij te werken met: raadwijzer index MAP.",
        "Haal alles over een document of een persoon weg, ook uit de oordelen, met: raadwijzer remove DOCUMENT, of: "
        "raadwijzer remove --person NAAM. U ziet eerst wat er weggaat.",
    )
    return join(
        tag("ul", [tag("li", line) for line in lines], class_="lijst"),
        tag("p", tag("a", "Bekijk of wis de oordelen", href="/oordelen")),
    )


def _register() -> Html:
    return join(
        tag(
            "p",
            "De velden van de publicatiestandaard 1.0 zijn ingevuld voor deze opstelling. Wat uw organisatie zelf moet "
            f"invullen, is aangegeven met ‘{TO_FILL_IN}’.",
        ),
        tag("p", tag("a", "Download de velden (JSON)", href="/algoritmeregister.json", download=True, class_="los")),
    )
