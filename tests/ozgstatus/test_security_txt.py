"""/.well-known/security.txt as RFC 9116 wants it."""

import datetime
import io

import pytest
from django.core.management import call_command
from django.utils import timezone

from ozgstatus.security_txt import warning

pytestmark = pytest.mark.django_db
ADDRESS = "/.well-known/security.txt"


@pytest.fixture
def stated(settings):
    settings.SECURITY_CONTACT = ["mailto:sicherheit@example.org", "https://example.org/melden"]
    settings.SECURITY_EXPIRES = datetime.date(2027, 12, 31)
    settings.SECURITY_LANGUAGES = "de, en"
    settings.SECURITY_POLICY = "https://example.org/regeln"


def test_it_says_what_the_settings_say(client, stated, settings):
    response = client.get(ADDRESS)
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().splitlines() == [
        "Contact: mailto:sicherheit@example.org",
        "Contact: https://example.org/melden",
        "Expires: 2027-12-31T23:59:59Z",
        "Preferred-Languages: de, en",
        f"Canonical: {settings.SITE_URL}/.well-known/security.txt",
        "Policy: https://example.org/regeln",
    ]
    assert client.head(ADDRESS).status_code == 200 and client.post(ADDRESS).status_code == 405


def test_without_a_policy_it_names_none(client, stated, settings):
    settings.SECURITY_POLICY = ""
    assert "Policy" not in client.get(ADDRESS).content.decode()


def test_without_a_contact_there_is_none(client, settings):
    settings.SECURITY_CONTACT = []
    assert client.get(ADDRESS).status_code == 404
    assert warning(timezone.localdate()) == ""


@pytest.mark.parametrize(
    ("days_before", "told"),
    [(31, ""), (30, "läuft ab"), (1, "läuft ab"), (0, "läuft ab"), (-1, "ist abgelaufen")],
)
def test_the_operator_is_warned_from_thirty_days_before(stated, settings, days_before, told):
    text = warning(settings.SECURITY_EXPIRES - datetime.timedelta(days=days_before))
    assert told in text and bool(text) == bool(told)
    assert not text or "31.12.2027" in text


@pytest.mark.parametrize(("days", "told"), [(20, True), (40, False)])
def test_housekeeping_warns_and_does_not_fail(stated, settings, days, told):
    settings.SECURITY_EXPIRES = timezone.localdate() + datetime.timedelta(days=days)
    errors = io.StringIO()
    call_command("housekeeping", stdout=io.StringIO(), stderr=errors)
    assert ("security.txt läuft ab" in errors.getvalue()) == told
