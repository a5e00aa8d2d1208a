"""What protects the forms: where they come from, how old they are, a field nobody sees, and limits."""

import datetime
import re
import smtplib

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.models import RequestCount, Subscriber, SubscriptionRequest
from newsletter.subscription import mails
from newsletter.subscription.limits import network_of
from tests.factories import SubscriberFactory
from tests.html import text_of

from .journeys import FROM_HERE, errors_of, fields_of, hour_later

pytestmark = pytest.mark.django_db
FORMS = ["/abonnement/", "/abonnement/aendern/"]


def is_refused(answer, status: int, start: str) -> bool:
    """The form comes back filled in, with one message above it."""
    [message] = errors_of(answer)
    filled = answer.context["form"]["address"].value() == "name@example.org"
    return answer.status_code == status and message.startswith(start) and filled


# --- where it comes from -----------------------------------------------------------------------


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://testserver"},
        {"origin": "https://anderswo.example.org"},
        {"origin": "null"},
        {"origin": "unsinn"},
    ],
)
def test_a_form_that_another_site_sends_is_refused(visitor, path, headers):
    answer = visitor.send(path, address="name@example.org", headers=headers)
    assert is_refused(answer, 403, "Das Formular wurde nicht von dieser Website abgesendet.")
    assert visitor.mailbox == []


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"origin": "http://testserver"},
        {"origin": "https://ozgstatus.example.org"},
        {},
    ],
)
def test_a_form_of_our_own_is_taken(visitor, headers):
    assert visitor.subscribe(headers=headers).status_code == 302


def test_the_forms_need_and_set_no_cookie(visitor):
    browser = Client(enforce_csrf_checks=True)
    answer = visitor.subscribe(browser=browser)
    assert (answer.status_code, dict(browser.cookies)) == (302, {})
    assert dict(browser.post(visitor.link()).cookies) == {}
    assert Subscriber.objects.count() == 1


# --- people and programs -----------------------------------------------------------------------


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_is_sent_at_once_comes_back_and_can_be_sent_again(visitor, path, monkeypatch):
    monkeypatch.setattr("newsletter.subscription.forms.LEAST_AGE", datetime.timedelta(seconds=2))
    answer = visitor.send(path, address="name@example.org")
    assert is_refused(answer, 200, "Das ging sehr schnell.")
    assert visitor.mailbox == []
    monkeypatch.setattr(
        "newsletter.subscription.forms.LEAST_AGE", datetime.timedelta(seconds=-1)
    )  # time has passed
    answer = visitor.browser.post(path, fields_of(answer), headers=FROM_HERE)
    assert answer.status_code == 302


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_is_too_old_comes_back_and_can_be_sent_again(visitor, path, monkeypatch):
    monkeypatch.setattr("newsletter.subscription.forms.GREATEST_AGE", datetime.timedelta(seconds=-1))
    answer = visitor.send(path, address="name@example.org")
    assert is_refused(answer, 200, "Die Seite war zu lange offen oder ist unvollständig.")
    monkeypatch.setattr("newsletter.subscription.forms.GREATEST_AGE", datetime.timedelta(hours=12))
    assert visitor.browser.post(path, fields_of(answer), headers=FROM_HERE).status_code == 302


@pytest.mark.parametrize("stamp", ["", "1", "1:x:y", "ä" * 9, "\x00"])
def test_a_forged_or_missing_stamp_comes_back_with_a_good_one(visitor, stamp):
    values = {**fields_of(visitor.get("/abonnement/")), "address": "name@example.org", "stamp": stamp}
    answer = visitor.browser.post("/abonnement/", values, headers=FROM_HERE)
    assert (answer.status_code, visitor.mailbox) == (200, [])
    assert visitor.browser.post("/abonnement/", fields_of(answer), headers=FROM_HERE).status_code == 302


def test_the_stamp_of_one_form_is_none_of_the_other(visitor):
    stamp = fields_of(visitor.get("/abonnement/aendern/"))["stamp"]
    assert is_refused(visitor.subscribe(stamp=stamp), 200, "Die Seite war zu lange offen")


def test_the_field_that_nobody_sees_must_stay_empty(visitor):
    answer = visitor.subscribe(subject="https://casino.example.org")
    assert is_refused(answer, 200, "Bitte lassen Sie das Feld „Bitte leer lassen“ leer")
    assert fields_of(answer)["subject"] == ""
    assert visitor.mailbox == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "UNSINN"])
@pytest.mark.parametrize("path", [*FORMS, "/abonnement/abmelden/x/", "/abonnement/verwalten/x/"])
def test_other_methods_are_refused(client, path, method):
    assert client.generic(method, path).status_code == 405


@pytest.mark.parametrize(
    "path", ["/abonnement/gesendet/", "/abonnement/beendet/", "/abonnement/verwalten/x/daten.json"]
)
def test_what_is_only_said_takes_no_form(client, path):
    assert client.post(path).status_code == 405


@pytest.mark.parametrize(
    "body", [b"\x00\xff", b"address=%FF&stamp=%00", b"--x\r\nbroken", b"a=1&" * 10_001, b"address=x%00"]
)
@pytest.mark.parametrize("path", [*FORMS, "/abonnement/abmelden/x/", "/abonnement/verwalten/x/"])
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/x"]
)
def test_nonsense_is_never_an_error_of_ours(path, kind, body):
    client = Client(raise_request_exception=False)
    assert client.generic("POST", path, body, kind).status_code in (200, 400, 404, 410)


# --- how often ---------------------------------------------------------------------------------


def test_an_address_gets_one_mail_an_hour_and_the_visitor_sees_the_same(visitor):
    answers = [visitor.subscribe("name@example.org"), visitor.ask_to_manage("NAME@example.org")]
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, "/abonnement/gesendet/")}
    assert len(visitor.mailbox) == 1
    hour_later()
    visitor.subscribe("name@example.org")
    assert len(visitor.mailbox) == 2


def from_network(visitor, address: str, number: int):
    """A request from an address of the internet for a new e-mail address."""
    browser = Client(REMOTE_ADDR=address)
    return visitor.subscribe(f"name{number}@example.org", browser=browser)


def test_a_network_may_ask_fifty_times_an_hour(visitor):
    statuses = [from_network(visitor, "192.0.2.1", number).status_code for number in range(51)]
    assert statuses == [302] * 50 + [429]
    assert len(visitor.mailbox) == 50
    assert from_network(visitor, "192.0.2.2", 52).status_code == 302
    hour_later()
    assert from_network(visitor, "192.0.2.1", 51).status_code == 302


def test_beyond_the_limit_of_the_network_the_form_comes_back(visitor, monkeypatch):
    monkeypatch.setattr("newsletter.subscription.limits.PER_NETWORK", 0)
    assert is_refused(
        visitor.subscribe(), 429, "Aus Ihrem Netz kamen in der letzten Stunde sehr viele Anfragen."
    )


def test_all_together_have_a_ceiling(visitor):
    with override_settings(SUBSCRIPTION_MAILS_PER_HOUR=2):
        answers = [from_network(visitor, f"192.0.2.{number}", number) for number in range(3)]
        assert [answer.status_code for answer in answers] == [302, 302, 429]
        assert errors_of(answers[-1])[0].startswith("Zurzeit kommen sehr viele Anfragen.")
        hour_later()
        assert from_network(visitor, "192.0.2.9", 9).status_code == 302


def test_a_new_address_counts_like_any_other_mail(visitor, monkeypatch):
    monkeypatch.setattr("newsletter.subscription.limits.PER_NETWORK", 0)
    page = f"/abonnement/verwalten/{SubscriberFactory().token}/"
    answer = visitor.browser.post(page, {"action": "address", "address": "name@example.org"})
    assert is_refused(answer, 429, "Aus Ihrem Netz kamen")


@pytest.mark.parametrize(
    ("proxies", "headers", "network"),
    [
        (0, {"REMOTE_ADDR": "192.0.2.7"}, "192.0.2.7"),
        (0, {"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, "192.0.2.7"),
        (1, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, "198.51.100.1"),
        (1, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9, 198.51.100.1"}, "198.51.100.1"),
        (2, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9, 198.51.100.1"}, "203.0.113.9"),
        (2, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, "10.0.0.1"),
        (0, {"REMOTE_ADDR": "2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::/64"),
        (0, {"REMOTE_ADDR": "::ffff:192.0.2.7"}, "192.0.2.7"),
        (0, {"REMOTE_ADDR": "fe80::1%eth0"}, "fe80::/64"),
        (0, {"REMOTE_ADDR": ""}, "unknown"),
        (1, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "unsinn"}, "unknown"),
    ],
)
def test_whose_network_it_is(rf, settings, proxies, headers, network):
    settings.TRUSTED_PROXIES = proxies
    assert network_of(rf.get("/", **headers)) == network


def test_of_whom_is_kept_as_a_keyed_hash_only(visitor):
    visitor.subscribe(browser=Client(REMOTE_ADDR="192.0.2.77"))
    rows = [list(map(str, vars(row).values())) for row in RequestCount.objects.all()]
    assert len(rows) == 3
    assert [row for row in rows if "192.0.2.77" in str(row) or "example.org" in str(row)] == []
    keys = set(RequestCount.objects.values_list("key", flat=True))
    RequestCount.objects.all().delete()
    with override_settings(SECRET_KEY="another-key-another-key-another-key"):
        visitor.subscribe(browser=Client(REMOTE_ADDR="192.0.2.77"))
    assert keys.isdisjoint(RequestCount.objects.values_list("key", flat=True))


def test_housekeeping_forgets_what_has_had_its_time(visitor):
    SubscriberFactory(address="wer@example.org")
    visitor.subscribe("alt@example.org")
    visitor.subscribe("wer@example.org")
    SubscriptionRequest.objects.update(requested_at=timezone.now() - datetime.timedelta(days=7))
    hour_later()
    visitor.subscribe("neu@example.org")
    call_command("housekeeping")
    assert [request.address for request in SubscriptionRequest.objects.all()] == ["neu@example.org"]
    assert RequestCount.objects.count() == 3
    assert [one.address for one in Subscriber.objects.all()] == ["wer@example.org"]


# --- nobody learns who has subscribed ----------------------------------------------------------


def shape(visitor, ask, address: str):
    """All that happens for an address: the statements, the number of mails, and the answer but for its time."""
    hour_later()
    before = len(visitor.mailbox)
    values = {**fields_of(visitor.get(ask)), "address": address}
    with CaptureQueriesContext(connection) as queries:
        answer = visitor.browser.post(ask, values, headers=FROM_HERE)
    statements = [re.sub(r'"s\d+_x\d+"|\(.*| WHERE .*', "", query["sql"], flags=re.S) for query in queries]
    headers = {name: value for name, value in answer.headers.items() if name != "Expires"}
    return statements, len(visitor.mailbox) - before, answer.status_code, headers, answer.content


@pytest.mark.parametrize("path", FORMS)
def test_the_same_is_done_and_said_for_known_and_unknown_addresses(visitor, path):
    SubscriberFactory(address="wer@example.org")
    SubscriberFactory(address="aus@example.org", suspended_at=timezone.now())
    visitor.get("/")
    known, unknown, suspended = (
        shape(visitor, path, address) for address in ("wer@example.org", "neu@example.org", "aus@example.org")
    )
    assert known == unknown == suspended
    assert (len(known[0]), known[1], known[2]) == (EXPECTED_STATEMENTS[path], 1, 302)


EXPECTED_STATEMENTS = {"/abonnement/": 10, "/abonnement/aendern/": 8}


class Down(mails.SmtpBackend):
    def open(self):
        raise ConnectionRefusedError(111, "Connection refused")


class Refuses(Down):
    """Lets connect, and takes no mail."""

    def open(self):
        return True

    def close(self):
        return None

    def send_messages(self, messages):
        raise smtplib.SMTPRecipientsRefused({messages[0].to[0]: (450, b"try later name@example.org")})


@pytest.mark.parametrize("backend", [Down, Refuses])
@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("known", [True, False])
def test_while_no_mail_can_be_sent_the_form_comes_back_and_can_be_sent_again(
    visitor, path, known, backend, settings, caplog
):
    if known:
        SubscriberFactory(address="name@example.org")
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.{backend.__name__}"
    for _ in range(2):
        answer = visitor.send(path, address="name@example.org")
        assert is_refused(answer, 503, "Die E-Mail konnte gerade nicht gesendet werden.")
    assert SubscriptionRequest.objects.count() == 0
    assert "name@example.org" not in caplog.text
    settings.EMAIL_BACKEND = working
    answer = visitor.browser.post(path, fields_of(answer), headers=FROM_HERE)
    assert (answer.status_code, len(visitor.mailbox)) == (302, 1)


def test_the_mail_server_is_asked_also_where_nothing_is_sent(visitor, settings):
    visitor.subscribe()
    settings.EMAIL_BACKEND = f"{__name__}.Down"
    assert visitor.subscribe().status_code == 503


# --- what the browser is told ------------------------------------------------------------------


def test_no_page_whose_address_is_a_secret_is_kept_named_or_found(visitor):
    one = SubscriberFactory()
    visitor.subscribe()
    pages = [visitor.link(), "/abonnement/bestaetigen/x/"]
    pages += [f"/abonnement/{page}/{one.token}/" for page in ("verwalten", "abmelden")]
    pages += [
        f"/abonnement/verwalten/{one.token}/daten.json",
        "/abonnement/verwalten/x/",
        "/abonnement/abmelden/x/",
    ]
    for path in pages:
        answer = visitor.get(path)
        kept = [answer[name] for name in ("Referrer-Policy", "Cache-Control", "X-Robots-Tag")]
        assert kept == ["no-referrer", "no-store", "noindex"], path
        assert "Cookie" not in answer.get("Vary", "") and not answer.cookies, path
        token = path.split("/")[3]
        footer = answer.content.decode().partition("<footer")[2]
        assert token == "x" or token not in footer, path


def test_the_form_is_of_the_moment_and_kept_by_no_cache(client):
    assert "no-store" in client.get("/abonnement/")["Cache-Control"]


def test_the_pages_say_what_comes_next(client):
    for path in ("gesendet", "bestaetigt", "geaendert", "links-ungueltig", "beendet"):
        answer = client.get(f"/abonnement/{path}/")
        assert (answer.status_code, answer["X-Robots-Tag"]) == (200, "noindex"), path
        assert "/abonnement/" in answer.content.decode().partition("<main")[2].partition("</main>")[0] or (
            path == "bestaetigt"
            and "mit dem Sie das Abonnement ändern oder beenden können" in text_of(answer)
        )


@pytest.mark.parametrize(("path", "queries"), [("/abonnement/", 2), ("/abonnement/aendern/", 1)])
def test_the_forms_ask_the_database_little(client, django_assert_num_queries, path, queries):
    with django_assert_num_queries(queries):
        client.get(path)


@pytest.mark.parametrize("requests", [1, 3])
def test_the_page_of_a_subscriber_asks_the_database_the_same_however_much_is_held(
    client, django_assert_num_queries, requests
):
    one = SubscriberFactory()
    for number in range(requests):
        SubscriptionRequest.objects.create(kind="manage", digest=str(number), subscriber=one)
    with django_assert_num_queries(4):
        client.get(f"/abonnement/verwalten/{one.token}/")
