"""An edition goes out by mail, as an approver lives it: test, send, watch, decide about what is uncertain."""

import pytest
from django.conf import settings
from django.core import mail

from newsletter.models import Delivery, Edition, Mailing, Subscriber
from tests.admin import client_of, make_user, page_of
from tests.browser.site import committed
from tests.newsletter.mailing.processes import running_sender
from tests.newsletter.mailing.server import CUT, MailServer

PATIENCE = 60
A, B = "a@example.org", "b@example.org"


@pytest.fixture
def session(site, chromium):
    """The key of an approver who is logged in, where two people have subscribed."""
    user = committed(lambda: make_user("Freigabe"))
    for address in (A, B):
        committed(lambda address=address: Subscriber.objects.create(address=address))
    yield committed(lambda: client_of("Freigabe").cookies[settings.SESSION_COOKIE_NAME].value)
    for rows in (Mailing.objects.all(), Subscriber.objects.all(), user):
        committed(rows.delete)


def run_a_sender(server):
    with running_sender(server, "--once") as sender:
        error = sender.communicate(timeout=PATIENCE)[1]
    assert sender.returncode == 0, error


class Desk:
    """The approver's window: what axe has against each page, however it is looked at."""

    def __init__(self, visitor):
        self.visitor, self.page = visitor, visitor.page
        self.found: dict[str, dict] = {}

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    @property
    def text(self):
        return " ".join(self.page.inner_text("#content").split())

    def look(self, name):
        self.found[name] = self.visitor.barriers_everywhere(context="#content")

    def number_of(self, state):
        return self.page.get_by_role("row", name=state).get_by_role("cell").first.inner_text()


def test_an_approver_tests_sends_watches_and_decides(visit, session):
    visitor = visit()
    key = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": visitor.site}
    visitor.page.context.add_cookies([key])
    desk = Desk(visitor)
    visitor.open(committed(lambda: page_of(Edition.objects.get(), "change")))
    desk.page.get_by_role("link", name="Versand", exact=True).click()
    desk.look("before")

    desk.press("Test-E-Mail an mich")
    assert "Die Test-E-Mail ist unterwegs an freigabe@example.org." in visitor.page.inner_text("body")
    [test] = mail.outbox
    assert test.to == ["freigabe@example.org"] and test.subject.startswith("Test: ")
    assert committed(Delivery.objects.count) == 0

    desk.press("An 2 Adressen senden …")
    assert "geht an 2 Adressen, sofort." in desk.text
    desk.look("question")
    desk.press("Ja, an 2 Adressen senden")
    desk.page.get_by_role("link", name="Nicht mehr erneuern").click()
    assert "0 von 2 erledigt" in desk.text
    desk.look("waiting")

    with MailServer() as server:
        server.answer(data=CUT, to=A)
        run_a_sender(server)
        desk.page.reload()
        assert (desk.number_of("gesendet"), desk.number_of("Zustellung ungewiss")) == ("1", "1")
        desk.look("uncertain")
        desk.page.get_by_role("link", name="1 Zustellung, über die Sie entscheiden können").click()
        assert "Ob der Mailserver die E-Mail angenommen hat, ist nicht bekannt." in desk.text
        desk.look("decision")
        desk.page.get_by_role("checkbox", name=A).check()
        desk.press("Nochmals senden")
        assert "Es ist nichts offen." in desk.text
        server.answer()
        run_a_sender(server)
        assert server.recipients == [A, B, A]

    desk.page.get_by_role("link", name="Zum Versand").click()
    assert (desk.number_of("gesendet"), "abgeschlossen" in desk.text) == ("2", True)
    desk.look("done")
    assert {page: barriers for page, barriers in desk.found.items() if barriers} == {}
