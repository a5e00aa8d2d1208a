"""The roll-out of the first edition against the newsletter of October 2022, typed off by hand."""

import datetime

import pytest

from rollout.models import CoverageRow, Origin, RolloutFootnote, RolloutReport

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_edition")]

STAND = datetime.date(2022, 10, 5)

# label as printed, number, share of authorities, share of population, footnote
ROWS = [
    ("Kfz-Wunschkennezeichen", 13, 100, 100, None),
    ("i-Kfz Stufe 3 (Paket Kfz-An-/Ab-/Ummeldung)", 12, 92, 94, None),
    ("Feinstaubplakette", 12, 92, 94, None),
    ("Wahlschein für Briefwahl", 48, 16, 59, 1),
    ("Paket „Personenstandsunterlagen“", 56, 21, 49, None),
    ("Baumfällgenehmigung", 22, 6, 41, None),
    ("Kita-Betreuungsplatz", 25, 8, 38, 2),
    ("Auskunft aus dem Baulastenverzeichnis", 11, 26, 35, None),
    ("Gewerbeanzeige", 64, 16, 34, None),
    ("Wohngeld (Erstantrag & Weiterleistung Mietzuschuss)", 11, 32, 32, None),
    ("Mängelmelder", 21, 7, 31, None),
    ("Niederlassungsanzeige selbstständige Heilberufe", 2, 15, 28, None),
    ("Hundesteuer-Anmeldung", 84, 21, 24, None),
    ("Beantragung Bewohnerparkausweis", 6, 2, 23, None),
    ("Halteverbot für Umzug", 5, 2, 23, None),
    ("Unterhaltsvorschuss", 2, 15, 21, None),
    ("Kommunale Corona-Soforthilfe", 2, 1, 21, None),
    ("Erstattung Feuerwehrverdienstausfall", 29, 8, 20, None),
    ("Sterbefallanzeige", 3, 1, 16, None),
    ("Paket „Gesundheitsamt“", 1, 8, 15, None),
    ("Sächsischer Familienpass", 1, 1, 15, None),
    ("Sächsische Ehrenamtskarte", 2, 1, 8, None),
    ("Nutzungszeiten Sportstätten", 7, 2, 7, None),
    ("Bibliotheksanmeldung", 2, 1, 6, None),
    ("SEPA-Lastschriftmandat", 5, 1, 2, None),
    ("Feuerwerk", 4, 1, 2, None),
    ("Brauchtums-, Traditions- und Lagerfeuer", 4, 1, 2, None),
    ("Sondernutzung für Veranstaltungen", 3, 1, 1, None),
    ("Hausnummernvergabe", 2, 1, 1, None),
    ("Bescheinigung in Steuersachen des Gemeindesteueramtes", 1, 1, 1, None),
]
SERVICES = {
    "Kfz-Wunschkennezeichen": "Wunschkennzeichen",
    "i-Kfz Stufe 3 (Paket Kfz-An-/Ab-/Ummeldung)": "An-, Ab- und Ummeldung eines Kfz",
    "Feinstaubplakette": "Feinstaubplakette",
    "Wahlschein für Briefwahl": "Wahlschein für Briefwahl",
    "Paket „Personenstandsunterlagen“": (
        "Anforderung Personenstandsunterlagen (Geburts-, Sterbe-, Ehe-, Lebenspartnerschaftsurkunde)"
    ),
    "Baumfällgenehmigung": "Baumfällgenehmigung",
    "Kita-Betreuungsplatz": "Kita-Betreuungsplatz",
    "Auskunft aus dem Baulastenverzeichnis": "Auskunft aus dem Baulastenverzeichnis",
    "Gewerbeanzeige": "Gewerbeanzeige gemäß § 14 GewO",
    "Wohngeld (Erstantrag & Weiterleistung Mietzuschuss)": (
        "Erst- und Weiterleistungsantrag (Mietzuschuss) auf Wohngeld"
    ),
    "Mängelmelder": "Mängelmeldung",
    "Niederlassungsanzeige selbstständige Heilberufe": (
        "Anzeige einer selbstständigen Tätigkeit in einem Heil- oder Gesundheitsfachberuf"
    ),
    "Hundesteuer-Anmeldung": "Anmeldung zur Hundesteuer",
    "Beantragung Bewohnerparkausweis": "Ausstellung eines Bewohnerparkausweises",
    "Halteverbot für Umzug": "Halteverbot für Umzug",
    "Unterhaltsvorschuss": "Unterhaltsvorschuss",
    "Kommunale Corona-Soforthilfe": "Kommunale Corona-Soforthilfe",
    "Erstattung Feuerwehrverdienstausfall": "Erstattung Feuerwehrverdienstausfall",
    "Sterbefallanzeige": "(Vor-)Anzeige eines Sterbefalles",
    "Paket „Gesundheitsamt“": "Leichen- und Bestattungswesen",
    "Sächsischer Familienpass": "Sächsischer Landesfamilienpass",
    "Sächsische Ehrenamtskarte": "Sächsische Ehrenamtskarte",
    "Nutzungszeiten Sportstätten": "Nutzungszeiten Sportstätten",
    "Bibliotheksanmeldung": "Bibliotheksanmeldung",
    "SEPA-Lastschriftmandat": "SEPA-Lastschriftmandat – Ausbaustufe 1 „Wiederkehrende Zahlungen“",
    "Feuerwerk": "Feuerwerk - Ausbaustufe 1 „Ausnahme von Verboten gemäß § 24 Abs. 1 SprengV“",
    "Brauchtums-, Traditions- und Lagerfeuer": "Brauchtums- und Traditionsfeuer",
    "Sondernutzung für Veranstaltungen": "Sondernutzung für Veranstaltungen im öffentlichen Verkehrsraum",
    "Hausnummernvergabe": "Hausnummernvergabe",
    "Bescheinigung in Steuersachen des Gemeindesteueramtes": (
        "Bescheinigung in Steuersachen des Gemeindesteueramtes"
    ),
}


def test_the_thirty_rows_stand_as_printed():
    rows = CoverageRow.objects.select_related("footnote").order_by("position")

    assert [
        (r.label, r.count, r.share_authorities, r.share_population, r.footnote and r.footnote.number)
        for r in rows
    ] == ROWS
    assert [r.position for r in rows] == list(range(1, 31))
    assert {r.report.date for r in rows.select_related("report")} == {STAND}


def test_rows_go_by_population_then_by_authorities():
    order = [
        (row.share_population, row.share_authorities) for row in CoverageRow.objects.order_by("position")
    ]

    assert order == sorted(order, reverse=True)


def test_two_rows_name_what_their_package_holds():
    assert dict(CoverageRow.objects.exclude(parts=[]).values_list("label", "parts")) == {
        "Paket „Personenstandsunterlagen“": [
            "Geburtsurkunde",
            "Sterbeurkunde",
            "Eheurkunde",
            "Lebenspartnerschaftsurkunde",
        ],
        "Paket „Gesundheitsamt“": [
            "Leichenpass",
            "Unbedenklichkeitserklärung Feuerbestattung",
            "Verlängerung der Bestattungsfrist",
            "Ergebnisbericht der zweiten Leichenschau",
        ],
    }


def test_two_footnotes_limit_what_the_figures_mean():
    assert list(RolloutFootnote.objects.order_by("number").values_list("number", "text")) == [
        (
            1,
            "Bisher wurden ausschließlich die Kreisfreien Städte und Großen Kreisstädte berücksichtigt und analysiert.",
        ),
        (2, "Die Analyse des tatsächlichen Standes wurde erst initialisiert."),
    ]


def test_every_row_leads_to_its_service_in_the_catalogue():
    assert dict(CoverageRow.objects.values_list("label", "service__name")) == SERVICES


def test_figures_are_surveyed_and_have_no_denominator_and_no_register():
    assert set(CoverageRow.objects.values_list("origin", "denominator", "register_date")) == {
        (Origin.SURVEYED, None, None)
    }


def test_the_report_is_the_current_one_and_its_day_of_publication_unknown():
    report = RolloutReport.objects.current()

    assert report == RolloutReport.objects.get()
    assert report.date == STAND
    assert not report.illustrative
    assert report.publication.published_on is None
