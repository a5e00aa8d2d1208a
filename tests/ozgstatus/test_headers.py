"""What every answer tells a browser, and what no header, host or path makes the site do."""

from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import Client, override_settings
from django.urls import path

from ozgstatus.refusals import refusal
from ozgstatus.urls import urlpatterns as addresses_of_the_site
from stand.models import FormerAddress
from tests.admin import client_of, make_user
from tests.factories import ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]


def fails(request):
    raise RuntimeError("on purpose")


urlpatterns = [path("fehler/", fails), path("daten/fehler/", fails), *addresses_of_the_site]
handler404 = "ozgstatus.pages.not_found"

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
OURS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
}

# By what it is: method, address and further parts of the request, the status, and who may embed the answer.
ANSWERS = {
    "a page": ("GET", "/", {}, 200, "same-origin"),
    "the head of a page": ("HEAD", "/leistungen/", {}, 200, "same-origin"),
    "a text": ("GET", "/robots.txt", {}, 200, "same-origin"),
    "a sign of life": ("GET", "/livez", {}, 200, "same-origin"),
    "the site map": ("GET", "/sitemap.xml", {}, 200, "same-origin"),
    "a redirect": ("GET", "/leistungen", {}, 301, "same-origin"),
    "a redirect to the login": ("GET", "/admin/", {}, 302, "same-origin"),
    "the login": ("GET", "/admin/konto/login/", {}, 200, "same-origin"),
    "a style sheet": ("GET", "/static/site.css", {}, 200, "same-origin"),
    "a script": ("GET", "/static/admin/js/theme.js", {}, 200, "same-origin"),
    "a picture": ("GET", "/static/icon.svg", {}, 200, "same-origin"),
    "a file that is not there": ("GET", "/static/gibt-es-nicht.css", {}, 404, "same-origin"),
    "open data as CSV": ("GET", "/daten/leistungen/aktuell.csv", {}, 200, "cross-origin"),
    "open data as JSON": ("GET", "/daten/leistungen/aktuell.json", {}, 200, "cross-origin"),
    "the catalogue of data": ("GET", "/daten/katalog.jsonld", {}, 200, "cross-origin"),
    "the page of data": ("GET", "/daten/", {}, 200, "cross-origin"),
    "data that are not there": ("GET", "/daten/gibt-es-nicht/", {}, 404, "cross-origin"),
    "a feed": ("GET", "/feed/", {}, 200, "cross-origin"),
    "a feed of a service": ("GET", "/leistungen/sozialpass/feed/", {}, 200, "cross-origin"),
    "400, NUL": ("GET", "/leistungen/?q=%00", {}, 400, "same-origin"),
    "400, a host that is not ours": ("GET", "/", {"HTTP_HOST": "anderswo.example.org"}, 400, "same-origin"),
    "400, too many parameters": ("GET", "/leistungen/?" + "a=1&" * 10_001, {}, 400, "same-origin"),
    "403, a form without a token": ("POST", "/admin/konto/login/", {}, 403, "same-origin"),
    "404": ("GET", "/gibt-es-nicht/", {}, 404, "same-origin"),
    "405": ("POST", "/leistungen/", {}, 405, "same-origin"),
    "405 of open data": ("DELETE", "/daten/", {}, 405, "cross-origin"),
    "500": ("GET", "/fehler/", {}, 500, "same-origin"),
    "500 of open data": ("GET", "/daten/fehler/", {}, 500, "cross-origin"),
}


def policy_of(response) -> dict[str, str]:
    directives = response["Content-Security-Policy"].split("; ")
    return {name: value for name, _, value in (directive.partition(" ") for directive in directives)}


def read(response) -> bytes:
    """To its end, which closes what is streamed."""
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def production(settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SECURE_SSL_REDIRECT = True
    settings.ROOT_URLCONF = __name__


def check_headers(response, embedded_by):
    assert policy_of(response) == POLICY
    assert {name: response.get(name) for name in OURS} == OURS
    assert response["Cross-Origin-Resource-Policy"] == embedded_by
    features = response["Permissions-Policy"].split(", ")
    assert all(feature.endswith("=()") for feature in features)
    assert {"camera=()", "microphone=()", "geolocation=()", "payment=()", "usb=()"} <= set(features)


@pytest.mark.parametrize(
    ("method", "address", "more", "status", "embedded_by"), ANSWERS.values(), ids=ANSWERS
)
def test_every_kind_of_answer_has_every_header(production, method, address, more, status, embedded_by):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    response = client.generic(method, address, secure=True, **more)
    read(response)
    assert response.status_code == status
    check_headers(response, embedded_by)


@pytest.mark.parametrize("status", ["400 Bad Request", "431 Request Header Fields Too Large", "500 x"])
def test_so_have_answers_to_what_the_web_server_cannot_read(production, status):
    head, _, text = refusal(status).decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert first == f"HTTP/1.1 {status}"
    check_headers(headers, "same-origin")
    assert headers["Content-Length"] == str(len(text.encode())) and text.endswith("\n")


def test_so_have_refusals_to_who_is_logged_in(production):
    client = client_of("Wer")
    response = client.get("/admin/catalogue/service/", secure=True)
    assert response.status_code == 403
    check_headers(response, "same-origin")


def test_so_has_what_is_too_large(production):
    client = client_of("Redaktion")
    response = client.generic("POST", "/admin/", b"x", secure=True, CONTENT_LENGTH="20000000")
    assert response.status_code == 413
    check_headers(response, "same-origin")


def test_who_comes_without_tls_is_sent_to_it_with_all_that_holds_there(production):
    response = Client().get("/leistungen/?q=a")
    assert (response.status_code, response.url) == (301, "https://testserver/leistungen/?q=a")
    assert policy_of(response) == POLICY and response["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in response  # RFC 6797, 7.2


def test_files_as_they_are_collected_have_every_header_too(production, tmp_path):
    production_storage = {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(
        STATIC_ROOT=tmp_path,
        STORAGES=production_storage,
        WHITENOISE_AUTOREFRESH=False,
        WHITENOISE_USE_FINDERS=False,
    ):
        (tmp_path / "site.css").write_text("a { color: red }")
        response = Client().get("/static/site.css", secure=True)
    assert response.status_code == 200 and b"color" in read(response)
    check_headers(response, "same-origin")


# --- proxies ---------------------------------------------------------------------------------

FORGED = {
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "evil.example.org",
    "HTTP_X_FORWARDED_PORT": "443",
    "HTTP_X_FORWARDED_SSL": "on",
    "HTTP_X_FORWARDED_SERVER": "evil.example.org",
    "HTTP_X_HOST": "evil.example.org",
    "HTTP_X_ORIGINAL_URL": "/admin/",
    "HTTP_X_REWRITE_URL": "/admin/",
    "HTTP_FORWARDED": "host=evil.example.org;proto=https",
    "HTTP_FRONT_END_HTTPS": "on",
}


def test_without_a_trusted_proxy_nothing_that_a_client_says_of_one_is_believed(production):
    for name, value in FORGED.items():
        response = Client().get("/leistungen/", **{name: value})
        assert (response.status_code, response.url) == (301, "https://testserver/leistungen/"), name


def test_of_a_trusted_proxy_only_the_protocol_is_believed(production, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    plain = Client().get("/leistungen/").content
    response = Client().get("/leistungen/", **FORGED)
    assert response.status_code == 200 and b"evil" not in response.content
    assert b"Location" not in plain


def test_gunicorn_itself_believes_no_proxy(settings):
    found: dict = {}
    exec((settings.BASE_DIR / "gunicorn.conf.py").read_text(), found)
    assert found["forwarded_allow_ips"] == ""


# --- method override -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
@pytest.mark.parametrize("method", ["DELETE", "PUT", "POST", "TRACE", "GET"])
def test_a_header_does_not_make_another_method_of_a_request(name, method):
    service = ServiceFactory(name="Wohngeld", slug="bleibt")
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(f"Chefin-{name}-{method}", is_superuser=True))
    address = f"/admin/catalogue/service/{service.pk}/delete/"
    assert client.get(address, {"_method": method}, headers={name: method}).status_code == 200
    assert client.post(address, {"post": "yes", "_method": method}, headers={name: method}).status_code == 403
    assert client.post("/leistungen/bleibt/", {"_method": "GET"}, headers={name: "GET"}).status_code == 405
    service.refresh_from_db()


# --- ways to other sites ---------------------------------------------------------------------

ELSEWHERE = [
    "https://evil.example.org/",
    "http://evil.example.org",
    "//evil.example.org/",
    "///evil.example.org/",
    "////evil.example.org/",
    "/\\evil.example.org/",
    "\\\\evil.example.org/",
    "\\/evil.example.org/",
    "https:evil.example.org",
    "https:/evil.example.org",
    "http:///evil.example.org",
    "https://testserver@evil.example.org/",
    "https://testserver.evil.example.org/",
    "https://evil.example.org#testserver",
    "https://evil.example.org?testserver",
    "https://evil.example.org\\@testserver/",
    "https://[::1]/",
    "//evil%E3%80%82example%E3%80%82org/",
    "/%09/evil.example.org",
    "\t//evil.example.org/",
    " //evil.example.org/",
    "//evil.example.org/%2f..",
    "/\n/evil.example.org/",
    "/%0d%0aLocation:%20https://evil.example.org/",
    "javascript:alert(1)",
    "JaVaScRiPt://testserver/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "ftp://testserver/",
    "x" * 5000,
    "\x00//evil.example.org/",
    "https://",
    "http://[evil",
]


def stays_here(location: str) -> bool:
    """As a browser reads it: backslashes are slashes, blanks at the edges and tabs are nothing."""
    read = location.strip().replace("\\", "/").replace("\t", "").replace("\n", "")
    return urlsplit(urljoin("http://testserver/x/", read))[:2] == ("http", "testserver")


def test_what_a_browser_would_follow_elsewhere_is_told_apart():
    assert not any(map(stays_here, ["//evil.example.org", "/\\evil.example.org", "https:evil.example.org"]))
    assert all(map(stays_here, ["/admin/", "x", "http://testserver/", "/%2Fevil.example.org/"]))


@pytest.mark.parametrize("target", ELSEWHERE, ids=lambda target: repr(target)[:40])
def test_no_parameter_leads_to_another_site(target):
    make_user("Redaktion", "Nur-fuer-Tests-2022")
    client = Client(raise_request_exception=False)
    fields = {"login": "Redaktion", "password": "Nur-fuer-Tests-2022", "next": target}
    answers = [
        client.get("/admin/konto/login/", {"next": target}),
        client.get("/admin/login/", {"next": target}),
        client.post("/admin/konto/login/", fields),
        client.get("/admin/konto/login/", {"next": target}),
        client.get("/admin/", {"next": target, "_changelist_filters": target, "_popup": target}),
        client.get("/admin/konto/password/confirm/", {"next": target}),
        client.post("/admin/konto/password/confirm/", {"password": fields["password"], "next": target}),
        client.get("/admin/konto/zweiter-faktor/", {"next": target}),
        client.post("/admin/konto/logout/", {"next": target}),
    ]
    for answer in answers:
        assert answer.status_code < 500
        assert stays_here(answer.get("Location", "/")), answer["Location"]
        assert "evil" not in urlsplit(answer.get("Location", "/")).netloc


# Addresses that no page has; what leads on must stay here.
TRICKS = [
    "//evil.example.org",
    "//evil.example.org/..",
    "///evil.example.org",
    "/\\evil.example.org",
    "/%5cevil.example.org",
    "/%2fevil.example.org",
    "/%2f%2fevil.example.org",
    "//evil.example.org/%2e%2e",
    "//evil.example.org/leistungen",
    "/leistungen//evil.example.org",
    "/leistungen/%2f/",
    "/leistungen/..",
    "/leistungen/../admin",
    "/leistungen/%2e%2e/%2e%2e/etc/passwd",
    "/leistungen/..%2f..%2f..%2fetc%2fpasswd",
    "/leistungen/..%5c..%5c..%5cwindows",
    "/leistungen/..%c0%af..%c0%afetc",
    "/leistungen/%252e%252e%252f",
    "/leistungen/....//....//etc/passwd",
    "/leistungen/sozialpass%00.css",
    "/leistungen/sozialpass;/x",
    "/leistungen/sozialpass/.",
    "/leistungen/sozialpass%20/",
    "/leistungen/sozialpass%0d%0aX-Evil:%201/",
    "/leistungen/sozialpass%0a",
    "/LEISTUNGEN/",
    "/leistungen/%F0%9F%92%A9/",
    "/leistungen/%ED%A0%80/",
    "/leistungen/%ff%fe/",
    "/leistungen/" + "x" * 10_000,
    "/" + "a/" * 5_000,
    "/" + "%2e%2e/" * 1_000,
    "/static/../ozgstatus/settings.py",
    "/static/..%2fozgstatus%2fsettings.py",
    "/static/%2e%2e/ozgstatus/settings.py",
    "/static/..%5cozgstatus%5csettings.py",
    "/static//etc/passwd",
    "/static/./site.css",
    "/static/%2e/site.css",
    "/static/site.css/",
    "/static/site.css%00",
    "/static/C:/windows",
    "/daten/leistungen/..%2faktuell.csv",
    "/daten/../admin/",
    "/daten/leistungen/aktuell.csv%00.json",
    "/ausgaben/2022-10/../../admin/",
    "/.git/config",
    "/.env",
    "/%2e%2e/%2e%2e/.env",
    "/.well-known/../admin/",
    "/admin/..%2f",
    "/admin//",
    "//admin/",
    "/admin/%2e%2e/admin/",
    "/admin/konto/../catalogue/service/",
    "/admin/konto/password/reset/key/..-../",
    "/admin/r/999999999999999999999/1/",
]


@pytest.mark.parametrize("address", TRICKS, ids=lambda address: address[:40])
def test_a_trick_with_the_path_shows_nothing_and_leads_nowhere(address):
    client = Client(raise_request_exception=False)
    # As a server hands it over (PEP 3333), so that the test client does not tidy it up.

    decoded = unquote_to_bytes(address).decode("latin-1")
    for method in ("get", "head", "post"):
        response = getattr(client, method)("/", PATH_INFO=decoded)
        assert response.status_code in (301, 302, 400, 403, 404, 405)
        assert stays_here(response.get("Location", "/"))
        assert "X-Evil" not in response
        content = read(response)
        assert b"SECRET_KEY" not in content and b"root:" not in content


def test_an_address_of_old_leads_to_the_new_one_of_this_site():
    FormerAddress.objects.create(old_path="/leistungen/frueher/", new_path="/leistungen/heute/")
    for query in ("next=//evil.example.org", "%0d%0aX-Evil: 1", "@evil.example.org", "//evil.example.org"):
        response = Client(raise_request_exception=False).get(f"/leistungen/frueher/?{query}")
        assert response.status_code == 301 and stays_here(response["Location"])
        assert response["Location"].startswith("/leistungen/heute/?") and "X-Evil" not in response


HOSTS = [
    "evil.example.org",
    "testserver.evil.example.org",
    "testserver@evil.example.org",
    "testserver:80@evil.example.org",
    "testserver evil.example.org",
    "testserver,evil.example.org",
    "testserver/evil",
    "testserver#evil",
    "testserver?evil",
    "testserver:port",
    "testserver:80:80",
    "[testserver]",
    "..",
    "",
    "*",
    "%74estserver",
    "testserver\x00",
    "169.254.169.254",
    "0",
    "xn--",
    "ｔestserver",
]


@pytest.mark.parametrize("host", HOSTS, ids=repr)
def test_another_host_is_refused_everywhere(host):
    client = Client(raise_request_exception=False)
    for address in (
        "/",
        "/leistungen",
        "/admin/",
        "/static/gibt-es-nicht.css",
        "/daten/leistungen/aktuell.csv",
    ):
        response = client.get(address, HTTP_HOST=host)
        assert response.status_code == 400, address
        assert b"evil" not in response.content


def test_a_mail_that_sets_a_password_names_the_host_that_was_allowed_alone():
    response = Client().post(
        "/admin/konto/password/reset/", {"email": "x@example.org"}, HTTP_HOST="evil.example.org"
    )
    assert response.status_code == 400


def test_check_deploy_has_nothing_to_say_about_the_settings_of_production():
    """`make check` runs it with all of them; here is that it would say something."""

    with override_settings(SECURE_HSTS_SECONDS=0, DEBUG=False), pytest.raises(SystemCheckError, match="W004"):
        call_command("check", deploy=True, fail_level="WARNING")
