"""Whatever is asked for, the answer is one of ours: 404, 400, 405 or a page that passes the nonsense over."""

import pytest
from django.db import connection
from django.test import Client

from tests.admin import client_of, filled
from tests.factories import ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]

PAGES = [
    "/",
    "/leistungen/",
    "/leistungen/sozialpass/",
    "/suche/",
    "/rollout/",
    "/rollout/2022-10-05/",
    "/projekte/",
    "/projekte/2022-10-14/",
    "/projekte/jaegerpruefung/",
    "/kommunen/",
    "/kommunen/14627210/",
    "/entwicklung/",
    "/entwicklung/beispiel/",
    "/ausgaben/",
    "/ausgaben/2022-10/",
    "/ausgaben/2022-10/once-only/",
    "/methodik/",
    "/kontakt/",
    "/impressum/",
    "/datenschutz/",
    "/barrierefreiheit/",
    "/lizenzen/",
    "/lizenzen/eupl-1.2.txt",
    "/daten/",
    "/daten/rollout/",
    "/daten/katalog.jsonld",
    "/feed/",
    "/leistungen/sozialpass/feed/",
    "/kommunen/14627210/feed/",
    "/livez",
    "/readyz",
    "/robots.txt",
    "/sitemap.xml",
]

IGNORED = {
    "an unknown parameter": "unbekannt=1",
    "an unknown sort column": "sort=unbekannt",
    "an empty sort column": "sort=",
    "a sort column of signs": "sort=--,-,;DROP",
    "a sort column of the database": "sort=report__publication__id",
    "a page that is no number": "page=abc",
    "a page out of range": "page=99999999999999999999",
    "a negative page and page size": "page=-1&per_page=-1",
    "a page size that is no number": "per_page=abc",
    "unknown filters of the register": "art=x&landkreis=%C3%A4&groesse=-1&seite=99999999999999999999",
    "unknown filters": "fuer=unbekannt&zustand=unbekannt&jahr=unbekannt&plattform=unbekannt",
    "an unknown service and project": "leistung=gibt-es-nicht&projekt=%F0%9F%98%80",
    "a year that no calendar has": "jahr=99999999999999999999",
    "filters given twice": "q=a&q=b&fuer=gemeinde&fuer=landkreis&sort=count&sort=label",
    "10,000 characters": "q=" + "x" * 10_000,
    "10,000 words": "q=" + "x+" * 10_000,
    "an emoji": "q=%F0%9F%98%80&sort=%F0%9F%98%80",
    "signs with a meaning in SQL": "q=%25_'%5C%22--&jahr='",
    "signs with a meaning in HTML": "q=%3Cscript%3E%26&sort=%3Cb%3E",
    "a broken percent sign": "q=%&sort=%G1",
    "a parameter without a value": "q&sort&&=",
}
REFUSED = {
    "NUL in a value": "q=a%00b",
    "NUL in a name": "a%00b=1",
    "NUL in an unknown parameter": "unbekannt=%00",
    "a byte that is no UTF-8": "q=%FF",
    "a lone surrogate": "q=%ED%A0%80",
    "an overlong NUL": "sort=%C0%80",
}
UNKNOWN = [
    "/gibt-es-nicht/",
    "/leistungen/gibt-es-nicht/",
    "/leistungen/" + "x" * 10_000 + "/",
    "/leistungen/%FF/",
    "/leistungen/%ED%A0%80/",
    "/leistungen/%F0%9F%98%80/",
    "/leistungen/../",
    "/leistungen//",
    "/rollout/2022-11-05/",
    "/rollout/2022-10-06/",
    "/rollout/2022-13-45/",
    "/rollout/2022-02-30/",
    "/rollout/0000-00-00/",
    "/rollout/9999-12-31/",
    "/rollout/2022-10/",
    "/rollout/2022-10-05/x/",
    "/rollout/%D9%A2%D9%A0%D9%A2%D9%A2-%D9%A1%D9%A0-%D9%A0%D9%A5/",
    "/projekte/2022-10-05/",
    "/projekte/2022-11-14/",
    "/projekte/2022-13-45/",
    "/projekte/2022-02-30/",
    "/projekte/gibt-es-nicht/",
    "/projekte/entwurf/",
    "/projekte/beispiel/",
    "/projekte/%FF/",
    "/ausgaben/2022-11/",
    "/ausgaben/2022-00/",
    "/ausgaben/2022-13/",
    "/ausgaben/0000-01/",
    "/ausgaben/9999-12/",
    "/ausgaben/2022-10-05/",
    "/ausgaben/2022-10/gibt-es-nicht/",
    "/ausgaben/2022-11/once-only/",
    "/ausgaben/2022-00/once-only/",
    "/ausgaben/2022-10/%FF/",
    "/lizenzen/eupl-1.2.txt/",
    "/%FF",
    "/%F0%9F%98%80",
    "/" + "x" * 10_000,
    "/static/gibt-es-nicht.css",
    "/static/../ozgstatus/settings.py",
    "/static/%FF",
]


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_answer(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("query", IGNORED.values(), ids=IGNORED)
def test_a_parameter_without_sense_is_passed_over(client, path, query):
    assert client.get(f"{path}?{query}").status_code == 200


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("query", REFUSED.values(), ids=REFUSED)
def test_a_query_that_no_text_can_hold_is_refused(client, path, query):
    assert client.get(f"{path}?{query}").status_code == 400


@pytest.mark.parametrize("path", ["/leistungen/", "/rollout/", "/rollout/2022-10-05/"])
def test_more_parameters_than_anybody_types_are_refused(client, path):
    assert client.get(path + "?" + "a=1&" * 10_001).status_code == 400


@pytest.mark.parametrize("path", UNKNOWN, ids=lambda path: path[:40])
def test_an_unknown_address_is_a_404(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/%00", "/leistungen/%00/", "/leistungen/a%00b", "/ausgaben/2022-10/%00/", "/static/%00", "/admin/%00/"],
)
def test_an_address_with_nul_is_refused(client, path):
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "UNSINN"]
)
def test_public_pages_only_read(path, method):
    response = Client(enforce_csrf_checks=True).generic(method, path, b"\x00\xff", "application/octet-stream")
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", PAGES)
def test_head_answers_like_get_without_a_body(client, path):
    response = client.head(path)
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("path", ["/", "/livez", "/gibt-es-nicht/", "/admin/"])
@pytest.mark.parametrize("host", ["anderswo.example.org", "a b", "x" * 1000, "[::1", "ä"])
def test_another_host_name_is_refused(client, path, host):
    assert client.get(path, headers={"host": host}).status_code == 400


@pytest.mark.parametrize("value", ["x" * 10_000, '"\\000aaaaaaaa"', "ä", '"', "=;=,"])
@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/admin/", 302)])
def test_a_broken_cookie_is_no_error(client, path, status, value):
    response = client.get(path, headers={"cookie": f"sessionid={value}; csrftoken={value}"})
    assert response.status_code == (400 if "\\000" in value else status)


def test_nul_in_a_field_of_the_admin_is_refused_at_the_field_and_nothing_is_saved():
    client = client_of("Redaktion", is_superuser=True)
    service = ServiceFactory(name="Wohngeld")
    address = f"/admin/catalogue/service/{service.pk}/change/"
    sent = filled(client.get(address))
    for field in ("name", "printed_name", "authority_label", "available_since", "address"):
        response = client.post(address, sent | {field: "a\x00b"})
        assert (field, response.status_code) == (field, 200)
        assert field in response.context["adminform"].form.errors
    service.refresh_from_db()
    assert service.name == "Wohngeld"


@pytest.mark.parametrize(
    ("address", "fields", "status"),
    [
        ("/admin/konto/login/", {"login": "a\x00", "password": "b\x00"}, 200),
        ("/admin/konto/password/reset/", {"email": "a\x00@example.org"}, 200),
        ("/admin/catalogue/service/", {"action": "a\x00", "index": "0", "_selected_action": "1"}, 200),
        (
            "/admin/catalogue/service/",
            {"action": "delete_selected", "index": "0", "_selected_action": "a\x00"},
            200,
        ),
        ("/admin/catalogue/service/add/", {"parts-TOTAL_FORMS": "\x00", "parts-INITIAL_FORMS": "x"}, 200),
        ("/admin/catalogue/service/add/", {"name": "a\x00", "level": "\x00", "parts-0-name": "\x00"}, 200),
        ("/admin/newsletter/edition/add/", {"month": "10\x00/2022", "opening": "\x00"}, 200),
        ("/admin/rollout/rolloutreport/add/", {"date": "\x00", "note": "\x00"}, 200),
        ("/admin/ozgstatus/page/add/", {"slug": "\x00", "title": "\x00", "body": "<p>\x00</p>"}, 200),
    ],
)
def test_nul_in_a_form_of_the_editors_is_never_an_error_of_ours(address, fields, status):
    client = client_of("Redaktion", is_superuser=True) if "konto" not in address else Client()
    client.raise_request_exception = False
    response = client.post(address, fields)
    assert response.status_code == status
    assert connection.is_usable()
