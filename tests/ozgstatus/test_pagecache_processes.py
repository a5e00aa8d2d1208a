"""The page cache in a real server of two processes, and what they show while their database is gone or hangs."""

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from django.conf import settings

from ozgstatus import embedded_postgres
from tests.processes import children_of

PATIENCE = 60
PAGE = "/leistungen/sozialpass/"
ANY_DATE = {"Date": ""}
OFFLINE_SINCE = "Ozgstatus-Offline-Since"
# So that no static file must be collected, and an answer tells of which process it is.
SETTINGS = """from ozgstatus.settings import *
from tests.environment import PLAIN_FILES as STORAGES
"""
SERVER = """import os
from ozgstatus.wsgi import application as site

def application(environ, start_response):
    def start(status, headers, exc_info=None):
        return start_response(status, [*headers, ("Process", str(os.getpid()))], exc_info)
    return site(environ, start)
"""
FILL = """import django
django.setup()
from django.core.management import call_command
call_command("migrate", interactive=False, verbosity=0)
call_command("loaddata", "fixtures/catalogue.yaml", "fixtures/site.yaml", verbosity=0)
"""


@pytest.fixture(scope="module")
def folder():
    with TemporaryDirectory(prefix="ozgstatus-") as name:  # a socket's path must be short
        yield Path(name)


@pytest.fixture(scope="module")
def database(folder):
    """The postgres of this module alone, as its address, that can be stopped and started again."""
    with Database(folder / "database") as database:
        yield database


class Database:
    def __init__(self, folder):
        self.folder, self._running = folder, None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self._running = embedded_postgres.running(self.folder)
        self.url = self._running.__enter__()

    def stop(self):
        if self._running:
            self._running.__exit__(None, None, None)
        self._running = None

    @contextmanager
    def hangs(self):
        """Every process of it stands still: connections stay open, new ones are made, and nothing is answered."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        processes = [first, *children_of(first)]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def execute(self, statement, *values):
        with psycopg.connect(self.url) as connection:
            connection.execute(statement, values)


@pytest.fixture(scope="module")
def server(folder, database):
    """The port of a gunicorn of two processes, loaded before they are made, so that no thread may start too early."""
    (folder / "plain_settings.py").write_text(SETTINGS)
    (folder / "told_apart.py").write_text(SERVER)
    environment = os.environ | {
        "DATABASE_URL": database.url,
        "DJANGO_SETTINGS_MODULE": "plain_settings",
        "PYTHONPATH": str(folder),
    }
    subprocess.run([sys.executable, "-c", FILL], cwd=settings.BASE_DIR, env=environment, check=True)
    command = [sys.executable, "-m", "gunicorn", "told_apart", "--preload", "--bind", "127.0.0.1:0"]
    command += ["--worker-class", "gthread", "--threads", "4", "--workers", "2", "--no-control-socket"]
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        line = wait_for(
            lambda: next((one for one in log.read_text().splitlines() if "Listening at" in one), "")
        )
        yield int(line.rpartition(":")[2].split()[0].rstrip(")"))
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def ask(port, address=PAGE, **headers):
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as http:
        http.request("GET", address, headers=headers)
        answer = http.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()


def of_both(port) -> dict[str, list]:
    """What each of the two processes answers, several times and to several visitors at once."""
    found = defaultdict(list)

    def both():
        with ThreadPoolExecutor(8) as pool:
            for status, headers, body in pool.map(lambda _: ask(port), range(16)):
                found[headers.pop("Process")].append((status, headers, body))
        return len(found) == 2

    wait_for(both)
    return found


def answers_of_both(port):
    return [answer for answers in of_both(port).values() for answer in answers]


def name_it(database, name):
    database.execute("UPDATE catalogue_service SET name = %s WHERE slug = 'sozialpass'", name)


def test_both_processes_show_what_was_changed_by_plain_sql(server, database):
    for name in ("Erster Name", "Zweiter Name"):
        name_it(database, name)
        wait_for(lambda name=name: all(f"<h1>{name}" in body for _, _, body in answers_of_both(server)))
    tags = {headers["ETag"] for _, headers, _ in answers_of_both(server)}
    assert len(tags) == 1  # which a load balancer needs
    assert ask(server, **{"If-None-Match": tags.pop()})[0] == 304


def test_pages_are_shown_while_the_database_is_stopped_and_go_on_by_themselves(server, database):
    name_it(database, "Vor dem Ausfall")
    wait_for(lambda: all("<h1>Vor dem Ausfall" in body for _, _, body in answers_of_both(server)))
    [_, before, page] = answers_of_both(server)[0]
    database.stop()
    wait_for(lambda: all(OFFLINE_SINCE in headers for _, headers, _ in answers_of_both(server)))
    for status, headers, body in answers_of_both(server):
        assert (status, body) == (200, page)
        assert headers.pop(OFFLINE_SINCE).endswith(" GMT")
        assert headers | ANY_DATE == before | ANY_DATE
    assert ask(server, "/rollout/")[0] >= 500
    database.start()
    wait_for(lambda: all(OFFLINE_SINCE not in headers for _, headers, _ in answers_of_both(server)))
    name_it(database, "Nach dem Ausfall")
    wait_for(lambda: all("<h1>Nach dem Ausfall" in body for _, _, body in answers_of_both(server)))


def test_pages_are_shown_while_the_database_hangs(server, database):
    wait_for(lambda: all(OFFLINE_SINCE not in headers for _, headers, _ in answers_of_both(server)))
    with database.hangs():
        wait_for(lambda: all(OFFLINE_SINCE in headers for _, headers, _ in answers_of_both(server)))
        assert {status for status, _, _ in answers_of_both(server)} == {200}
    wait_for(lambda: all(OFFLINE_SINCE not in headers for _, headers, _ in answers_of_both(server)))
