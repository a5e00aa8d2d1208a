"""Where the PDF of an edition is, before, and after a Berichtigung."""

from io import BytesIO

import pypdf
import pytest
from django.db import transaction
from django.test import Client

from newsletter.models import Edition, EditionPdf
from newsletter.pdf import make_missing, render
from stand.models import Correction
from tests.factories import EditionFactory, month, publish

from .test_pdf import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("weasyprint")]


def test_nothing_outside_the_text_is_fetched(monkeypatch):
    edition = publish(
        EditionFactory(month=month(0), opening='<p>Bild <img src="http://127.0.0.1:9/x.png"></p>')
    )
    assert "Bild" in text_of(pypdf.PdfReader(BytesIO(render(edition))))


def test_the_address_serves_the_file_and_saves_a_second_transfer():
    publish(EditionFactory(month=month(0)))
    make_missing()
    stored = EditionPdf.objects.get()
    page = Client().get("/ausgaben/2022-01.pdf")
    assert (page.status_code, page["Content-Type"], page.content) == (
        200,
        "application/pdf",
        bytes(stored.content),
    )
    assert page["Content-Disposition"] == 'inline; filename="newsletter-2022-01.pdf"'
    assert stored.size == len(page.content)
    again = Client().get("/ausgaben/2022-01.pdf", headers={"If-None-Match": page["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_page_and_archive_lead_to_the_file_once_it_is_there():
    publish(EditionFactory(month=month(0)))
    link = 'href="/ausgaben/2022-01.pdf"'
    assert not any(
        link in Client().get(page).content.decode() for page in ("/ausgaben/", "/ausgaben/2022-01/")
    )
    make_missing()
    assert all(link in Client().get(page).content.decode() for page in ("/ausgaben/", "/ausgaben/2022-01/"))


def test_without_a_file_the_address_leads_to_the_page_and_drafts_have_none():
    publish(EditionFactory(month=month(0)))
    EditionFactory(month=month(1))
    answer = Client().get("/ausgaben/2022-01.pdf")
    assert (answer.status_code, answer["Location"]) == (302, "/ausgaben/2022-01/")
    assert [
        Client().get(f"/ausgaben/{name}.pdf").status_code for name in ("2022-02", "2022-03", "2022-13")
    ] == [404] * 3


def test_a_berichtigung_stands_in_the_file_made_after_it():
    edition = publish(EditionFactory(month=month(0), opening="<p>Falsch</p>"))
    make_missing()
    with transaction.atomic():
        Correction.declare("Das Anschreiben war falsch.")
        Edition.objects.filter(pk=edition.pk).update(opening="<p>Richtig</p>")
    assert make_missing() == [edition]
    text = text_of(pypdf.PdfReader(BytesIO(EditionPdf.objects.get().content)))
    assert "Berichtigungen" in text and "Das Anschreiben war falsch." in text
    assert make_missing() == []
