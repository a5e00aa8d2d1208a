"""The catalogue of the first edition against the newsletter of October 2022, typed off by hand."""

import datetime

import pytest

from catalogue.models import Audience, Funding, Level, Platform, Service, ServicePart
from stand.months import format_month
from stand.slugs import german_slug

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_edition")]

SHOP = "https://shop.kisa.it/64-online-antragsassistenten"

AVAILABLE = {
    Level.DISTRICTS: [
        ("An-, Ab- und Ummeldung eines Kfz", "04/2020"),
        ("Wunschkennzeichen", "04/2020"),
        ("Feinstaubplakette", "04/2020"),
        ("Leichen- und Bestattungswesen", "03/2022"),
        ("Waffenbesitzkarte", "04/2022"),
        ("Kleiner Waffenschein", "04/2022"),
        ("Europäischer Feuerwaffenpass", "04/2022"),
        ("Anzeige einer selbstständigen Tätigkeit in einem Heil- oder Gesundheitsfachberuf", "04/2022"),
        ("Unterhaltsvorschuss", "04/2022"),
        ("Landpachtvertragsanzeige", "06/2022"),
        ("Öffentliche Versammlungen & Aufzüge", "06/2022"),
        ("Auszug aus dem Altlastenkataster", "06/2022"),
        ("Gewerbeerlaubnisse & Tätigkeitsanzeigen", "06/2022"),
        ("Erstattung Verdienstausfall für Katastrophenschutzeinheiten", "08/2022"),
        ("BAföG", ""),
    ],
    Level.BOTH: [
        ("Nutzungszeiten Sportstätten", "11/2021"),
        ("Erst- und Weiterleistungsantrag (Mietzuschuss) auf Wohngeld", "12/2021"),
        ("Auskunft aus dem Baulastenverzeichnis", "12/2021"),
        ("Sondernutzung für Veranstaltungen im öffentlichen Verkehrsraum", "04/2022"),
        ("SEPA-Lastschriftmandat – Ausbaustufe 1 „Wiederkehrende Zahlungen“", "06/2022"),
    ],
    Level.MUNICIPALITIES: [
        ("Gewerbeanzeige gemäß § 14 GewO", "03/2020"),
        ("Wahlschein für Briefwahl", "09/2020"),
        ("Kommunale Corona-Soforthilfe", "10/2020"),
        ("Anmeldung zur Hundesteuer", "10/2020"),
        ("Erstattung Feuerwehrverdienstausfall", "12/2020"),
        (
            "Anforderung Personenstandsunterlagen (Geburts-, Sterbe-, Ehe-, Lebenspartnerschaftsurkunde)",
            "12/2020",
        ),
        ("Ausstellung eines Bewohnerparkausweises", "03/2021"),
        ("Baumfällgenehmigung", "11/2021"),
        ("Sächsische Ehrenamtskarte", "12/2021"),
        ("Sächsischer Landesfamilienpass", "03/2022"),
        ("Kita-Betreuungsplatz", "04/2022"),
        ("(Vor-)Anzeige eines Sterbefalles", "04/2022"),
        ("Bibliotheksanmeldung", "06/2022"),
        ("Halteverbot für Umzug", "06/2022"),
        ("Bescheinigung in Steuersachen des Gemeindesteueramtes", "06/2022"),
        ("Hausnummernvergabe", "06/2022"),
        ("Feuerwerk - Ausbaustufe 1 „Ausnahme von Verboten gemäß § 24 Abs. 1 SprengV“", "06/2022"),
        ("Mängelmeldung", "06/2022"),
        ("Gewerbeerlaubnisse & Tätigkeitsanzeigen", "06/2022"),
        ("Brauchtums- und Traditionsfeuer", "08/2022"),
        ("Sozialpass", "09/2022"),
        ("Finanzielle Zuwendungen für Neugeborene", "10/2022"),
        ("„Melde-, Wahl-, Pass- und Personalausweiswesen“ auf Basis der Plattform VOIS-Online", "01/2022"),
        ("Einfaches/Erweitertes/Europäisches Führungszeugnis", ""),
    ],
}
PLANNED = {
    Level.DISTRICTS: [("Jägerprüfung & Jagdschein", 16, "11/2022")],
    Level.BOTH: [],
    Level.MUNICIPALITIES: [
        ("Vorkaufsrecht bei Grundstücken", 25, "10/2022"),
        ("Flurstückverschmelzung", 26, "10/2022"),
    ],
}
PARTS = {
    ("Leichen- und Bestattungswesen", Level.DISTRICTS): [
        "Leichenpass",
        "Unbedenklichkeitsbescheinigung bei Feuerbestattung",
        "Verlängerung der Bestattungsfrist",
        "Ergebnisbericht der zweiten Leichenschau",
    ],
    ("Gewerbeerlaubnisse & Tätigkeitsanzeigen", Level.DISTRICTS): [
        "Erlaubnis nach § 34 GewO (Pfandleihgewerbe)",
        "Erlaubnis nach § 34a GewO (Bewachungsgewerbe)",
        "Erlaubnis nach § 34c GewO (Immobilienmakler)",
        "Erlaubnis nach § 34f GewO (Finanzanlagenvermittler)",
        "Erlaubnis nach § 34h GewO (Honorar-Finanzanlagenberater)",
        "Erlaubnis nach § 34i GewO (Immobiliardarlehensvermittler)",
    ],
    ("Gewerbeerlaubnisse & Tätigkeitsanzeigen", Level.MUNICIPALITIES): [
        "Anzeige eines vorübergehenden Gaststättengewerbes nach § 2 (2) SächsGastG",
        "Anzeige einer Straußwirtschaft nach § 3 SächsGastG",
    ],
    (
        "„Melde-, Wahl-, Pass- und Personalausweiswesen“ auf Basis der Plattform VOIS-Online",
        Level.MUNICIPALITIES,
    ): [
        "An-/Ab-/Ummeldung eines Wohnsitzes",
        "Meldebescheinigung",
        "Wohnungsgeberbestätigung",
        "Melderegisterauskunft",
        "Wahlhelferanmeldung",
        "Auskunfts- und Übermittlungssperren",
    ],
}


@pytest.mark.parametrize(
    ("level", "number"), [(Level.DISTRICTS, 15), (Level.BOTH, 5), (Level.MUNICIPALITIES, 24)]
)
def test_each_level_lists_its_productive_services_with_their_months_in_print_order(level, number):
    services = Service.objects.available().filter(level=level).order_by("position")

    assert [(s.name, format_month(s.available_since)) for s in services] == AVAILABLE[level]
    assert [s.position for s in services] == list(range(1, number + 1))


@pytest.mark.parametrize("level", Level)
def test_planned_services_follow_the_productive_ones_of_their_level(level):
    services = Service.objects.planned().filter(level=level).order_by("position")

    assert [(s.name, s.position, format_month(s.planned_for)) for s in services] == PLANNED[level]


def test_the_counts_are_those_of_the_newsletter():
    assert Service.objects.counts() == {
        "available": 44,
        "districts": 15,
        "both": 5,
        "municipalities": 24,
        "planned": 3,
    }
    assert Service.objects.count() == 47
    assert not Service.objects.discontinued().exists()


def test_a_service_is_either_available_or_planned_or_has_an_address_and_no_month():
    without_month = Service.objects.filter(available_since=None, planned_for=None)

    assert set(without_month.values_list("name", "address")) == {
        ("BAföG", "https://www.bafoeg-digital.de"),
        ("Einfaches/Erweitertes/Europäisches Führungszeugnis", "https://www.fuehrungszeugnis.bund.de"),
    }
    assert Service.objects.exclude(address="").count() == 2
    assert not Service.objects.filter(available_since__isnull=False, planned_for__isnull=False).exists()


def test_four_services_have_eighteen_parts_in_print_order():
    found: dict[tuple[str, str], list[str]] = {}
    for part in ServicePart.objects.select_related("service").order_by("service", "position"):
        names = found.setdefault((part.service.name, part.service.level), [])
        names.append(part.name)
        assert part.position == len(names)

    assert found == PARTS
    assert sum(map(len, found.values())) == 18


def test_two_lists_of_parts_are_open():
    assert set(Service.objects.filter(parts_open=True).values_list("name", flat=True)) == {
        "Leichen- und Bestattungswesen",
        "„Melde-, Wahl-, Pass- und Personalausweiswesen“ auf Basis der Plattform VOIS-Online",
    }


def test_slips_of_the_print_are_named_beside_the_right_word():
    assert set(Service.objects.exclude(printed_name="").values_list("name", "printed_name")) == {
        ("Erstattung Feuerwehrverdienstausfall", "Erstattung Feuerwehrverdienstausschuss"),
        (
            "Erstattung Verdienstausfall für Katastrophenschutzeinheiten",
            "Erstattung Verdienstausschuss für Katastrophenschutzseinheiten",
        ),
    }
    assert set(ServicePart.objects.exclude(printed_name="").values_list("name", "printed_name")) == {
        (
            "Erlaubnis nach § 34i GewO (Immobiliardarlehensvermittler)",
            "Erlaubnis nach § 34i GewO (Immobilienleihungsvermittler)",
        )
    }


def test_no_authority_is_named():
    assert not Service.objects.exclude(authority_label="").exists()


def test_slugs_come_from_the_right_name_and_get_the_level_where_two_share_it():
    shared = "Gewerbeerlaubnisse & Tätigkeitsanzeigen"
    services = Service.objects.all()

    assert {s.slug for s in services if s.name == shared} == {
        "gewerbeerlaubnisse-und-taetigkeitsanzeigen-landkreise",
        "gewerbeerlaubnisse-und-taetigkeitsanzeigen-gemeinden",
    }
    # A slash parts words: "einfaches-erweitertes-…", not "einfacheserweitertes…".
    expected = {s.pk: german_slug(s.name.replace("/", " ")) for s in services if s.name != shared}
    assert {s.pk: s.slug for s in services if s.name != shared} == expected
    assert len({s.slug for s in services}) == 47


def test_slugs_are_those_that_have_been_given_out():
    assert {
        "an-ab-und-ummeldung-eines-kfz",
        "bafoeg",
        "einfaches-erweitertes-europaeisches-fuehrungszeugnis",
        "erst-und-weiterleistungsantrag-mietzuschuss-auf-wohngeld",
        "erstattung-feuerwehrverdienstausfall",
        "erstattung-verdienstausfall-fuer-katastrophenschutzeinheiten",
        "gewerbeanzeige-gemaess-14-gewo",
        "maengelmeldung",
        "oeffentliche-versammlungen-und-aufzuege",
        "sozialpass",
        "vor-anzeige-eines-sterbefalles",
    } <= set(Service.objects.values_list("slug", flat=True))


def test_everything_runs_on_amt24_but_for_six_services():
    elsewhere = Service.objects.elsewhere_than(Platform.AMT24)

    assert set(elsewhere.values_list("name", "platform")) == {
        ("An-, Ab- und Ummeldung eines Kfz", Platform.EKOL),
        ("Wunschkennzeichen", Platform.EKOL),
        ("Feinstaubplakette", Platform.EKOL),
        ("BAföG", Platform.OWN_PORTAL),
        (
            "„Melde-, Wahl-, Pass- und Personalausweiswesen“ auf Basis der Plattform VOIS-Online",
            Platform.VOIS,
        ),
        ("Einfaches/Erweitertes/Europäisches Führungszeugnis", Platform.OWN_PORTAL),
    }
    assert Service.objects.filter(platform=Platform.AMT24).count() == 41


def test_what_landkreise_can_use_that_is_not_on_amt24():
    services = Service.objects.available().for_audience(Audience.DISTRICT).elsewhere_than(Platform.AMT24)

    assert set(services.values_list("name", flat=True)) == {
        "An-, Ab- und Ummeldung eines Kfz",
        "Wunschkennzeichen",
        "Feinstaubplakette",
        "BAföG",
    }


def test_three_articles_name_the_page_of_their_service_in_the_shop():
    of_their_own = Service.objects.exclude(shop_address__in=["", SHOP])

    assert set(of_their_own.values_list("name", "shop_address")) == {
        (
            "Sozialpass",
            "https://shop.kisa.it/online-antragsassistenten/541-onlineantrag-sozialpass-beantragen.html",
        ),
        (
            "Finanzielle Zuwendungen für Neugeborene",
            "https://shop.kisa.it/online-antragsassistenten/540-onlineantrag-zuwendung-fuer-neugeborene.html",
        ),
        (
            "Öffentliche Versammlungen & Aufzüge",
            "https://shop.kisa.it/online-antragsassistenten/"
            "523-onlineantrag-versammlung-oder-aufzug-anzeigen.html",
        ),
    }


def test_the_other_productive_services_on_amt24_lead_to_the_shop_and_no_other_does():
    to_the_shop = Service.objects.filter(shop_address=SHOP)
    productive_on_amt24 = Service.objects.available().filter(platform=Platform.AMT24)
    own_page = [
        "sozialpass",
        "finanzielle-zuwendungen-fuer-neugeborene",
        "oeffentliche-versammlungen-und-aufzuege",
    ]

    assert set(to_the_shop) == set(productive_on_amt24.exclude(slug__in=own_page))
    assert to_the_shop.count() == 35


def test_the_funding_says_what_is_paid_for_whom_not_and_until_when():
    funding = Funding.objects.get()

    assert funding.title == "Anschubfinanzierung für Gemeinden, Städte und Landkreise"
    assert funding.text.startswith(
        "Der Freistaat Sachsen finanziert unter Einsatz von Mitteln des Landes und des SächsFAG die Kosten für die "
        "Entwicklung, den Betrieb im zertifizierten Rechenzentrum"
    )
    assert "vorbehaltlich des Haushaltsbeschlusses durch den Sächsischen Landtag" in funding.text
    assert funding.text.endswith("die gültigen Entgelte für die Softwarepflege und den Support erfolgt.")
    assert funding.exclusions == (
        "individuelle Eigenentwicklungen einzelner Kommunen, die bundesweiten Einer-für-Alle-(EfA-)Dienste sowie "
        "die landeslizenzierten Online-Dienste im Kraftfahrzeugzulassungswesen (eKOL-KFZ) und Meldewesen "
        "VOIS|Online.Meldewesen"
    )
    assert funding.covered_platforms == [Platform.AMT24]
    assert funding.excluded_platforms == [Platform.EKOL, Platform.VOIS]
    assert funding.ends_on == datetime.date(2024, 12, 31)
    assert format_month(funding.as_of) == "10/2022"
