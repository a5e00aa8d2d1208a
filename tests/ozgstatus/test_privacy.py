"""What the privacy statement of the fixtures says is what the code does."""

import datetime
import re

import pytest
import yaml
from django.conf import settings

from newsletter.mailing.outbox import FAILURES_IN_A_ROW
from newsletter.models import Delivery, Subscriber
from newsletter.models.subscribers import REQUEST_LIFE
from newsletter.subscription.limits import HOUR
from stand.history import is_tracked

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def statement() -> str:
    fixtures = yaml.safe_load((settings.BASE_DIR / "fixtures" / "site.yaml").read_text())
    [body] = [one["fields"]["body"] for one in fixtures if one["fields"].get("slug") == "datenschutz"]
    return " ".join(re.sub("<[^>]*>", "", body).split())


def test_the_periods_are_those_of_the_code(statement):
    assert datetime.timedelta(days=7) == REQUEST_LIFE
    assert "Was Sie angefordert und nicht bestätigt haben, wird nach 7 Tagen gelöscht" in statement
    assert datetime.timedelta(hours=1) == HOUR
    assert "Prüfwert, der eine Stunde gilt und danach gelöscht wird" in statement
    assert settings.SESSION_COOKIE_AGE == 12 * 60 * 60
    assert "eines für die Sitzung, gültig höchstens zwölf Stunden" in statement
    assert FAILURES_IN_A_ROW == 3
    assert "Sind drei Ausgaben in Folge nicht zustellbar" in statement


def test_what_is_stored_of_a_subscriber_is_what_is_named(statement):
    """A new column needs a word in the statement, and a line here."""
    named = {
        "address": "Ihre E-Mail-Adresse",
        "requested_at": "wann Sie das Abonnement angefordert",
        "confirmed_at": "wann Sie es bestätigt haben",
        "consent": "welche Fassung der Einwilligung galt",
        "batch": "wo die Einwilligung belegt ist",
        "token": "einen zufälligen Schlüssel für die Links",
        "suspended_at": "wird der Versand an die Adresse ausgesetzt",
    }
    assert {field.name for field in Subscriber._meta.fields} == {"id", *named}
    assert [words for words in named.values() if words not in statement] == []
    assert not is_tracked(Subscriber)


def test_what_is_stored_of_a_delivery_is_what_is_named(statement):
    named = {
        "mailing": "Zu jeder Ausgabe, die an Sie geht",
        "subscriber": "oder auf Sie verweist",
        "state": "wie weit der Versand ist",
        "attempts": "nach wie vielen Versuchen",
        "not_before": "wie weit der Versand ist",
        "claimed_at": "wie weit der Versand ist",
        "claimed_by": "wie weit der Versand ist",
        "finished_at": "wann und nach wie vielen Versuchen er gelang oder scheiterte",
        "code": "mit welchem Zahlencode der Mailserver antwortete",
        "status": "mit welchem Zahlencode der Mailserver antwortete",
        "message_id": "welche Kennung die E-Mail hat",
    }
    assert {field.name for field in Delivery._meta.fields} == {"id", *named}
    assert [words for words in named.values() if words not in statement] == []


def test_the_log_of_the_front_names_nobody():
    """What it holds: test_front.py. That nothing else was added to its format: here."""
    front = (settings.BASE_DIR / "deploy" / "nginx.conf").read_text()
    [log_format] = re.findall(r"log_format masked (.*?);", front, re.DOTALL)
    assert re.findall(r"\$\w+", log_format) == [
        *("$time_iso8601", "$request_method", "$path", "$status", "$body_bytes_sent", "$request_time"),
        *("$upstream_cache_status", "$upstream_status"),
    ]
