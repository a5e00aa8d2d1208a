"""The project report of the first edition against the newsletter of October 2022, typed off by hand."""

import datetime

import pytest

from projects.models import (
    Approach,
    LegendEntry,
    Phase,
    PhaseState,
    Project,
    ProjectFootnote,
    ProjectReport,
    ProjectRow,
)
from stand.slugs import german_slug

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_edition")]

STAND = datetime.date(2022, 10, 14)

LP = {
    "01": "Umwelt-, Natur- & Artenschutz",
    "02": "Gewerbe & Unternehmen",
    "05": "Personenstandswesen (Standesamt)",
    "08": "Parkausweise",
    "09": "Fahrerlaubnisse",
    "11": "Sondernutzungen, Ausnahmegenehmigungen & Veranstaltungen",
    "12": "Abgaben & Steuern",
    "13": "Kinder & Familie",
    "14": "Körperliche & Gesundheitliche Einschränkungen",
    "15": "Aus- & Fortbildung",
    "16": "Sozialwesen, Erwerbslosigkeit & Geringverdiener",
    "17": "Bauen & Grundstück",
    "19": "Recht & Ordnung",
    "21": "Aufenthaltstitel & Staatsangehörigkeit (Ausländerangelegenheiten)",
    "22": "Zuwendungen für Neubürger",
    "23": "Jagen",
    "25": "Tierschutz, Veterinärwesen & Lebensmittelüberwachung",
    "26": "Waffenrecht",
    "28": "Friedhofswesen",
}
# LP, LB, label as printed with broken hyphenation joined, footnote
ROWS = [
    ("01", "01", "Baumfällgenehmigung – Ausbaustufe II: Szenarien der Unteren Naturschutzbehörden", None),
    ("01", "02", "Forstrechtliche Genehmigungen - Waldneubegründung", None),
    ("01", "", "Forstrechtliche Genehmigungen - Kahlhieb", None),
    ("01", "", "Forstrechtliche Genehmigungen - Rodung", None),
    ("01", "", "Forstrechtliche Genehmigungen – Verlängerung der Wiederaufforstungsfrist", None),
    ("01", "09", "Massenvermehrung von Schadorganismen", None),
    ("02", "02", "Gewerbeauskunft", None),
    ("02", "04", "Gewerbeerlaubnisse - Schaustellung von Personen", None),
    ("02", "08", "Gewerbeerlaubnisse & Tätigkeitsanzeigen - Versteigerergewerbe", None),
    ("02", "10", "Nicht gewerbsmäßiger Ausschank alkoholischer Getränke", None),
    ("02", "14", "Gewerbeerlaubnisse – Spielhallen", None),
    ("05", "05", "Ehefähigkeitszeugnis", None),
    ("05", "09", "Anmeldung Eheschließung", None),
    ("05", "10", "(Vor-)Anzeige einer Geburt", None),
    ("08", "02", "Parkerleichterungen für Schwerbehinderte", None),
    ("09", "01", "Allgemeine Fahrerlaubnis", None),
    ("09", "02", "Pflichtumtausch Führerschein", None),
    ("11", "03", "Sondernutzung für Werbung, Plakatierung, Wahl", None),
    ("11", "04", "Sondernutzung für Gastronomie und Gewerbe", None),
    ("11", "09", "Markt- oder Veranstaltungsfestsetzung", None),
    ("11", "", "Zulassung als (Tages-)Händler auf dem Wochenmarkt", None),
    ("12", "04", "Hundesteuer", None),
    ("12", "08", "Steuerbescheinigung Denkmalschutz", None),
    ("13", "01", "Bundeselterngeld", None),
    ("13", "03", "Landeserziehungsgeld", 1),
    ("13", "07", "Kostenübernahme für Kindertagesbetreuung", None),
    ("14", "01", "Schwerbehindertenausweis", None),
    ("14", "02", "(Neu-)Feststellung einer Behinderung", None),
    ("14", "03", "Landesblindengeld & weitere Nachteilsausgleiche nach LBlindG", None),
    ("14", "04", "Hilfen bei Behinderung (SGB IX)", None),
    ("15", "02", "Außerhäusliche Unterbringung für Berufs- und Internatsschüler", None),
    ("16", "01", "Grundsicherung für Arbeitssuchende (SGB II)", None),
    ("16", "02", "Sozialhilfe (SGB XII) - Hilfe zum Lebensunterhalt", None),
    ("16", "", "Wohngeld", 4),
    ("16", "", "Wohngeld", 4),
    ("16", "", "Wohngeld", 4),
    ("16", "06", "Grundsicherung für Arbeitssuchende (SGB II) - Bildung & Teilhabe (Bildungspaket)", None),
    ("16", "09", "Sozialpass (Geringverdiener-Bescheinigung)", None),
    ("17", "01, 03-06", "Digitale Bauverwaltung Sachsen", 2),
    ("17", "09", "Verschmelzung von Flurstücken", None),
    ("17", "13", "Verkehrswert", None),
    ("17", "15", "Denkmalrechtliche Anzeigen", None),
    ("17", "16", "Vorkaufsrecht bei Grundstücken (Negativzeugnis)", None),
    ("19", "01", "Fundsachen", 3),
    ("21", "01", "Befristete Aufenthaltstitel - Aufenthaltserlaubnisse zum Zweck der Erwerbstätigkeit", None),
    ("21", "25", "Verpflichtungserklärung", None),
    ("22", "01", 'Finanzielle Zuwendungen für Neubürger ("Begrüßungsgeld")', None),
    ("23", "02", "Jägerprüfung & Jagdschein", None),
    ("25", "03", "Haltung gefährlicher Tiere", None),
    (
        "26",
        "01",
        "Waffenrechtliche Erlaubnisse – Waffenbesitzkarte - Ausbaustufe II: weitere Waffenbesitzergruppen",
        None,
    ),
    ("28", "01", "Grabnutzung und Grabanlagen", None),
]
# by position: details, as a list with bullets, not exhaustive
DETAILS = {
    9: (
        ["Erlaubnis nach § 34b GewO (Versteigerergewerbe)", "Anzeige einer Versteigerung nach § 3 VerstV"],
        True,
        False,
    ),
    11: (
        [
            "Erlaubnis zum Betrieb einer Spielhalle nach § 33i GewO im stehenden Gewerbe",
            "Erlaubnis zum Betrieb einer Spielhalle nach § 60a Abs. 3 GewO im Reisegewerbe",
        ],
        True,
        False,
    ),
    22: (
        ["Ausbaustufe II: Ab-/Ummeldung, Ermäßigung, Befreiung, Anbindung DMS & Veranlagungsverfahren"],
        False,
        False,
    ),
    26: (["Ermäßigung/Erlass des Elternbeitrages"], True, False),
    34: (["Ausbaustufe III: Mietzuschuss - Erhöhung, Minderung, Änderung"], False, False),
    35: (
        ["Ausbaustufe IV: Lastenzuschuss - Erstantrag, Weiterleistung, Erhöhung, Minderung, Änderung"],
        False,
        False,
    ),
    36: (["Ausbaustufe V: Wohngeld für Heimbewohner"], False, False),
    39: (
        [
            "Beseitigung von Anlagen",
            "Teil-)Baugenehmigung",
            "Bauvorbescheid",
            "Genehmigungsfreistellungsverfahren",
        ],
        False,
        True,
    ),
    48: (["Zulassung zur Jägerprüfung", "Erteilung eines Jagdscheins"], True, False),
    51: (
        [
            "Grabnutzungsrecht",
            "(Wieder-)Erwerb von Nutzungsrechten an Wahlgrabstätten",
            "Zustimmung zur Errichtung, Veränderung und Entfernung von Grabmalen",
            "Genehmigung zur Ausgrabung oder Umbettung einer Urne",
        ],
        True,
        False,
    ),
}


def test_the_fifty_one_rows_stand_as_printed():
    rows = ProjectRow.objects.select_related("footnote", "report").order_by("position")

    assert [(r.lp, r.lb, r.label, r.footnote and r.footnote.number) for r in rows] == ROWS
    assert [r.position for r in rows] == list(range(1, 52))
    assert {r.report.date for r in rows} == {STAND}


def test_nineteen_lp_have_their_names():
    rows = ProjectRow.objects.order_by("position").values_list("lp", "lp_name")

    assert list(dict.fromkeys(rows)) == list(LP.items())
    assert len(LP) == 19


def test_details_stand_below_the_name_in_italics_or_as_bullets():
    found = {
        row.position: (row.details, row.details_listed, row.details_open)
        for row in ProjectRow.objects.all()
        if row.details or row.details_listed or row.details_open
    }

    assert found == DETAILS


def test_footnotes_keep_the_numbers_of_the_print_in_the_order_of_their_first_use():
    used = ProjectRow.objects.filter(footnote__isnull=False).order_by("position")

    assert list(used.values_list("footnote__number", flat=True)) == [1, 4, 4, 4, 2, 3]


def test_footnotes_have_their_whole_text():
    texts = dict(ProjectFootnote.objects.values_list("number", "text"))

    assert set(texts) == {1, 2, 3, 4}
    assert texts[1] == (
        "Die OZG-Umsetzung der Verwaltungsleistung „Landeserziehungsgeld“ ist aktuell zurückgestellt, da erhebliche "
        "gesetzliche und verfahrensgetriebene Digitalisierungs-Hindernisse (insb. Schriftformerfordernisse, mehrere "
        "gleichzeitige Unterschriften natürlicher Personen) entgegenstehen. Mit Beginn des Jahres 2023 soll hier "
        "neuer „Anlauf“ genommen werden."
    )
    assert texts[2] == (
        "Das Thema ist eingebunden in die zentralen Planungen & den Fortschritt des KOMM8-Projektes „Elektronische "
        "Verfahren im Bauordnungsrecht“ aus dem Masterplan „Digitale Verwaltung Sachsen“ unter Federführung des "
        "Sächsischen Staatsministerium für Regionalentwicklung (SMR), Referat 53."
    )
    assert texts[3] == (
        "Der Freistaat Sachsen hat als federführendes Bundesland des Themenfelds „Recht & Ordnung“ für die darin "
        "enthaltene OZG-Leistung „Fundsachen“ Erkundungen des Marktes vorgenommen und abschließend festgestellt, dass "
        "bereits geeignete kommerzielle Lösungen existieren. Da die Nachnutzung bereits vorhandener kommerzieller "
        "Lösungen i.d.R. wirtschaftlicher ist als eine komplette Neuentwicklung, wird hier für die Variante der "
        "Nachnutzung favorisiert. Das Bundesministerium des Innern, für Bau und Heimat (BMI) als Koordinator des "
        "Digitalisierungsprogramms hat diesem Sonderweg - entgegen dem Vorgehen im Wegweiser „Einer für Alle/Viele“ "
        "- bereits zugestimmt. Es ist nun angedacht, im Rahmen eines Umsetzungsprojektes für eine entsprechende "
        "Einer-für-Alle-(Efa-)Lösung einen bundesweiten Rahmenvertrag europaweit auszuschreiben, aus dem alle "
        "Bundesländer und ihre Kommunen abrufen können."
    )
    assert texts[4] == (
        "Um den Anforderungen der Wohngeld-Reform 2023 gerecht zu werden, wurde in Abstimmung mit den entsprechenden "
        "IT-Dienstleistern entschieden, das Online-Wohngeld-Verfahren einer entsprechenden Refaktorisierung zu "
        "unterziehen. Diese soll gemäß Planung inkl. der Integration in das Fachverfahren DiWo Ende 2022 abgeschlossen "
        "sein. Im Anschluss daran soll der neu aufgesetzte Online-Dienst mit Beginn des Jahres 2023 um den "
        "Lastenzuschuss und weitere Antragsszenarien (Erhöhung, Minderung, Änderung) ergänzt und vervollständigt "
        "werden."
    )


def test_only_cells_that_the_text_settles_are_given():
    given = {
        (row.label, phase, state)
        for row in ProjectRow.objects.all()
        for phase, state in row.phases
        if state != PhaseState.UNKNOWN
    }

    assert given == {
        ("Sozialpass (Geringverdiener-Bescheinigung)", Phase.PRODUCT, PhaseState.DONE),
        ("Verschmelzung von Flurstücken", Phase.PRODUCT, PhaseState.PLANNED),
        ("Vorkaufsrecht bei Grundstücken (Negativzeugnis)", Phase.PRODUCT, PhaseState.PLANNED),
        ("Jägerprüfung & Jagdschein", Phase.PRODUCT, PhaseState.PLANNED),
        ("(Neu-)Feststellung einer Behinderung", Phase.LA, PhaseState.BLANK),
        ("(Neu-)Feststellung einer Behinderung", Phase.ONE, PhaseState.BLANK),
    }


def test_only_approaches_that_the_footnotes_name_are_given():
    given = ProjectRow.objects.exclude(approach=Approach.UNKNOWN)

    assert set(given.values_list("label", "approach")) == {
        ("Digitale Bauverwaltung Sachsen", Approach.CENTRAL),
        ("Fundsachen", Approach.MARKET),
    }


def test_the_legend_stands_as_printed():
    assert list(LegendEntry.objects.order_by("position").values_list("kind", "code", "text")) == [
        ("phase", Phase.LA, "Leistungsanalyse"),
        ("phase", Phase.ONE, "OZG-Phase 1 „Projekt-Setup“ (inkl. OZG-Werkstatt 1)"),
        ("phase", Phase.TWO, "OZG-Phase 2 „Konzeption“ (inkl. OZG-Werkstatt 2)"),
        ("phase", Phase.THREE, "OZG-Phase 3 „Prototypenbau“ (inkl. OZG-Werkstatt 3)"),
        ("phase", Phase.FOUR, "OZG-Phase 4 „Produktfertigung, Test & Abnahme“ (inkl. OZG-Werkstatt 4)"),
        (
            "phase",
            Phase.PRODUCT,
            "Produktverfügbarkeit beim kommunalen IT-Dienstleister zur Nutzung durch die Kommunen "
            "des Freistaates Sachsen (Roll-Out-Phase)",
        ),
        ("state", PhaseState.NOT_STARTED, "nicht begonnen"),
        ("state", PhaseState.ACTIVE, "in Bearbeitung"),
        ("state", PhaseState.DONE, "abgeschlossen"),
        ("state", PhaseState.PLANNED, "Plan 2022"),
        ("state", PhaseState.NOT_NEEDED, "nicht erforderlich"),
        (
            "approach",
            Approach.EFA,
            "Nachnutzung eines Einer-für-Alle-(EFA-)Dienstes als Umsetzungsoption präferiert",
        ),
        (
            "approach",
            Approach.MARKET,
            "Nachnutzung einer marktetablierten Softwarelösung als Umsetzungsoption präferiert",
        ),
        (
            "approach",
            Approach.CENTRAL,
            "zentral gesteuertes Projekt in Verantwortung des Freistaates Sachsen",
        ),
    ]


def test_every_row_is_about_a_project_of_its_own():
    rows = ProjectRow.objects.order_by("position").values_list("label", "project__name")

    assert len({name for _, name in rows}) == Project.objects.count() == 51
    assert [(label, name) for label, name in rows if label != name] == [
        ("Hundesteuer", "Hundesteuer – Ausbaustufe II"),
        ("Wohngeld", "Wohngeld – Ausbaustufe III: Mietzuschuss"),
        ("Wohngeld", "Wohngeld – Ausbaustufe IV: Lastenzuschuss"),
        ("Wohngeld", "Wohngeld – Ausbaustufe V: Wohngeld für Heimbewohner"),
    ]


def test_projects_lead_to_the_service_that_they_build():
    linked = Project.objects.filter(service__isnull=False)

    assert dict(linked.values_list("name", "service__name")) == {
        "Baumfällgenehmigung – Ausbaustufe II: Szenarien der Unteren Naturschutzbehörden": "Baumfällgenehmigung",
        "Hundesteuer – Ausbaustufe II": "Anmeldung zur Hundesteuer",
        "Wohngeld – Ausbaustufe III: Mietzuschuss": "Erst- und Weiterleistungsantrag (Mietzuschuss) auf Wohngeld",
        "Wohngeld – Ausbaustufe IV: Lastenzuschuss": "Erst- und Weiterleistungsantrag (Mietzuschuss) auf Wohngeld",
        "Wohngeld – Ausbaustufe V: Wohngeld für Heimbewohner": (
            "Erst- und Weiterleistungsantrag (Mietzuschuss) auf Wohngeld"
        ),
        "Sozialpass (Geringverdiener-Bescheinigung)": "Sozialpass",
        "Verschmelzung von Flurstücken": "Flurstückverschmelzung",
        "Vorkaufsrecht bei Grundstücken (Negativzeugnis)": "Vorkaufsrecht bei Grundstücken",
        "Jägerprüfung & Jagdschein": "Jägerprüfung & Jagdschein",
        "Waffenrechtliche Erlaubnisse – Waffenbesitzkarte - Ausbaustufe II: weitere Waffenbesitzergruppen": (
            "Waffenbesitzkarte"
        ),
    }


def test_slugs_come_from_the_name():
    names = dict(Project.objects.values_list("slug", "name"))

    assert names == {german_slug(name): name for name in names.values()}
    assert {
        "ehefaehigkeitszeugnis",
        "wohngeld-ausbaustufe-iv-lastenzuschuss",
        "jaegerpruefung-und-jagdschein",
        "vor-anzeige-einer-geburt",
    } <= set(names)


def test_the_report_is_the_current_one_and_says_why_most_cells_are_unknown():
    report = ProjectReport.objects.current()

    assert report == ProjectReport.objects.get()
    assert (report.date, report.plan_year, report.illustrative) == (STAND, 2022, False)
    assert report.note == (
        "Der Newsletter zeigt Zustand und Umsetzungsweg nur als Farbe. Die Farben sind im vorliegenden Text nicht "
        "erhalten; eingetragen ist, was der Text selbst sagt."
    )
    assert report.publication.published_on is None
