"""Documents of the kinds that a council archive holds, written for the tests in the manner of Dutch councils."""

from __future__ import annotations

MOTION = """Gemeente Waterveen

Motie M2023-014

Motie van het lid De Wit (D66) en het lid Van Dam (PvdA) over meer toezicht bij het station

De raad van de gemeente Waterveen, in vergadering bijeen op 16 maart 2023, gehoord de beraadslaging,

Constaterende dat:
- het aantal meldingen bij het station in 2022 is gestegen van 40 naar 61;
- er 's avonds geen toezichthouder aanwezig is;

Overwegende dat:
- jongeren zich bij het station niet veilig voelen;
- zichtbaar toezicht aantoonbaar helpt,

Verzoekt het college:
- vóór 1 september 2023 een plan voor toezicht in de avond aan de raad te sturen;
- de kosten daarvan te betrekken bij de begroting van 2024,

en gaat over tot de orde van de dag.

A. de Wit (D66)
J. van Dam (PvdA)

Stemming: aangenomen met 21 stemmen voor en 12 stemmen tegen.
Voor: D66, PvdA, GroenLinks, CDA
Tegen: VVD, Lokaal Belang
"""

KAMER_MOTION = """28 638
Mensenhandel

Nr. 166
MOTIE VAN HET LID VAN DER GRAAF C.S.

Voorgesteld 12 mei 2022

De Kamer,
gehoord de beraadslaging,
constaterende dat slachtoffers die onder de bescherming vallen soms lang op opvang wachten;
overwegende dat een veilige plek voorwaarde is voor herstel;
verzoekt de regering de Kamer voor de begroting te informeren over de wachttijden per regio,
en gaat over tot de orde van de dag.

Van der Graaf
Kuik
"""

LETTER = """Gemeente Waterveen

Aan de gemeenteraad van Waterveen

Datum: 4 april 2023
Ons kenmerk: Z-2023-004512
Uw kenmerk: M2023-014
Onderwerp: Uitvoering motie toezicht bij het station
Bijlagen: 1

Geachte leden van de raad,

Op 16 maart 2023 nam uw raad de motie over toezicht bij het station aan. Met deze brief informeren wij u daarover.

Stand van zaken
Vanaf 1 juni 2023 zijn er op vrijdag en zaterdag twee toezichthouders aanwezig tussen 20.00 en 1.00 uur.

Kosten
De kosten zijn € 85.000 per jaar. Zie ook RIS305595.

Hoogachtend,
burgemeester en wethouders van Waterveen,
de secretaris,
P. Bakker
de burgemeester,
M. Visser
"""

DECISIONS = """Besluitenlijst van de vergadering van burgemeester en wethouders van Waterveen

Datum: 11 april 2023
Aanwezig: M. Visser, K. Jansen, P. Bakker

1. Vaststelling besluitenlijst 4 april 2023
Besluit: De besluitenlijst wordt vastgesteld.

2. Plan toezicht stationsgebied
Portefeuillehouder: K. Jansen
De raad heeft om een plan gevraagd.
Besluit:
1. in te stemmen met het plan voor toezicht;
2. de raad te informeren met bijgaande brief.

3. Subsidie jongerenwerk 2023
Besluit: Het college stelt de subsidie vast op € 120.000.

4. Rondvraag
Besluit: Geen.
"""

MINUTES = """Notulen van de raadsvergadering van de gemeente Waterveen

Datum: 16 maart 2023
Voorzitter: M. Visser

1. Opening en vaststelling van de agenda

De voorzitter: Ik open de vergadering en heet iedereen welkom.

2. Toezicht bij het station

Mevrouw De Wit (D66): Voorzitter. Het aantal meldingen stijgt al drie jaar. In 2022 waren het er 61.

Wij vinden dat er in de avond toezicht moet zijn.

Dat zeggen ook de jongeren die wij spraken.

De heer Van Dam (PvdA): Wat kost het plan van mevrouw De Wit?

Mevrouw De Wit (D66): Ongeveer 85.000 euro per jaar.

De heer Smit (VVD): Mijn fractie vindt dat te veel. Wij willen eerst weten wat de politie doet.

Wethouder Jansen: Het college kan de motie uitvoeren. In april krijgt u een brief.

3. Sluiting

De voorzitter: Ik sluit de vergadering om 22.15 uur.
"""

REPORTED = """Verslag van de commissie Samenleving van 2 februari 2023

1. Opening

De voorzitter opent de vergadering om 20.00 uur.

2. Jeugdhulp

De heer Smit (VVD) vraagt hoeveel jongeren op een wachtlijst staan.

Wethouder Jansen antwoordt dat het er op 1 januari 2023 veertien waren. Dat zijn er zes minder dan een jaar eerder.

Mevrouw De Wit (D66) wijst op de lange duur van de trajecten.

3. Sluiting

De voorzitter sluit de vergadering om 21.10 uur.
"""

AGENDA = """Agenda raadsvergadering Waterveen

Datum: donderdag 20 april 2023
Aanvang: 19.30 uur
Locatie: raadzaal

1. Opening
2. Vaststelling van de agenda
3. Vragenhalfuur
4. Hamerstukken
4a. Verordening jeugdhulp
4b. Subsidie jongerenwerk
5. Plan toezicht stationsgebied
De raad bespreekt het plan van het college.
6. Sluiting
"""

REPORT = """# Rapport Veiligheid in het stationsgebied 2022

## 1 Samenvatting

Het aantal meldingen steeg in 2022 tot 61. De meeste meldingen gaan over overlast in de avond. {a}

## 2 Cijfers

### 2.1 Meldingen per jaar

In dit hoofdstuk staan de meldingen per jaar. {b}

### 2.2 Meldingen per maand

De meeste meldingen zijn van oktober. {c}

## 3 Aanbevelingen

Zorg voor toezicht in de avond. {d}
""".format(
    a="De politie en de gemeente werken samen aan een aanpak. " * 8,
    b="De cijfers komen uit de registratie van de gemeente. " * 10,
    c="In de zomer zijn er minder meldingen. " * 12,
    d="Bespreek de voortgang elk half jaar met de raad. " * 9,
)
