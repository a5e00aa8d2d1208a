"""Processes of the web server that are killed, reloaded or stopped while visitors are there."""

import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection

import pytest

from .running import Web, requests, wait_until

pytestmark = pytest.mark.django_db  # whose tables are copied
PAGES = [*["/readyz", "/robots.txt", "/livez"] * 3, "/leistungen/"]


@pytest.fixture(scope="module", autouse=True)
def warm(web):
    wait_until(lambda: all(web.ask("/leistungen/").status == 200 for _ in range(10)))


def test_a_killed_process_takes_its_visitors_of_the_moment_with_it_and_is_replaced(web):
    before = web.workers()
    with requests(web, *PAGES) as got:
        os.kill(min(before), signal.SIGKILL)
        wait_until(lambda: len(web.workers() - before) == 1 and len(web.workers()) == 2)
        counted = len(got)
        wait_until(lambda: len(got) > counted + 100)
    statuses = Counter(got)
    assert statuses.keys() <= {200, "ConnectionResetError", "RemoteDisconnected", "IncompleteRead"}
    assert statuses.total() - statuses[200] <= 4  # as many as there were clients


def test_a_reload_loses_none_of_a_thousand_requests(web):
    before = web.workers()
    with requests(web, *PAGES, least=1000) as got:
        web.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(web.workers()) == 2 and not web.workers() & before)
    assert len(got) >= 1000
    assert set(got) == {200}


def test_nor_one_of_a_client_that_keeps_its_connection(web):
    before = web.workers()
    with closing(HTTPConnection("127.0.0.1", web.port, timeout=60)) as client:

        def ask():
            client.request("GET", "/livez")  # connects again where the last answer has said that it ends
            return client.getresponse().read()

        assert ask() == b"ok\n"
        web.process.send_signal(signal.SIGHUP)
        while web.workers() & before or len(web.workers()) < 2:
            assert ask() == b"ok\n"


def test_who_is_told_to_stop_answers_first(database, tmp_path):
    web = Web(tmp_path, database.url)
    wait_until(lambda: all(web.ask("/leistungen/").status == 200 for _ in range(5)))
    with database.connect() as other, ThreadPoolExecutor(3) as visitors:
        other.execute("LOCK TABLE ozgstatus_site")
        waiting = [visitors.submit(web.ask, "/leistungen/") for _ in range(3)]
        time.sleep(1)
        web.process.terminate()
        time.sleep(1)
        assert not any(visitor.done() for visitor in waiting)
        other.rollback()
        assert [visitor.result().status for visitor in waiting] == [200] * 3
    web.stop()
    assert web.process.returncode == 0
