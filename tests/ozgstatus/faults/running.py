"""A PostgreSQL that can be stopped and frozen, a web server as in production, and what a visitor sees of them."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import psycopg

from ozgstatus.embedded_postgres import ends_with_parent, running
from tests.processes import children_of

BASE_DIR = Path(__file__).resolve().parents[3]
PATIENCE = 60  # seconds, on a machine that has much else to do
# Collecting and compressing static files takes longer than all these tests.
PLAIN_SETTINGS = """from ozgstatus.settings import *
from tests.environment import PLAIN_FILES as STORAGES
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
"""


def best_of(tries: int, seconds: float, trial):
    """What `trial` gives, an answer that came within so many seconds, at least in one of the tries."""
    for _ in range(tries):
        answer = trial()
        if answer.seconds < seconds:
            break
    assert answer.seconds < seconds
    return answer


def wait_until(condition, seconds=PATIENCE):
    """What the condition gives when it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


class Database:
    """One of our own, as every other test needs the one of `tests.environment`."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.stack = ExitStack()
        self.start()

    def start(self):
        self.url = self.stack.enter_context(running(self.folder))

    def stop(self):
        self.stack.close()

    def connect(self):
        return psycopg.connect(self.url)

    def query(self, sql: str):
        """The rows of a query, if it has any."""
        with self.connect() as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def query_alone(self, sql: str):
        """Outside of a transaction."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql)

    def processes(self) -> list[int]:
        """The server's, the first one before its children."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        return [first, *children_of(first)]

    def freeze(self):
        self.frozen = self.processes()
        self._signal(signal.SIGSTOP)

    def thaw(self):
        self._signal(signal.SIGCONT)

    def _signal(self, number):
        for process in self.frozen:
            os.kill(process, number)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    content: bytes  # named as in answers of Django, for tests.html
    seconds: float

    @property
    def text(self) -> str:
        return self.content.decode()


class Web:
    """gunicorn as Dockerfile and demo start it: two processes of four threads."""

    def __init__(
        self,
        folder: Path,
        database_url: str,
        *options: str,
        code: Path = BASE_DIR,
        prefix: tuple[str, ...] = (),
        **variables: str,
    ):
        (folder / "plain_settings.py").write_text(PLAIN_SETTINGS)
        self.environment = os.environ | {
            "DATABASE_URL": database_url,
            "DJANGO_SETTINGS_MODULE": "plain_settings",
            "PYTHONPATH": f"{folder}:{BASE_DIR}",  # that of manage.py and gunicorn comes first
            "PYTHONDONTWRITEBYTECODE": "1",
            "PAGE_CACHE_BYTES": "0",  # test_pagecache_processes.py has what goes on being shown
            **variables,
        }
        command = [*ends_with_parent("TERM"), *prefix, sys.executable, "-m", "gunicorn", "ozgstatus.wsgi"]
        command += ["--config", "gunicorn.conf.py", "--bind", "127.0.0.1:0", "--workers", "2"]
        command += ["--no-control-socket", *options]
        self.process = subprocess.Popen(
            command,
            cwd=code,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout))
        self.reader.start()
        self.port = int(
            wait_until(lambda: re.search(r"Listening at: http://127.0.0.1:(\d+)", self.logged()))[1]
        )

    def logged(self) -> str:
        return "".join(self.lines)

    def workers(self) -> set[int]:
        return set(children_of(self.process.pid))

    def manage(self, *arguments: str, **options):
        """manage.py with the same settings."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            **options,
        )

    def ask(self, path: str, form: dict | None = None, session: str = "") -> Answer:
        """What a visitor gets; with a form, of a POST as browsers send it."""
        if form is None:
            return self.send(path, None, "", session)
        token = form.get("csrfmiddlewaretoken", [""])[0]
        return self.send(
            path, urlencode(form, doseq=True), "application/x-www-form-urlencoded", session, token
        )

    def send(self, path: str, body: str | None, content_type: str, session: str, token: str = "") -> Answer:
        headers = {"Cookie": f"sessionid={session}; csrftoken={token}" if session else ""}
        if body is not None:
            headers |= {"Content-Type": content_type, "Origin": f"http://127.0.0.1:{self.port}"}
        began = time.monotonic()
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as http:
            http.request("GET" if body is None else "POST", path, body, headers)
            response = http.getresponse()
            content = response.read()
        return Answer(response.status, dict(response.getheaders()), content, time.monotonic() - began)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)
        self.reader.join()
        self.process.stdout.close()


@contextmanager
def requests(web, *paths: str, clients: int = 4, least: int = 0):
    """Clients that ask for these pages in turn, from before to after what is done inside, and so often at least.

    What they got stands in the list afterwards: statuses, and the names of the faults of connections.
    """
    got: list[int | str] = []
    ended = threading.Event()

    def go_on():
        number = 0
        while not ended.is_set() or len(got) < least:
            try:
                got.append(web.ask(paths[number % len(paths)]).status)
            except (OSError, HTTPException) as fault:
                got.append(type(fault).__name__)
            number += 1

    with ThreadPoolExecutor(clients) as crowd:
        for _ in range(clients):
            crowd.submit(go_on)
        try:
            wait_until(lambda: len(got) > 4 * clients)
            yield got
        finally:
            ended.set()
