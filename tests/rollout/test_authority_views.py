"""The pages of the register: everybody in it, and each on a page of its own."""

import datetime

import pytest

from rollout.models import Authority, RegisterEdition
from tests.factories import (
    AuthorityFactory,
    RegisterEditionFactory,
    RegisterMunicipalityFactory,
    SiteFactory,
    SuccessionFactory,
)
from tests.html import links_of, rows_of, text_of

pytestmark = pytest.mark.django_db
Kind = Authority.Kind


@pytest.fixture
def edition():
    return RegisterEditionFactory(territory_date=datetime.date(2021, 12, 31))


def district(key, name):
    return AuthorityFactory(kind=Kind.DISTRICT, key=key, name=name)


def in_register(edition, name, key, population=1000, **values):
    """A municipality with its row; what is not said it is itself."""
    kind = values.pop("kind", Kind.MUNICIPALITY)
    authority = AuthorityFactory(
        name=name, key=key, kind=kind, designation=values.pop("designation", name), **values.pop("its", {})
    )
    RegisterMunicipalityFactory(edition=edition, authority=authority, population=population, **values)
    return authority


@pytest.fixture
def small_register(edition):
    """Two Landkreise, a Kreisfreie Stadt, three municipalities, two of them in a community."""
    mittelsachsen, leipzig = district("14522", "Mittelsachsen"), district("14729", "Leipzig")
    ostrau = AuthorityFactory(kind=Kind.COMMUNITY, key="145225123", name="Ostrau")
    in_register(
        edition, "Leipzig", "14713000", 600_000, kind=Kind.URBAN_DISTRICT, designation="Leipzig, Stadt"
    )
    in_register(edition, "Ostrau", "14522450", 3500, district=mittelsachsen, unit=ostrau)
    in_register(edition, "Zschaitz", "14522620", 1313, district=mittelsachsen, unit=ostrau)
    in_register(edition, "Größbothen", "14729100", 5000, district=leipzig, its={"is_grosse_kreisstadt": True})
    return edition


def listed(client, **query) -> list[tuple[str, str]]:
    """Name and kind of every row of the list."""
    return [(row[0], row[1]) for row in rows_of(client.get("/kommunen/", query))[1:]]


EVERYBODY = [
    ("Größbothen", "Große Kreisstadt"),
    ("Leipzig", "Kreisfreie Stadt"),
    ("Leipzig", "Landkreis"),
    ("Mittelsachsen", "Landkreis"),
    ("Ostrau", "Gemeinde"),
    ("Ostrau", "Verwaltungsgemeinschaft"),
    ("Zschaitz", "Gemeinde"),
]


# --- the list --------------------------------------------------------------------------------


def test_without_a_register_there_is_no_list_and_no_way_to_it(client):
    SiteFactory()
    assert client.get("/kommunen/").status_code == 404
    assert 'href="/kommunen/"' not in client.get("/").content.decode()


def test_the_list_shows_everybody_by_name_with_the_stand_above(client, small_register):
    SiteFactory()
    page = client.get("/kommunen/")
    assert sorted(listed(client)) == sorted(EVERYBODY)
    assert [name for name, _ in listed(client)] == [name for name, _ in EVERYBODY]
    assert rows_of(page)[0] == ["Name", "Art", "Landkreis", "Einwohner"]
    assert ["Ostrau", "Gemeinde", "Mittelsachsen", "3.500"] in rows_of(page)
    assert ["Ostrau", "Verwaltungsgemeinschaft", "Mittelsachsen", "4.813"] in rows_of(page)
    assert ["Mittelsachsen", "Landkreis", "", "4.813"] in rows_of(page)
    assert ["Leipzig", "Kreisfreie Stadt", "", "600.000"] in rows_of(page)
    assert (
        "7 Kommunen Stand: Register vom 31.12.2021, Einwohner vom 31.12.2021. "
        "Quelle: © Statistisches Bundesamt (Destatis), 2022." in text_of(page)
    )
    assert 'href="/kommunen/" aria-current="page"' in page.content.decode()


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("ostrau", {("Ostrau", "Gemeinde"), ("Ostrau", "Verwaltungsgemeinschaft")}),
        ("OSTRAU gemeinde", {("Ostrau", "Gemeinde")}),
        ("grossbothen", {("Größbothen", "Große Kreisstadt")}),
        ("groessbothen", {("Größbothen", "Große Kreisstadt")}),
        ("Größbothen", {("Größbothen", "Große Kreisstadt")}),
        ("leipzig", {("Leipzig", "Kreisfreie Stadt"), ("Leipzig", "Landkreis")}),
        ("landkreis leipzig", {("Leipzig", "Landkreis")}),
        ("leipzig, stadt", {("Leipzig", "Kreisfreie Stadt")}),
        ("14713", {("Leipzig", "Kreisfreie Stadt")}),
        ("14 713 000", {("Leipzig", "Kreisfreie Stadt")}),
        ("145225123450", {("Ostrau", "Gemeinde")}),
        (
            "14522",
            {
                ("Mittelsachsen", "Landkreis"),
                ("Ostrau", "Gemeinde"),
                ("Ostrau", "Verwaltungsgemeinschaft"),
                ("Zschaitz", "Gemeinde"),
            },
        ),
        ("99999", set()),
        ("%", set()),
        ("---", set()),
    ],
)
def test_a_word_is_looked_for_in_names_and_digits_in_keys(client, small_register, word, found):
    assert set(listed(client, q=word)) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"art": "landkreis"}, {("Leipzig", "Landkreis"), ("Mittelsachsen", "Landkreis")}),
        (
            {"art": "gemeinde"},
            {("Größbothen", "Große Kreisstadt"), ("Ostrau", "Gemeinde"), ("Zschaitz", "Gemeinde")},
        ),
        ({"art": "grosse-kreisstadt"}, {("Größbothen", "Große Kreisstadt")}),
        ({"landkreis": "14729"}, {("Größbothen", "Große Kreisstadt"), ("Leipzig", "Landkreis")}),
        ({"landkreis": "14522", "art": "gemeinde"}, {("Ostrau", "Gemeinde"), ("Zschaitz", "Gemeinde")}),
        ({"groesse": "unter-2000"}, {("Zschaitz", "Gemeinde")}),
        (
            {"groesse": "unter-10000"},
            {("Größbothen", "Große Kreisstadt"), ("Leipzig", "Landkreis")},
        ),
        ({"groesse": "ab-100000"}, {("Leipzig", "Kreisfreie Stadt")}),
        ({"art": "unbekannt", "landkreis": "x", "groesse": "-1"}, set(EVERYBODY)),
    ],
)
def test_the_filters_show_exactly_what_they_say(client, small_register, query, found):
    assert set(listed(client, **query)) == found


def test_the_class_grosse_kreisstadt_is_offered_only_where_editors_have_set_one(client, small_register):
    assert "Große Kreisstadt</option>" in client.get("/kommunen/").content.decode()
    Authority.objects.update(is_grosse_kreisstadt=False)
    assert "Große Kreisstadt</option>" not in client.get("/kommunen/").content.decode()


def test_a_choice_without_a_result_says_what_to_do(client, small_register):
    text = text_of(client.get("/kommunen/?q=xyz"))
    assert "0 Kommunen gefunden" in text
    assert "Zu dieser Auswahl gibt es keine Kommune." in text


def test_who_has_left_the_register_is_found_by_name_only(client, small_register):
    AuthorityFactory(name="Altdorf", closed_on=datetime.date(2021, 12, 31))
    assert "Altdorf" not in dict(listed(client))
    assert listed(client, q="altdorf") == [("Altdorf", "Gemeinde (nicht mehr im Register)")]


def test_a_hundred_stand_on_a_page_and_filters_stay_while_leafing(client, edition):
    for number in range(101):
        in_register(edition, f"Ort {number:03}", f"14522{number:03}")
    first, second = client.get("/kommunen/?q=ort"), client.get("/kommunen/?q=ort&seite=2")
    assert (len(rows_of(first)), len(rows_of(second))) == (101, 2)
    assert "?q=ort&seite=2" in links_of(first)
    assert "?q=ort&seite=1" in links_of(second)
    assert "101 Kommunen gefunden, Seite 2 von 2" in text_of(second)


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", "1.5", ""])
def test_a_page_that_is_none_shows_one_that_is(client, small_register, page):
    assert len(rows_of(client.get("/kommunen/", {"seite": page}))) == 8


def test_numbers_are_those_of_the_newest_edition(client, small_register):
    newer = RegisterEditionFactory(territory_date=datetime.date(2023, 11, 30))
    zschaitz = Authority.objects.get(key="14522620")
    RegisterMunicipalityFactory(edition=newer, authority=zschaitz, population=1_400)
    page = client.get("/kommunen/?q=zschaitz")
    assert rows_of(page)[1] == ["Zschaitz", "Gemeinde", "", "1.400"]
    assert "Register vom 30.11.2023" in text_of(page)


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number(client, edition, number, django_assert_num_queries):
    SiteFactory()
    for n in range(number):
        in_register(edition, f"Ort {n}", f"1452210{n}", district=district(f"1452{n}", f"Kreis {n}"))
    with django_assert_num_queries(6):
        client.get("/kommunen/")


# --- one authority ---------------------------------------------------------------------------


def test_a_succession_with_its_day_says_it(client, small_register):
    old, new = Authority.objects.get(key="14522620"), Authority.objects.get(key="14522450")
    Authority.objects.filter(pk=old.pk).update(closed_on=datetime.date(2023, 11, 30))
    SuccessionFactory(predecessor=old, successor=new, date=datetime.date(2023, 1, 1))
    assert "Am 01.01.2023 aufgegangen in Ostrau" in text_of(client.get("/kommunen/14522620/"))
    assert "Vorgänger Zschaitz (bis 01.01.2023)" in text_of(client.get("/kommunen/14522450/"))


def test_an_authority_that_no_edition_has_still_has_a_page(client):
    assert not RegisterEdition.objects.exists()
    authority = AuthorityFactory(name="Neustadt")
    text = text_of(client.get(authority.get_absolute_url()))
    assert "Neustadt Gemeinde" in text and "Einwohner" not in text


@pytest.mark.parametrize("number", [1, 3])
def test_a_municipality_takes_the_same_queries_for_any_number(client, number, django_assert_num_queries):
    SiteFactory()
    unit = AuthorityFactory(kind=Kind.COMMUNITY, key="145225123", name="Ostrau")
    kreis = district("14522", "Mittelsachsen")
    ort = AuthorityFactory(name="Ort", key="14522999")
    for n in range(number):
        edition = RegisterEditionFactory()
        RegisterMunicipalityFactory(edition=edition, authority=ort, district=kreis, unit=unit)
        for m in range(number):
            fellow = AuthorityFactory()
            RegisterMunicipalityFactory(
                edition=edition, authority=fellow, district=kreis, unit=unit, regional_key=f"1452251230{m}{n}"
            )
            SuccessionFactory(successor=ort)
    with django_assert_num_queries(6):
        assert client.get("/kommunen/14522999/").status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_a_landkreis_takes_the_same_queries_for_any_number(client, number, django_assert_num_queries):
    SiteFactory()
    kreis, edition = district("14522", "Mittelsachsen"), RegisterEditionFactory()
    for n in range(number):
        in_register(edition, f"Ort {n}", f"1452210{n}", district=kreis)
    with django_assert_num_queries(6):
        assert client.get("/kommunen/14522/").status_code == 200
