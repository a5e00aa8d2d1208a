"""What predecessors had in use passes on only as an editor decides; on the real merger of Jahnatal."""

import datetime

import pytest
from django.db import connection

from rollout.models import Adoption, Authority, CompetenceSet, Succession
from rollout.register_import import take_over, with_population_date
from tests.admin import client_of, filled
from tests.factories import AdoptionFactory, ServiceCompetenceFactory, ServiceFactory
from tests.html import text_of

from .registers import register_2021, register_2023

pytestmark = pytest.mark.django_db
OSTRAU, ZSCHAITZ, COMMUNITY, JAHNATAL = "14522450", "14522620", "145225123", "14522275"
TODAY = datetime.date(2023, 12, 5)


@pytest.fixture
def editor():
    return client_of("Redaktion")


@pytest.fixture
def merger():
    take_over(register_2021())
    take_over(with_population_date(register_2023(), datetime.date(2022, 12, 31)))
    Succession.objects.filter(successor__key=JAHNATAL).update(date="2023-01-01")


def service_of(key: str, name: str, **kwargs):
    service = ServiceFactory(name=name)
    ServiceCompetenceFactory(service=service, set=CompetenceSet.objects.get(key=key), **kwargs)
    return service


def had(service, *keys, **kwargs):
    for authority in Authority.objects.filter(key__in=keys):
        AdoptionFactory(service=service, authority=authority, **kwargs)


def page_of(key=OSTRAU) -> str:
    return f"/admin/rollout/succession/{Succession.objects.get(predecessor__key=key).pk}/einsatz/"


def offered(page) -> dict[str, bool]:
    """The services on the page by name, and whether each is ticked."""
    return {line["row"].name.partition(" (")[0]: line["ticked"] for line in page.context["rows"]}


def test_what_both_had_is_proposed_and_what_one_had_is_asked(editor, merger):
    had(service_of("municipalities", "Hundesteuer"), OSTRAU, ZSCHAITZ)
    had(service_of("municipalities", "Mängelmeldung"), OSTRAU)
    had(service_of("municipalities", "Wohngeld"), OSTRAU, state="not-used")
    had(service_of("municipalities", "Früher"), OSTRAU, ZSCHAITZ, until="2022-05-01")
    had(service_of("municipalities", "Beispiel"), OSTRAU, ZSCHAITZ, illustrative=True)
    service_of("municipalities", "Niemand")
    expected = {"Hundesteuer": True, "Mängelmeldung": False}
    assert offered(editor.get(page_of())) == offered(editor.get(page_of(ZSCHAITZ))) == expected


def test_what_a_unit_had_is_proposed_to_who_took_its_place(editor, merger):
    had(service_of("units", "Gewerbeanzeige"), COMMUNITY)
    assert offered(editor.get(page_of(COMMUNITY))) == {"Gewerbeanzeige": True}


def test_what_the_successor_is_not_competent_for_is_not_offered(editor, merger):
    kfz = ServiceFactory(name="Kfz")
    had(kfz, OSTRAU, ZSCHAITZ)
    connection.check_constraints()  # the database admits it before the service names its set
    ServiceCompetenceFactory(service=kfz, set=CompetenceSet.objects.get(key="districts"))
    had(service_of("municipalities", "Angenommen", illustrative=True), OSTRAU, ZSCHAITZ)
    had(ServiceFactory(name="Ohne Zuständigkeit"), OSTRAU, ZSCHAITZ)
    page = editor.get(page_of())
    assert offered(page) == {}
    assert "Von den bisherigen Kommunen ist nichts erfasst" in text_of(page)


def test_the_proposed_passes_on_as_it_is_sent_and_the_predecessors_keep_theirs(editor, merger):
    dog, report = service_of("municipalities", "Hundesteuer"), service_of("municipalities", "Mängelmeldung")
    had(dog, OSTRAU, ZSCHAITZ, solution="third-party")
    had(report, OSTRAU)
    before = list(Adoption.objects.order_by("pk").values())
    assert editor.post(page_of(), filled(editor.get(page_of()))).status_code == 302
    [made] = Adoption.objects.filter(authority__key=JAHNATAL)
    assert (made.service, made.state, made.since, made.solution, made.note) == (
        dog,
        "used",
        datetime.date(2023, 1, 1),
        "third-party",
        "übernommen von Ostrau, Zschaitz-Ottewig",
    )
    assert list(Adoption.objects.exclude(pk=made.pk).order_by("pk").values()) == before


def test_an_editor_may_decide_otherwise(editor, merger):
    dog, report = service_of("municipalities", "Hundesteuer"), service_of("municipalities", "Mängelmeldung")
    had(dog, OSTRAU, ZSCHAITZ)
    had(report, OSTRAU)
    editor.post(page_of(), filled(editor.get(page_of())) | {"row": [report.pk], "since": ""})
    [made] = Adoption.objects.filter(authority__key=JAHNATAL)
    assert (made.service, made.since) == (report, None)


def test_what_is_recorded_of_the_successor_is_not_overwritten(editor, merger):
    dog = service_of("municipalities", "Hundesteuer")
    had(dog, OSTRAU, ZSCHAITZ)
    had(dog, JAHNATAL, state="not-used", since="2023-05-01")
    assert offered(editor.get(page_of())) == {"Hundesteuer": False}
    response = editor.post(page_of(), filled(editor.get(page_of())) | {"row": [dog.pk]})
    assert response.context["problems"] == ["Hundesteuer: Erfasst ist schon „nicht im Einsatz seit 05/2023“."]
    assert Adoption.objects.filter(authority__key=JAHNATAL).count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"since": "", "checked_on": ""}, "since"),
        ({"since": "x"}, "since"),
        ({"checked_on": "x"}, "checked_on"),
    ],
)
def test_a_fault_stands_at_its_field(editor, merger, fields, field):
    had(service_of("municipalities", "Hundesteuer"), OSTRAU, ZSCHAITZ)
    response = editor.post(page_of(), filled(editor.get(page_of())) | fields)
    assert list(response.context["form"].errors) == [field]
    assert not Adoption.objects.filter(authority__key=JAHNATAL).exists()


def test_the_next_figures_are_of_the_successor_alone(editor, merger):
    dog = service_of("municipalities", "Hundesteuer")
    had(dog, OSTRAU, ZSCHAITZ)
    editor.post(page_of(), filled(editor.get(page_of())))
    before, after = (Adoption.objects.coverage(day)[dog.pk] for day in (datetime.date(2022, 10, 5), TODAY))
    assert (before.in_use, before.competent) == (2, 419)
    assert (after.in_use, after.competent, after.population_in_use) == (1, 418, 4761)


def test_freigabe_passes_nothing_on(merger):
    reader = client_of("Freigabe")
    assert reader.get(page_of()).status_code == reader.post(page_of()).status_code == 403
    assert "Einsatz übergehen lassen" not in text_of(reader.get(page_of().replace("einsatz", "change")))


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number(editor, merger, django_assert_num_queries, number):
    for place in range(number):
        had(service_of("municipalities", f"Leistung {place}"), OSTRAU, ZSCHAITZ)
    editor.get(page_of())
    with django_assert_num_queries(16):
        editor.get(page_of())
