import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import connection

from ozgstatus.embedded_postgres import _binaries

from .running import BASE_DIR, Database, Web


@pytest.fixture(scope="session")
def database(django_db_setup):
    """Made once for all these tests, which `pytest -n` keeps together.

    Its tables are copied, as migrations take longer than many of the tests.
    """
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    migrated = f"{server}/{connection.settings_dict['NAME']}"
    with TemporaryDirectory(prefix="ozg-") as folder:
        database = Database(Path(folder))
        try:
            dump = [_binaries() / "pg_dump", "--no-owner", migrated]
            tables = subprocess.run(dump, check=True, stdout=subprocess.PIPE).stdout
            psql = [
                _binaries() / "psql",
                "--quiet",
                "--set=ON_ERROR_STOP=1",
                "--output=/dev/null",
                database.url,
            ]
            subprocess.run(psql, check=True, input=tables)
            printed = subprocess.run(
                [sys.executable, "-m", "tests.ozgstatus.faults.prepare"],
                cwd=BASE_DIR,
                env=os.environ | {"DATABASE_URL": database.url},
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            ).stdout
            database.editor, database.administrator = printed.split()
            yield database
        finally:
            database.stop()


@pytest.fixture(scope="module")
def web(database, tmp_path_factory):
    """The site as visitors meet it."""
    web = Web(tmp_path_factory.mktemp("web"), database.url)
    try:
        yield web
    finally:
        web.stop()
