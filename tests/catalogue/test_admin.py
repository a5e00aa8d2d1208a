import datetime

import pytest
from django.urls import reverse

from catalogue.models import Funding, Level, Service
from stand.models import FormerAddress
from tests.admin import add_row, client_of, errors, filled, send, shown

pytestmark = pytest.mark.django_db
LIST = "/admin/catalogue/service/"
MONTH = datetime.date(2022, 9, 1)


@pytest.fixture
def editor():
    return client_of("Redaktion")


def service(name="Sozialpass", **kwargs):
    return Service.objects.create(
        **{"name": name, "level": Level.MUNICIPALITIES, "available_since": MONTH, "position": 1} | kwargs
    )


def change(obj):
    return reverse("admin:catalogue_service_change", args=[obj.pk])


def test_a_service_is_added_with_its_months_and_parts(editor):
    values = filled(editor.get(f"{LIST}add/"))
    values |= {"name": "Straußwirtschaft & Gaststätte", "level": Level.BOTH, "available_since": "9/2022"}
    response = editor.post(
        f"{LIST}add/", add_row(values, "parts", name="Anzeige", printed_name="", position=0)
    )
    assert response.status_code == 302
    added = Service.objects.get()
    assert (added.slug, added.available_since, added.position) == (
        "strausswirtschaft-und-gaststaette",
        MONTH,
        1,
    )
    assert list(added.parts.values_list("name", "position")) == [("Anzeige", 1)]


def test_month_13_is_refused_at_its_field_and_everything_typed_is_kept(editor):
    obj = service(discontinued_since=None)
    response = send(
        editor, change(obj), available_since="13/2022", name="Neuer Name", authority_label="Sozialamt"
    )
    assert errors(response) == {
        "available_since": ["„13/2022“ ist kein Monat. Bitte als MM/JJJJ eingeben, zum Beispiel 09/2022."]
    }
    kept = filled(response)
    assert (kept["available_since"], kept["name"], kept["authority_label"]) == (
        ["13/2022"],
        ["Neuer Name"],
        ["Sozialamt"],
    )
    assert Service.objects.get().name == "Sozialpass"


def test_a_service_without_month_and_address_is_refused_at_the_month(editor):
    response = send(editor, change(service()), available_since="")
    assert list(errors(response)) == ["available_since"]
    assert "seit wann die Leistung verfügbar" in errors(response)["available_since"][0]


def test_a_service_cannot_end_before_it_is_available(editor):
    response = send(editor, change(service()), discontinued_since="08/2022")
    assert errors(response) == {
        "discontinued_since": ["Eine Leistung kann nicht eingestellt werden, bevor sie verfügbar ist."]
    }


def test_a_new_address_leaves_a_redirect_and_other_changes_are_saved_too(editor):
    obj = service()
    assert send(editor, change(obj), slug="sozial-pass", name="Sozial-Pass").status_code == 302
    obj.refresh_from_db()
    assert (obj.slug, obj.name) == ("sozial-pass", "Sozial-Pass")
    assert list(FormerAddress.objects.values_list("old_path", "new_path")) == [
        ("/leistungen/sozialpass/", "/leistungen/sozial-pass/")
    ]


def test_renaming_or_emptying_the_address_field_keeps_the_address(editor):
    obj = service()
    send(editor, change(obj), slug="", name="Ganz anders")
    obj.refresh_from_db()
    assert (obj.slug, obj.name) == ("sozialpass", "Ganz anders")
    assert not FormerAddress.objects.exists()


def test_an_address_in_use_is_refused_at_its_field(editor):
    service("Wohngeld")
    assert list(errors(send(editor, change(service()), slug="wohngeld"))) == ["slug"]


def test_new_parts_take_the_places_behind_the_others(editor):
    obj = service()
    obj.parts.create(name="eins", position=1)
    values = filled(editor.get(change(obj)))
    for name in ("zwei", "drei"):
        values = add_row(values, "parts", name=name, printed_name="", position=0)
    assert editor.post(change(obj), values).status_code == 302
    assert list(obj.parts.values_list("name", "position")) == [("eins", 1), ("zwei", 2), ("drei", 3)]


@pytest.mark.parametrize(
    ("row", "place", "order"),
    [
        (3, 1, "dabce"),
        (1, 4, "acdbe"),
        (0, 99, "bcdea"),
        (4, 0, "eabcd"),
        (2, "", "abcde"),
        (2, 3, "abcde"),
    ],
)
def test_a_row_comes_to_the_place_that_is_typed_and_the_others_make_room(editor, row, place, order):
    obj = service()
    for position, name in enumerate("abcde", start=1):
        obj.parts.create(name=name, position=position)
    assert send(editor, change(obj), **{f"parts-{row}-position": place}).status_code == 302
    expected = list(zip(order, range(1, 6), strict=True))
    assert list(obj.parts.values_list("name", "position")) == expected


def test_a_new_row_may_have_a_place_and_a_deleted_one_leaves_it(editor):
    obj = service()
    for position, name in enumerate("abc", start=1):
        obj.parts.create(name=name, position=position)
    values = add_row(filled(editor.get(change(obj))), "parts", name="neu", printed_name="", position=2)
    assert editor.post(change(obj), values | {"parts-2-DELETE": "on"}).status_code == 302
    assert list(obj.parts.values_list("name", "position")) == [("a", 1), ("neu", 2), ("b", 3)]


def test_without_a_script_rows_are_added_by_saving(editor):
    obj = service()
    answer = editor.post(change(obj), filled(editor.get(change(obj))) | {"name": "Neu", "_rows": "x"})
    assert answer.url == f"{change(obj)}?leere-zeilen=ja"
    page = filled(editor.get(answer.url))
    assert (page["name"], page["parts-TOTAL_FORMS"], page["parts-2-position"]) == (["Neu"], ["3"], [""])
    page |= {"parts-0-name": "eins", "parts-2-name": "zwei"}
    assert editor.post(answer.url, page).status_code == 302
    assert list(obj.parts.values_list("name", "position")) == [("eins", 1), ("zwei", 2)]


def test_what_is_missing_can_be_filtered(editor):
    whole = {"platform": "amt24", "shop_address": "https://shop.example.org/"}
    service("alles da", **whole)
    service("ohne Monat", available_since=None, address="https://bafoeg.example.org/", **whole)
    service("ohne Plattform", **whole | {"platform": ""})
    service("ohne Webshop", **whole | {"shop_address": ""})
    found = {key: shown(editor.get(LIST, {"fehlt": key})) for key in ("monat", "plattform", "bezug")}
    assert found == {"monat": ["ohne Monat"], "plattform": ["ohne Plattform"], "bezug": ["ohne Webshop"]}
    assert len(shown(editor.get(LIST, {"fehlt": "unsinn"}))) == 4


def test_services_are_listed_by_level_in_the_order_of_the_print(editor):
    service("c", level=Level.MUNICIPALITIES, position=1)
    service("b", level=Level.DISTRICTS, position=2)
    service("a", level=Level.DISTRICTS, position=1)
    service("d", level=Level.BOTH, position=1)
    assert shown(editor.get(LIST)) == ["a", "b", "d", "c"]


def test_the_state_filter_shows_exactly_its_services(editor):
    service("da")
    service("bald", available_since=None, planned_for=MONTH)
    service("aus", discontinued_since=MONTH)
    found = [shown(editor.get(LIST, {"zustand": key})) for key in ("available", "planned", "discontinued")]
    assert found == [["da"], ["bald"], ["aus"]]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number_of_services(editor, rows, django_assert_num_queries):
    for number in range(rows):
        service(f"Leistung {number}")
    with django_assert_num_queries(8):
        editor.get(LIST)


def test_funding_covers_platforms_that_are_ticked(editor):
    values = filled(editor.get("/admin/catalogue/funding/add/"))
    values |= {"title": "Anschub", "slug": "anschub", "text": "x", "covered_platforms": ["amt24", "vois"]}
    assert editor.post("/admin/catalogue/funding/add/", values).status_code == 302
    assert Funding.objects.get().covered_platforms == ["amt24", "vois"]
    assert (
        editor.post("/admin/catalogue/funding/add/", values | {"covered_platforms": ["x"]}).status_code == 200
    )


def test_a_service_in_use_is_not_deleted_and_the_page_says_what_holds_it(editor):
    from projects.models import Project

    obj = service()
    Project.objects.create(name="Sozialpass II", service=obj)
    response = editor.post(reverse("admin:catalogue_service_delete", args=[obj.pk]), {"post": "yes"})
    assert "Sozialpass II" in response.content.decode()
    assert Service.objects.exists()
