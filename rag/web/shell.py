"""The frame of every page: language, navigation, footer, style and script; and Gradio's own page put into it.

Gradio serves an English page with addresses of other hosts in its head. ``adopt`` rewrites that page: Dutch, framed
like the others, with nothing in it that leads outside. It raises when Gradio's page is not what was expected, so a
new Gradio version cannot slip an address past it unnoticed (tests hold this).
"""

from __future__ import annotations

import re

from rag.web.html import Html, escape, join, tag

PAGES = (("/", "Vragen"), ("/documenten", "Documenten"), ("/tijdlijn", "Tijdlijn"), ("/over", "Over Raadwijzer"))
OUTSIDE = re.compile(r"<(?:meta|link)\b[^>]*?(?:https?://|og:|twitter:|manifest)[^>]*>", re.S)
RESIZER = re.compile(r"<script>\s*\(\(\) => \{(?:(?!</script>).)*?iframeResizer(?:(?!</script>).)*?</script>", re.S)
HEAD = Html(
    '<meta name="color-scheme" content="light dark">'
    '<link rel="icon" href="/eigen/beeldmerk.svg" type="image/svg+xml">'
    '<link rel="stylesheet" href="/eigen/styles.css">'
    '<script src="/eigen/page.js" defer></script>'
)


def page(title: str, current: str, body: Html) -> str:
    """A whole page of our own."""
    return (
        '<!doctype html><html lang="nl"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} – Raadwijzer</title>{HEAD}</head><body>"
        f'{top(current)}<main id="inhoud" tabindex="-1" class="bladzijde">{body}</main>{bottom()}</body></html>'
    )


def top(current: str) -> Html:
    """The way past the navigation, the name, and the navigation."""
    links = [
        tag("li", tag("a", named(name), href=address, aria_current="page" if address == current else None))
        for address, name in PAGES
    ]
    return join(
        tag("a", "Naar de inhoud", href="#inhoud", class_="overslaan"),
        tag(
            "header",
            tag(
                "div",
                tag(
                    "a",
                    tag("img", src="/eigen/beeldmerk.svg", alt="", width=32, height=32),
                    tag("span", "Raadwijzer"),
                    href="/",
                    class_="merknaam",
                ),
                tag("nav", tag("ul", links), aria_label="Hoofdmenu"),
                class_="balk",
            ),
            class_="bovenkant",
        ),
    )


def named(name: str) -> Html:
    """A name of which a phone shows the first word only; to a screen reader it stays whole."""
    first, space, rest = name.partition(" ")
    return join(first, tag("span", f"{space}{rest}", class_="ruim") if rest else None)


def bottom() -> Html:
    """The footer, and the empty places that the script fills: a problem, an announcement, the source, a quote."""
    return join(
        tag(
            "footer",
            tag("p", "Raadwijzer maakt antwoorden met een computer. Controleer ze altijd in de bronnen."),
            tag(
                "p",
                "De tekst van uw vragen en van de documenten blijft op de computer waarop Raadwijzer draait. ",
                tag("a", "Meer over Raadwijzer", href="/over"),
            ),
            class_="onderkant",
        ),
        tag("div", class_="storing", id="storing", role="alert"),
        tag("div", class_="verborgen", id="omroep", role="status", aria_live="polite"),
        tag(
            "aside",
            tag(
                "div",
                tag("button", named("Terug naar het antwoord"), type="button", class_="los", data_doe="sluit"),
                tag(
                    "span",
                    tag("button", named("Vorige bron"), type="button", class_="los", data_doe="vorige"),
                    tag("button", named("Volgende bron"), type="button", class_="los", data_doe="volgende"),
                    class_="groep",
                ),
                tag(
                    "p", id="bron-naam", class_="bron-naam", aria_hidden="true"
                ),  # also when its heading is out of sight
                class_="bron-balk",
            ),
            tag(
                "div", id="bron-inhoud", class_="bron-inhoud", tabindex=0, role="region", aria_label="Tekst van de bron"
            ),
            id="bron",
            class_="bron",
            aria_label="Bron",
            hidden=True,
        ),
        tag("div", id="citaatkaart", class_="citaatkaart", hidden=True),
    )


def adopt(gradio_page: str) -> str:
    """Gradio's page in our frame, with every address of another host taken out."""
    served = OUTSIDE.sub("", gradio_page)
    served, resizers = RESIZER.subn("", served)
    changes = (
        ('lang="en"', 'lang="nl"'),
        ("</head>", f"{HEAD}</head>"),
        ("<gradio-app", f'{top("/")}<div id="inhoud" tabindex="-1" class="vragen"><gradio-app'),
        ("</gradio-app>", f"</gradio-app></div>{bottom()}"),
    )
    for old, new in changes:
        if served.count(old) != 1:
            raise ValueError(f"Gradio's page holds {old!r} {served.count(old)} times")
        served = served.replace(old, new)
    if resizers != 1:
        raise ValueError("Gradio's page loads its frame script in another way than expected")
    return served
