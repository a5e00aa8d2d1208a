"""The newsletter by mail, as a reader lives it: subscribe, confirm, receive an edition over SMTP, read it, leave."""

import datetime
import re
from urllib.request import Request, urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core import mail

from newsletter.models import Edition, Mailing, RequestCount, Subscriber, SubscriptionRequest
from tests.browser.site import committed
from tests.newsletter.mailing.processes import running_sender
from tests.newsletter.mailing.server import MailServer

PATIENCE = 60
ANNA, BERT = "anna@example.org", "bert@example.org"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("newsletter.subscription.forms.LEAST_AGE", datetime.timedelta(seconds=-1))


@pytest.fixture
def nothing_is_left():
    yield
    for model in (Mailing, Subscriber, SubscriptionRequest, RequestCount):
        committed(model.objects.all().delete)


def subscribe(reader, address):
    """By the form, and by the button behind the link that comes by mail."""
    reader.open("/abonnement/")
    reader.page.get_by_label("Ihre E-Mail-Adresse").fill(address)
    reader.click("Newsletter abonnieren", role="button")
    [asked] = mail.outbox
    mail.outbox.clear()
    assert asked.to == [address]
    [link] = re.findall(rf"^{re.escape(settings.SITE_URL)}(/\S+/\S+)$", asked.body, re.M)
    reader.open(link)
    reader.click("Abonnement bestätigen", role="button")
    assert "Das Abonnement ist bestätigt" in reader.text


def send_the_edition() -> dict:
    """What `send_mail` hands over to a mail server, by recipient."""
    committed(lambda: Mailing.objects.start(Edition.objects.current(), None))
    with MailServer() as server:
        with running_sender(server, "--once") as sender:
            error = sender.communicate(timeout=PATIENCE)[1]
        assert sender.returncode == 0, error
        return {received.recipient: received.parsed for received in server.mails}


def on_the_site(visitor, address):
    """An absolute address of a mail, on the server of this test."""
    assert address.startswith(f"{settings.SITE_URL}/")
    return visitor.site + address.removeprefix(settings.SITE_URL)


def subscribers():
    return set(committed(lambda: list(Subscriber.objects.values_list("address", flat=True))))


@pytest.mark.usefixtures("nothing_is_left")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_the_form_to_the_mail_and_out_again_by_one_click(visit, scheme):
    reader = visit(java_script_enabled=False, color_scheme=scheme)
    for address in (ANNA, BERT):
        subscribe(reader, address)
    mails = send_the_edition()
    assert mails.keys() == subscribers() == {ANNA, BERT}

    # Anna's mail program shows a button of its own and sends what RFC 8058 says, without a cookie.
    [one_click] = re.findall(r"<(https:[^>]+)>", mails[ANNA]["List-Unsubscribe"])
    body = mails[ANNA]["List-Unsubscribe-Post"].encode()
    request = Request(on_the_site(reader, one_click), data=body)
    with urlopen(request, timeout=PATIENCE) as answer:
        assert answer.status == 200 and answer.url == request.full_url and "Set-Cookie" not in answer.headers
    assert subscribers() == {BERT}

    # Bert reads his, and follows the link at its end.
    letter = visit(width=700, color_scheme=scheme)
    letter.page.set_content(mails[BERT].get_body(("html",)).get_content())
    assert barriers_of(letter) == []
    assert letter.page.get_by_role("heading", level=1).inner_text() in mails[BERT]["Subject"]
    link = letter.page.locator("a[href*='/abmelden/']").first.get_attribute("href")
    assert link in mails[BERT].get_body(("plain",)).get_content()
    leaving = visit(color_scheme=scheme)
    leaving.page.goto(on_the_site(reader, link))
    assert subscribers() == {BERT}, "a mail scanner that follows the link changes nothing"
    assert barriers_of(leaving) == []
    leaving.click("Abonnement beenden", role="button")
    assert "Das Abonnement ist beendet" in leaving.text
    assert barriers_of(leaving) == []
    assert subscribers() == set()
    assert leaving.page.context.cookies() == reader.page.context.cookies() == []
    leaving.page.goto(on_the_site(reader, link))
    assert "beendet" in leaving.text
    leaving.complaints = [text for text in leaving.complaints if "410" not in text]


def barriers_of(visitor):
    found = Axe().run(visitor.page).response["violations"]
    return [(one["id"], node["html"][:120]) for one in found for node in one["nodes"]]
