"""A start without a required setting, or with a malformed one, names it; no secret is ever told."""

import os
import subprocess
import sys
from urllib.parse import urlencode

import pytest
from django.db import connection

COMPLETE = {
    "DATABASE_URL": "postgres://ozgstatus:secret@db.example.org:5432/ozgstatus",
    "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
    "SITE_URL": "https://ozg.example.org",
    "ALLOWED_HOSTS": "ozg.example.org",
    "EMAIL_URL": "submission://user:secret@mail.example.org:587",
    "MAIL_FROM": "ozg@example.org",
}


def start(environment):
    command = [sys.executable, "-c", "import ozgstatus.settings"]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_the_required_settings_are_enough():
    assert start(COMPLETE).returncode == 0


@pytest.mark.parametrize("name", COMPLETE)
def test_a_missing_one_is_named(name):
    found = start({key: value for key, value in COMPLETE.items() if key != name})
    assert found.returncode == 1
    assert f'"{name}"' in found.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://db.example.org/ozgstatus"),
        ("SECRET_KEY", "short"),
        ("SITE_URL", "ozg.example.org"),
        ("ALLOWED_HOSTS", ","),
        ("EMAIL_URL", "pigeon://mail.example.org"),
        ("EMAIL_URL", ""),
        ("MAIL_FROM", ""),
        ("MAIL_RATE", "fast"),
        ("MAIL_RATE", "-1"),
        ("IMAP_URL", "pop3://user:secret@mail.example.org"),
        ("TRUSTED_PROXIES", "many"),
        ("HTTP", "perhaps"),
        ("STATE_KEY", "Sachsen"),
        ("SURVEYED_BY", ""),
        ("SERVICE_PORTAL", ""),
        ("SECOND_FACTOR", "perhaps"),
        ("DEMO_MAILBOX", "perhaps"),
        ("LOG_FORMAT", "xml"),
        ("SECURITY_CONTACT", "security@example.org"),
        ("SECURITY_CONTACT", "javascript:alert(1)"),
        ("SECURITY_CONTACT", "mailto:a@example.org,http://example.org"),
        ("SECURITY_POLICY", "http://example.org"),
        ("SECURITY_LANGUAGES", "de\nContact: x"),
        # What a library chokes on, with a sign in the password that should have been encoded.
        ("DATABASE_URL", "postgres://ozgstatus:secret/x@db.example.org/ozgstatus"),
        ("DATABASE_URL", "postgres://ozgstatus:x@db.example.org:secret/ozgstatus"),
        ("DATABASE_URL", "postgres://ozgstatus:secret]@[db.example.org/ozgstatus"),
        ("EMAIL_URL", "submission://user:secret/x@mail.example.org"),
        ("EMAIL_URL", "submission://user:x@mail.example.org:secret"),
    ],
)
def test_a_malformed_one_is_named_and_its_value_is_not_shown(name, value):
    found = start(COMPLETE | {name: value})
    assert found.returncode == 1
    assert f'"{name}"' in found.stderr.splitlines()[-1]
    assert "secret" not in found.stderr


def test_of_several_databases_the_one_that_writes_is_found():
    """The README's address for a primary and its standby, with two names of which nobody answers to the first."""
    server, hosts = connection.settings_dict, "/nowhere,{HOST}"
    ports = ",".join([str(server["PORT"] or 5432)] * 2)
    query = urlencode({"host": hosts.format(**server), "port": ports, "target_session_attrs": "read-write"})
    url = f"postgres://{server['USER']}:{server['PASSWORD']}@/{server['NAME']}?{query}"
    ask = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        "print(connection.cursor().execute('SHOW transaction_read_only').fetchone()[0])\n"
        "connection.close(); connection.close_pool()"
    )
    told = os.environ | COMPLETE | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "ozgstatus.settings"}
    said = subprocess.run([sys.executable, "-c", ask], env=told, capture_output=True, text=True)
    assert (said.stdout, said.returncode) == ("off\n", 0), said.stderr


@pytest.mark.parametrize("expires", [None, "", "tomorrow", "2027-02-30"])
def test_a_contact_needs_a_day_until_which_it_holds(expires):
    more = {"SECURITY_CONTACT": "mailto:a@example.org"} | (
        {} if expires is None else {"SECURITY_EXPIRES": expires}
    )
    found = start(COMPLETE | more)
    assert found.returncode == 1 and '"SECURITY_EXPIRES"' in found.stderr.splitlines()[-1]


# --- secrets ---------------------------------------------------------------------------------

SECRETS = {
    "SECRET_KEY": "geheimer-schluessel-" * 3,
    "DATABASE_URL": "postgres://ozgstatus:geheimes-passwort@127.0.0.1:9/ozgstatus",
    "EMAIL_URL": "submission://user:geheimes-passwort@mail.example.org:587",
    "IMAP_URL": "imaps://user:geheimes-passwort@mail.example.org/INBOX",
}


def run(code, environment):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_come_from_a_file(name, tmp_path):
    (tmp_path / "secret").write_text(f"{SECRETS[name]}\n")
    environment = {key: value for key, value in (COMPLETE | SECRETS).items() if key != name}
    code = "import ozgstatus.settings as s; print(s.SECRET_KEY, s.DATABASES['default']['PASSWORD'],"
    code += " s.EMAIL_HOST_PASSWORD, s.IMAP_URL)"
    found = run(code, environment | {f"{name}_FILE": str(tmp_path / "secret")})
    assert found.stdout.split() == [
        SECRETS["SECRET_KEY"],
        "geheimes-passwort",
        "geheimes-passwort",
        SECRETS["IMAP_URL"],
    ]


@pytest.mark.parametrize("name", SECRETS)
def test_a_file_that_is_not_there_is_named(name, tmp_path):
    environment = {key: value for key, value in (COMPLETE | SECRETS).items() if key != name}
    found = start(environment | {f"{name}_FILE": str(tmp_path / "gibt-es-nicht")})
    assert found.returncode == 1 and f"{name}_FILE" in found.stderr.splitlines()[-1]


FAILING = """
import logging
import django
django.setup()
from django.conf import settings
from django.db import connection
from django.test import Client
from tests.environment import PLAIN_FILES
settings.STORAGES = PLAIN_FILES
settings.DATABASES["default"]["OPTIONS"]["pool"]["timeout"] = 0.2
client = Client(raise_request_exception=False)
for address in ("/leistungen/", "/readyz", "/admin/konto/login/"):
    answer = client.get(address, secure=True, HTTP_HOST="ozg.example.org")
    print(answer.status_code, answer.content.decode())
try:
    raise ValueError(settings.DATABASES["default"]["PASSWORD"] and f"{settings.IMAP_URL} cannot be read")
except ValueError:
    logging.getLogger("x").exception("Failed: %s", "postgres://ozgstatus:geheimes-passwort@127.0.0.1:9/ozgstatus")
"""


@pytest.mark.parametrize("form", ["json", "line"])
def test_no_secret_is_in_a_log_or_error_page_of_a_site_whose_database_is_not_there(form, tmp_path):
    more = {"DJANGO_SETTINGS_MODULE": "ozgstatus.settings", "STATIC_ROOT": str(tmp_path), "LOG_FORMAT": form}
    found = run(FAILING, COMPLETE | SECRETS | more)
    assert found.returncode == 0, found.stderr
    assert "Failed: postgres://***@***:9/ozgstatus" in found.stderr
    assert "geheim" not in found.stdout + found.stderr
