"""Valid HTML is also what takes more than an address: refusals, files in two steps, publishing, the second factor."""

import datetime
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from newsletter.models import Edition, Mailing
from projects.models import ProjectReport
from rollout.models import RolloutReport
from stand.models import WorkState
from tests.admin import client_of, filled, make_user, page_of, send, two_editors, upload
from tests.factories import ServiceFactory, SubscriberFactory
from tests.test_html import html_validate

from .content import make_small_site
from .test_second_factor import CODE, CODES, LOGIN, PASSWORD, SET_UP, code_at, set_up, sign_in

pytestmark = pytest.mark.django_db
SUBSCRIBERS = "/admin/newsletter/subscriber/uebernehmen/"
NOVEMBER = datetime.date(2022, 11, 1)


@pytest.fixture
def site():
    make_small_site()
    cache.clear()


@pytest.fixture
def is_valid(tmp_path):
    """Looks at all pages at once: the program takes its time to start."""

    def check(**pages):
        for name, response in pages.items():
            assert response.status_code in (200, 403, 429), (name, response.status_code)
            (tmp_path / f"{name}.html").write_bytes(response.content)
        found = html_validate(tmp_path)
        assert (found.stdout, found.returncode) == ("", 0)

    return check


def test_what_is_refused_comes_back_as_valid_html(site, is_valid):
    anna, berta = two_editors()
    report = RolloutReport.objects.get(date=datetime.date(2022, 11, 5))
    row = report.rows.get()
    form, grid = page_of(report, "change"), page_of(report, "grid")
    seen, cells = filled(anna.get(form)), filled(anna.get(grid))
    send(berta, form, **{"rows-0-count": "7"})
    public = page_of(RolloutReport.objects.get(date=datetime.date(2022, 10, 5)), "change")
    is_valid(
        form=send(anna, form, date="gestern", **{"rows-0-count": "viele", "rows-0-position": "99999"}),
        conflict=anna.post(form, seen | {"rows-0-count": "8"}),
        nothing_seen=anna.post(form, seen | {"seen": ""}),
        grid=anna.post(grid, cells | {f"{row.pk}-count": "viele"}),
        crossed_grid=anna.post(grid, cells | {f"{row.pk}-count": "9"}),
        correction_without_note=send(anna, public, **{"rows-0-count": "7"}),
        rows_to_add=anna.get(f"{form}?leere-zeilen=ja"),
        nothing_found=anna.get("/admin/catalogue/service/?q=gibt-es-nicht"),
        filtered=anna.get("/admin/catalogue/service/?fehlt=plattform&zustand=planned"),
    )


def test_the_steps_of_a_file_are_valid_html(site, is_valid):
    editor, sender = client_of("Redaktion"), client_of("Freigabe")
    reports = [RolloutReport, ProjectReport]
    rollout, projects = (model.objects.filter(publication=None).get() for model in reports)
    table = editor.get(page_of(rollout, "export", "csv")).content.decode()
    matrix = editor.get(page_of(projects, "export", "csv")).content.decode()
    register = Path(settings.BASE_DIR, "fixtures", "register-2021.xlsx")
    people = [
        SimpleUploadedFile("liste.csv", f"E-Mail-Adresse\n{line}\n".encode())
        for line in ("a@example.org", "x")
    ]
    steps = {
        "differences": upload(editor, rollout, re.sub(r";\d+;", ";77;", table).encode()),
        "new_row": upload(editor, projects, matrix.replace(projects.rows.get().label, "Neu").encode()),
        "unreadable": upload(editor, rollout, b"\x00"),
        "wrong_cells": upload(editor, rollout, b"Online-Antragsassistent;Anzahl\nSozialpass;viele\n"),
        "register": editor.post(
            "/admin/rollout/registeredition/einlesen/",
            {"file": SimpleUploadedFile(register.name, register.read_bytes())},
        ),
    }
    for name, file in zip(["people", "wrong_people"], people, strict=True):
        steps[name] = sender.post(SUBSCRIBERS, {"name": "x", "proof": "y", "file": file})
    is_valid(**steps)
    assert "Noch ist nichts gespeichert" in steps["differences"].content.decode()


def test_publishing_and_sending_are_valid_html_at_every_step(site, is_valid):
    SubscriberFactory(confirmed_at="2022-10-01T00:00Z")
    approver = client_of("Freigabe")
    edition = Edition.objects.get(month=NOVEMBER)
    publishing, mailing = page_of(edition, "publish"), page_of(edition, "mailing")
    pages = {"not_ready": approver.get(publishing)}
    for model in (Edition, RolloutReport, ProjectReport):
        model.objects.filter(publication=None).update(state=WorkState.READY)
    pages["ready"] = approver.get(publishing)
    send(approver, publishing, _publish="x")
    assert Edition.objects.get(month=NOVEMBER).is_published
    pages["before_sending"] = approver.get(mailing)
    pages["to_confirm"] = approver.post(mailing, {"_send": "x"})
    pages["sending"] = approver.post(mailing, {"_confirm": "x", "receivers": "1"}, follow=True)
    pages["mail"] = approver.get(page_of(edition, "mail"))
    pages["withdrawing"] = approver.get(page_of(edition, "withdraw"))
    is_valid(**pages)
    assert Mailing.objects.get().edition == edition


def test_the_months_of_a_service_are_valid_html_where_they_are_refused(site, is_valid):
    editor = client_of("Redaktion")
    service = ServiceFactory(name="Geplant", available_since=None, planned_for=NOVEMBER)
    names = ["report_available", "postpone"]
    is_valid(**{name: editor.post(page_of(service, name), {"month": "x"}) for name in names})


def test_the_second_factor_is_valid_html_at_every_step(is_valid, monkeypatch):
    monkeypatch.setattr(settings, "SECOND_FACTOR", True)
    cache.clear()
    make_user("Redaktion", PASSWORD)
    client, other = Client(), Client()
    pages = {"wrong_password": sign_in(Client(), "falsch")}
    sign_in(client)
    pages["wrong_code"] = client.post(SET_UP, {"code": "000000"})
    moment = datetime.datetime.now().timestamp()
    secret, _ = set_up(client, moment)
    pages |= {
        "codes": client.get(CODES),
        "overview": client.get("/admin/konto/zweiter-faktor/"),
        "new_codes": client.get("/admin/konto/zweiter-faktor/codes/neu/"),
        "switch_off": client.get("/admin/konto/zweiter-faktor/abmelden/"),
        "password": client.get("/admin/konto/password/change/"),
        "wrong_new_password": client.post("/admin/konto/password/change/", {"oldpassword": "x"}),
        "confirm": client.get("/admin/konto/password/confirm/"),
    }
    sign_in(other)
    pages |= {"code": other.get(CODE), "code_refused": other.post(CODE, {"code": code_at(secret, 0)})}
    for _ in range(6):
        locked = Client().post(LOGIN, {"login": "Redaktion", "password": "falsch"})
    is_valid(locked=locked, **pages)
