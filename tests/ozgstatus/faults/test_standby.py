"""A second PostgreSQL follows the first one and takes its place, by the README's commands; two hosts serve the site."""

import os
import re
import shlex
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psycopg
import pytest

from ozgstatus.embedded_postgres import (
    PORT,
    _as_unprivileged_user,
    _binaries,
    _environment,
    _unprivileged_user,
)

from .running import BASE_DIR, Database, Web, wait_until

pytestmark = pytest.mark.django_db  # whose tables are copied

README = (BASE_DIR / "README.md").read_text()
RENAME = "UPDATE ozgstatus_site SET name = '{}'"
NAME = "SELECT name FROM ozgstatus_site"


def run(program: str, folder: Path, **options: str | Path) -> None:
    """A command of the README, with the values that its options have here."""
    [written] = re.findall(rf"^{program} .*$", README, re.MULTILINE)
    words = shlex.split(written)
    for name, value in options.items():
        words = [re.sub(f"^--{name}=.*", f"--{name}={value}", word) for word in words]
    words[0] = str(_binaries() / words[0])
    command = [*_as_unprivileged_user(folder), *words]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@contextmanager
def following(primary: Database):
    """A standby, started on a copy of the primary."""
    with TemporaryDirectory(prefix="ozg-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, *_unprivileged_user(folder))
        run("pg_basebackup", folder, host=primary.folder, pgdata=folder / "data")
        standby = Database(folder)
        try:
            yield standby
        finally:
            standby.stop()


def whichever_writes(*databases: Database) -> str:
    """DATABASE_URL as in the README."""
    [parameters] = re.findall(r"`postgres://ozgstatus:…@/ozgstatus\?(\S+)`", README)
    folders = ",".join(quote(str(database.folder), safe="") for database in databases)
    parameters = parameters.replace("db1,db2", folders).replace("5432,5432", f"{PORT},{PORT}")
    return f"postgres://ozgstatus@/postgres?{parameters}"


@pytest.fixture
def two_hosts(database, tmp_path):
    [(name,)] = database.query(NAME)
    with following(database) as standby, ExitStack() as stack:
        webs = []
        for host in ("a", "b"):
            folder = tmp_path / host
            folder.mkdir()
            webs.append(Web(folder, whichever_writes(database, standby)))
            stack.callback(webs[-1].stop)
        yield database, standby, webs
    database.query(RENAME.format(name))


@contextmanager
def stopped(primary):
    primary.stop()
    try:
        yield
    finally:
        primary.start()


@contextmanager
def frozen(primary):
    """As a host that nobody can reach: a connection to it is neither taken nor refused."""
    primary.freeze()
    try:
        yield
    finally:
        primary.thaw()


@pytest.mark.parametrize("outage", [stopped, frozen])
def test_a_standby_that_is_promoted_serves_all_hosts_without_a_restart(two_hosts, outage):
    primary, standby, webs = two_hosts
    workers = [wait_until(lambda web=web: len(found := web.workers()) == 2 and found) for web in webs]
    primary.query(RENAME.format("Vor dem Ausfall"))
    wait_until(lambda: standby.query(NAME) == [("Vor dem Ausfall",)])
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        standby.query(RENAME.format("Nachfolger"))
    assert all("Vor dem Ausfall" in web.ask("/").text for web in webs)
    with outage(primary):
        assert {web.ask("/").status for web in webs} == {503}  # the standby alone does not write
        run("pg_ctl promote", standby.folder, pgdata=standby.folder / "data")
        wait_until(lambda: all(web.ask("/readyz").status == 200 for web in webs for _ in range(10)), 20)
        standby.query(RENAME.format("Nach dem Ausfall"))
        assert all("Nach dem Ausfall" in web.ask("/").text for web in webs)
        assert [web.workers() for web in webs] == workers
