"""The TLS front of compose.yaml: a real nginx with deploy/nginx.conf, and a site behind it that counts its visits."""

import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import settings

from tests.processes import free_port

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONFIGURATION = settings.BASE_DIR / "deploy" / "nginx.conf"
TOKEN = "S3cr3t-tokenOfALinkThatWasMailed-0123456789abc"
LONGER_THAN_SHORT = 2.1  # seconds; nginx counts whole ones
PATIENCE = 20  # seconds, on a machine that has much else to do

if os.environ.get("CI") == "true" and not NGINX:
    raise RuntimeError("No nginx was found: CI must try out deploy/nginx.conf.")
needs_nginx = pytest.mark.skipif(not NGINX, reason="no nginx")


class Site(BaseHTTPRequestHandler):
    """Answers with the number of its visit; the address says how long that may be kept."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str, dict]] = []
    status = 200

    def do_GET(self):
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        self.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
        body = f"visit {len(self.seen)}".encode()
        self.send_response(self.status)
        if self.path.startswith("/kept"):
            age = 1 if "short" in self.path else 60
            meanwhile = ", stale-while-revalidate=600" if "meanwhile" in self.path else ""
            self.send_header("Cache-Control", f"public, max-age={age}, stale-if-error=86400{meanwhile}")
            self.send_header("Vary", "Accept-Encoding, Cookie")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_POST = do_HEAD = do_GET

    def log_message(self, *arguments):
        pass


def adapted(text: str, replacements: dict[str, str]) -> str:
    for old, new in replacements.items():
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    return text


class Front:
    """A running nginx, and the site behind it."""

    def __init__(self, folder):
        self.folder = folder
        self.plain_port, self.port, self.site_port = free_port(), free_port(), free_port()
        self._certify()
        text = adapted(
            CONFIGURATION.read_text(),
            {
                "/tmp/": f"{folder}/",  # first: all other folders lie below it
                "listen 8080": f"listen 127.0.0.1:{self.plain_port}",
                "listen 8443": f"listen 127.0.0.1:{self.port}",
                "http://web:8000": f"http://127.0.0.1:{self.site_port}",
                "/etc/tls": str(folder),
                "/var/cache/nginx": str(folder),
                "/dev/stdout": str(folder / "access.log"),
                "worker_processes auto": "worker_processes 1",
            },
        )
        self.configuration = folder / "nginx.conf"
        # Started by root it would look for another user; in the container it is none.
        self.configuration.write_text(("user root;\n" if os.geteuid() == 0 else "") + text)

    def _certify(self):
        names = ["-keyout", self.folder / "privkey.pem", "-out", self.folder / "fullchain.pem"]
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
                *("-nodes", "-days", "1", "-subj", "/CN=localhost", *names),
            ],
            check=True,
            capture_output=True,
        )

    def command(self, *options):
        return [NGINX, "-e", "stderr", "-p", self.folder, "-c", self.configuration, *options]

    def start_site(self):
        Site.seen, Site.status = [], 200
        self.site = ThreadingHTTPServer(("127.0.0.1", self.site_port), Site)
        self.thread = threading.Thread(target=self.site.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def stop_site(self):
        self.site.shutdown()
        self.site.server_close()
        self.thread.join()

    def start(self):
        with (self.folder / "errors").open("w") as errors:
            self.process = subprocess.Popen(self.command("-g", "daemon off;"), stderr=errors)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert time.monotonic() < deadline and self.process.poll() is None, self.errors()
                time.sleep(0.02)

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(PATIENCE)

    def errors(self) -> str:
        return (self.folder / "errors").read_text()

    def ask(self, path, method="GET", body=None, **headers):
        trusting = ssl.create_default_context(cafile=self.folder / "fullchain.pem")
        trusting.check_hostname = False
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE, context=trusting)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"Host": "ozg.example.org"} | names)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        connection.close()
        return answer

    def log(self, number: int) -> list[str]:
        """Once so many lines are there."""
        deadline = time.monotonic() + PATIENCE
        while True:
            lines = (self.folder / "access.log").read_text().splitlines()
            if len(lines) >= number or time.monotonic() > deadline:
                return lines
            time.sleep(0.02)


@pytest.fixture(scope="module")
def running_front(tmp_path_factory):
    front = Front(tmp_path_factory.mktemp("front"))
    front.start()
    yield front
    front.stop()


@pytest.fixture
def front(running_front):
    """With the site behind it, and an empty log."""
    (running_front.folder / "access.log").write_text("")
    running_front.start_site()
    yield running_front
    running_front.stop_site()


@needs_nginx
def test_the_configuration_is_one_to_nginx(running_front):
    found = subprocess.run(running_front.command("-t"), capture_output=True, text=True)
    assert (found.returncode, "test is successful" in found.stderr) == (0, True), found.stderr


@needs_nginx
def test_a_public_page_is_asked_for_once_whatever_encodings_browsers_name(front):
    for accepted in ("gzip, deflate", "gzip", "deflate, gzip;q=0.5"):
        assert front.ask("/kept/once", Accept_Encoding=accepted).text == "visit 1"
    assert front.ask("/kept/once", Accept_Encoding="gzip, br").text == "visit 2"
    assert front.ask("/kept/once", Accept_Encoding="br;q=0, gzip;q=0").text == "visit 3"
    assert [headers.get("accept-encoding") for _, _, headers in Site.seen] == ["gzip", "br", None]


@needs_nginx
def test_what_does_not_say_how_long_it_may_be_kept_is_not(front):
    assert [front.ask("/admin/").text for _ in range(2)] == ["visit 1", "visit 2"]


@needs_nginx
@pytest.mark.parametrize("prefix", ["", "__Host-", "__Secure-"])
def test_who_has_a_session_reaches_the_site_and_leaves_nothing_behind(front, prefix):
    page = f"/kept/session{prefix}"
    with_session = {"Cookie": f"csrftoken=x; {prefix}sessionid=abc"}
    assert [front.ask(page, **with_session).text for _ in range(2)] == ["visit 1", "visit 2"]
    assert [front.ask(page).text for _ in range(2)] == ["visit 3", "visit 3"]
    assert front.ask(page, **with_session).text == "visit 4"
    assert front.ask(page, Cookie="notsessionid=abc").text == "visit 3"


@needs_nginx
def test_a_form_reaches_the_site_each_time_and_once(front):
    assert [front.ask("/kept/form", "POST", "a=b").text for _ in range(2)] == ["visit 1", "visit 2"]
    assert len(Site.seen) == 2


def test_the_session_cookie_has_the_name_that_the_front_looks_for():
    pattern = re.search(r'"~(\(\?:\^.*?sessionid=)"', CONFIGURATION.read_text())[1]
    assert re.search(pattern, f"a=b; {settings.SESSION_COOKIE_NAME}=x")


@needs_nginx
def test_an_old_page_is_served_while_the_site_is_gone_and_others_get_a_german_503(front):
    assert front.ask("/kept/short").text == "visit 1"
    time.sleep(LONGER_THAN_SHORT)
    front.stop_site()
    try:
        kept, other = front.ask("/kept/short"), front.ask("/kept/never-seen")
    finally:
        front.start_site()
    assert (kept.status, kept.text) == (200, "visit 1")
    assert (other.status, other.headers["Retry-After"], other.headers["Cache-Control"]) == (
        503,
        "30",
        "no-store",
    )
    assert other.text.startswith("Die Website ist im Moment nicht erreichbar.")
    assert other.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert front.ask("/kept/short").text == "visit 1"  # the first of the site that is back


@needs_nginx
def test_an_old_page_is_served_while_the_site_has_an_error(front):
    statuses = (500, 502, 503, 504)
    for status in statuses:
        front.ask(f"/kept/short/{status}")
    time.sleep(LONGER_THAN_SHORT)
    for number, status in enumerate(statuses, 1):
        Site.status = status
        answer = front.ask(f"/kept/short/{status}")
        assert (answer.status, answer.text) == (200, f"visit {number}")
    assert [line.split()[-2:] for line in front.log(8)[4:]] == [
        ["cache=STALE", f"site={status}"] for status in statuses
    ]


@needs_nginx
def test_nobody_waits_for_a_page_that_is_asked_for_anew_meanwhile(front):
    page = "/kept/short/meanwhile"
    front.ask(page)
    time.sleep(LONGER_THAN_SHORT)
    assert front.ask(page).text == "visit 1"
    deadline = time.monotonic() + PATIENCE
    while len(Site.seen) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    while (text := front.ask(page).text) == "visit 1" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert text == "visit 2"


@needs_nginx
def test_the_site_learns_who_asks_and_that_it_was_over_tls(front):
    front.ask(
        "/x", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="http", Forwarded="for=x", X_Forwarded_Host="y"
    )
    [(_, _, headers)] = Site.seen
    assert headers["host"] == "ozg.example.org"
    # TRUSTED_PROXIES counts from the right: what the visitor has said himself stands before it.
    assert headers["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"
    assert headers["x-forwarded-proto"] == "https"
    assert {"forwarded", "x-forwarded-host"}.isdisjoint(headers)


@needs_nginx
def test_the_log_has_no_token_no_query_and_no_visitor(front):
    paths = {
        f"/abonnement/bestaetigen/{TOKEN}/": "/abonnement/bestaetigen/***/",
        f"/abonnement/verwalten/{TOKEN}/daten.json": "/abonnement/verwalten/***/daten.json",
        f"/abonnement/abmelden/{TOKEN}": "/abonnement/abmelden/***",
        f"/abonnement/abmelden%2F{TOKEN}%2F?x=1": "/abonnement/abmelden%2F***%2F",
        f"/admin/konto/password/reset/key/5-{TOKEN}/": "/admin/konto/password/reset/key/***/",
        "/suche/?q=wer@example.org": "/suche/",
        "/rollout/2022-10-05/": "/rollout/2022-10-05/",
    }
    for path in paths:
        front.ask(path, Referer=f"https://ozg.example.org/abonnement/verwalten/{TOKEN}/")
    lines = front.log(len(paths))
    assert [line.split()[2] for line in lines] == list(paths.values())
    front.stop_site()
    try:
        front.ask(f"/abonnement/verwalten/{TOKEN}/")
    finally:
        front.start_site()
    everything = "\n".join(front.log(len(paths) + 1)) + front.errors()
    assert "cache=MISS site=502" in everything
    assert TOKEN not in everything and "127.0.0.1" not in everything and "wer@" not in everything


@needs_nginx
def test_a_body_that_is_too_large_never_reaches_the_site(front):
    assert front.ask("/", "POST", Content_Length=str(17 * 1024 * 1024)).status == 413
    assert Site.seen == []


def test_the_front_lets_through_what_the_site_itself_wants_to_refuse():
    limit = int(re.search(r"client_max_body_size (\d+)m;", CONFIGURATION.read_text())[1]) * 1024 * 1024
    assert settings.LARGEST_REQUEST < limit < 2 * settings.LARGEST_REQUEST


@needs_nginx
def test_who_sends_a_byte_at_a_time_keeps_nobody_of_the_site_busy(front):
    with socket.create_connection(("127.0.0.1", front.port)) as raw:
        context = ssl.create_default_context(cafile=front.folder / "fullchain.pem")
        context.check_hostname = False
        with context.wrap_socket(raw) as slow:
            slow.sendall(b"POST / HTTP/1.1\r\nHost: ozg.example.org\r\nContent-Length: 10\r\n\r\n1")
            time.sleep(0.3)
            assert Site.seen == []  # a form is handed on when it is whole
            assert front.ask("/kept/meanwhile").status == 200
    assert re.findall(r"client_(?:header|body)_timeout (\d+)s;", CONFIGURATION.read_text()) == ["10", "10"]


@needs_nginx
def test_without_tls_one_is_sent_to_tls(front):
    connection = http.client.HTTPConnection("127.0.0.1", front.plain_port, timeout=PATIENCE)
    connection.request("GET", "/rollout/?a=b", headers={"Host": "ozg.example.org"})
    answer = connection.getresponse()
    connection.close()
    assert (answer.status, answer.headers["Location"]) == (301, "https://ozg.example.org/rollout/?a=b")
