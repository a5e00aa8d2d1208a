"""Sites for a browser: their data are committed, so that a server in another thread sees them."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connections
from pytest_django.live_server_helper import LiveServer

from ozgstatus.demo import load


@contextmanager
def running_site(fixtures):
    """The address of a site with this content, which is gone afterwards."""
    load(fixtures)
    server = LiveServer("127.0.0.1")
    yield server.url
    server.stop()
    call_command("flush", interactive=False, verbosity=0)


def committed(action, *args):
    """Do it on a connection of its own: the one of the test ends in a rollback and is hidden from the site."""

    def run():
        try:
            return action(*args)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()
