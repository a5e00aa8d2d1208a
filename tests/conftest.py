import os
from contextlib import ExitStack

import django
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from ozgstatus.database.connection import Connection
from ozgstatus.demo import fixtures, load
from tests.editions import of_the_first_edition
from tests.environment import CHROMIUM, PLAIN_FILES, test_environment
from tests.sharing_out import ByFixtures, longest_first


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Before pytest-django's own, which then finds Django set up."""
    if os.environ.get("CI") == "true" and not CHROMIUM:
        raise pytest.UsageError("No Chromium was found: CI must run the browser tests.")
    stack = ExitStack()
    stack.enter_context(test_environment())
    config.add_cleanup(stack.close)
    django.setup()
    # Visitors are told after some seconds that there is no database; a busy machine may take longer to answer.
    settings.DATABASES["default"]["OPTIONS"]["pool"]["timeout"] = 60
    settings.DATABASES["default"]["OPTIONS"]["connect_timeout"] = 60
    Connection.silence = 60


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return ByFixtures(config, log)


def pytest_collection_modifyitems(config, items):
    if hasattr(config, "workerinput"):
        longest_first(items)
    if CHROMIUM:
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no Chromium"))


def pytest_terminal_summary(terminalreporter):
    if not CHROMIUM:
        terminalreporter.section("THE BROWSER TESTS DID NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line("No Chromium was found. On Debian: apt-get install chromium", red=True)


@pytest.fixture(scope="session")
def chromium_path():
    """Path of the machine's Chromium, for tests marked `browser`."""
    return CHROMIUM


def tell_the_planner():
    """Autovacuum sees nothing of rows that are never committed, and what counts as empty is joined row by row."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.fixture(scope="module")
def first_edition(django_db_setup, django_db_blocker):
    """The fixtures of October 2022 without the example, for reading by all tests of a module."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(of_the_first_edition())
        tell_the_planner()
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def every_edition(django_db_setup, django_db_blocker):
    """All fixtures, the example among them, for reading by all tests of a module."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(fixtures())
        tell_the_planner()
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session", autouse=True)
def static_files_without_collectstatic(django_test_environment):
    with override_settings(STORAGES=PLAIN_FILES, WHITENOISE_AUTOREFRESH=True, WHITENOISE_USE_FINDERS=True):
        yield


@pytest.fixture(scope="session", autouse=True)
def passwords_hashed_fast(django_test_environment):
    """Half a second of every login is made to be slow; tests/ozgstatus/test_demo.py logs in with the real one."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def weasyprint():
    """Skips where the machine lacks what WeasyPrint needs; CI must not."""
    try:
        import weasyprint  # noqa: F401
    except OSError as reason:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PDF on this machine: {reason}")
