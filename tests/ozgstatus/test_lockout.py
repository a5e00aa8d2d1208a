"""Who guesses passwords is locked out and nobody else; nobody learns which names there are; sessions end."""

import datetime
import io
import logging
import threading

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings as site_settings
from django.contrib.auth import hashers
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from ozgstatus import sessions
from ozgstatus.accounts import EditorsOnly
from ozgstatus.lockout import address_of
from tests.admin import AtOnce, client_of, make_user
from tests.html import text_of

pytestmark = pytest.mark.django_db
LOGIN = "/admin/konto/login/"
PASSWORD = "Nur-fuer-Tests-2022"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture(autouse=True)
def accounts():
    cache.clear()
    make_user("Redaktion", PASSWORD)
    make_user("Freigabe", PASSWORD)


def sign_in(name="Redaktion", password=PASSWORD, came_from=HERE, client=None, **headers):
    client = client or Client()
    return client.post(
        LOGIN,
        {"login": name, "password": password},
        REMOTE_ADDR=came_from,
        headers={"User-Agent": "x"} | headers,
    )


def fail(times, **kwargs):
    return [sign_in(password="falsch", **kwargs) for _ in range(times)]


# --- lock-out --------------------------------------------------------------------------------


def test_after_five_wrong_passwords_the_right_one_does_not_open_for_fifteen_minutes():
    assert [answer.status_code for answer in fail(5)] == [200] * 4 + [429]
    locked = sign_in()
    assert (locked.status_code, locked["Retry-After"]) == (429, "900")
    assert "Zu viele Fehlversuche" in text_of(locked) and "15 Minuten gesperrt" in text_of(locked)
    AccessAttempt.objects.update(attempt_time=timezone.now() - datetime.timedelta(minutes=14))
    assert sign_in().status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - datetime.timedelta(minutes=15, seconds=1))
    assert sign_in().url == "/admin/"


@pytest.mark.parametrize(
    "other",
    [{"came_from": ELSEWHERE}, {"name": "Freigabe"}, {"name": "Freigabe", "came_from": ELSEWHERE}],
    ids=["the same name elsewhere", "another name of the same office", "another name elsewhere"],
)
@pytest.mark.parametrize("times", [5, 60])
def test_nobody_else_is_locked_out(other, times):
    fail(times)
    assert sign_in(**other).status_code == 302


@pytest.mark.parametrize("name", ["redaktion", "REDAKTION", " Redaktion "])
def test_a_name_is_one_however_it_is_written(name):
    fail(5, name=name)
    assert sign_in().status_code == 429


def test_another_browser_is_no_other_client():
    for number in range(5):
        fail(1, **{"User-Agent": f"browser {number}", "Accept": f"text/{number}"})
    assert sign_in(**{"User-Agent": "yet another"}).status_code == 429


def test_four_failures_and_a_success_begin_anew():
    for _ in range(2):
        fail(4)
        assert sign_in().status_code == 302


def test_who_goes_on_guessing_does_not_prolong_it():
    fail(5)
    before = AccessAttempt.objects.get().attempt_time
    fail(3)
    assert AccessAttempt.objects.get().attempt_time == before


def test_confirming_the_password_in_a_session_counts_as_a_login():
    client = client_of("Redaktion")
    page = "/admin/konto/password/confirm/"
    answers = [client.post(page, {"password": "falsch"}, REMOTE_ADDR=HERE).status_code for _ in range(5)]
    assert answers == [200] * 4 + [429]
    assert sign_in().status_code == 429


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "address"),
    [
        (0, HERE, ELSEWHERE, HERE),
        (1, "10.0.0.1", HERE, HERE),
        (1, "10.0.0.1", f"{ELSEWHERE}, {HERE}", HERE),
        (1, "10.0.0.1", "unsinn", None),
        (1, "10.0.0.1", "", None),
        (2, "10.0.0.1", HERE, "10.0.0.1"),
        (2, "10.0.0.1", f"{ELSEWHERE}, {HERE}, 10.0.0.2", HERE),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        (0, "", "", None),
        (0, "a\x00b", "", None),
    ],
)
def test_whose_attempts_count_together(settings, rf, proxies, remote, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    request = rf.post(LOGIN, REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert address_of(request) == address


@pytest.mark.parametrize("forwarded", ["unsinn", "' OR 1=1", "", ",,,", "x" * 10_000, "::1%\x00"])
@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_no_header_of_a_proxy_is_an_error_of_ours(settings, proxies, forwarded):
    settings.TRUSTED_PROXIES = proxies
    assert sign_in(password="falsch", **{"X-Forwarded-For": forwarded}).status_code == 200


def test_a_forged_address_gives_no_new_attempts():
    for number in range(5):
        fail(
            1,
            **{
                "X-Forwarded-For": f"203.0.113.{number}",
                "X-Real-IP": "203.0.113.9",
                "Forwarded": "for=1.2.3.4",
            },
        )
    assert sign_in(**{"X-Forwarded-For": "203.0.113.77"}).status_code == 429


# --- what is kept of it ----------------------------------------------------------------------


def test_of_an_attempt_only_name_network_and_time_are_kept():
    Client().post(
        f"{LOGIN}?next=/admin/?q=geheim",
        {"login": "Redaktion", "password": "falsch-geheim", "next": "/geheim", "mehr": "geheim"},
        headers={"User-Agent": "geheim", "Accept": "geheim"},
        REMOTE_ADDR=HERE,
    )
    fail(2)
    [kept] = AccessAttempt.objects.values()
    for name in ("id", "attempt_time"):
        del kept[name]
    assert kept == {
        "username": "redaktion",
        "ip_address": HERE,
        "failures_since_start": 3,
        **dict.fromkeys(["user_agent", "http_accept", "path_info", "get_data", "post_data"], ""),
    }


def test_of_a_login_nothing_is_kept():
    sign_in()
    assert not AccessAttempt.objects.exists() and not AccessLog.objects.exists()


def test_the_counts_beside_it_hold_no_address():
    fail(3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key || value FROM ozgstatus_cache")
        rows = cursor.fetchall()
    assert rows and not any(HERE in row or "redaktion" in row.lower() for [row] in rows)


def test_housekeeping_forgets_it_after_a_day():
    ago = {hours: timezone.now() - datetime.timedelta(hours=hours) for hours in (23, 25)}
    for hours, moment in ago.items():
        for model, values in {
            AccessAttempt: {"failures_since_start": 1},
            AccessLog: {},
            AccessFailureLog: {},
        }.items():
            made = model.objects.create(username=f"vor {hours}", ip_address=HERE, **values)
            model.objects.filter(pk=made.pk).update(attempt_time=moment)
    cache.set("vorbei", "x", 3600)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ozgstatus_cache SET expires = now() - interval '1 second'")
    cache.set("noch nicht", "x", 3600)
    Session.objects.create(session_key="vorbei", expire_date=ago[23])
    Session.objects.create(session_key="noch-nicht", expire_date=timezone.now() + datetime.timedelta(hours=1))
    call_command("housekeeping", stdout=io.StringIO(), stderr=io.StringIO())
    for model in (AccessAttempt, AccessLog, AccessFailureLog):
        assert [kept.username for kept in model.objects.all()] == ["vor 23"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ozgstatus_cache")
        assert cursor.fetchone() == (1,)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["noch-nicht"]


def test_the_log_tells_of_a_lock_and_of_nobody():
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    logger = logging.getLogger("axes")
    logger.addHandler(handler)
    try:
        fail(6)
        sign_in(name="Freigabe")
    finally:
        logger.removeHandler(handler)
    assert "Locking out a client after repeated login failures." in text.getvalue()
    for secret in (HERE, "edaktion", "reigabe", "falsch", LOGIN):
        assert secret not in text.getvalue()


# --- who there is ----------------------------------------------------------------------------


class Counted(hashers.MD5PasswordHasher):
    """Tells how often something was hashed, which is what takes time."""

    algorithm = "counted"
    calls: list[str] = []

    def encode(self, password, salt):
        self.calls.append(password)
        return super().encode(password, salt)


@pytest.fixture
def hashed(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.Counted"]
    for name, kwargs in {"Mit": {}, "Gesperrt": {"is_active": False}}.items():
        make_user(name, PASSWORD, **kwargs)
    make_user("Ohne")
    Counted.calls.clear()
    return Counted.calls


def without_tokens(response) -> str:
    return " ".join(text_of(response).split())


@pytest.mark.parametrize("name", ["Niemand", "Mit", "Gesperrt", "Ohne", "x" * 150, "ä'; --"])
def test_a_wrong_login_reads_the_same_and_takes_the_same_work_whoever_it_is(hashed, name):
    answer = sign_in(name=name, password="falsch", came_from=ELSEWHERE)
    assert len(hashed) == 1
    reference = sign_in(name="Wer auch immer", password="falsch", came_from=ELSEWHERE)
    assert (answer.status_code, without_tokens(answer)) == (reference.status_code, without_tokens(reference))
    assert sorted(answer.cookies) == sorted(reference.cookies)


def test_a_name_that_there_is_not_is_locked_like_one_that_there_is(hashed):
    there = [(answer.status_code, text_of(answer)) for answer in fail(7, name="Mit")]
    not_there = [(answer.status_code, text_of(answer)) for answer in fail(7, name="Niemand")]
    assert there == not_there
    assert len(hashed) == 10  # five each: who is locked out costs nothing more


def test_a_reset_reads_the_same_whoever_it_is(monkeypatch):
    monkeypatch.setattr("ozgstatus.accounts.SENDERS", AtOnce())
    answers = []
    for address in ("redaktion@example.org", "niemand@example.org"):
        answer = Client().post("/admin/konto/password/reset/", {"email": address}, follow=True)
        answers.append((answer.redirect_chain, text_of(answer), sorted(answer.cookies)))
    assert answers[0] == answers[1]
    assert [message.to for message in mail.outbox] == [["redaktion@example.org"]]


def test_a_reset_does_not_wait_for_the_mail(monkeypatch):
    may_go_on, sent = threading.Event(), threading.Event()

    def slowly(self, template, email, context):
        may_go_on.wait(10)
        sent.set()

    monkeypatch.setattr(EditorsOnly, "send_mail", slowly)
    answer = Client().post("/admin/konto/password/reset/", {"email": "redaktion@example.org"})
    assert answer.status_code == 302 and not sent.is_set()
    may_go_on.set()
    assert sent.wait(10)


def test_a_mail_server_that_is_gone_is_a_line_in_the_log_and_no_other_answer(monkeypatch, caplog):
    def refuse(self, template, email, context):
        raise ConnectionRefusedError

    monkeypatch.setattr("ozgstatus.accounts.SENDERS", AtOnce())
    monkeypatch.setattr(EditorsOnly, "send_mail", refuse)
    answer = Client().post("/admin/konto/password/reset/", {"email": "redaktion@example.org"})
    assert answer.url == "/admin/konto/password/reset/done/"
    assert [record.message for record in caplog.records] == [
        "The mail that sets a password could not be sent."
    ]


# --- sessions --------------------------------------------------------------------------------


def test_a_login_begins_a_session_with_another_key():
    client = Client()
    planted = client.session
    planted["planted"] = "x"
    planted.save()
    client.cookies[site_settings.SESSION_COOKIE_NAME] = planted.session_key
    token = client.get(LOGIN).cookies["csrftoken"].value
    sign_in(client=client)
    new = client.cookies[site_settings.SESSION_COOKIE_NAME].value
    assert new != planted.session_key and not Session.objects.filter(session_key=planted.session_key).exists()
    assert client.cookies["csrftoken"].value != token
    stranger = Client()
    stranger.cookies[site_settings.SESSION_COOKIE_NAME] = planted.session_key
    assert stranger.get("/admin/").status_code == 302


def test_a_key_that_nobody_gave_out_is_not_taken():
    client = Client()
    client.cookies[site_settings.SESSION_COOKIE_NAME] = "a" * 32
    sign_in(client=client)
    assert client.cookies[site_settings.SESSION_COOKIE_NAME].value != "a" * 32


def test_a_logout_leaves_nothing_of_the_session():
    client = client_of("Redaktion")
    key = client.cookies[site_settings.SESSION_COOKIE_NAME].value
    client.post("/admin/konto/logout/")
    assert not Session.objects.filter(session_key=key).exists()


@pytest.fixture
def clock(monkeypatch):
    now = [sessions.time.time()]
    monkeypatch.setattr(sessions.time, "time", lambda: now[0])
    return now


HOUR = 3600


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ([2 * HOUR - 10], 200),
        ([2 * HOUR + 10], 302),
        ([HOUR] * 11, 200),
        ([HOUR] * 12 + [10], 302),
        ([50] * 4, 200),
    ],
    ids=["two hours idle", "more than two", "eleven hours busy", "more than twelve", "every minute"],
)
def test_a_session_ends_two_hours_after_the_last_request_and_twelve_after_the_login(clock, steps, status):
    client = client_of("Redaktion")
    for step in steps:
        clock[0] += step
        answer = client.get("/admin/konto/password/change/")
    assert answer.status_code in (status, 302)
    assert client.get("/admin/").status_code == status


def test_a_session_that_has_ended_is_gone(clock):
    client = client_of("Redaktion")
    key = client.cookies[site_settings.SESSION_COOKIE_NAME].value
    clock[0] += 2 * HOUR + 10
    assert client.get("/admin/catalogue/service/").url == "/admin/login/?next=/admin/catalogue/service/"
    assert not Session.objects.filter(session_key=key).exists()


def test_the_cookie_is_sent_to_us_alone_and_read_by_no_script():
    cookie = sign_in().cookies[site_settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["domain"]) == (True, "Lax", "")
