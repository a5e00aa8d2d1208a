"""A start without a required setting, or with a malformed one, names it."""

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
