"""Subscribing, changing and leaving, as a visitor with a mailbox does it."""

import datetime
import json

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from newsletter.models import ConsentText, Subscriber, SubscriptionRequest
from newsletter.models.subscribers import digest_of
from newsletter.subscription.links import leave_address, manage_address
from tests.factories import SiteFactory, SubscriberFactory
from tests.html import text_of

from ..mailing.mailings import mailing_to
from .journeys import FROM_HERE, fields_of, heading_of, hour_later

pytestmark = pytest.mark.django_db


def subscribers() -> list[str]:
    return list(Subscriber.objects.values_list("address", flat=True))


# --- subscribing -------------------------------------------------------------------------------


def test_only_the_button_behind_the_mailed_link_subscribes(visitor):
    answer = visitor.subscribe()
    assert (answer.status_code, answer.url) == (302, "/abonnement/gesendet/")
    assert heading_of(visitor.get(answer.url)) == "Bitte sehen Sie in Ihr Postfach"
    for _ in range(3):  # mail scanners follow links
        page = visitor.get(visitor.link())
        assert (page.status_code, heading_of(page)) == (200, "Abonnement bestätigen")
    visitor.browser.head(visitor.link())
    assert subscribers() == []
    assert heading_of(visitor.press(visitor.link())) == "Das Abonnement ist bestätigt"
    assert subscribers() == ["name@example.org"]


def test_the_proof_is_kept_and_nothing_else(visitor):
    before = timezone.now()
    visitor.subscribe()
    asked = timezone.now()
    visitor.press(visitor.link())
    one = Subscriber.objects.get()
    assert before <= one.requested_at <= asked <= one.confirmed_at <= timezone.now()
    assert one.consent == ConsentText.objects.current()
    assert {field.name for field in Subscriber._meta.get_fields() if field.concrete} == {
        "id", "address", "requested_at", "confirmed_at", "consent", "batch", "token", "suspended_at",
    }  # fmt: skip


def test_the_version_of_the_consent_is_the_one_that_the_visitor_saw(visitor):
    seen = ConsentText.objects.current()
    values = fields_of(visitor.get("/abonnement/"))
    ConsentText.objects.create(text="Eine neue Fassung.")
    visitor.browser.post("/abonnement/", {**values, "address": "name@example.org"}, headers=FROM_HERE)
    assert "Eine neue Fassung." in text_of(visitor.get("/abonnement/"))
    assert seen.text in text_of(visitor.get(visitor.link()))
    visitor.press(visitor.link())
    assert Subscriber.objects.get().consent == seen


def test_a_request_keeps_the_token_as_a_digest_only(visitor):
    visitor.subscribe()
    token = visitor.link().split("/")[-2]
    [request] = SubscriptionRequest.objects.all()
    assert request.digest == digest_of(token)
    assert token not in str(vars(request))


def test_a_replayed_confirmation_says_that_it_is_done_and_changes_nothing(visitor):
    visitor.subscribe()
    link = visitor.link()
    visitor.press(link)
    before = Subscriber.objects.values().get()
    for answer in (visitor.get(link), visitor.press(link)):
        assert (answer.status_code, heading_of(answer)) == (200, "Schon bestätigt")
    assert Subscriber.objects.values().get() == before


def test_a_confirmed_request_names_no_address_any_more(visitor):
    visitor.subscribe("name@example.org")
    visitor.press(visitor.link())
    assert [request.address for request in SubscriptionRequest.objects.all()] == [""]


def test_all_links_of_an_address_are_done_when_one_is_followed(visitor):
    visitor.subscribe("name@example.org")
    first = visitor.link()
    hour_later()
    visitor.subscribe("Name@example.org")
    second = visitor.link()
    assert first != second
    visitor.press(second)
    assert heading_of(visitor.press(first)) == "Schon bestätigt"
    assert subscribers() == ["Name@example.org"]


@pytest.mark.parametrize("token", ["x", "A" * 43, "ä" * 43, "x" * 5000, "%F0%9F%98%80", "a b"])
@pytest.mark.parametrize("page", ["bestaetigen", "verwalten", "abmelden"])
def test_a_forged_token_gets_a_page_that_says_what_to_do(visitor, page, token):
    for method in (visitor.browser.get, visitor.browser.post):
        answer = method(f"/abonnement/{page}/{token}/")
        assert answer.status_code == (410 if page == "abmelden" else 404)
        assert heading_of(answer) in ("Dieser Link gilt nicht", "Zu diesem Link gibt es kein Abonnement")
        assert "/abonnement/aendern/" in answer.content.decode()


def test_a_token_is_good_for_its_own_page_only(visitor):
    subscriber = SubscriberFactory(address="wer@example.org")
    visitor.subscribe("name@example.org")
    asked = visitor.link().split("/")[-2]
    visitor.ask_to_manage("wer@example.org")
    managing = visitor.link().split("/")[-2]
    foreign = [("bestaetigen", managing), ("bestaetigen", subscriber.token), ("verwalten", asked)]
    foreign += [("abmelden", asked), ("abmelden", managing)]
    for page, token in foreign:
        assert visitor.press(f"/abonnement/{page}/{token}/", action="delete").status_code in (404, 410)
    assert subscribers() == ["wer@example.org"]


def test_a_link_expires_after_seven_days(visitor):
    visitor.subscribe("name@example.org")
    confirm = visitor.link()
    SubscriberFactory(address="wer@example.org")
    visitor.ask_to_manage("wer@example.org")
    manage = visitor.link()
    almost = timezone.now() - datetime.timedelta(days=7) + datetime.timedelta(minutes=1)
    SubscriptionRequest.objects.update(requested_at=almost)
    assert {visitor.get(link).status_code for link in (confirm, manage)} == {200}
    SubscriptionRequest.objects.update(requested_at=timezone.now() - datetime.timedelta(days=7))
    for link in (confirm, manage):
        for answer in (visitor.get(link), visitor.press(link, action="delete")):
            assert (answer.status_code, heading_of(answer)) == (410, "Dieser Link ist abgelaufen")
    assert subscribers() == ["wer@example.org"]


# --- whoever is known already ------------------------------------------------------------------


def test_a_known_address_is_told_so_by_mail_with_a_link_to_manage(visitor):
    SubscriberFactory(address="Name@Example.org")
    visitor.subscribe("name@example.org")
    [message] = visitor.mailbox
    assert message.to == ["Name@Example.org"]
    assert message.subject.startswith("Sie erhalten den Newsletter bereits")
    assert heading_of(visitor.get(visitor.link())) == "Ihr Abonnement"


def test_an_unknown_address_that_asks_to_manage_is_told_so_by_mail_and_not_kept(visitor):
    visitor.ask_to_manage("name@example.org")
    [message] = visitor.mailbox
    assert message.subject.startswith("Kein Abonnement unter dieser Adresse")
    assert "/abonnement/verwalten/" not in message.body
    assert not SubscriptionRequest.objects.exclude(address="").exists()


def test_a_suspended_subscription_goes_on_once_it_is_confirmed_again(visitor):
    old = SubscriberFactory(address="name@example.org", suspended_at=timezone.now())
    visitor.subscribe("name@example.org")
    visitor.press(visitor.link())
    now = Subscriber.objects.get()
    assert (now.pk, now.token, now.suspended_at) == (old.pk, old.token, None)
    assert now.consent == ConsentText.objects.current()


# --- the page of a subscriber ------------------------------------------------------------------


def test_the_page_shows_all_data_held(visitor):
    visitor.subscribe()
    visitor.press(visitor.link())
    one = Subscriber.objects.get()
    page = visitor.get(manage_address(one).removeprefix("https://ozgstatus.example.org"))
    text = text_of(page)
    moment = timezone.localtime(one.confirmed_at)
    for said in ("name@example.org", f"bestätigt am {moment:%d.%m.%Y, %H:%M} Uhr", one.consent.text):
        assert said in text


def test_the_data_can_be_downloaded(visitor):
    one = SubscriberFactory(address="name@example.org", suspended_at=timezone.now())
    page = f"/abonnement/verwalten/{one.token}/"
    assert f'href="{page}daten.json"' in visitor.get(page).content.decode()
    answer = visitor.get(f"{page}daten.json")
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == 'attachment; filename="abonnement.json"'
    data = json.loads(answer.content)
    assert data["E-Mail-Adresse"] == "name@example.org"
    assert set(data) == {"E-Mail-Adresse", "bestätigt am", "ausgesetzt am"}
    assert one.token not in answer.content.decode()


def test_what_was_sent_is_among_the_data_held(visitor):
    one = SubscriberFactory(address="name@example.org")
    mailing = mailing_to(month=datetime.date(2022, 10, 1))
    page = f"/abonnement/verwalten/{one.token}/"
    label = "Ausgabe Oktober 2022 per E-Mail"
    assert json.loads(visitor.get(f"{page}daten.json").content)[label] == "wartet"
    moment = datetime.datetime(2022, 10, 5, 8, 30, tzinfo=datetime.UTC)
    mailing.deliveries.update(state="sent", finished_at=moment)
    assert json.loads(visitor.get(f"{page}daten.json").content)[label] == "gesendet, 05.10.2022, 10:30 Uhr"
    assert f"{label} gesendet, 05.10.2022, 10:30 Uhr" in text_of(visitor.get(page))


def test_a_new_address_counts_once_it_is_confirmed_there(visitor):
    one = SubscriberFactory(address="alt@example.org")
    page = f"/abonnement/verwalten/{one.token}/"
    answer = visitor.browser.post(page, {"action": "address", "address": "neu@example.org"})
    assert (answer.status_code, answer.url) == (302, "/abonnement/gesendet/")
    assert visitor.mailbox[0].to == ["neu@example.org"]
    assert subscribers() == ["alt@example.org"]
    assert "neu@example.org" in text_of(visitor.get(page))
    assert heading_of(visitor.press(visitor.link())) == "Die Adresse ist geändert"
    assert subscribers() == ["neu@example.org"]
    assert visitor.get(page).status_code == 404
    now = Subscriber.objects.get()
    assert (now.pk, now.consent) == (one.pk, ConsentText.objects.current())
    assert heading_of(visitor.press(visitor.link())) == "Schon bestätigt"


def test_a_new_address_that_receives_it_already_is_told_so_and_the_visitor_sees_the_same(visitor):
    SubscriberFactory(address="neu@example.org")
    one = SubscriberFactory(address="alt@example.org")
    page = f"/abonnement/verwalten/{one.token}/"
    answer = visitor.browser.post(page, {"action": "address", "address": "neu@example.org"})
    assert (answer.status_code, answer.url) == (302, "/abonnement/gesendet/")
    assert visitor.mailbox[0].subject.startswith("Sie erhalten den Newsletter bereits")


def test_two_subscriptions_become_one_where_the_new_address_has_subscribed_meanwhile(visitor):
    one = SubscriberFactory(address="alt@example.org")
    visitor.browser.post(
        f"/abonnement/verwalten/{one.token}/", {"action": "address", "address": "neu@example.org"}
    )
    SubscriberFactory(address="neu@example.org")
    assert heading_of(visitor.press(visitor.link())) == "Die Adresse ist geändert"
    assert subscribers() == ["neu@example.org"]


def test_the_own_address_is_no_new_one(visitor):
    one = SubscriberFactory(address="name@example.org")
    page = f"/abonnement/verwalten/{one.token}/"
    answer = visitor.browser.post(page, {"action": "address", "address": "NAME@example.org"})
    assert "Das ist die Adresse, an die der Newsletter schon geht." in text_of(answer)
    assert (visitor.mailbox, 'value="NAME@example.org"' in answer.content.decode()) == ([], True)


def test_all_links_can_be_made_invalid(visitor):
    one = SubscriberFactory(address="name@example.org")
    visitor.ask_to_manage("name@example.org")
    asked = visitor.link()
    old = [f"/abonnement/verwalten/{one.token}/", f"/abonnement/abmelden/{one.token}/", asked]
    assert heading_of(visitor.press(asked, action="revoke")) == "Die Links sind ungültig"
    assert [visitor.get(link).status_code for link in old] == [404, 410, 404]
    assert [visitor.browser.post(link, {"action": "delete"}).status_code for link in old] == [404, 410, 404]
    assert subscribers() == ["name@example.org"]


def test_delivery_can_be_resumed(visitor):
    one = SubscriberFactory(suspended_at=timezone.now())
    page = f"/abonnement/verwalten/{one.token}/"
    assert "Zustellung fortsetzen" in text_of(visitor.get(page))
    assert "Zustellung fortsetzen" not in text_of(visitor.press(page, action="resume"))
    assert Subscriber.objects.get().suspended_at is None


def test_everything_is_deleted_at_once(visitor):
    one = SubscriberFactory(address="name@example.org")
    page = f"/abonnement/verwalten/{one.token}/"
    assert heading_of(visitor.press(page, action="delete")) == "Das Abonnement ist beendet"
    assert subscribers() == []
    assert heading_of(visitor.press(page, action="delete")) == "Dieser Link gilt nicht"


@pytest.mark.parametrize("action", ["", "unsinn", "DELETE"])
def test_an_unknown_action_does_nothing(visitor, action):
    one = SubscriberFactory()
    answer = visitor.browser.post(f"/abonnement/verwalten/{one.token}/", {"action": action})
    assert (answer.status_code, len(subscribers())) == (200, 1)


# --- one click ---------------------------------------------------------------------------------


def one_click(browser, subscriber):
    """As a mail program does it: no cookie, no Origin, and nothing but the form of RFC 8058."""
    path = leave_address(subscriber).removeprefix("https://ozgstatus.example.org")
    body = "List-Unsubscribe=One-Click"
    return browser.post(path, body, content_type="application/x-www-form-urlencoded")


def test_one_click_leaves_without_cookie_login_or_redirect():
    one = SubscriberFactory()
    other = SubscriberFactory(address="bleibt@example.org")
    answer = one_click(Client(enforce_csrf_checks=True), one)
    assert (answer.status_code, heading_of(answer)) == (200, "Das Abonnement ist beendet")
    assert not answer.cookies
    assert subscribers() == [other.address]


def test_looking_at_the_link_only_shows_a_button(visitor):
    one = SubscriberFactory()
    path = f"/abonnement/abmelden/{one.token}/"
    for _ in range(2):
        assert heading_of(visitor.get(path)) == "Abonnement beenden"
    assert len(subscribers()) == 1
    answer = visitor.browser.post(path)
    assert (answer.status_code, answer.url) == (302, "/abonnement/beendet/")
    assert subscribers() == []


def test_a_second_click_says_that_nothing_is_to_be_done(visitor):
    one = SubscriberFactory()
    one_click(visitor.browser, one)
    answer = one_click(visitor.browser, one)
    assert (answer.status_code, heading_of(answer)) == (410, "Zu diesem Link gibt es kein Abonnement")


def test_the_addresses_for_mails_are_absolute():
    one = SubscriberFactory()
    assert leave_address(one) == f"https://ozgstatus.example.org/abonnement/abmelden/{one.token}/"
    assert manage_address(one) == f"https://ozgstatus.example.org/abonnement/verwalten/{one.token}/"


# --- the mails ---------------------------------------------------------------------------------


def test_the_mails_are_plain_text_written_by_the_site(visitor):
    SiteFactory(name="OZG-Status", notice="Demonstration")
    SubscriberFactory(address="wer@example.org")
    visitor.subscribe("name@example.org")
    visitor.subscribe("wer@example.org")
    visitor.ask_to_manage("nochwer@example.org")
    hour_later()
    visitor.ask_to_manage("wer@example.org")
    one = Subscriber.objects.get()
    visitor.browser.post(
        f"/abonnement/verwalten/{one.token}/", {"action": "address", "address": "neu@example.org"}
    )
    assert [message.subject for message in visitor.mailbox] == [
        "Bitte bestätigen Sie Ihr Abonnement: OZG-Status",
        "Sie erhalten den Newsletter bereits: OZG-Status",
        "Kein Abonnement unter dieser Adresse: OZG-Status",
        "Ihr Abonnement verwalten: OZG-Status",
        "Bitte bestätigen Sie Ihre neue Adresse: OZG-Status",
    ]
    for message in visitor.mailbox:
        whole = message.message()
        assert whole.get_content_type() == "text/plain"
        assert whole["Auto-Submitted"] == "auto-generated"
        assert whole["From"] == "ozgstatus@example.org"
        assert message.body.startswith("Guten Tag,\n\n")
        assert message.body.endswith(
            "\n-- \nOZG-Status\nhttps://ozgstatus.example.org\nDie Redaktion\nDemonstration\n"
        )
        assert "&" not in message.body and "!" not in message.body
        assert "\n\n\n" not in message.body


def test_a_name_of_the_site_puts_nothing_into_the_headers(visitor):
    SiteFactory(name="OZG\r\nBcc: wer@example.org")
    visitor.subscribe()
    [message] = mail.outbox
    assert message.subject == "Bitte bestätigen Sie Ihr Abonnement: OZG"
    assert message.message()["Bcc"] is None
