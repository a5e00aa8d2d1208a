"""Rows of a report that are filled from register and adoptions, and what a reader is told of it."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from rollout.competence import fill
from rollout.coverage import ComputedCoverage
from rollout.models import Adoption, Authority, CompetenceSet, CoverageRow, Origin
from tests.admin import client_of, filled
from tests.factories import (
    AdoptionFactory,
    AuthorityFactory,
    CoverageRowFactory,
    RegisterEditionFactory,
    RegisterMunicipalityFactory,
    RolloutReportFactory,
    ServiceCompetenceFactory,
    ServiceFactory,
    publish,
)
from tests.html import rows_of, text_of

pytestmark = pytest.mark.django_db
STAND = datetime.date(2022, 10, 5)
REGISTER = datetime.date(2021, 12, 31)


@pytest.fixture
def editor():
    return client_of("Redaktion")


@pytest.fixture
def register():
    """Three Kreisfreie Städte with 600, 300 and 100 inhabitants."""
    edition = RegisterEditionFactory(territory_date=REGISTER)
    for key, name, population in (
        ("14713000", "Leipzig", 600),
        ("14612000", "Dresden", 300),
        ("14511000", "Chemnitz", 100),
    ):
        city = AuthorityFactory(kind="kreisfreie-stadt", key=key, name=name)
        RegisterMunicipalityFactory(edition=edition, authority=city, population=population)
    fill(edition)
    return edition


@pytest.fixture
def kfz(register):
    """In use in Leipzig, not in Dresden; of Chemnitz nothing is recorded."""
    service = ServiceFactory(name="Kfz")
    ServiceCompetenceFactory(service=service, set=CompetenceSet.objects.get(key="districts"))
    AdoptionFactory(authority=city("Leipzig"), service=service)
    AdoptionFactory(authority=city("Dresden"), service=service, state="not-used")
    return service


def city(name: str) -> Authority:
    return Authority.objects.get(name=name)


def draft(*services, **kwargs):
    """A draft with a surveyed row per service, 2, 50 %, 40 %, and one without a service."""
    report = RolloutReportFactory(**{"date": STAND} | kwargs)
    for place, service in enumerate([*services, None], start=1):
        CoverageRowFactory(
            report=report,
            position=place,
            label=service.name if service else "Ohne Leistung",
            service=service,
            count=2,
            share_authorities=50,
            share_population=40,
        )
    return report


def used_in_leipzig(number: int) -> list:
    services = ServiceFactory.create_batch(number)
    for service in services:
        ServiceCompetenceFactory(service=service, set=CompetenceSet.objects.get(key="units"))
        AdoptionFactory(authority=city("Leipzig"), service=service)
    return services


def page_of(report) -> str:
    return f"/admin/rollout/rolloutreport/{report.pk}/berechnen/"


def change_page(report) -> str:
    return f"/admin/rollout/rolloutreport/{report.pk}/change/"


def compute(client, report, *rows):
    values = filled(client.get(page_of(report))) | {"row": [str(row.pk) for row in rows]}
    return client.post(page_of(report), values)


def figures(row) -> tuple:
    return (
        row.origin,
        row.count,
        row.denominator,
        row.share_authorities,
        row.share_population,
        row.register_date,
        row.at_least,
    )


SURVEYED = (Origin.SURVEYED, 2, None, 50, 40, None, False)
COMPUTED = (Origin.COMPUTED, 1, 3, 33, 60, REGISTER, True)


def test_computed_figures_stand_beside_what_the_row_holds(editor, kfz):
    page = editor.get(page_of(draft(kfz, ServiceFactory(name="Wohngeld"))))
    assert [row for row in rows_of(page) if len(row) == 7][1:] == [
        [
            "",
            "Kfz",
            "2, 50 % der Behörden, 40 % der Einwohner",
            "von der SAKD erhoben",
            "mindestens 1 von 3, 33 % der Behörden, 60 % der Einwohner",
            "31.12.2021",
            "widerspricht sich",
        ]
    ]
    assert "weil Leistung oder Zuständigkeit fehlen: 2 Wohngeld Ohne Leistung" in text_of(page)
    assert not filled(page).get("row")


def test_where_nothing_is_recorded_there_is_nothing_to_take_over(editor, kfz):
    Adoption.objects.all().delete()
    page = editor.get(page_of(draft(kfz)))
    assert page.context["rows"] == []
    assert "weil noch kein Einsatz erfasst ist: 1 Kfz" in text_of(page)


def test_a_surveyed_row_with_the_same_figures_is_called_the_same(editor, kfz):
    AdoptionFactory(authority=city("Chemnitz"), service=kfz)
    report = draft(kfz)
    report.rows.filter(service=kfz).update(share_authorities=67, share_population=70)
    [line] = editor.get(page_of(report)).context["rows"]
    assert line["row"].cells[-1] == "gleich"


def test_only_ticked_rows_are_taken_over(editor, kfz):
    other = ServiceFactory(name="Waffen")
    ServiceCompetenceFactory(service=other, set=CompetenceSet.objects.get(key="units"))
    report = draft(kfz, other)
    response = compute(editor, report, report.rows.get(service=kfz))
    assert response.status_code == 302
    assert [figures(row) for row in report.rows.order_by("position")] == [COMPUTED, SURVEYED, SURVEYED]
    assert "Aus dem Register berechnet: Kfz." in text_of(editor.get(response.url))


def test_nothing_ticked_changes_nothing(editor, kfz):
    report = draft(kfz)
    assert compute(editor, report).context["problems"] == ["Bitte kreuzen Sie mindestens eine Zeile an."]
    assert [figures(row) for row in report.rows.all()] == [SURVEYED, SURVEYED]


def test_what_is_published_is_never_computed(editor, kfz):
    report = draft(kfz)
    values = filled(editor.get(page_of(report))) | {"row": [report.rows.first().pk]}
    publish(report)
    for response in (editor.get(page_of(report)), editor.post(page_of(report), values)):
        assert response.url == change_page(report)
    assert figures(report.rows.first()) == SURVEYED
    assert "Aus dem Register berechnen" not in editor.get(change_page(report)).content.decode()


def test_without_a_date_there_is_nothing_to_compute_for(editor, kfz):
    report = draft(kfz, date=None)
    page = editor.get(page_of(report), follow=True)
    assert "Bitte tragen Sie zuerst den Stand ein" in text_of(page)


def test_a_figure_that_somebody_changed_meanwhile_is_not_overwritten_unseen(editor, kfz):
    report = draft(kfz)
    page = editor.get(page_of(report))
    row = report.rows.first()
    CoverageRow.objects.filter(pk=row.pk).update(count=3)
    response = editor.post(page_of(report), filled(page) | {"row": [row.pk]})
    assert response.context["problems"][0].startswith("Kfz: inzwischen geändert (")
    assert report.rows.first().count == 3
    assert editor.post(page_of(report), filled(response)).status_code == 302
    assert figures(report.rows.first()) == COMPUTED


def test_an_adoption_that_came_meanwhile_is_shown_first(editor, kfz):
    report = draft(kfz)
    page = editor.get(page_of(report))
    AdoptionFactory(authority=city("Chemnitz"), service=kfz)
    response = editor.post(page_of(report), filled(page) | {"row": [report.rows.first().pk]})
    assert len(response.context["problems"]) == 1
    assert "2 von 3, 67 % der Behörden, 70 % der Einwohner" in text_of(response)


def test_examples_enter_the_figures_of_examples_only(editor, kfz):
    AdoptionFactory(authority=city("Chemnitz"), service=kfz, illustrative=True)
    real, example = draft(kfz), draft(kfz, date=datetime.date(2022, 12, 1), illustrative=True)
    for report in (real, example):
        compute(editor, report, report.rows.first())
    assert [figures(report.rows.first())[:4] for report in (real, example)] == [
        (Origin.COMPUTED, 1, 3, 33),
        (Origin.COMPUTED, 2, 3, 67),
    ]


def test_freigabe_computes_nothing(kfz):
    report = draft(kfz)
    reader = client_of("Freigabe")
    assert reader.get(page_of(report)).status_code == reader.post(page_of(report)).status_code == 403


def test_a_report_that_is_not_there_is_not_found(editor):
    assert editor.get("/admin/rollout/rolloutreport/99999/berechnen/").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number(editor, register, django_assert_num_queries, number):
    report = draft(*used_in_leipzig(number))
    editor.get(page_of(report))
    with django_assert_num_queries(10):
        editor.get(page_of(report))


# --- before it is published --------------------------------------------------------------------


def test_the_form_of_a_draft_shows_where_surveyed_and_computed_differ(editor, kfz):
    unknown, same = used_in_leipzig(2)
    unknown.adoptions.all().delete()
    report = draft(kfz, unknown, same)
    report.rows.filter(service=same).update(count=1, share_authorities=33, share_population=60)
    page = editor.get(change_page(report))
    assert [(one.place, one.label, one.surveyed, one.computed) for one in page.context["deviations"]] == [
        (
            0,
            "Kfz",
            "2, 50 % der Behörden, 40 % der Einwohner",
            "mindestens 1 von 3, 33 % der Behörden, 60 % der Einwohner",
        )
    ]
    assert "Erhoben und berechnet: 1 Zeile mit anderen Zahlen" in text_of(page)
    compute(editor, report, report.rows.get(service=kfz))
    assert editor.get(change_page(report)).context["deviations"] == []


def test_what_is_published_or_has_no_date_is_not_compared(editor, kfz):
    published, dateless = draft(kfz), draft(kfz, date=None)
    publish(published)
    assert "deviations" not in editor.get(change_page(published)).context
    assert editor.get(change_page(dateless)).context["deviations"] == []


@pytest.mark.parametrize("number", [1, 3])
def test_the_form_takes_the_same_queries_for_any_number(editor, register, django_assert_num_queries, number):
    report = draft(*used_in_leipzig(number))
    editor.get(change_page(report))
    with django_assert_num_queries(16):
        assert len(editor.get(change_page(report)).context["deviations"]) == number


# --- what a reader is told -------------------------------------------------------------------


def test_over_incomplete_records_every_figure_reads_at_least(client, kfz, editor):
    report = draft(kfz)
    compute(editor, report, report.rows.first())
    report.rows.filter(service=None).delete()
    publish(report)
    [row] = [row for row in rows_of(client.get("/rollout/2022-10-05/")) if row[0].startswith("Kfz")]
    assert row[1:] == ["mindestens 1 von 3", "mindestens 33 %", "mindestens 60 %"]
    text = text_of(client.get("/rollout/2022-10-05/"))
    assert "aus dem Register berechnet (Register vom 31.12.2021)" in text
    assert "mindestens 1 von 3" in text_of(client.get(kfz.get_absolute_url()))


def test_only_a_computed_row_says_at_least():
    with pytest.raises(IntegrityError), transaction.atomic():
        CoverageRowFactory(at_least=True)


# --- what cannot be true at once -------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "recorded", "contradicts"),
    [
        # in use and not in use of 13; all recorded: the same or a contradiction
        ({"count": 13, "share_authorities": 100, "share_population": 100}, (13, 0), False),
        ({"count": 12, "share_authorities": 92, "share_population": 94}, (13, 0), True),
        ({"count": 13, "share_authorities": None, "share_population": None}, (13, 0), False),
        ({"count": 2}, (1, 12), True),
        # not all recorded: no less than is known of
        ({"count": 12, "share_authorities": 92, "share_population": 94}, (1, 0), False),
        ({"count": 1, "share_authorities": 8, "share_population": 15}, (2, 0), True),
    ],
)
def test_a_surveyed_row_contradicts_what_is_known(row, recorded, contradicts):
    in_use, not_in_use = recorded
    population = 4_000_000 if in_use == 13 else in_use * 600_000
    computed = ComputedCoverage(1, 1, REGISTER, REGISTER, in_use, not_in_use, 13, population, 4_000_000)
    surveyed = CoverageRow(**{"share_authorities": None, "share_population": None} | row)
    assert computed.contradicts(surveyed) == contradicts


def test_a_computed_row_contradicts_whatever_it_does_not_say(kfz):
    computed = Adoption.objects.coverage(STAND)[kfz.pk]
    row = CoverageRow()
    row.take_computed(computed)
    assert not computed.contradicts(row)
    for name in computed.figures:
        row.take_computed(computed)
        setattr(row, name, None)
        assert computed.contradicts(row), name
