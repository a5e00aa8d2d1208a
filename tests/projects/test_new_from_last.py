import datetime

import pytest
from django.urls import reverse

from projects.models import ProjectReport
from tests.admin import client_of, send
from tests.factories import (
    LegendEntryFactory,
    ProjectFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    publish,
)
from tests.html import text_of

pytestmark = pytest.mark.django_db
LIST = "/admin/projects/projectreport/"


def change(obj):
    return reverse("admin:projects_projectreport_change", args=[obj.pk])


@pytest.fixture
def october():
    report = ProjectReportFactory(date=datetime.date(2022, 10, 14), plan_year=2022, note="Was zählt")
    LegendEntryFactory(report=report)
    for label in ("Verkehrswert", "Fundsachen"):
        ProjectRowFactory(report=report, label=label, project=ProjectFactory(name=label), phase_1="active")
    return publish(report)


def test_the_next_stand_begins_with_rows_legend_and_year_of_the_last(october):
    editor = client_of("Redaktion")
    assert "Neuen Stand aus dem letzten anlegen" in text_of(editor.get(LIST))
    response = editor.post(f"{LIST}neu-aus-letztem/")
    draft = ProjectReport.objects.drafts().get()
    assert response.url == change(draft)
    assert (draft.date, draft.state, draft.plan_year, draft.note) == (None, "draft", 2022, "Was zählt")
    assert list(draft.rows.values_list("label", "phase_1")) == [
        ("Verkehrswert", "active"),
        ("Fundsachen", "active"),
    ]
    assert draft.legend.count() == 1


def test_changed_phases_show_in_the_form_and_in_the_list(october):
    editor = client_of("Redaktion")
    draft_address = editor.post(f"{LIST}neu-aus-letztem/").url
    values = {"rows-1-phase_1": "done", "rows-1-phase_2": "active"}
    assert send(editor, draft_address, **values).status_code == 302
    assert "geändert, bisher Phase 1 „in Bearbeitung“, Phase 2 „keine Angabe“" in text_of(
        editor.get(draft_address)
    )
    assert "1 geändert (Stand 14.10.2022)" in text_of(editor.get(LIST))


def test_only_who_may_add_a_stand_makes_one(october):
    approver = client_of("Freigabe")
    assert "aus dem letzten" not in text_of(approver.get(LIST))
    assert approver.post(f"{LIST}neu-aus-letztem/").status_code == 403
    assert ProjectReport.objects.count() == 1
