"""Subscribing in a browser: without JavaScript, and without a barrier that axe knows."""

import datetime
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core import mail

from newsletter.models import Subscriber, SubscriptionRequest
from newsletter.models.subscribers import digest_of, new_token
from tests.browser.site import committed


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("newsletter.subscription.forms.LEAST_AGE", datetime.timedelta(seconds=-1))


@pytest.fixture
def nobody_is_left():
    yield
    committed(Subscriber.objects.all().delete)
    committed(SubscriptionRequest.objects.all().delete)


def link_in_the_last_mail() -> str:
    [link] = re.findall(rf"^{re.escape(settings.SITE_URL)}(/\S+/\S+)$", mail.outbox[-1].body, re.M)
    return link


@pytest.mark.usefixtures("nobody_is_left")
def test_a_reader_subscribes_confirms_manages_and_leaves(visit):
    reader = visit(java_script_enabled=False)
    reader.open("/ausgaben/2022-10/")
    reader.click("Newsletter abonnieren")
    reader.page.get_by_label("Ihre E-Mail-Adresse").fill("name@@example.org")
    reader.click("Newsletter abonnieren", role="button")
    assert "Eine E-Mail-Adresse hat genau ein @" in reader.text
    assert reader.page.get_by_label("Ihre E-Mail-Adresse").input_value() == "name@@example.org"
    reader.page.get_by_label("Ihre E-Mail-Adresse").fill("name@example.org")
    with reader.page.expect_navigation():
        reader.page.keyboard.press("Enter")
    assert "Bitte sehen Sie in Ihr Postfach" in reader.text

    reader.open(link_in_the_last_mail())
    assert "Der Newsletter soll an name@example.org gehen." in reader.text
    reader.click("Abonnement bestätigen", role="button")
    assert "Das Abonnement ist bestätigt" in reader.text

    reader.open("/abonnement/aendern/")
    reader.page.get_by_label("Ihre E-Mail-Adresse").fill("anders@example.org")
    reader.click("Link anfordern", role="button")
    assert "Bitte sehen Sie in Ihr Postfach" in reader.text
    assert mail.outbox[-1].subject.startswith("Kein Abonnement unter dieser Adresse")
    subscriber = committed(Subscriber.objects.get)
    reader.open(f"/abonnement/verwalten/{subscriber.token}/")
    assert "name@example.org" in reader.page.locator("dl.facts").inner_text()
    reader.page.get_by_label("Neue E-Mail-Adresse").fill("neu@example.org")
    reader.click("Adresse ändern", role="button")
    reader.open(link_in_the_last_mail())
    reader.click("Neue Adresse bestätigen", role="button")
    assert "Die Adresse ist geändert" in reader.text

    subscriber = committed(Subscriber.objects.get)
    assert subscriber.address == "neu@example.org"
    reader.open(f"/abonnement/abmelden/{subscriber.token}/")
    reader.click("Abonnement beenden", role="button")
    assert "Das Abonnement ist beendet" in reader.text
    assert committed(Subscriber.objects.count) == 0
    assert reader.page.context.cookies() == []


def pages_of_links() -> list[str]:
    """One address for each page that a mailed link can lead to."""
    one = Subscriber.objects.create(address="name@example.org", suspended_at="2026-01-01T00:00:00Z")
    tokens = {}
    for kind, values in {
        "subscribe": {},
        "new_address": {"subscriber": one},
        "expired": {"requested_at": "2026-01-01T00:00:00Z"},
        "done": {"confirmed_at": "2026-01-01T00:00:00Z", "address": ""},
    }.items():
        tokens[kind] = new_token()
        values = {"kind": kind if "_" in kind else "subscribe", "address": f"{kind}@example.org"} | values
        SubscriptionRequest.objects.create(digest=digest_of(tokens[kind]), consent_id=consent(), **values)
    return [
        *(f"/abonnement/bestaetigen/{token}/" for token in (*tokens.values(), "gilt-nicht")),
        f"/abonnement/verwalten/{one.token}/",
        f"/abonnement/abmelden/{one.token}/",
        "/abonnement/abmelden/gilt-nicht/",
    ]


def consent() -> int:
    from newsletter.models import ConsentText

    return ConsentText.objects.current().pk


SAID = [
    f"/abonnement/{page}/" for page in ("gesendet", "bestaetigt", "geaendert", "links-ungueltig", "beendet")
]


@pytest.mark.usefixtures("nobody_is_left")
@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"width": 360, "height": 720}])
def test_no_page_of_a_subscription_has_a_barrier_or_scrolls_sideways(visit, options):
    visitor = visit(**options)
    found = {}
    for address in [*SAID, *committed(pages_of_links)]:
        visitor.open(address)
        found[address] = faults(visitor)
    for address in ("/abonnement/", "/abonnement/aendern/"):  # with an error
        visitor.open(address)
        visitor.page.locator("main form button").click()
        assert "Bitte geben Sie Ihre E-Mail-Adresse an" in visitor.text
        found[f"{address} with an error"] = faults(visitor)
    visitor.complaints = [text for text in visitor.complaints if "status of 4" not in text]
    assert {address: faults for address, faults in found.items() if faults} == {}
    assert len(found) == 15


def faults(visitor) -> list:
    width = visitor.page.evaluate("document.documentElement.scrollWidth")
    wider = [width] if width > visitor.page.viewport_size["width"] else []
    violations = Axe().run(visitor.page).response["violations"]
    return wider + [(one["id"], node["html"][:120]) for one in violations for node in one["nodes"]]
