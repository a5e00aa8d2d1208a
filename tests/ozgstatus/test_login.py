import re
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tests.admin import AtOnce, client_of, make_user

pytestmark = pytest.mark.django_db
LOGIN = "/admin/konto/login/"
PASSWORD = "Nur-fuer-Tests-2022"


@pytest.fixture(autouse=True)
def no_attempts_so_far():
    cache.clear()


@pytest.fixture(autouse=True)
def mails_sent_at_once(monkeypatch):
    monkeypatch.setattr("ozgstatus.accounts.SENDERS", AtOnce())


@pytest.fixture
def redaktion():
    return make_user("Redaktion", PASSWORD)


def sign_in(client, name="Redaktion", password=PASSWORD, **fields):
    headers = {"X-Forwarded-For": fields.pop("came_from", "192.0.2.9")}
    return client.post(LOGIN, {"login": name, "password": password, **fields}, headers=headers)


def messages(response):
    return [str(error) for errors in response.context["form"].errors.values() for error in errors]


def test_the_way_into_the_admin_leads_through_the_login_and_back(client, redaktion):
    response = client.get("/admin/catalogue/service/?fehlt=monat", follow=True)
    target = unescape(re.search(r'name="next" value="([^"]+)"', response.content.decode())[1])
    response = client.get(sign_in(client, next=target).url)
    assert (response.status_code, response.request["QUERY_STRING"]) == (200, "fehlt=monat")


def test_the_login_page_is_german_and_names_the_site(client):
    page = client.get(LOGIN).content.decode()
    for text in ("<title>Anmelden – OZG-Status</title>", "Anmeldename", "Passwort", "Passwort vergessen"):
        assert text in page
    assert not re.search(r"\b(Sign|Login:|Password|Forgot)", page)


def test_a_wrong_name_and_a_wrong_password_read_the_same(client, redaktion):
    wrong_password, wrong_name = sign_in(client, password="falsch"), sign_in(client, name="niemand")
    assert messages(wrong_password) == messages(wrong_name)
    assert "Passwort" in messages(wrong_name)[0]


def test_nul_bytes_and_long_values_are_refused(client):
    for nonsense in ("a\x00b", "x" * 5000):
        assert sign_in(client, name=nonsense, password=nonsense).status_code == 200
    assert sign_in(client, next="https://anderswo.example.org/").status_code == 200


def test_after_the_login_nobody_is_sent_to_another_site(client, redaktion):
    assert sign_in(client, next="https://anderswo.example.org/").url == "/admin/"


@pytest.mark.parametrize(("proxies", "answer"), [(0, 429), (1, 302)])
def test_behind_a_proxy_one_visitor_does_not_lock_out_the_others(
    client, redaktion, settings, proxies, answer
):
    settings.TRUSTED_PROXIES = proxies
    for number in range(40):
        sign_in(client, name=f"wer-{number}", came_from="192.0.2.1")
    assert sign_in(client, came_from="192.0.2.2").status_code == answer


def test_a_locked_account_does_not_get_in(client, redaktion):
    User.objects.update(is_active=False)
    sign_in(client)
    assert client.get("/admin/").status_code == 302


def test_who_is_no_editor_is_refused_after_the_login(client, redaktion):
    User.objects.update(is_staff=False)
    sign_in(client)
    assert client.get("/admin/", follow=True).status_code == 403


def test_logout_asks_and_leads_to_the_site_without_a_cookie_of_its_own():
    client = client_of("Redaktion")
    assert "Möchten Sie sich abmelden?" in client.get("/admin/logout/", follow=True).content.decode()
    response = client.post("/admin/konto/logout/")
    assert response.url == "/" and "messages" not in response.cookies
    assert client.get("/admin/").status_code == 302


def test_a_password_is_changed(redaktion):
    client = client_of("Redaktion")
    assert "Passwort ändern" in client.get("/admin/password_change/", follow=True).content.decode()
    values = {"oldpassword": PASSWORD, "password1": "Ganz-neu-und-lang", "password2": "Ganz-neu-und-lang"}
    wrong = client.post("/admin/konto/password/change/", values | {"password2": "anders"})
    assert wrong.status_code == 200 and messages(wrong)
    client.post("/admin/konto/password/change/", values)
    redaktion.refresh_from_db()
    assert redaktion.check_password("Ganz-neu-und-lang")
    assert client.get("/admin/").status_code == 200


def test_an_account_without_a_password_is_led_to_the_mail_that_sets_one():
    client = client_of("Redaktion")
    for send in (client.get, client.post):
        assert send("/admin/konto/password/change/").url == "/admin/konto/password/reset/"
    client.post("/admin/konto/password/reset/", {"email": "redaktion@example.org"})
    assert "Neues Passwort festlegen" in mail.outbox[0].subject


def test_a_forgotten_password_is_replaced_through_a_mail(client, redaktion):
    assert "Passwort vergessen" in client.get("/admin/konto/password/reset/").content.decode()
    done = client.post("/admin/konto/password/reset/", {"email": redaktion.email}, follow=True)
    assert "Wenn es zu dieser Adresse ein Konto gibt" in done.content.decode()
    [message] = mail.outbox
    assert "Neues Passwort festlegen" in message.subject and "Guten Tag" in message.body
    link = re.search(r"http://testserver(/\S+)", message.body)[1]
    form = client.get(link, follow=True)
    assert "Neues Passwort festlegen" in form.content.decode()
    values = {"password1": "Ganz-neu-und-lang", "password2": "Ganz-neu-und-lang"}
    done = client.post(form.redirect_chain[-1][0], values, follow=True)
    assert "Ihr neues Passwort gilt ab sofort" in done.content.decode()
    redaktion.refresh_from_db()
    assert redaktion.check_password("Ganz-neu-und-lang")
    assert "Link ungültig" in Client().get(link, follow=True).content.decode()


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client):
    done = client.post("/admin/konto/password/reset/", {"email": "niemand@example.org"}, follow=True)
    assert "Wenn es zu dieser Adresse ein Konto gibt" in done.content.decode()
    assert mail.outbox == []


def test_nobody_signs_up(client):
    page = client.get("/admin/konto/signup/")
    assert "registrieren kann man sich hier nicht" in page.content.decode()
    assert client.post("/admin/konto/signup/", {"username": "x"}).status_code == 405
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "path", ["", "email/", "confirm-email/", "reauthenticate/", "password/set/", "login/code/confirm/"]
)
def test_other_pages_of_the_login_package_do_not_exist(path):
    assert client_of("Redaktion").get(f"/admin/konto/{path}").status_code == 404


def test_too_many_attempts_are_stopped_in_german(client, redaktion):
    answers = [sign_in(client, password="falsch") for _ in range(40)]
    assert any("Zu viele" in answer.content.decode() for answer in answers)


@pytest.mark.parametrize("email", ["redaktion@example.org", "niemand@example.org"])
def test_without_a_mail_server_a_reset_says_so_and_not_whether_there_is_an_account(
    client, redaktion, email, settings
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # where nothing listens
    client.raise_request_exception = False
    answer = client.post("/admin/konto/password/reset/", {"email": email})
    assert answer.status_code == 503
    assert "Der Mailserver ist nicht erreichbar" in answer.content.decode()
    assert email not in answer.content.decode()
