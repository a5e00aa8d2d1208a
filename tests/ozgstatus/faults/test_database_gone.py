"""What visitors and editors see while PostgreSQL is stopped or frozen, and when it is back."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.admin import filled
from tests.html import text_of

from .running import best_of, wait_until

pytestmark = pytest.mark.django_db  # whose tables are copied

PUBLIC = [
    "/",
    "/leistungen/sozialpass/",
    "/rollout/",
    "/kommunen/14627210/",
    "/suche/?q=pass",
    "/ausgaben/2022-10/",
    "/abonnement/",
    "/daten/rollout/aktuell.csv",
    "/daten/rollout/aktuell.xlsx",
    "/feed/",
    "/sitemap.xml",
]
REFUSED = "Die Datenbank dieser Website ist nicht erreichbar."
SILENT = "Die Datenbank dieser Website antwortet nicht."
POLICIES = {
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
}


@contextmanager
def stopped(database):
    database.stop()
    try:
        yield
    finally:
        database.start()


@contextmanager
def frozen(database):
    database.freeze()
    try:
        yield
    finally:
        database.thaw()


OUTAGES = pytest.mark.parametrize(("outage", "words", "bound"), [(stopped, REFUSED, 1), (frozen, SILENT, 5)])
EITHER = pytest.mark.parametrize("outage", [stopped, frozen])


def is_normal(web):
    """In both processes, as far as thirty requests tell."""
    return all(web.ask("/readyz").status == 200 for _ in range(30))


@pytest.fixture(autouse=True)
def before_and_after_all_is_well(web):
    wait_until(lambda: is_normal(web))
    yield
    wait_until(lambda: is_normal(web))


# --- visitors ------------------------------------------------------------------------------------


@OUTAGES
def test_a_page_says_so_in_plain_german_and_readyz_too(web, database, outage, words, bound):
    web.ask("/")  # from then on a process knows the site's name
    usual = [web.ask(path).headers for path in PUBLIC]
    with outage(database):
        answers = [web.ask(path) for path in PUBLIC]
        many = [web.ask("/") for _ in range(10)]
        ready, alive = web.ask("/readyz"), web.ask("/livez")
    assert {answer.status for answer in answers} == {503}
    for answer, headers in zip(answers, usual, strict=True):
        assert words in text_of(answer)
        assert answer.headers["Retry-After"] == "10"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        assert {name: answer.headers[name] for name in POLICIES} == {name: headers[name] for name in POLICIES}
        assert "/static/site.css" in answer.text
    assert (ready.status, ready.text) == (503, f"{words}\n")
    assert (alive.status, alive.text) == (200, "ok\n")
    assert any("<title>Störung – OZG-Status (Probe)</title>" in answer.text for answer in many)


@OUTAGES
def test_each_of_a_crowd_is_answered_within_the_bound(web, database, outage, words, bound):
    """More than there are threads: they do not wait one after the other."""

    def slowest():
        wait_until(lambda: is_normal(web))
        with outage(database), ThreadPoolExecutor(40) as crowd:
            answers = list(crowd.map(lambda _: web.ask("/leistungen/"), range(40)))
        assert {answer.status for answer in answers} == {503}
        return max(answers, key=lambda answer: answer.seconds)

    best_of(3, bound, slowest)


@EITHER
def test_five_seconds_after_its_return_all_is_normal_without_a_restart(web, database, outage):
    workers = web.workers()
    with outage(database):
        until = time.monotonic() + 4  # the pool's own attempts to reconnect are seconds apart by then
        while time.monotonic() < until:
            assert web.ask("/leistungen/").status == 503
            time.sleep(0.2)
    back = time.monotonic()
    wait_until(lambda: is_normal(web))
    assert time.monotonic() - back < 5
    assert web.workers() == workers


def test_a_long_answer_is_no_outage(web, database):
    """Two seconds of waiting for a lock, while the server takes connections."""
    with database.connect() as other, ThreadPoolExecutor(1) as visitor:
        other.execute("LOCK TABLE ozgstatus_site")
        waiting = visitor.submit(web.ask, "/leistungen/")
        time.sleep(2)
        assert not waiting.done()
        other.rollback()
        assert waiting.result().status == 200


def test_what_needs_no_database_goes_on(web, database):
    with stopped(database):
        web.ask("/")
        assert web.ask("/livez")[0] == 200
        assert web.ask("/robots.txt").status == 200
        assert web.ask("/static/site.css").status == 200
        assert web.ask("/gibt-es-nicht/").status == 404


# --- editors -------------------------------------------------------------------------------------

TYPED = 'mit "Anführung" & <b>Zeichen</b>, ÄÖÜ'


def service_form(web, database):
    """Address and values of the form of a service."""
    [[number]] = database.query("SELECT id FROM catalogue_service WHERE slug = 'sozialpass'")
    address = f"/admin/catalogue/service/{number}/change/"
    page = web.ask(address, session=database.editor)
    assert page.status == 200
    return address, filled(page)


@OUTAGES
def test_an_editors_form_comes_back_and_is_saved_when_it_is_sent_again(web, database, outage, words, bound):
    address, form = service_form(web, database)
    form["authority_label"] = [f"{TYPED} {words}"]
    with outage(database):
        first = web.ask(address, form, database.editor)
        second = web.ask(address, filled(first), database.editor)
    for answer in (first, second):
        assert answer.status == 503
        assert words in text_of(answer) and "Lassen Sie sie geöffnet" in text_of(answer)
        assert filled(answer) == form
        assert f'action="{address}"' in answer.text
        assert "Set-Cookie" not in answer.headers
    wait_until(lambda: is_normal(web))
    assert web.ask(address, filled(second), database.editor).status == 302
    [saved] = database.query("SELECT authority_label FROM catalogue_service WHERE slug = 'sozialpass'")
    assert saved == (form["authority_label"][0],)


def test_an_editor_who_only_looks_is_told_that_nothing_is_lost(web, database):
    with stopped(database):
        answer = web.ask("/admin/", session=database.editor)
    assert answer.status == 503
    assert "Die Redaktion ist gerade nicht erreichbar" in text_of(answer)
    assert "Was gespeichert ist, bleibt gespeichert, und Ihre Anmeldung gilt weiter." in text_of(answer)
    wait_until(lambda: is_normal(web))
    assert web.ask("/admin/", session=database.editor).status == 200


def test_passwords_do_not_come_back(web, database):
    address = "/admin/auth/user/add/"
    page = web.ask(address, session=database.administrator)
    form = filled(page) | {
        "username": ["neu"],
        "password1": ["ganz-anders-77"],
        "password2": ["ganz-anders-77"],
    }
    with stopped(database):
        answer = web.ask(address, form, database.administrator)
    assert answer.status == 503
    assert "ganz-anders" not in answer.text
    assert filled(answer) == form | {"password1": [""], "password2": [""]}
    assert "Bitte noch einmal eingeben: password1" in text_of(answer)


def test_nothing_that_is_typed_to_log_in_comes_back(web, database):
    with stopped(database):
        answer = web.ask("/admin/konto/login/", {"login": ["name-1"], "password": ["ganz-anders-77"]})
    assert answer.status == 503
    assert "name-1" not in answer.text and "ganz-anders" not in answer.text
    assert REFUSED in text_of(answer)


def test_a_file_is_to_be_chosen_again(web, database):
    body = (
        '--x\r\nContent-Disposition: form-data; name="date"\r\n\r\n01.02.2023\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="auszug.xlsx"\r\n\r\nPK\r\n--x--\r\n'
    )
    with stopped(database):
        answer = web.send(
            "/admin/rollout/registeredition/import/", body, "multipart/form-data; boundary=x", database.editor
        )
    assert answer.status == 503
    assert "Bitte noch einmal auswählen: auszug.xlsx" in text_of(answer)
    assert filled(answer) == {"date": ["01.02.2023"], "file": [""]}
    assert 'enctype="multipart/form-data"' in answer.text


def test_a_forged_form_gets_nothing_by_which_it_would_be_accepted(web, database):
    address, form = service_form(web, database)
    del form["csrfmiddlewaretoken"]
    with stopped(database):
        answer = web.ask(address, form, database.editor)
    wait_until(lambda: is_normal(web))
    assert "csrfmiddlewaretoken" not in answer.text
    assert web.ask(address, filled(answer), database.editor).status == 403


def test_who_subscribes_sends_the_form_again(web, database):
    page = web.ask("/abonnement/").text
    form = {"subject": [""], "stamp": re.findall(r'name="stamp" value="([^"]+)"', page)}
    form["address"] = ["name@example.org"]
    with stopped(database):
        answer = web.ask("/abonnement/", form)
        time.sleep(2)  # who is faster than people are is asked once more
    assert answer.status == 503
    assert filled(answer) == form
    wait_until(lambda: is_normal(web))
    assert web.ask("/abonnement/", filled(answer)).headers["Location"] == "/abonnement/gesendet/"
    assert ("name@example.org",) in database.query("SELECT address FROM newsletter_subscriptionrequest")
