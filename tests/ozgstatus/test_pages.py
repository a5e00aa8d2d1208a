"""Texts, licences, health, sitemap and errors, each with content of its own."""

import datetime
import json
import re
import tomllib
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.views.defaults import permission_denied

from newsletter.models import EditionPublication
from ozgstatus.opendata import DATA_SETS
from ozgstatus.pages import PACKAGES
from ozgstatus.sitemap import MOST_IN_ONE, NAMESPACE
from rollout.models import RolloutPublication
from stand.models import Correction
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    EditionFactory,
    PageFactory,
    ProjectFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RegisterMunicipalityFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
    SiteFactory,
    publish,
)
from tests.html import links_of, text_of
from tests.pages import paths_of_the_sitemap

pytestmark = pytest.mark.django_db


def last_changes(client) -> dict[str, str]:
    entries = re.findall(
        r"<loc>([^<]*)</loc>\s*<lastmod>(.*?)</lastmod>", client.get("/sitemap.xml").content.decode()
    )
    return {address.removeprefix(settings.SITE_URL): day for address, day in entries}


# --- texts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["methodik", "kontakt", "impressum", "datenschutz", "barrierefreiheit"])
def test_a_text_stands_at_its_address_as_soon_as_it_exists(client, slug):
    assert client.get(f"/{slug}/").status_code == 404
    PageFactory(slug=slug, title="Überschrift", body="<h2>Abschnitt</h2><h3>Punkt</h3><p>Ein Satz.</p>")
    response = client.get(f"/{slug}/")
    assert response.status_code == 200
    below = {
        "methodik": " Wie die berechneten Zahlen entstehen ",
        "barrierefreiheit": " Stand der Vereinbarkeit mit den Anforderungen ",
    }
    text, _, more = text_of(response).partition(below.get(slug, "nothing more"))
    assert text == "Überschrift Abschnitt Punkt Ein Satz."
    assert bool(more) == (slug in below)


# --- licences --------------------------------------------------------------------------------


def test_every_direct_dependency_is_named_with_version_licence_and_purpose(client):
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    assert list(PACKAGES) == [re.match(r"[\w-]+", line)[0] for line in project["dependencies"]]
    html = client.get("/lizenzen/").content.decode()
    python, *packages, database = re.findall(
        r"<dt>(\S+) (\S+)</dt><dd>(.+); Lizenz: (.+)</dd>", html.partition('id="software"')[2]
    )
    assert (python[0], database[0], database[3]) == ("Python", "PostgreSQL", "PostgreSQL License")
    assert [name.lower() for name, *_ in packages] == list(PACKAGES)
    assert {name.lower(): licence for name, _, _, licence in packages}["psycopg"] == "LGPL-3.0-only"


def test_the_source_of_the_boundaries_is_named_with_its_licence(client):
    text = text_of(client.get("/lizenzen/"))
    assert "© GeoBasis-DE / BKG 2021 (Daten verändert: " in text
    assert "Gebietsstand 01.01.2021, Lizenz: Datenlizenz Deutschland – Namensnennung – Version 2.0" in text


def test_kern_is_named_with_the_locked_version_and_its_licence_is_served(client):
    lock = json.loads((settings.BASE_DIR / "package-lock.json").read_text())
    version = lock["packages"]["node_modules/@kern-ux/native"]["version"]
    response = client.get("/lizenzen/")
    assert f"Paket @kern-ux/native, Version {version}, unverändert" in text_of(response)
    assert set(links_of(response)) == {
        "/lizenzen/eupl-1.2.txt",
        "https://kern-ux.de",
        "https://www.govdata.de/dl-de/by-2-0",
    }
    licence = client.get("/lizenzen/eupl-1.2.txt")
    assert licence.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "EUROPÄISCHE UNION PUBLIC LICENCE v. 1.2" in licence.content.decode()


# --- health ----------------------------------------------------------------------------------


def test_livez_answers_without_a_database(client, no_database):
    response = client.get("/livez")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_readyz_answers_when_the_database_does(client):
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_readyz_refuses_without_details_while_the_database_is_gone(client, no_database):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content.decode() == "Die Datenbank dieser Website ist nicht erreichbar.\n"


def test_readyz_names_the_migrations_that_are_missing(client):
    MigrationRecorder(connection).record_unapplied("stand", "0002_rules")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content.decode() == "Der Datenbank fehlen Migrationen: stand.0002_rules\n"


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health_is_plain_text_never_kept_and_never_redirected(path):
    with override_settings(SECURE_SSL_REDIRECT=True):
        response = Client().get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"


# --- robots and sitemap ----------------------------------------------------------------------


def test_robots_may_read_everything_but_the_editors_side(client):
    response = client.get("/robots.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode() == (
        "User-agent: *\nDisallow: /admin/\n\nSitemap: https://ozgstatus.example.org/sitemap.xml\n"
    )


def test_the_sitemap_of_an_empty_site_names_what_answers_without_content(client):
    assert set(paths_of_the_sitemap(client)) == {
        "/",
        "/leistungen/",
        "/abonnement/",
        "/abonnement/aendern/",
        "/suche/",
        "/lizenzen/",
        "/daten/",
        *(f"/daten/{name}/" for name in DATA_SETS),
    }


def test_the_sitemap_is_xml_with_the_address_of_the_site_and_not_of_the_host(client):
    response = client.get("/sitemap.xml", headers={"host": "localhost"})
    assert response.headers["Content-Type"] == "application/xml"
    assert response.content.startswith(b"<?xml") and b"localhost" not in response.content


def test_the_sitemap_gives_the_day_of_a_change_only_where_it_is_known(client):
    dated, undated, corrected = (RolloutReportFactory() for _ in range(3))
    RolloutPublication.objects.create(report=dated, published_on=datetime.date(2022, 10, 14))
    publish(undated)
    RolloutPublication.objects.create(report=corrected, published_on=datetime.date(2022, 10, 14))
    edition = EditionFactory(month=datetime.date(2022, 10, 1))
    article = ArticleFactory(edition=edition)
    BlockFactory(rubric=RubricFactory(edition=edition), article=article)
    EditionPublication.objects.create(edition=edition, published_on=datetime.date(2022, 10, 20))
    with transaction.atomic():
        Correction.declare("Der Hinweis fehlte.")
        corrected.note = "Ein Hinweis."
        corrected.save()
    assert last_changes(client) == {
        dated.get_absolute_url(): "2022-10-14",
        corrected.get_absolute_url(): timezone.localdate().isoformat(),
        edition.get_absolute_url(): "2022-10-20",
        article.get_absolute_url(): "2022-10-20",
    }


@pytest.mark.parametrize("number", [1, 3])
def test_the_sitemap_makes_six_queries_whatever_it_names(client, number):
    PageFactory()
    for _ in range(number):
        ServiceFactory()
        RegisterMunicipalityFactory()
        report = ProjectReportFactory()
        ProjectRowFactory(report=report, project=ProjectFactory())
        edition = EditionFactory()
        BlockFactory(rubric=RubricFactory(edition=edition), article=ArticleFactory(edition=edition))
        for root in (report, RolloutReportFactory(), edition):
            publish(root)
    with CaptureQueriesContext(connection) as queries:
        assert len(paths_of_the_sitemap(client)) == 13 + len(DATA_SETS) + 7 * number
    assert len(queries) == 6


def publish_for_years(number: int) -> None:
    """As many Stände, one each year, up to one of 2022 with an edition and its article."""
    for year in range(2023 - number, 2023):
        publish(RolloutReportFactory(date=datetime.date(year, 10, 5)))
    edition = EditionFactory(month=datetime.date(2022, 10, 1))
    BlockFactory(rubric=RubricFactory(edition=edition), article=ArticleFactory(edition=edition, slug="wort"))
    publish(edition)


def test_of_as_much_as_one_file_holds_the_sitemap_is_one(client):
    publish_for_years(MOST_IN_ONE - 1)
    assert b"<urlset" in client.get("/sitemap.xml").content
    assert {"/ausgaben/2022-10/wort/", "/rollout/1988-10-05/"} < set(paths_of_the_sitemap(client))


def test_of_more_it_is_an_index_of_what_is_of_no_year_and_of_each_year(client):
    publish_for_years(MOST_IN_ONE)
    index = re.findall("<loc>(.*?)</loc>", client.get("/sitemap.xml").content.decode())
    years = range(2022, 2022 - MOST_IN_ONE, -1)
    assert [address.removeprefix(settings.SITE_URL) for address in index] == [
        "/sitemap-seiten.xml",
        *(f"/sitemap-{year}.xml" for year in years),
    ]
    assert paths_of_the_sitemap(client, "/sitemap-1990.xml") == ["/rollout/1990-10-05/"]
    assert set(paths_of_the_sitemap(client, "/sitemap-2022.xml")) == {
        "/rollout/2022-10-05/",
        "/ausgaben/2022-10/",
        "/ausgaben/2022-10/wort/",
    }
    assert {"/", "/rollout/", "/ausgaben/"} < set(paths_of_the_sitemap(client, "/sitemap-seiten.xml"))


def test_no_address_is_named_by_two_files_and_none_left_out(client):
    publish_for_years(MOST_IN_ONE)
    found = paths_of_the_sitemap(client)
    assert len(found) == len(set(found)) == 9 + len(DATA_SETS) + MOST_IN_ONE + 2


@pytest.mark.parametrize("part", ["1987", "2021", "02022", "99999999999999999999", "seite", "x"])
def test_there_is_no_file_of_a_year_without_anything(client, part):
    publish_for_years(1)
    assert client.get(f"/sitemap-{part}.xml").status_code == 404


@pytest.mark.parametrize(("part", "number"), [("seiten", 4), ("2022", 3)])
def test_a_file_of_the_index_makes_few_queries(client, part, number):
    publish_for_years(MOST_IN_ONE)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/sitemap-{part}.xml").status_code == 200
    assert len(queries) == number


def test_every_file_of_the_sitemap_is_xml_as_search_engines_read_it(client):
    publish_for_years(MOST_IN_ONE)
    for address, root in (("", "sitemapindex"), ("-seiten", "urlset"), ("-2022", "urlset")):
        answer = client.get(f"/sitemap{address}.xml")
        assert answer.headers["Content-Type"] == "application/xml"
        assert ElementTree.fromstring(answer.content).tag == f"{{{NAMESPACE}}}{root}"


# --- no such page ----------------------------------------------------------------------------


def test_the_404_page_leads_only_to_what_exists(client):
    assert links_of(client.get("/gibt-es-nicht/")) == ["/", "/leistungen/", "/daten/"]


def test_there_is_a_404_page_while_the_database_does_not_answer(client, no_database):
    response = client.get("/gibt-es-nicht/")
    assert response.status_code == 404
    assert "Diese Seite gibt es nicht" in text_of(response)


def test_a_renamed_service_is_found_at_both_addresses(client):
    service = ServiceFactory(name="Sozialpass")
    service.move_to("dresden-pass")
    response = client.get("/leistungen/sozialpass/", follow=True)
    assert (response.redirect_chain, response.status_code) == ([("/leistungen/dresden-pass/", 301)], 200)


# --- other errors ----------------------------------------------------------------------------


def test_who_is_logged_in_without_the_right_is_shown_the_way_out(client):
    SiteFactory()
    client.force_login(User.objects.create_user("redaktion", is_staff=True))
    response = client.get("/admin/catalogue/service/")
    assert response.status_code == 403
    assert "Sie sind als „redaktion“ angemeldet." in text_of(response)
    assert links_of(response) == ["/admin/konto/logout/"]


def test_who_is_not_logged_in_is_shown_the_way_in():
    request = RequestFactory().get("/admin/")
    request.user = AnonymousUser()
    response = permission_denied(request, PermissionDenied())
    assert response.status_code == 403
    assert links_of(response) == ["/admin/konto/login/"]


def test_a_form_without_a_valid_session_is_refused_with_what_to_do():
    response = Client(enforce_csrf_checks=True).post("/admin/konto/login/", {"login": "a", "password": "b"})
    assert response.status_code == 403
    assert "Ihre Sitzung ist abgelaufen" in text_of(response)
    assert "laden Sie die Seite neu" in text_of(response)


@pytest.mark.parametrize("path", ["/", "/leistungen/", "/admin/konto/login/", "/admin/"])
def test_the_503_page_stands_without_a_database(client, no_database, path):
    client.raise_request_exception = False
    client.cookies["sessionid"] = "a" * 32
    response = client.get(path)
    assert response.status_code == 503
    assert "Die Datenbank dieser Website ist nicht erreichbar." in text_of(response)


def test_the_400_page_stands_without_a_database(client, no_database):
    response = client.get("/leistungen/?q=%00")
    assert response.status_code == 400
    assert "Diese Anfrage ist nicht zu verstehen" in text_of(response)


# --- every public page -----------------------------------------------------------------------
