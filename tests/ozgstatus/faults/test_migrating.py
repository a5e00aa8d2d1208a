"""An update: the new release migrates while the one before it serves."""

import io
import os
import subprocess
import sys
import tarfile

import pytest

from tests.lint_migrations import RELEASE, has_release

from .running import BASE_DIR, Web, requests, wait_until

pytestmark = pytest.mark.django_db  # whose tables are copied
PAGES = [*["/readyz", "/robots.txt", "/abonnement/", "/livez"] * 3, "/", "/leistungen/", "/suche/?q=pass"]


@pytest.fixture
def release(tmp_path):
    """A folder with the code of the last release."""
    if not has_release():
        pytest.skip("the history of this clone lacks the last release")
    archive = subprocess.run(
        ["git", "archive", RELEASE], cwd=BASE_DIR, check=True, capture_output=True
    ).stdout
    folder = tmp_path / "release"
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    (folder / "node_modules").symlink_to(BASE_DIR / "node_modules")
    return folder


@pytest.fixture
def database_of_release(database, release):
    """The tables of that release, empty."""
    database.query_alone("CREATE DATABASE of_release")
    server, _, _ = database.url.rpartition("/")
    url = f"{server}/of_release"
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=release,
        env=os.environ | {"DATABASE_URL": url},
        check=True,
    )
    yield url
    database.query_alone("DROP DATABASE of_release WITH (FORCE)")


def test_a_thousand_requests_during_the_migration_meet_no_error(database_of_release, release, tmp_path):
    web = Web(tmp_path, database_of_release, "--worker-class", "gthread", "--threads", "4", code=release)
    try:
        wait_until(lambda: all(web.ask("/leistungen/").status == 200 for _ in range(10)))
        with requests(web, *PAGES, least=1000) as got:
            migrated = web.manage("migrate", "--verbosity=0")
    finally:
        web.stop()
    assert (migrated.returncode, migrated.stderr) == (0, "")
    assert len(got) >= 1000
    assert set(got) == {200}


def test_a_migration_that_gets_no_lock_gives_up_soon_and_says_what_to_do(web, database):
    """One that makes triggers, and may be run again."""
    database.query("DELETE FROM django_migrations WHERE app = 'ozgstatus' AND name >= '0032'")
    try:
        with database.connect() as other:
            other.execute("LOCK TABLE ozgstatus_accessibilitystatement IN ROW EXCLUSIVE MODE")
            refused = web.manage("migrate", "--lock-timeout", "0.2", "ozgstatus", "0032", "--verbosity=0")
            other.rollback()
        assert refused.returncode == 75
        assert refused.stderr == (
            "CommandError: Another session held a lock for more than 0.2 seconds that this migration needs. It has "
            "changed nothing, and those before it are complete. Run migrate again, in a quieter moment or with a "
            "larger --lock-timeout.\n"
        )
    finally:
        assert web.manage("migrate", "--fake", "--verbosity=0").returncode == 0
