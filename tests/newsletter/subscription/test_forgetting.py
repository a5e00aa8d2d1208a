"""Who is deleted is gone: from every table and from every log."""

import io
import logging
import os
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.urls import reverse

from newsletter.models import Subscriber
from ozgstatus.logs import MaskingFormatter, masked
from tests.admin import client_of
from tests.factories import SubscriberFactory

from .journeys import hour_later

pytestmark = pytest.mark.django_db
ADDRESS = "vor.nach@gemeinde.example"


def places_of(text: str) -> set[str]:
    """Table and column of every value in the database, of whatever type, that holds the text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        columns = cursor.fetchall()
        assert len(columns) > 300
        found = set()
        for table, column in columns:
            cursor.execute(
                f'SELECT EXISTS (SELECT FROM "{table}" WHERE strpos(lower("{column}"::text), %s) > 0)',
                [text.lower()],
            )
            if cursor.fetchone()[0]:
                found.add(f"{table}.{column}")
    return found


@contextmanager
def log_as_written():
    """All that is logged inside, in the form in which it leaves."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(MaskingFormatter(settings.LOGGING["formatters"]["line"]["format"]))
    loggers = [logging.getLogger(), logging.getLogger("django")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield text
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


def leaves_by_one_click(visitor, subscriber):
    visitor.browser.post(f"/abonnement/abmelden/{subscriber.token}/", {"List-Unsubscribe": "One-Click"})


def leaves_by_the_page(visitor, subscriber):
    visitor.browser.post(f"/abonnement/verwalten/{subscriber.token}/", {"action": "delete"})


def is_deleted_by_an_editor(visitor, subscriber):
    address = reverse("admin:newsletter_subscriber_delete", args=[subscriber.pk])
    assert client_of("Freigabe").post(address, {"post": "yes"}).status_code == 302


def is_deleted_with_others(visitor, subscriber):
    values = {"action": "delete_selected", "_selected_action": [subscriber.pk], "post": "yes", "index": "0"}
    assert (
        client_of("Freigabe").post(reverse("admin:newsletter_subscriber_changelist"), values).status_code
        == 302
    )


def is_deleted_in_sql(visitor, subscriber):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM newsletter_subscriptionrequest WHERE subscriber_id = %s", [subscriber.pk])
        cursor.execute("DELETE FROM newsletter_subscriber WHERE id = %s", [subscriber.pk])


@pytest.mark.parametrize(
    "leave",
    [
        leaves_by_one_click,
        leaves_by_the_page,
        is_deleted_by_an_editor,
        is_deleted_with_others,
        is_deleted_in_sql,
    ],
)
def test_after_leaving_the_address_stands_nowhere(visitor, leave):
    with log_as_written() as log:
        visitor.subscribe(ADDRESS.capitalize())
        first = visitor.link()
        hour_later()
        visitor.subscribe(ADDRESS)
        visitor.press(first)
        hour_later()
        visitor.ask_to_manage(ADDRESS)
        hour_later()
        subscriber = Subscriber.objects.get()
        visitor.browser.post(
            f"/abonnement/verwalten/{subscriber.token}/", {"action": "address", "address": f"neu.{ADDRESS}"}
        )
        held = {"newsletter_subscriber.address", "newsletter_subscriptionrequest.address"}
        assert places_of(ADDRESS) == held
        leave(visitor, subscriber)
        visitor.get(f"/abonnement/verwalten/{subscriber.token}/")
    assert places_of(ADDRESS) == set()
    assert Subscriber.objects.count() == 0
    assert "Not Found: /abonnement/verwalten/***/" in log.getvalue()
    for secret in (
        ADDRESS,
        subscriber.token,
        *(link.split("/")[-2] for link in map(visitor.link, (0, 1, 2))),
    ):
        assert secret not in log.getvalue().lower() and secret not in log.getvalue()


def test_after_a_change_the_old_address_stands_nowhere(visitor):
    subscriber = SubscriberFactory(address=ADDRESS)
    visitor.ask_to_manage(ADDRESS)
    visitor.browser.post(visitor.link(), {"action": "address", "address": "neu@example.org"})
    visitor.press(visitor.link())
    assert Subscriber.objects.get().pk == subscriber.pk
    assert places_of(ADDRESS) == set()


def test_what_an_editor_deletes_leaves_no_entry_in_the_log_of_the_admin():
    one = SubscriberFactory(address=ADDRESS)
    editor = client_of("Freigabe")
    page = editor.post(
        reverse("admin:newsletter_subscriber_delete", args=[one.pk]), {"post": "yes"}, follow=True
    )
    assert "Das Abonnement ist gelöscht." in page.content.decode()
    assert ADDRESS not in page.content.decode()
    assert LogEntry.objects.count() == 0


# --- lines of logs -----------------------------------------------------------------------------

TOKEN = "aB3-_" * 8 + "xyz"


@pytest.mark.parametrize(
    ("line", "written"),
    [
        (f"Not Found: /abonnement/verwalten/{TOKEN}/", "Not Found: /abonnement/verwalten/***/"),
        ("Gone: /abonnement/abmelden/abc/", "Gone: /abonnement/abmelden/***/"),
        (f'"GET /abonnement%2Fabmelden%2F{TOKEN}/ HTTP/1.1"', '"GET /abonnement%2Fabmelden%2F***/ HTTP/1.1"'),
        (f"/anders?x={TOKEN}&y=1", "/anders?x=***&y=1"),
        (
            "GET /admin/newsletter/subscriber/?q=name%40example.org",
            "GET /admin/newsletter/subscriber/?q=***@***",
        ),
        ("550 <name@example.org> unknown", "550 <***@***> unknown"),
        ("Key (lower(address))=(name@example.org) exists", "Key (lower(address))=(***@***) exists"),
        ("GET /leistungen/sozialpass/ 200", "GET /leistungen/sozialpass/ 200"),
        ("GET /abonnement/bestaetigt/ 200", "GET /abonnement/bestaetigt/ 200"),
    ],
)
def test_links_and_addresses_are_masked_in_a_line(line, written):
    assert masked(line) == written


def test_a_long_line_is_masked_in_no_time():
    started = time.process_time()
    masked("x" * 100_000)
    assert time.process_time() - started < 2


def test_what_the_site_logs_is_masked_by_its_settings():
    assert settings.LOGGING["formatters"]["line"]["class"] == "ozgstatus.logs.MaskingFormatter"
    assert {handler["formatter"] for handler in settings.LOGGING["handlers"].values()} == {"line"}


def test_a_traceback_is_masked():
    try:
        raise ValueError(f"name@example.org {TOKEN}")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "Fehler", None, sys.exc_info())
    written = MaskingFormatter().format(record)
    assert "ValueError: ***@*** ***" in written


PLAIN_SETTINGS = """from ozgstatus.settings import *
from tests.environment import PLAIN_FILES as STORAGES
"""


@contextmanager
def running_gunicorn(folder):
    """As Dockerfile and demo start it, with the log of requests turned on as an operator may."""
    (folder / "settings_without_collectstatic.py").write_text(PLAIN_SETTINGS)
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    environment = os.environ | {
        "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        "DJANGO_SETTINGS_MODULE": "settings_without_collectstatic",
        "PYTHONPATH": str(folder),
    }
    command = [sys.executable, "-m", "gunicorn", "ozgstatus.wsgi", "--bind", "127.0.0.1:0"]
    command += ["--workers", "1", "--no-control-socket", "--access-logfile", "-"]
    command += ["--access-logformat", '"%(r)s" "%(U)s" "%(q)s" "%(f)s" "%({referer}i)s" "%({raw_uri}e)s"']
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield log.read_text
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_production_and_demo_start_the_server_with_the_masking_log():
    started = [Path(settings.BASE_DIR, name).read_text() for name in ("Dockerfile", "ozgstatus/demo.py")]
    assert all('"ozgstatus.wsgi", "--config", "gunicorn.conf.py"' in text for text in started)
    assert "!gunicorn.conf.py" in Path(settings.BASE_DIR, ".dockerignore").read_text().splitlines()


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_a_real_server_writes_no_token_and_no_address_into_its_logs(tmp_path):
    with running_gunicorn(tmp_path) as log:
        line = wait_for(lambda: next((text for text in log().splitlines() if "Listening at" in text), ""))
        port = int(line.rpartition(":")[2].split()[0].rstrip(")"))
        for method, path in (
            ("GET", f"/abonnement/verwalten/{TOKEN}/"),
            ("POST", f"/abonnement/abmelden/{TOKEN}/"),
            ("GET", f"/abonnement/bestaetigen/{TOKEN}/?{urlencode({'q': ADDRESS})}"),
            ("GET", "/gibt-es-nicht/"),
        ):
            with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as http:
                headers = {"Referer": f"http://localhost/abonnement/verwalten/{TOKEN}/"}
                http.request(method, path, headers=headers)
                assert http.getresponse().status in (404, 410)
        written = wait_for(lambda: log() if log().count("/gibt-es-nicht/") > 1 else "")
    assert '"GET /abonnement/verwalten/***/ HTTP/1.1"' in written  # of gunicorn
    assert "Not Found: /abonnement/verwalten/***/" in written  # of Django
    assert TOKEN not in written
    assert ADDRESS not in written and "gemeinde.example" not in written
