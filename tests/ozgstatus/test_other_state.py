"""Another state uses the site: what is the operator's comes from data, and no frame names those of the first one."""

import datetime
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

from newsletter.mailing.message import EditionMail
from newsletter.models import Edition
from newsletter.pdf import as_html
from ozgstatus.models import Page, Site
from rollout.models import CoverageRow
from tests.factories import SubscriberFactory
from tests.newsletter.subscription.journeys import Visitor
from tests.pages import paths_of_the_sitemap

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]
OTHERS = {
    "name": "OZG-Status Hessen",
    "title": "Kommunale OZG-Umsetzung in Hessen",
    "lead": "Was hessische Kommunen nutzen können.",
    "state": "Hessen",
    "operator": "Anstalt des Landes",
    "contact_email": "ozg@hessen.example.org",
}
# The file of the map has its name from its first boundaries; a choice has its words from the settings, see below.
FIRST_STATE = re.compile(r"SAKD|Sachs|sächs|KISA")
ALLOWED = (re.compile(r"/static/sachsen\S*\.svg"), re.compile(re.escape(CoverageRow.Origin.SURVEYED.label)))
BESIDES = [
    *(
        "/abonnement/gesendet/",
        "/abonnement/bestaetigt/",
        "/abonnement/links-ungueltig/",
        "/abonnement/beendet/",
    ),
    *("/abonnement/geaendert/", "/abonnement/verwalten/gibt-es-nicht/", "/suche/?q=sozialpass", "/feed/"),
    *("/leistungen/sozialpass/feed/", "/kommunen/14627210/feed/", "/daten/katalog.jsonld", "/robots.txt"),
    *("/daten/rollout/datapackage.json", "/daten/kommunen/tableschema.json", "/rollout/2022-12-05/"),
    *("/ausgaben/2022-12/", "/ausgaben/2022-10/vergleich/2022-12/", "/rollout/karte/hundesteuer/beispiel/"),
    *("/kommunen/14627210/beispiel/", "/entwicklung/beispiel/", "/gibt-es-nicht/", "/admin/konto/login/"),
]


@pytest.fixture(autouse=True)
def other_state():
    Site.objects.update(**OTHERS)


def names_of_the_first(text: str) -> list[str]:
    for allowed in ALLOWED:
        text = allowed.sub("", text)
    return FIRST_STATE.findall(text)


def test_no_public_page_feed_or_file_names_them():
    browser = Client()
    addresses = paths_of_the_sitemap(browser) + BESIDES
    assert {f"/{slug}/" for slug in Page.Slug.values} <= set(addresses) and len(addresses) > 45
    answers = {address: browser.get(address) for address in addresses}
    assert {address for address, answer in answers.items() if answer.status_code >= 500} == set()
    found = {address: names_of_the_first(answer.getvalue().decode()) for address, answer in answers.items()}
    assert {address: names for address, names in found.items() if names} == {}
    assert "OZG-Status Hessen" in answers["/"].content.decode()
    assert "Anstalt des Landes" in answers["/feed/"].content.decode()


def test_no_mail_and_no_pdf_names_them(mailoutbox, monkeypatch):
    monkeypatch.setattr("newsletter.subscription.forms.LEAST_AGE", datetime.timedelta(seconds=-1))
    visitor, edition = Visitor(mailoutbox), Edition.objects.real().get()
    known, other = SubscriberFactory(), SubscriberFactory()
    visitor.ask_to_manage("unbekannt@example.org")
    visitor.subscribe("neu@example.org")
    visitor.ask_to_manage(known.address)  # an address gets one mail an hour
    visitor.subscribe(other.address)
    assert len(mailoutbox) == 4
    written = [f"{one.subject}\n{one.body}" for one in mailoutbox]
    written += [EditionMail.of(edition).bytes_for(known).decode(), as_html(edition)]
    assert [names_of_the_first(one) for one in written] == [[]] * 6
    assert all("OZG-Status Hessen" in one for one in written)


def test_words_of_choices_come_from_the_settings():
    words = (
        "import django; django.setup()\n"
        "from catalogue.filters import ServiceFilter; from catalogue.models import Platform\n"
        "from rollout.models import CoverageRow\n"
        "print(CoverageRow.Origin.SURVEYED.label, Platform.AMT24.label, sep='; ')\n"
        "print(dict(ServiceFilter.base_filters['plattform'].extra['choices'])['nicht-amt24'])"
    )
    told = {"SURVEYED_BY": "der Anstalt des Landes", "SERVICE_PORTAL": "Landesportal"}
    run = [sys.executable, "-c", words]
    said = subprocess.run(run, env=os.environ | told, cwd=settings.BASE_DIR, capture_output=True, text=True)
    assert said.stderr == ""
    assert said.stdout == "von der Anstalt des Landes erhoben; Landesportal\nnicht auf Landesportal\n"
