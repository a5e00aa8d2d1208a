"""What an authority has in use and others around it have: its page, and the map of a service."""

import datetime
import gzip
import re

import brotli
import pytest
from django.db import connection, transaction
from django.utils import timezone

from rollout.models import Adoption, Authority, CompetenceSet, RegisterEdition, ServiceCompetence
from rollout.register_import import take_over, with_population_date
from tests.factories import AdoptionFactory, ServiceCompetenceFactory, ServiceFactory, SiteFactory
from tests.html import links_of, rows_of, text_of

from .registers import register_2021, register_2023

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("register_of_2021")]

RADEBEUL, MORITZBURG, COSWIG, DRESDEN, PIRNA, LEIPZIG = (
    "14627210",
    "14627150",
    "14627010",
    "14612000",
    "14628270",
    "14713000",
)
OSTRAU, UNIT_OSTRAU, ZSCHAITZ = "14522450", "145225123", "14522620"
LAST_YEAR = datetime.date(timezone.localdate().year - 1, 1, 1)


@pytest.fixture(scope="module")
def register_of_2021(django_db_setup, django_db_blocker):
    """The register, for reading by all tests of the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        take_over(register_2021())
        SiteFactory()
        yield
        transaction.set_rollback(True)


def service(name: str, by: str = "municipalities", illustrative=False, **values):
    """A service that goes by one of the sets of the register."""
    made = ServiceFactory(name=name, **values)
    ServiceCompetenceFactory(service=made, set=CompetenceSet.objects.get(key=by), illustrative=illustrative)
    return made


def has(made, *keys: str, **values):
    for key in keys:
        AdoptionFactory(service=made, authority=Authority.objects.get(key=key), **values)


def has_without_duty(made, *keys: str):
    """As recorded before the service named its set; after it the database refuses that."""
    link = made.competence
    ServiceCompetence.objects.filter(pk=link.pk).delete()
    has(made, *keys)
    connection.check_constraints()
    link.save(force_insert=True)


def has_not(made, *keys: str, **values):
    has(made, *keys, state="not-used", **values)


def page(client, key: str, example=False):
    response = client.get(f"/kommunen/{key}/{'beispiel/' if example else ''}")
    assert response.status_code == 200
    return response


def lists(response) -> dict[str, list[str]]:
    """The services in each table of the page, by its heading without the number."""
    html = response.content.decode()
    found = {}
    for heading, table in re.findall(
        r"<h3[^>]*>([^<(]*?)(?: \(\d+\))?</h3>(.*?)(?=<h[23]|$)", html, re.DOTALL
    ):
        found[heading] = re.findall(r'<th scope="row"><a href="/leistungen/[\w-]+/">([^<]+)</a>', table)
    return found


OTHERS = "Was andere im Einsatz haben"


# --- one authority ---------------------------------------------------------------------------


def test_what_it_is_competent_for_stands_in_four_lists(client):
    has(service("Sozialpass"), RADEBEUL)
    has_not(service("Wohngeld"), RADEBEUL)
    has(service("Hundesteuer"), COSWIG)
    service("Fundbüro", available_since=None, planned_for=datetime.date(2199, 1, 1))
    service("Waffenschein", by="districts")
    service("Altes", discontinued_since=datetime.date(2022, 10, 1))
    ServiceFactory(name="ohne Zuständigkeit")
    assert lists(page(client, RADEBEUL)) == {
        "Im Einsatz": ["Sozialpass"],
        "Nicht im Einsatz": ["Wohngeld"],
        "Nicht erfasst": ["Hundesteuer"],
        "Demnächst": ["Fundbüro"],
        OTHERS: ["Hundesteuer"],
    }


def test_a_planned_service_that_is_in_use_already_is_in_use(client):
    has(service("Fundbüro", available_since=None, planned_for=datetime.date(2199, 1, 1)), RADEBEUL)
    assert lists(page(client, RADEBEUL)) == {"Im Einsatz": ["Fundbüro"], OTHERS: []}


def test_each_list_says_since_when_and_what_with(client):
    has(service("Sozialpass"), RADEBEUL, since=datetime.date(2022, 9, 1), solution="own")
    has_not(service("Wohngeld"), RADEBEUL, since=None, checked_on=datetime.date(2022, 10, 5))
    response = page(client, RADEBEUL)
    assert ["Sozialpass", "im Einsatz seit 09/2022", "Eigenentwicklung"] in rows_of(response)
    assert ["Wohngeld", "nicht im Einsatz (geprüft am 05.10.2022)"] in rows_of(response)


def test_not_recorded_is_said_not_to_mean_no(client):
    service("Sozialpass")
    assert "„Nicht erfasst“ heißt nicht „nein“." in text_of(page(client, RADEBEUL))


@pytest.mark.parametrize(
    "values",
    [{"until": LAST_YEAR}, {"since": datetime.date(2199, 1, 1)}, {"illustrative": True}],
)
def test_what_is_over_to_come_or_invented_is_not_recorded(client, values):
    has(service("Sozialpass"), RADEBEUL, COSWIG, **values)
    assert lists(page(client, RADEBEUL)) == {"Nicht erfasst": ["Sozialpass"], OTHERS: []}


def test_a_landkreis_has_the_services_of_its_own_competence(client):
    has(service("Waffenschein", by="districts"), "14627")
    service("Sozialpass")
    service("Personenstand", by="units")
    service("Jagd", by="rural-districts")
    response = page(client, "14627")
    assert lists(response) == {"Im Einsatz": ["Waffenschein"], "Nicht erfasst": ["Jagd"], OTHERS: []}


def test_a_kreisfreie_stadt_is_competent_at_every_level_but_for_landkreise_alone(client):
    for by in ("districts", "units", "municipalities", "rural-districts"):
        service(by, by=by)
    assert lists(page(client, LEIPZIG))["Nicht erfasst"] == ["districts", "municipalities", "units"]


def test_a_member_municipality_sees_what_its_unit_has_named_as_such(client):
    by_unit, own = service("Personenstand", by="units"), service("Sozialpass")
    has(by_unit, UNIT_OSTRAU)
    has(own, ZSCHAITZ)
    response = page(client, OSTRAU)
    assert lists(response) == {
        "Im Einsatz": ["Personenstand"],
        "Nicht erfasst": ["Sozialpass"],
        OTHERS: ["Sozialpass"],
    }
    assert "Personenstand über die Verwaltungsgemeinschaft Ostrau" in text_of(response)
    assert "Sozialpass über" not in text_of(response)
    assert lists(page(client, UNIT_OSTRAU)) == {"Im Einsatz": ["Personenstand"], OTHERS: []}


def test_services_of_the_landkreis_stand_there(client):
    service("Waffenschein", by="districts")
    response = page(client, RADEBEUL)
    assert "/kommunen/14627/#leistungen" in links_of(response)
    assert lists(response) == {}
    assert "Für keine Leistung ist bisher erfasst, dass Radebeul zuständig ist." in text_of(response)


# --- what others have ------------------------------------------------------------------------


def others(response) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in rows_of(response) if len(row) == 4 and row[0] != "Leistung"}


def test_what_neighbours_have_comes_first_and_who_it_is(client):
    for name, keys in {
        "nur Pirna": [PIRNA],
        "Nachbarn": [MORITZBURG, COSWIG, LEIPZIG],
        "auch hier": [RADEBEUL, COSWIG],
        "weit weg": [LEIPZIG],
        "niemand": [],
    }.items():
        has(service(name), *keys)
    has_not(service("Nachbar nicht"), COSWIG)
    found = others(page(client, RADEBEUL))
    assert list(found) == ["Nachbarn", "nur Pirna"]
    assert found["Nachbarn"] == ["nicht erfasst", "Coswig, Moritzburg", "1 von 16: Coswig"]
    assert found["nur Pirna"] == ["nicht erfasst", "bei keinem erfasst", "1 von 16: Pirna"]


def test_the_size_class_has_everybody_with_the_same_duty(client):
    """Radebeul is the 17th; counted in the register itself."""
    edition = RegisterEdition.objects.newest()
    assert edition.municipalities.filter(population__gte=20_000, population__lt=50_000).count() == 17
    made = service("Wohngeld")
    has(made, *edition.municipalities.filter(population__lt=50_000).values_list("authority__key", flat=True))
    Adoption.objects.filter(authority__key=RADEBEUL).delete()
    found = others(page(client, RADEBEUL))["Wohngeld"][2]
    assert found == "16 von 16: Bautzen / Budyšin, Coswig, Delitzsch …"
    assert "Größenklasse von Radebeul: 20.000 bis unter 50.000 Einwohner." in text_of(page(client, RADEBEUL))


def test_what_is_known_not_to_be_in_use_says_so(client):
    made = service("Wohngeld")
    has(made, COSWIG)
    has_not(made, RADEBEUL)
    assert others(page(client, RADEBEUL))["Wohngeld"][0] == "nicht im Einsatz"


def test_who_borders_on_a_unit_borders_on_one_of_its_members(client):
    made = service("Personenstand", by="units")
    has(made, "14522080", "14522220", RADEBEUL)
    of_unit = others(page(client, UNIT_OSTRAU))
    assert of_unit["Personenstand"][1] == "Döbeln, Großweitzschen"
    of_member = others(page(client, OSTRAU))
    assert of_member == {"Personenstand über die Verwaltungsgemeinschaft Ostrau": of_unit["Personenstand"]}


def test_landkreise_border_on_each_other_and_on_kreisfreie_staedte(client):
    has(service("Waffenschein", by="districts"), "14628", "14612000", "14713000", "14523")
    found = others(page(client, "14627"))["Waffenschein"]
    assert found[1] == "Dresden, Landkreis Sächsische Schweiz-Osterzgebirge"


# --- examples --------------------------------------------------------------------------------


def test_examples_stand_at_their_own_address_with_their_mark_and_nothing_real_beside_them(client):
    real, both, invented, assumed = (
        service("Echt"),
        service("Gemischt"),
        service("Erfunden"),
        service("Angenommen", illustrative=True),
    )
    has(real, RADEBEUL)
    has(both, COSWIG)
    for made in (both, invented, assumed):
        has(made, RADEBEUL, illustrative=True)
    has(assumed, MORITZBURG, illustrative=True)
    assert lists(page(client, RADEBEUL)) == {
        "Im Einsatz": ["Echt"],
        "Nicht erfasst": ["Erfunden", "Gemischt"],
        OTHERS: ["Gemischt"],
    }
    assert f"/kommunen/{RADEBEUL}/beispiel/" in links_of(page(client, RADEBEUL))
    example = page(client, RADEBEUL, example=True)
    assert lists(example) == {"Im Einsatz": ["Angenommen", "Erfunden"], OTHERS: []}
    html = example.content.decode()
    assert "<title>Beispieldaten: Radebeul" in html and "<h1>Beispieldaten: Radebeul</h1>" in html
    assert "Beispieldaten. Diese Angaben sind zur Anschauung erfunden" in text_of(example)
    assert 'name="robots" content="noindex"' in html


def test_without_examples_there_is_no_page_of_them_and_no_way_to_it(client):
    has(service("Echt"), RADEBEUL)
    assert client.get(f"/kommunen/{RADEBEUL}/beispiel/").status_code == 404
    assert f"/kommunen/{RADEBEUL}/beispiel/" not in links_of(page(client, RADEBEUL))


def test_the_second_key_of_a_kreisfreie_stadt_leads_to_its_example(client):
    has(service("Erfunden"), LEIPZIG, illustrative=True)
    response = client.get("/kommunen/14713/beispiel/")
    assert (response.status_code, response.url) == (301, "/kommunen/14713000/beispiel/")


# --- after a merger --------------------------------------------------------------------------


@pytest.fixture
def jahnatal():
    """The register of 2023, in which Ostrau and Zschaitz-Ottewig have become one."""
    take_over(with_population_date(register_2023(), datetime.date(2022, 12, 31)))
    return Authority.objects.get(key="14522275")


def test_who_has_left_the_register_is_competent_for_nothing(client, jahnatal):
    has(service("Sozialpass"), OSTRAU, "14522080")
    assert lists(page(client, OSTRAU)) == {}
    assert "Leistungen" not in text_of(page(client, OSTRAU))
    assert client.get(f"/kommunen/{OSTRAU}/beispiel/").status_code == 404


def test_who_bordered_on_a_predecessor_borders_on_the_successor(client, jahnatal):
    has(service("Sozialpass"), "14522080", OSTRAU)
    assert others(page(client, jahnatal.key))["Sozialpass"][1] == "Döbeln"
    has(service("Wohngeld"), jahnatal.key)
    assert others(page(client, "14522080"))["Wohngeld"][1] == "Jahnatal"


def test_a_merged_municipality_is_on_the_map(client, jahnatal):
    has(service("Sozialpass"), jahnatal.key)
    html = client.get("/rollout/karte/sozialpass/").content.decode()
    assert re.findall(r"<title>Jahnatal: im Einsatz</title>(.*?)</a>", html) == [
        '<use href="/static/sachsen.svg#k14522450"/><use href="/static/sachsen.svg#k14522620"/>'
    ]
    assert "Nicht auf der Karte" not in html


# --- maps ------------------------------------------------------------------------------------


def drawn(response) -> dict[str, int]:
    return {
        words: int(count)
        for words, count in re.findall(r"</svg> ([^<:]+): (\d+)</li>", response.content.decode())
    }


def test_the_map_shows_the_competent_authorities_with_the_figure_and_its_dates(client):
    made = service("Wunschkennzeichen", by="districts")
    has_without_duty(made, OSTRAU)
    has(made, LEIPZIG, "14627")
    has_not(made, DRESDEN)
    has(made, "14628", illustrative=True)
    response = client.get("/rollout/karte/wunschkennzeichen/")
    assert drawn(response) == {"im Einsatz": 2, "nicht im Einsatz": 1, "nicht erfasst": 10}
    text = text_of(response)
    assert "mindestens 2 von 13 zuständigen Behörden: 15 % der Behörden, 21 % der Einwohner" in text
    assert "(bei 10 nicht erfasst)" in text
    today = timezone.localdate()
    assert f"Stand: {today:%d.%m.%Y}. Zuständig: Landkreise und Kreisfreie Städte" in text
    assert "nach dem Register vom 31.12.2021; Einwohner vom 31.12.2021" in text
    assert ["Leipzig", "im Einsatz", "601.866"] in rows_of(response)
    assert "Beispieldaten" not in response.content.decode()


def test_an_example_map_is_marked_in_title_heading_and_legend(client):
    made = service("Sozialpass", illustrative=True)
    has(made, RADEBEUL, illustrative=True)
    assert client.get("/rollout/karte/sozialpass/").status_code == 404
    response = client.get("/rollout/karte/sozialpass/beispiel/")
    html = response.content.decode()
    assert drawn(response) == {"im Einsatz": 1, "nicht erfasst": 418}
    assert "<title>Beispieldaten: Karte Sozialpass" in html
    assert "<h1>Beispieldaten: Karte Sozialpass</h1>" in html
    assert (
        '<ul class="map-legend" aria-label="Legende">\n      <li><strong>Beispieldaten</strong></li>' in html
    )
    assert "<caption>Beispieldaten: Sozialpass" in html
    assert "(als Beispiel angenommen)" in text_of(response)


def test_a_service_with_real_records_has_no_example_map(client):
    made = service("Sozialpass")
    has(made, RADEBEUL)
    has(made, COSWIG, illustrative=True)
    assert client.get("/rollout/karte/sozialpass/beispiel/").status_code == 404
    assert drawn(client.get("/rollout/karte/sozialpass/")) == {"im Einsatz": 1, "nicht erfasst": 418}


@pytest.mark.parametrize("address", ["gibt-es-nicht", "ohne", "gibt-es-nicht/beispiel", "ohne/beispiel"])
def test_where_nobody_is_known_to_be_competent_there_is_no_map(client, address):
    ServiceFactory(name="Ohne")
    assert client.get(f"/rollout/karte/{address}/").status_code == 404


def test_the_list_of_maps_keeps_examples_apart(client):
    has(service("Wunschkennzeichen", by="districts"), LEIPZIG)
    service("Offen")
    has(service("Erfunden", illustrative=True), RADEBEUL, illustrative=True)
    response = client.get("/rollout/karte/")
    figure = (
        "Im Einsatz bei mindestens 1 von 13 zuständigen Behörden: 8 % der Behörden, 15 % der Einwohner "
        "(bei 12 nicht erfasst)"
    )
    assert rows_of(response)[1] == ["Wunschkennzeichen", "Landkreise und Kreisfreie Städte", figure]
    assert [link for link in links_of(response) if "/karte/" in link and link != "/rollout/karte/"] == [
        "/rollout/karte/wunschkennzeichen/",
        "/rollout/karte/offen/",
        "/rollout/karte/erfunden/beispiel/",
    ]


def test_without_a_service_that_names_its_competence_there_are_no_maps(client):
    assert client.get("/rollout/karte/").status_code == 404


# --- the page of a service -------------------------------------------------------------------


def adopters(client, slug: str) -> str:
    """The section of who has it."""
    return text_of(client.get(f"/leistungen/{slug}/")).partition("Wer hat es im Einsatz ")[2]


def test_a_service_names_who_has_it_with_figure_dates_and_the_way_to_its_map(client):
    made = service("Wunschkennzeichen", by="districts")
    has_without_duty(made, OSTRAU)
    has(made, LEIPZIG, since=datetime.date(2022, 9, 1), solution="state")
    has(made, "14627", since=None, checked_on=datetime.date(2022, 10, 5))
    has_not(made, DRESDEN, since=datetime.date(2022, 1, 1))
    has(made, "14628", illustrative=True)
    has(made, "14511000", until=LAST_YEAR)
    has(service("Wohngeld"), PIRNA)
    response = client.get("/leistungen/wunschkennzeichen/")
    assert [row for row in rows_of(response) if "im Einsatz" in row[1]] == [
        ["Leipzig", "im Einsatz seit 09/2022", "Basiskomponente des Freistaates"],
        ["Landkreis Meißen", "im Einsatz (geprüft am 05.10.2022)", "unbekannt"],
        ["Dresden", "nicht im Einsatz seit 01/2022"],
    ]
    text = adopters(client, "wunschkennzeichen")
    assert text.startswith(
        "Im Einsatz bei mindestens 2 von 13 zuständigen Behörden: 15 % der Behörden, 21 % der Einwohner "
        "(bei 10 nicht erfasst) Stand: "
    )
    assert "nach dem Register vom 31.12.2021, Einwohner vom 31.12.2021." in text
    assert "/rollout/karte/wunschkennzeichen/" in links_of(response)


def test_a_service_counts_over_time_who_had_it(client):
    made = service("Sozialpass")
    has(made, RADEBEUL, since=datetime.date(2020, 5, 1), until=datetime.date(2021, 11, 1))
    has(made, RADEBEUL, since=datetime.date(2022, 3, 1))
    has(made, COSWIG, since=datetime.date(2021, 12, 1))
    has(made, DRESDEN, since=datetime.date(2020, 1, 1), illustrative=True)
    rows = [row for row in rows_of(client.get("/leistungen/sozialpass/")) if len(row) == 2]
    days = {day: count for day, count in rows if day[:6] in ("31.12.", "Tag") or day[6:].isdigit()}
    assert days == {"Tag": "Anzahl", "31.12.2020": "1", "31.12.2022": "2"}


def test_without_a_known_competence_a_service_has_a_list_and_no_figure(client):
    made = ServiceFactory(name="Sozialpass")
    has(made, RADEBEUL)
    text = adopters(client, "sozialpass")
    assert text.startswith("Im Einsatz bei 1 Kommune Kommune Einsatz Lösung Radebeul im Einsatz seit 01/2022")
    assert "zuständigen Behörden" not in text


def test_a_service_of_which_nothing_real_is_known_says_so_and_leads_to_the_example(client):
    has(service("Sozialpass", illustrative=True), RADEBEUL, illustrative=True)
    text = adopters(client, "sozialpass")
    assert text.startswith("Bisher ist bei keiner Kommune erfasst, ob sie die Leistung im Einsatz hat.")
    assert "Radebeul" not in text
    assert "/rollout/karte/sozialpass/beispiel/" in links_of(client.get("/leistungen/sozialpass/"))


def test_where_nothing_is_recorded_there_is_no_figure_that_reads_as_none(client):
    made = service("Wunschkennzeichen", by="districts")
    assert adopters(client, "wunschkennzeichen").startswith(
        "Bei 13 von 13 zuständigen Behörden nicht erfasst Stand"
    )
    has_not(made, LEIPZIG)
    text = adopters(client, "wunschkennzeichen")
    assert text.startswith("Bei 12 von 13 zuständigen Behörden nicht erfasst, bei 1 nicht im Einsatz Stand")
    assert "0 %" not in text


def test_a_complete_record_has_no_at_least(client):
    made = service("Wunschkennzeichen", by="districts")
    for authority in Authority.objects.filter(duties__set__key="districts").distinct():
        AdoptionFactory(service=made, authority=authority)
    text = adopters(client, "wunschkennzeichen")
    assert text.startswith(
        "Im Einsatz bei 13 von 13 zuständigen Behörden: 100 % der Behörden, 100 % der Einwohner Stand"
    )


def test_a_service_that_everybody_has_is_no_heavy_page(client):
    made = service("Sozialpass")
    for authority in Authority.objects.filter(duties__set__key="municipalities"):
        AdoptionFactory(service=made, authority=authority, solution="state")
    assert len(client.get("/leistungen/sozialpass/").content) < 120_000


# --- what it costs ---------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(
    ("address", "queries"),
    [
        (f"/kommunen/{RADEBEUL}/", 8),
        (f"/kommunen/{OSTRAU}/", 8),
        (f"/kommunen/{UNIT_OSTRAU}/", 8),
        ("/kommunen/14627/", 8),
        (f"/kommunen/{RADEBEUL}/beispiel/", 7),
        ("/rollout/karte/", 3),
        ("/rollout/karte/leistung/", 7),
        ("/rollout/karte/beispiel/beispiel/", 7),
    ],
)
def test_pages_take_the_same_queries_for_any_number(
    client, address, queries, number, django_assert_num_queries
):
    for n in range(number):
        for by, competent in (
            ("municipalities", [RADEBEUL, COSWIG, "14522080"]),
            ("units", [UNIT_OSTRAU, RADEBEUL, COSWIG]),
            ("districts", ["14627", "14628", LEIPZIG]),
        ):
            keys = competent[:number]
            name = "" if (n, by) == (0, "municipalities") else f" {n} {by}"
            has(service(f"Leistung{name}", by=by), *keys)
            has(service(f"Beispiel{name}", by=by, illustrative=True), *keys, illustrative=True)
    with django_assert_num_queries(queries):
        assert client.get(address).status_code == 200


def test_a_map_of_all_municipalities_is_light(client):
    made = service("Sozialpass")
    for place, authority in enumerate(Authority.objects.filter(duties__set__key="municipalities")):
        if place % 3:
            AdoptionFactory(service=made, authority=authority, state="used" if place % 2 else "not-used")
    page = client.get("/rollout/karte/sozialpass/").content
    assert page.count(b"<use href") == 419
    assert len(brotli.compress(page, quality=5)) < 40_000
    assert len(gzip.compress(page)) < 40_000
    assert len(page) < 120_000
