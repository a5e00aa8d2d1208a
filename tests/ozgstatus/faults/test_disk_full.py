"""No space is left: for the web server, which needs none, and for PostgreSQL."""

import shutil

import pytest

from tests.admin import filled
from tests.html import text_of

from .running import Web, wait_until
from .test_database_gone import PUBLIC, service_form

pytestmark = pytest.mark.django_db  # whose tables are copied


@pytest.fixture(scope="module")
def web(database, tmp_path_factory):
    """A server whose processes cannot write a byte into any file."""
    options = ("--worker-tmp-dir", "/dev/shm")  # as in Dockerfile
    web = Web(tmp_path_factory.mktemp("web"), database.url, *options, prefix=("prlimit", "--fsize=0:0"))
    try:
        wait_until(lambda: web.ask("/leistungen/").status == 200)
        yield web
    finally:
        web.stop()


@pytest.fixture
def full(database):
    """As PostgreSQL says it (53100) where a table cannot grow."""
    database.query(
        "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
        " 'could not extend file' USING ERRCODE = '53100'; END $$;"
        "CREATE TRIGGER no_space BEFORE UPDATE ON catalogue_service EXECUTE FUNCTION no_space();"
        "CREATE TRIGGER no_space BEFORE INSERT ON newsletter_subscriptionrequest EXECUTE FUNCTION no_space();"
    )
    yield
    database.query("DROP FUNCTION IF EXISTS no_space CASCADE")


@pytest.mark.skipif(not shutil.which("prlimit"), reason="no prlimit (util-linux)")
def test_a_web_server_that_cannot_write_shows_and_saves_as_ever(web, database):
    workbook = "/daten/rollout/aktuell.xlsx"  # which is made in a temporary file
    assert {path: web.ask(path).status for path in PUBLIC} == dict.fromkeys(PUBLIC, 200) | {workbook: 503}
    assert "Der Webserver kann diese Datei nicht anlegen" in text_of(web.ask(workbook))
    address, form = service_form(web, database)
    form["authority_label"] = ["ohne eigenen Speicherplatz"]
    assert web.ask(address, form, database.editor).status == 302
    assert web.ask(address, session=database.editor).text.count("ohne eigenen Speicherplatz") == 1


def test_a_full_database_shows_everything_and_an_editors_form_comes_back(web, database, full):
    address, form = service_form(web, database)
    form["authority_label"] = ["bei voller Platte"]
    answer = web.ask(address, form, database.editor)
    assert answer.status == 503
    assert "kann nichts speichern, weil ihr Speicherplatz voll ist" in text_of(answer)
    assert "Von selbst geht das nicht vorüber" in text_of(answer)
    assert filled(answer) == form
    assert web.ask("/leistungen/sozialpass/").status == 200
    assert web.ask("/readyz").status == 200
    database.query("DROP FUNCTION no_space CASCADE")
    assert web.ask(address, filled(answer), database.editor).status == 302
    saved = database.query("SELECT authority_label FROM catalogue_service WHERE slug = 'sozialpass'")
    assert saved == [("bei voller Platte",)]
