import datetime

import pytest
from django.test import Client
from django.urls import reverse

from rollout.models import RolloutReport
from tests.admin import client_of, send
from tests.factories import CoverageRowFactory, RolloutReportFactory, ServiceFactory, publish
from tests.html import links_of, text_of

pytestmark = pytest.mark.django_db
LIST = "/admin/rollout/rolloutreport/"
NEW = f"{LIST}neu-aus-letztem/"
BUTTON = "Neuen Stand aus dem letzten anlegen"


@pytest.fixture
def editor():
    return client_of("Redaktion")


@pytest.fixture
def october():
    report = RolloutReportFactory(date=datetime.date(2022, 10, 5))
    for label in ("Wahlschein", "Wohngeld"):
        CoverageRowFactory(report=report, label=label, service=ServiceFactory(name=label))
    return publish(report)


def change(obj):
    return reverse("admin:rollout_rolloutreport_change", args=[obj.pk])


def test_the_button_makes_a_draft_and_opens_it(editor, october):
    page = editor.get(LIST)
    assert BUTTON in text_of(page) and f'action="{NEW}"' in page.content.decode()
    response = editor.post(NEW, follow=True)
    draft = RolloutReport.objects.drafts().get()
    assert response.redirect_chain == [(change(draft), 302)]
    assert "Der Entwurf ist angelegt" in text_of(response)
    assert list(draft.rows.values_list("label", "count")) == [("Wahlschein", 48), ("Wohngeld", 48)]


def test_a_draft_that_exists_is_linked_instead_of_the_button(editor, october):
    draft = RolloutReportFactory(date=None)
    page = editor.get(LIST)
    assert BUTTON not in text_of(page)
    assert change(draft) in links_of(page) and "Zum Entwurf: Stand ohne Datum" in text_of(page)
    response = editor.post(NEW, follow=True)
    assert response.redirect_chain == [(change(draft), 302)]
    assert "Es gibt schon einen Entwurf: Stand ohne Datum" in text_of(response)
    assert RolloutReport.objects.count() == 2


def test_without_any_report_there_is_no_button_and_a_sentence_says_why(editor):
    assert BUTTON not in text_of(editor.get(LIST))
    response = editor.post(NEW, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert "Es gibt noch nichts, woraus ein neuer Stand des Roll-Outs entstehen kann." in text_of(response)


def test_looking_makes_nothing(editor, october):
    assert editor.get(NEW).url == LIST
    assert RolloutReport.objects.count() == 1


def test_only_who_may_add_a_report_is_offered_and_makes_one(october):
    approver = client_of("Freigabe")
    assert BUTTON not in text_of(approver.get(LIST))
    assert approver.post(NEW).status_code == 403
    assert Client().post(NEW).url.startswith("/admin/login/")
    assert RolloutReport.objects.count() == 1


def test_a_form_of_another_site_makes_nothing(october):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(client_of("Redaktion").get(LIST).context["user"])
    assert strict.post(NEW).status_code == 403
    assert RolloutReport.objects.count() == 1


def test_changed_new_and_dropped_rows_show_in_form_and_list(editor, october):
    editor.post(NEW)
    draft = RolloutReport.objects.drafts().get()
    assert "Gegenüber dem Stand 05.10.2022: keine Änderung." in text_of(editor.get(change(draft)))
    assert send(editor, change(draft), **{"rows-0-count": 50, "rows-1-DELETE": "on"}).status_code == 302
    CoverageRowFactory(report=draft, label="Jagdschein")
    form = text_of(editor.get(change(draft)))
    assert "Gegenüber dem Stand 05.10.2022: 1 geändert, 1 neu, 1 weggefallen. Weggefallen: Wohngeld" in form
    assert "geändert, bisher Anzahl 48 " in form
    assert "1 geändert, 1 neu, 1 weggefallen (Stand 05.10.2022)" in text_of(editor.get(LIST))


def test_what_is_published_carries_no_marks(editor, october):
    later = RolloutReportFactory(date=datetime.date(2022, 11, 5))
    CoverageRowFactory(report=later, label="Jagdschein")
    publish(later)
    assert "Gegenüber" not in text_of(editor.get(change(later)))
    assert "weggefallen" not in text_of(editor.get(LIST))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_form_takes_the_same_queries_for_any_number_of_changes(
    editor, october, rows, django_assert_num_queries
):
    draft = RolloutReportFactory(date=None)
    for number in range(rows):
        CoverageRowFactory(report=draft, label=f"neu {number}")
    editor.get(change(draft))
    with django_assert_num_queries(16):
        editor.get(change(draft))
