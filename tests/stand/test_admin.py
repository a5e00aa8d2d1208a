import datetime

import pytest
from django.contrib import admin
from django.db import transaction
from django.urls import reverse

from rollout.models import CoverageRow, RolloutPublication, RolloutReport
from stand.forms import LinesField, RuleForm
from stand.models import Correction, FormerAddress
from tests.admin import client_of, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def correction():
    report = RolloutReport.objects.create(date=datetime.date(2022, 10, 5))
    row = CoverageRow.objects.create(
        report=report, position=1, label="Wahlschein", count=84, share_authorities=16
    )
    RolloutPublication.objects.create(report=report)
    with transaction.atomic():
        made = Correction.declare("Anzahl berichtigt.")
        CoverageRow.objects.filter(pk=row.pk).update(count=48)
    return made


def test_a_correction_shows_what_it_changed_and_stays_as_it_is(correction):
    address = reverse("admin:stand_correction_change", args=[correction.pk])
    for client in (client_of("Redaktion"), client_of("admin", is_superuser=True)):
        page = client.get(address).content.decode()
        assert "Zeile „Wahlschein“, Anzahl: bisher 84, neu 48" in page
        assert "_save" not in page and "deletelink" not in page
        assert client.post(address, {"note": "anders"}).status_code == 403
        assert (
            client.post(
                reverse("admin:stand_correction_delete", args=[correction.pk]), {"post": "yes"}
            ).status_code
            == 403
        )
        assert client.get("/admin/stand/correction/add/").status_code == 403
    assert Correction.objects.get().note == "Anzahl berichtigt."


def test_corrections_are_found_by_their_note(correction):
    editor = client_of("Redaktion")
    assert len(shown(editor.get("/admin/stand/correction/", {"q": "berichtigt"}))) == 1
    assert shown(editor.get("/admin/stand/correction/", {"q": "unbekannt"})) == []


def test_former_addresses_are_shown_to_administrators_only():
    FormerAddress.replaced("/leistungen/alt/", "/leistungen/neu/")
    assert client_of("Redaktion").get("/admin/stand/formeraddress/").status_code == 403
    assert shown(client_of("admin", is_superuser=True).get("/admin/stand/formeraddress/")) == [
        "/leistungen/alt/ → /leistungen/neu/"
    ]


def test_lines_are_a_list_without_blank_ones():
    field = LinesField(required=False)
    assert field.clean(" eins \r\n\r\n zwei\n") == ["eins", "zwei"]
    assert field.clean("") == []
    assert field.prepare_value(["eins", "zwei"]) == "eins\nzwei"
    assert not field.has_changed(["eins"], "eins\r\n")
    assert field.has_changed(["eins"], "zwei")


def test_every_rule_with_a_message_can_be_shown():
    """A per cent sign in a message would break Django's own formatting of it."""
    for model in admin.site._registry:
        for related in [model, *(relation.related_model for relation in model._meta.related_objects)]:
            for rule in related._meta.constraints:
                assert rule.get_violation_error_message()


@pytest.mark.parametrize("model_admin", list(admin.site._registry.values()), ids=str)
def test_errors_stand_at_their_fields_on_every_page(model_admin):
    if model_admin.opts.app_label in ("auth", "account"):
        return
    assert issubclass(model_admin.form, RuleForm)
    assert all(issubclass(inline.form, RuleForm) for inline in model_admin.inlines)
