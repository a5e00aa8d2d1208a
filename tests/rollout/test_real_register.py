"""The pages of the register after both real editions."""

import datetime

import pytest
from django.db import transaction

from rollout.models import Authority
from rollout.register_import import take_over, with_population_date
from tests.html import links_of, rows_of, text_of

from .registers import register_2021, register_2023

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("both_editions")]


@pytest.fixture(scope="module")
def both_editions(django_db_setup, django_db_blocker):
    """The registers of 2021 and 2023, for reading."""
    with django_db_blocker.unblock(), transaction.atomic():
        take_over(register_2021())
        take_over(with_population_date(register_2023(), datetime.date(2022, 12, 31)))
        yield
        transaction.set_rollback(True)


def test_a_kreisfreie_stadt_has_two_keys_and_one_address(client):
    response = client.get("/kommunen/14713/")
    assert (response.status_code, response.url) == (301, "/kommunen/14713000/")
    text = text_of(client.get("/kommunen/14713000/"))
    assert "Leipzig Kreisfreie Stadt Stand: Register vom 30.11.2023, Einwohner vom 31.12.2022." in text
    assert (
        "Gemeindeschlüssel (AGS) 14713000 Kreisschlüssel 14713 Regionalschlüssel (ARS) 147130000000" in text
    )
    assert "Einwohner 616.093 am 31.12.2022" in text
    assert "Verwaltungseinheit" not in text


def test_a_landkreis_names_its_municipalities_and_their_units(client):
    page = client.get("/kommunen/14522/")
    text = text_of(page)
    assert text.startswith("Alle Kommunen Landkreis Mittelsachsen Stand: Register vom 30.11.2023")
    assert "Gemeinden (52)" in text
    assert ["Altmittweida", "Verwaltungsgemeinschaft Mittweida", "1.882", "14,08 km²"] in rows_of(page)
    assert ["Jahnatal", "", "4.761", "70,96 km²"] in rows_of(page)
    assert not [row for row in rows_of(page) if row[0] == "Ostrau"]


def test_a_landkreis_whose_name_says_so_is_not_called_twice(client):
    assert "<h1>Erzgebirgskreis</h1>" in client.get("/kommunen/14521/").content.decode()


def test_a_free_municipality_is_its_own_unit(client):
    page = client.get("/kommunen/14521010/")
    text = text_of(page)
    assert "Amtsberg Gemeinde im Erzgebirgskreis" in text
    assert "Verwaltungseinheit eigenständig, ohne Verwaltungsgemeinschaft oder Verwaltungsverband" in text
    assert ["31.12.2021", "31.12.2021", "3.672", "23,27 km²"] in [row[:4] for row in rows_of(page)]
    assert ["30.11.2023", "31.12.2022", "3.666", "23,27 km²"] in [row[:4] for row in rows_of(page)]


def test_a_member_names_its_community_and_the_other_members(client):
    page = client.get("/kommunen/14522010/")  # Altmittweida
    assert "Verwaltungseinheit Verwaltungsgemeinschaft Mittweida mit den Gemeinden Mittweida" in text_of(page)
    assert {link for link in links_of(page) if not link.startswith("/daten/")} == {
        "/kommunen/",
        "/kommunen/14522/",
        "/kommunen/14522/#leistungen",
        "/leistungen/",
        "/kommunen/145225119/",
        "/kommunen/14522360/",
    }


def test_a_community_has_its_sum_and_its_members(client):
    page = client.get("/kommunen/145225119/")
    assert "Schlüssel (ARS) 145225119 Einwohner 16.214 am 31.12.2022" in text_of(page)
    assert [row[0] for row in rows_of(page)][:3] == ["Name", "Altmittweida", "Mittweida"]


def test_predecessors_and_successors_lead_to_each_other(client):
    assert {"/kommunen/14522450/", "/kommunen/14522620/", "/kommunen/145225123/"} < set(
        links_of(client.get("/kommunen/14522275/"))
    )
    page = client.get("/kommunen/14522450/")
    text = text_of(page)
    assert "Nicht mehr im Register seit dem Gebietsstand 30.11.2023." in text
    assert "Aufgegangen in Jahnatal (Tag: keine Angabe)" in text
    assert "Stand: Register vom 31.12.2021" in text and "Einwohner 3.500 am 31.12.2021" in text
    assert "/kommunen/14522275/" in links_of(page)


def test_a_closed_community_shows_whom_it_had(client):
    page = client.get("/kommunen/145225123/")
    assert "Gemeinden im Register vom 31.12.2021 (2)" in text_of(page)
    assert [row[0] for row in rows_of(page)] == ["Name", "Ostrau", "Zschaitz-Ottewig"]


@pytest.mark.parametrize("key", ["99999", "14522", "14522000", "1", "nix", "145225123450"])
def test_only_keys_that_are_there_have_a_page(client, key):
    found = Authority.objects.filter(key=key).exists()
    assert client.get(f"/kommunen/{key}/").status_code == (200 if found else 404)


def test_every_authority_is_in_the_sitemap(client, settings):
    xml = client.get("/sitemap.xml").content.decode()
    assert xml.count(f"<loc>{settings.SITE_URL}/kommunen/") == 1 + 501


def test_the_licences_name_both_sources(client):
    text = text_of(client.get("/lizenzen/"))
    assert (
        "Auszug aus dem Gemeindeverzeichnis, Gebietsstand 31.12.2021, Einwohner vom 31.12.2021: "
        "© Statistisches Bundesamt (Destatis), 2022" in text
    )
    assert (
        "GV100AD, Gebietsstand 30.11.2023, Einwohner vom 31.12.2022: "
        "© Statistisches Bundesamt (Destatis), 2023" in text
    )
