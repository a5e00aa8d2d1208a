"""From ten ticks to a public figure: an editor sets ten authorities at once, computes a row, and it is published."""

import datetime

import pytest
from django.urls import reverse

from catalogue.models import Service
from newsletter.models import Edition
from newsletter.publishing import hand_over, publish
from rollout.models import Authority, CoverageRow, RolloutReport
from stand.drafts import new_from_last
from tests.admin import client_of, filled
from tests.factories import BlockFactory, EditionFactory
from tests.html import rows_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_edition")]
DECEMBER = datetime.date(2022, 12, 1)


def test_ten_authorities_set_at_once_make_a_published_figure(client):
    editor = client_of("Redaktion")
    kfz = Service.objects.get(slug="an-ab-und-ummeldung-eines-kfz")
    landkreise = Authority.objects.districts()

    page = reverse("admin:catalogue_service_adoptions", args=[kfz.pk])
    ticks = {"row": [str(one.pk) for one in landkreise], "since": "11/2022"}
    assert editor.post(page, filled(editor.get(page)) | ticks).status_code == 302
    assert kfz.adoptions.filter(state="used").count() == 10

    report, _ = new_from_last(RolloutReport)
    RolloutReport.objects.filter(pk=report.pk).update(date=DECEMBER)
    row = report.rows.get(service=kfz)
    page = reverse("admin:rollout_rolloutreport_compute", args=[report.pk])
    assert editor.post(page, filled(editor.get(page)) | {"row": [str(row.pk)]}).status_code == 302

    edition = EditionFactory(month=DECEMBER)
    BlockFactory(rubric__edition=edition, rollout_report=report)
    hand_over(edition)
    assert publish(edition, DECEMBER)

    [shown] = [cells for cells in rows_of(client.get("/rollout/")) if cells[0].startswith("i-Kfz Stufe 3")]
    assert shown[1:] == ["mindestens 10 von 13", "mindestens 77 %", "mindestens 65 %"]
    before = CoverageRow.objects.get(service=kfz, report__date="2022-10-05")
    assert (before.origin, before.count, before.share_authorities) == ("surveyed", 12, 92)
    assert Edition.objects.real().count() == 2
