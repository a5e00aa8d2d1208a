import pytest
from django.db import OperationalError, connection, transaction


@pytest.fixture(scope="module")
def small_site(django_db_setup, django_db_blocker):
    """The content of `make_small_site`, for reading by all tests of a module."""
    from .content import make_small_site  # models exist only after conftest files are read

    with django_db_blocker.unblock(), transaction.atomic():
        make_small_site()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def no_database(db):
    """As if the database had gone away: every query fails."""

    def refuse(execute, sql, params, many, context):
        raise OperationalError("connection refused")

    with connection.execute_wrapper(refuse):
        yield
