"""Nobody gets into the admin without a code of a second device."""

import re
import time
from io import StringIO
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import get_resolver

from ozgstatus.second_factor import EncryptedSecrets
from tests.admin import client_of, make_user
from tests.factories import ServiceFactory, SiteFactory
from tests.html import links_of, text_of

pytestmark = pytest.mark.django_db
LOGIN = "/admin/konto/login/"
SET_UP = "/admin/konto/zweiter-faktor/einrichten/"
CODE = "/admin/konto/zweiter-faktor/anmelden/"
CODES = "/admin/konto/zweiter-faktor/codes/"
PASSWORD = "Nur-fuer-Tests-2022"


@pytest.fixture(autouse=True)
def required(settings):
    settings.SECOND_FACTOR = True
    cache.clear()


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A moment in the middle of a period, which tests move on: no code counts twice."""
    now = [1_700_000_000 // 30 * 30 + 10]
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: now[0]))
    return now


@pytest.fixture
def redaktion():
    return make_user("Redaktion", PASSWORD)


def code_at(secret: str, moment: float) -> str:
    return format_hotp_value(hotp_value(secret, int(moment) // 30))


def sign_in(client, password=PASSWORD):
    return client.post(LOGIN, {"login": "Redaktion", "password": password})


def set_up(client, moment: float) -> tuple[str, list[str]]:
    """The secret of the device, and the recovery codes that the page shows."""
    secret = re.search(r'class="secret">(\w+)<', client.get(SET_UP).content.decode())[1]
    answer = client.post(SET_UP, {"code": code_at(secret, moment)})
    assert (answer.status_code, answer.url) == (302, CODES)
    codes = re.findall(r"<li><code>(\d{8})</code>", client.get(CODES).content.decode())
    return secret, codes


@pytest.fixture
def device(redaktion, clock):
    """The secret and recovery codes of the account, set up in a browser that is closed again."""
    client = Client()
    sign_in(client)
    found = set_up(client, clock[0])
    clock[0] += 300
    return found


# --- without one -----------------------------------------------------------------------------


def protected_addresses() -> list[str]:
    """Addresses without parameters below /admin/, of all that are there."""
    found = []

    def walk(resolver, prefix):
        for entry in resolver.url_patterns:
            route = prefix + str(entry.pattern)
            if hasattr(entry, "url_patterns"):
                walk(entry, route)
            elif route.startswith("admin/") and "<" not in route and "^" not in route:
                found.append("/" + route)

    walk(get_resolver(), "")
    return found


LEFT_OPEN = {
    LOGIN,
    SET_UP,
    CODE,
    "/admin/login/",
    "/admin/logout/",
    "/admin/konto/logout/",
    "/admin/konto/inactive/",
    "/admin/konto/signup/",
    "/admin/konto/password/reset/",
    "/admin/konto/password/reset/done/",
    "/admin/konto/password/reset/key/done/",
    "/admin/konto/password/confirm/",
}


def test_every_address_of_the_admin_leads_to_the_page_that_sets_one_up_by_any_method():
    addresses = protected_addresses()
    assert len(addresses) > 60 and set(addresses) > LEFT_OPEN
    led = set()
    for address in addresses:
        client = client_of("Redaktion", is_superuser=True)  # anew: one of the addresses logs out
        answers = [client.get(address), client.post(address, {"post": "yes"})]
        if [(answer.status_code, answer.get("Location")) for answer in answers] == [(302, SET_UP)] * 2:
            led.add(address)
    assert led == set(addresses) - LEFT_OPEN


@pytest.mark.parametrize("method", ["get", "post", "head", "put", "delete", "options"])
def test_a_direct_address_shows_and_does_nothing(method):
    service = ServiceFactory(name="Wohngeld")
    client = client_of("Redaktion", is_superuser=True)
    answer = getattr(client, method)(f"/admin/catalogue/service/{service.pk}/delete/", {"post": "yes"})
    assert (answer.status_code, answer.url) == (302, SET_UP)
    service.refresh_from_db()


def test_where_it_is_switched_off_by_name_the_password_is_enough(settings, redaktion, client):
    settings.SECOND_FACTOR = False
    sign_in(client)
    assert client.get("/admin/").status_code == 200


def test_public_pages_do_not_ask_for_it(redaktion):
    SiteFactory()
    assert client_of("Redaktion").get("/").status_code == 200


# --- setting one up --------------------------------------------------------------------------


def test_who_logs_in_for_the_first_time_sets_one_up_and_gets_in(redaktion, client, clock):
    SiteFactory(name="OZG-Status Sachsen")
    page = client.get(sign_in(client).url, follow=True)
    assert page.request["PATH_INFO"] == SET_UP
    assert "Zweiten Faktor einrichten" in text_of(page) and links_of(page) == ["/admin/konto/logout/"]
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    wrong = client.post(SET_UP, {"code": "000000"})
    assert "Dieser Code stimmt nicht" in text_of(wrong)
    assert client.get("/admin/").status_code == 302
    _, codes = set_up(client, clock[0])
    assert len(set(codes)) == 10
    assert client.get("/admin/").status_code == 200


def test_a_wrong_code_leaves_the_secret_of_the_page_as_it_was(redaktion, client, clock):
    sign_in(client)
    before = client.get(SET_UP)
    after = client.post(SET_UP, {"code": "000000"})
    find = re.compile(r'class="secret">(\w+)<')
    assert find.search(before.content.decode())[1] == find.search(after.content.decode())[1]


def test_recovery_codes_are_shown_once(redaktion, client, clock):
    sign_in(client)
    _, codes = set_up(client, clock[0])
    again = client.get(CODES).content.decode()
    assert len(codes) == 10 and not any(code in again for code in codes)
    assert "wurden schon einmal angezeigt" in again and "10 von 10" in again


def test_secrets_are_encrypted_in_the_database_and_in_no_page_of_the_admin(device, redaktion):
    secret, codes = device
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored and not any(code in stored for code in codes)
    client = client_of("administrator", is_superuser=True)
    with override_settings(SECOND_FACTOR=False):
        assert client.get("/admin/mfa/").status_code == 404
        page = client.get(f"/admin/auth/user/{redaktion.pk}/change/").content.decode()
    assert secret not in page


@pytest.mark.parametrize("fallbacks", [[], ["only-for-tests-" * 4]])
def test_after_a_change_of_the_key_the_earlier_one_still_opens_what_it_closed(settings, fallbacks):
    closed = EncryptedSecrets().encrypt("GEHEIM")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY, *fallbacks]
    settings.SECRET_KEY = "another-one-" * 5
    assert EncryptedSecrets().decrypt(closed) == "GEHEIM"
    settings.SECRET_KEY_FALLBACKS = fallbacks
    found = {EncryptedSecrets().decrypt(closed) for _ in range(2)}
    assert len(found) == 2 and "GEHEIM" not in found


# --- logging in with it ----------------------------------------------------------------------


def test_password_and_code_lead_to_where_one_wanted_to_go(device, client, clock):
    target = "/admin/catalogue/service/?fehlt=monat"
    answer = client.post(LOGIN, {"login": "Redaktion", "password": PASSWORD, "next": target})
    assert answer.url == CODE
    page = client.get(CODE)
    assert "Code eingeben" in text_of(page) and "Authenticator-App" in text_of(page)
    assert client.post(CODE, {"code": code_at(device[0], clock[0])}).url == target
    assert client.get(target).status_code == 200


def test_the_password_alone_opens_nothing(device, client):
    sign_in(client)
    for address in ("/admin/", "/admin/catalogue/service/", "/admin/konto/password/change/", SET_UP, CODES):
        assert client.get(address).url.startswith(("/admin/konto/login/", "/admin/login/"))


@pytest.mark.parametrize("periods", [-1, 0, 1])
def test_the_code_before_and_the_one_after_count_too(device, client, clock, periods):
    sign_in(client)
    assert client.post(CODE, {"code": code_at(device[0], clock[0] + 30 * periods)}).status_code == 302


@pytest.mark.parametrize("code", ["", "000000", "a\x00b", "x" * 5000, "１２３４５６", "123456 7"])
def test_other_codes_do_not(device, client, clock, code):
    sign_in(client)
    assert client.post(CODE, {"code": code}).status_code == 200
    for periods in (-3, -2, 2, 3):
        answer = client.post(CODE, {"code": code_at(device[0], clock[0] + 30 * periods)})
        assert answer.status_code == 200
    assert client.get("/admin/").status_code == 302


def test_a_code_opens_one_session(device, clock):
    code = code_at(device[0], clock[0])
    answers = []
    for _ in range(2):
        client = Client()
        sign_in(client)
        answers.append(client.post(CODE, {"code": code}).status_code)
    assert answers == [302, 200]


def test_a_recovery_code_stands_for_the_device_once(device):
    answers = []
    for _ in range(2):
        client = Client()
        sign_in(client)
        answers.append(client.post(CODE, {"code": device[1][3]}).status_code)
    assert answers == [302, 200]


def test_five_wrong_codes_close_the_page_for_a_while_in_german(device, client, clock):
    sign_in(client)
    pages = [client.post(CODE, {"code": "000000"}) for _ in range(6)]
    assert "Zu viele falsche Codes" in text_of(pages[-1])
    assert client.post(CODE, {"code": code_at(device[0], clock[0])}).status_code == 200


def test_a_session_from_before_there_was_a_device_is_ended(redaktion, clock):
    early, other = Client(), Client()
    sign_in(early)
    sign_in(other)
    set_up(other, clock[0])
    assert early.get("/admin/catalogue/service/").url == f"{LOGIN}?next=/admin/catalogue/service/"
    assert early.get("/admin/").url == "/admin/login/?next=/admin/"


# --- changing and losing it ------------------------------------------------------------------


@pytest.fixture
def inside(device, client, clock):
    sign_in(client)
    client.post(CODE, {"code": code_at(device[0], clock[0])})
    clock[0] += 300
    return client


def test_the_admin_leads_to_the_page_about_it(inside):
    assert "/admin/konto/zweiter-faktor/" in inside.get("/admin/").content.decode()
    page = inside.get("/admin/konto/zweiter-faktor/")
    assert links_of(page) == [CODES + "neu/", "/admin/konto/zweiter-faktor/abmelden/", "/admin/"]


def test_new_recovery_codes_replace_the_old_ones(inside, device):
    page = inside.get(CODES + "neu/")
    assert "Noch nicht verwendet: 10." in text_of(page)
    shown = inside.post(CODES + "neu/", follow=True).content.decode()
    new = set(re.findall(r"<li><code>(\d{8})</code>", shown))
    assert len(new) == 10 and not new & set(device[1])


def test_who_changes_the_device_sets_up_the_next_one_before_anything_else(inside, clock):
    assert "Anderes Gerät einrichten" in text_of(inside.get("/admin/konto/zweiter-faktor/abmelden/"))
    page = inside.post("/admin/konto/zweiter-faktor/abmelden/", follow=True)
    assert page.request["PATH_INFO"] == SET_UP
    assert inside.get("/admin/").url == SET_UP
    set_up(inside, clock[0])
    assert inside.get("/admin/").status_code == 200


def test_some_time_after_the_login_a_change_asks_again_who_is_there(inside, device, clock, monkeypatch):
    later = time.time() + 3600
    monkeypatch.setattr("ozgstatus.sessions.time", SimpleNamespace(time=lambda: later))
    page = inside.get(CODES + "neu/", follow=True)
    assert "Passwort bestätigen" in text_of(page)
    assert "Passwort" in text_of(inside.post(page.request["PATH_INFO"], {"password": "falsch"}))
    page = inside.get("/admin/konto/zweiter-faktor/bestaetigen/")
    assert "Code bestätigen" in text_of(page)


def test_an_administrator_resets_a_lost_one_and_the_history_of_the_account_tells(inside, redaktion):
    chief = client_of("Chefin", is_superuser=True)
    with override_settings(SECOND_FACTOR=False):
        assert "Zweiter Faktor" in chief.get("/admin/auth/user/").content.decode()
        values = {"action": "reset_second_factor", "_selected_action": [redaktion.pk]}
        done = chief.post("/admin/auth/user/", values, follow=True)
        assert "Zurückgesetzt: Redaktion." in done.content.decode()
        again = chief.post("/admin/auth/user/", values, follow=True)
        assert "Keines dieser Konten hat einen zweiten Faktor." in again.content.decode()
        history = chief.get(f"/admin/auth/user/{redaktion.pk}/history/").content.decode()
    assert "Zweiter Faktor zurückgesetzt." in history and "Chefin" in history
    assert not Authenticator.objects.exists()
    assert inside.get("/admin/").url == SET_UP


def test_after_a_reset_the_sessions_of_the_lost_device_stay_closed_when_another_is_there(
    inside, redaktion, clock
):
    call_command("reset_second_factor", "redaktion", stdout=StringIO())
    new = Client()
    sign_in(new)
    set_up(new, clock[0])
    assert inside.get("/admin/catalogue/service/").url.startswith(LOGIN)


def test_an_editor_may_not_reset_anybodys(device, redaktion):
    client = client_of("Berta")
    with override_settings(SECOND_FACTOR=False):
        values = {"action": "reset_second_factor", "_selected_action": [redaktion.pk]}
        assert client.post("/admin/auth/user/", values).status_code == 403
    assert Authenticator.objects.count() == 2


def test_a_command_does_it_on_the_server(device, redaktion):
    out = StringIO()
    call_command("reset_second_factor", "redaktion", stdout=out)
    assert out.getvalue() == "Zurückgesetzt: Redaktion.\n"
    [entry] = LogEntry.objects.filter(object_id=redaktion.pk)
    assert "Zweiter Faktor zurückgesetzt. Durch einen Befehl auf dem Server." in entry.change_message
    for name, message in {"redaktion": "hat keinen", "niemand": "gibt es nicht"}.items():
        with pytest.raises(CommandError, match=message):
            call_command("reset_second_factor", name)


def test_the_account_goes_with_its_device(device, redaktion):
    User.objects.all().delete()
    assert not Authenticator.objects.exists()
