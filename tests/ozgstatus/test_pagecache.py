"""Whole pages kept in front of Django: which, for how long, in which forms, and what is shown without a database."""

import gzip
import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import brotli
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from ozgstatus.kept import coding_for
from ozgstatus.pagecache import PageCache
from ozgstatus.pulse import Beat, Calendar
from tests.factories import PageFactory, ServiceFactory, SiteFactory

PUBLIC = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
FAR = float("inf")
PAGE = b"<p>" + b"Gemeinde " * 200
WAIT = 10


class Pulse:
    """A database that says what a test wants."""

    def __init__(self):
        self.beat = Beat()
        self.says(1)

    def start(self):
        pass

    def says(self, number, withdrawn=0):
        self.beat = Beat((number, f"at {number}"), withdrawn, since=1_793_000_000, until=FAR)

    def is_silent(self):
        self.beat = self.beat._replace(until=0)


class Site:
    """Instead of Django: answers what a test wants, and remembers what it was asked."""

    def __init__(self):
        self.asked = []
        self.status, self.body, self.headers = "200 OK", PAGE, [("Content-Type", "text/html; charset=utf-8")]
        self.closed = 0

    def __call__(self, environ, start_response):
        self.asked.append(environ)
        start_response(self.status, list(self.headers))
        return Parts(self, [self.body] if isinstance(self.body, bytes) else self.body)

    @property
    def addresses(self):
        return [environ["PATH_INFO"] + "?" + environ["QUERY_STRING"] for environ in self.asked]


class Parts:
    def __init__(self, site, parts):
        self.site, self.parts = site, parts

    def __iter__(self):
        return iter(self.parts)

    def close(self):
        self.site.closed += 1


class Answer:
    def __init__(self, status, headers, parts):
        self.status, self.headers, self.body = status, dict(headers), b"".join(parts)
        assert len(self.headers) == len(headers)  # none twice
        if hasattr(parts, "close"):
            parts.close()


def ask(application, address="/", method="GET", **headers):
    path, _, query = address.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "ozgstatus.example.org",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    } | headers
    said = []
    parts = application(environ, lambda *status_and_headers: said.extend(status_and_headers))
    return Answer(said[0], said[1], parts)


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def pulse():
    return Pulse()


@pytest.fixture
def cache(site, pulse):
    return PageCache(site, pulse, limit=10_000_000)


# --- what is kept --------------------------------------------------------------------------------


def test_a_page_is_made_once_and_says_how_long_others_may_keep_it(site, cache):
    first, second = ask(cache), ask(cache)
    assert (first.status, first.body) == ("200 OK", PAGE)
    assert (second.status, second.body, second.headers) == (first.status, first.body, first.headers)
    assert len(site.asked) == site.closed == 1
    assert first.headers == {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": PUBLIC,
        "Vary": "Accept-Encoding",
        "ETag": first.headers["ETag"],
        "Content-Length": "1803",
    }


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/", {"REQUEST_METHOD": "POST"}),
        ("/", {"REQUEST_METHOD": "OPTIONS"}),
        ("/", {"CONTENT_LENGTH": "3"}),
        ("/", {"HTTP_TRANSFER_ENCODING": "chunked"}),
        ("/", {"HTTP_COOKIE": "a=b; sessionid=c"}),
        ("/admin/", {}),
        ("/abonnement/", {}),
        ("/static/site.css", {}),
        ("/livez", {}),
        ("/readyz", {}),
    ],
)
def test_everything_else_reaches_django_as_it_came_and_is_answered_as_it_says(site, cache, address, headers):
    for _ in range(2):
        answer = ask(cache, address, HTTP_IF_NONE_MATCH="*", HTTP_ACCEPT_ENCODING="br", **headers)
        assert (answer.status, answer.body) == ("200 OK", PAGE)
        assert "ETag" not in answer.headers
        assert site.asked[-1]["HTTP_IF_NONE_MATCH"] == "*"
    assert len(site.asked) == 2


def test_what_is_answered_to_a_session_is_for_nobody_else(site, cache):
    site.headers.append(("Cache-Control", "no-cache"))
    with_session = ask(cache, HTTP_COOKIE="sessionid=abc")
    assert with_session.headers["Cache-Control"] == "private, no-store"
    assert ask(cache, "/static/a.css", HTTP_COOKIE="sessionid=abc").headers["Cache-Control"] == "no-cache"


def test_other_cookies_are_no_session_and_do_not_reach_django(site, cache):
    for cookie in ("csrftoken=x", "nosessionid=1; a=sessionid"):
        ask(cache, HTTP_COOKIE=cookie)
    assert len(site.asked) == 1
    assert "HTTP_COOKIE" not in site.asked[0]


def test_django_learns_nothing_of_the_visitor(site, cache):
    told = {"HTTP_IF_NONE_MATCH": "*", "HTTP_IF_MODIFIED_SINCE": "x", "HTTP_ACCEPT_LANGUAGE": "en"}
    ask(cache, HTTP_RANGE="bytes=0-1", HTTP_REFERER="x", HTTP_X_HTTP_METHOD_OVERRIDE="POST", **told)
    assert [name for name in site.asked[0] if name.startswith("HTTP_")] == ["HTTP_HOST"]


@pytest.mark.parametrize(
    ("status", "header"),
    [
        ("404 Not Found", None),  # addresses without limit
        ("301 Moved Permanently", None),
        ("410 Gone", None),
        ("503 Service Unavailable", None),
        ("200 OK", ("Set-Cookie", "a=b")),
        ("200 OK", ("Cache-Control", "no-store")),
        ("200 OK", ("Cache-Control", "max-age=3, private")),
        ("200 OK", ("Vary", "Cookie")),
        ("200 OK", ("Content-Security-Policy", "script-src 'nonce-abc'")),
    ],
)
def test_what_is_not_for_everybody_or_not_there_is_not_kept(site, cache, status, header):
    site.status = status
    if header:
        site.headers.append(header)
    for _ in range(2):
        answer = ask(cache, HTTP_ACCEPT_ENCODING="br")
        assert (answer.status, answer.body) == (status, PAGE)
        assert "ETag" not in answer.headers
    assert len(site.asked) == site.closed == 2


def test_a_stream_that_is_too_large_goes_on_as_a_stream(site, cache):
    site.body = [b"x" * 1_000_000] * 5
    assert len(ask(cache).body) == 5_000_000
    assert site.closed == 1
    assert ask(cache, method="HEAD").body == b""
    assert site.closed == 2


def test_nothing_is_kept_where_that_is_switched_off_but_answers_are_the_same(site, pulse):
    cache = PageCache(site, pulse, limit=0)
    answers = [ask(cache, HTTP_ACCEPT_ENCODING="br") for _ in range(2)]
    assert [answer.headers["Content-Encoding"] for answer in answers] == ["br", "br"]
    assert len(site.asked) == 2
    assert (
        ask(cache, HTTP_IF_NONE_MATCH=answers[0].headers["ETag"], HTTP_ACCEPT_ENCODING="br").status[:3]
        == "304"
    )


def test_nothing_is_kept_before_the_database_has_said_its_first_version(site, pulse, cache):
    pulse.beat = Beat()
    assert [ask(cache).headers["Cache-Control"] for _ in range(2)] == [PUBLIC] * 2
    assert len(site.asked) == 2


# --- under which key -----------------------------------------------------------------------------


def test_unknown_parameters_are_dropped_and_known_ones_put_in_order(site, cache):
    for query in (
        "q=a&art=b",
        "art=b&q=a",
        "utm_source=mail&art=b&&q=a&fbclid=1",
        "%61rt=b&q=a",
        "ART=x&q=a&art=b",
    ):
        ask(cache, f"/suche/?{query}")
    assert site.addresses == ["/suche/?art=b&q=a", "/suche/?%61rt=b&q=a"]
    ask(cache, "/?utm_source=x")
    ask(cache, "/")
    assert site.addresses[2:] == ["/?"]


def test_the_order_of_one_parameter_given_twice_stays(site, cache):
    ask(cache, "/suche/?q=b&seite=2&q=a")
    assert site.addresses == ["/suche/?q=b&q=a&seite=2"]


def test_hosts_paths_and_schemes_are_told_apart_as_django_does(site, pulse, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    cache = PageCache(site, pulse, 10_000_000)
    ask(cache)
    ask(cache, HTTP_HOST="OZGstatus.example.org")
    assert len(site.asked) == 1
    ask(cache, HTTP_HOST="localhost")
    ask(cache, "/A/")
    ask(cache, "/a/")
    ask(cache, HTTP_X_FORWARDED_PROTO="https")
    assert len(site.asked) == 5
    assert site.asked[4]["HTTP_X_FORWARDED_PROTO"] == "https"
    ask(cache, HTTP_X_FORWARDED_PROTO="https, http")
    ask(cache, **{"wsgi.url_scheme": "https"})
    assert len(site.asked) == 5
    ask(cache, HTTP_X_FORWARDED_PROTO="http")
    assert len(site.asked) == 5


def test_nobody_is_believed_about_the_scheme_where_no_proxy_is_trusted(site, cache):
    ask(cache)
    ask(cache)
    ask(cache, HTTP_X_FORWARDED_PROTO="https")
    assert len(site.asked) == 1
    assert "HTTP_X_FORWARDED_PROTO" not in site.asked[0]


# --- for how long --------------------------------------------------------------------------------


def test_a_new_version_makes_every_page_anew(site, pulse, cache):
    ask(cache)
    pulse.says(2)
    site.body = b"neu"
    assert [ask(cache).body for _ in range(2)] == [b"neu"] * 2
    assert len(site.asked) == 2


def test_another_history_with_the_same_number_makes_every_page_anew(site, pulse, cache):
    ask(cache)
    pulse.beat = pulse.beat._replace(version=(1, "at another moment"))
    ask(cache)
    assert len(site.asked) == 2


def test_a_new_day_makes_every_page_anew(site, pulse):
    now = datetime(2026, 11, 27, 22, 59, 59, tzinfo=UTC).timestamp()
    cache = PageCache(site, pulse, 10_000_000, Calendar(lambda: now))
    ask(cache)
    ask(cache)
    assert len(site.asked) == 1
    now += 1
    pulse.says(1)
    ask(cache)
    ask(cache)
    assert len(site.asked) == 2


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ((2026, 11, 27, 22, 59), date(2026, 11, 27)),
        ((2026, 11, 27, 23, 0), date(2026, 11, 28)),
        ((2026, 10, 24, 21, 59), date(2026, 10, 24)),
        ((2026, 10, 24, 22, 0), date(2026, 10, 25)),  # which has 25 hours
        ((2026, 10, 25, 22, 59), date(2026, 10, 25)),
        ((2026, 10, 25, 23, 0), date(2026, 10, 26)),
        ((2026, 3, 29, 21, 59), date(2026, 3, 29)),  # which has 23
        ((2026, 3, 29, 22, 0), date(2026, 3, 30)),
    ],
)
def test_the_day_ends_at_midnight_in_berlin(moment, day):
    clock = []
    calendar = Calendar(lambda: clock[-1])
    now = datetime(*moment, tzinfo=UTC).timestamp()
    for other in (now - 3600, now - 86400, now + 86400):  # whatever it has said before
        for second in (other, now):
            clock.append(second)
            said = calendar.today()
        assert said == day


def test_what_was_just_sent_is_forgotten_with_the_day_too(site, pulse, monkeypatch):
    """What is hot is found without asking the calendar: by the monotonic clock."""
    now, clock = datetime(2026, 11, 27, 22, 59, 50, tzinfo=UTC).timestamp(), 1000.0
    monkeypatch.setattr("ozgstatus.pagecache.monotonic", lambda: clock)
    cache = PageCache(site, pulse, 10_000_000, Calendar(lambda: now))
    for _ in range(3):
        ask(cache)
    assert len(site.asked) == 1 and len(cache._hot.forms) == 1
    now, clock = now + 11, clock + 11
    for _ in range(3):
        ask(cache)
    assert len(site.asked) == 2


def test_what_is_hot_is_answered_like_everything_else(site, cache):
    for _ in range(3):
        whole = ask(cache, "/suche/?q=a", HTTP_ACCEPT_ENCODING="br")
    assert len(cache._hot.forms) == 1
    assert ask(cache, "/suche/?q=a", HTTP_ACCEPT_ENCODING="gzip").headers["Content-Encoding"] == "gzip"
    assert ask(cache, "/suche/?q=b", HTTP_ACCEPT_ENCODING="br").headers == whole.headers
    assert ask(cache, "/suche/?q=a", method="HEAD", HTTP_ACCEPT_ENCODING="br").body == b""
    known = ask(cache, "/suche/?q=a", HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=whole.headers["ETag"])
    assert known.status == "304 Not Modified"
    assert len(site.asked) == 2
    for other in ({"HTTP_COOKIE": "sessionid=a"}, {"CONTENT_LENGTH": "3"}, {"REQUEST_METHOD": "POST"}):
        assert "ETag" not in ask(cache, "/suche/?q=a", **{"HTTP_ACCEPT_ENCODING": "br"} | other).headers
    assert len(site.asked) == 5


# --- in which form -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", "identity"),
        ("identity", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("deflate", "identity"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.0,gzip;q=0.000", "identity"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("gzip;q=0.5, identity", "identity"),
        ("GZIP ; Q=0.5", "gzip"),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("*;q=0", "identity"),
        ("*;q=0, gzip;q=0.1", "gzip"),
        ("identity;q=0", "identity"),  # nothing else is admitted either, and something must be said
        ("br;q=nein, gzip;q=2, *;q=", "identity"),
        (",;,=;q", "identity"),
    ],
)
def test_the_coding_is_what_the_visitor_likes_best(accepted, coding):
    assert coding_for(accepted) == coding


def test_every_form_is_the_same_page_with_a_tag_of_its_own(site, cache):
    plain, small, smaller = (ask(cache, HTTP_ACCEPT_ENCODING=coding) for coding in ("identity", "gzip", "br"))
    assert plain.body == gzip.decompress(small.body) == brotli.decompress(smaller.body) == PAGE
    assert "Content-Encoding" not in plain.headers
    assert [answer.headers["Content-Encoding"] for answer in (small, smaller)] == ["gzip", "br"]
    assert [answer.headers["Vary"] for answer in (plain, small, smaller)] == ["Accept-Encoding"] * 3
    assert [int(answer.headers["Content-Length"]) for answer in (plain, small, smaller)] == [
        len(plain.body),
        len(small.body),
        len(smaller.body),
    ]
    tag = plain.headers["ETag"].strip('"')
    assert [answer.headers["ETag"] for answer in (plain, small, smaller)] == [
        f'"{tag}"',
        f'"{tag}-gzip"',
        f'"{tag}-br"',
    ]


def test_the_tag_follows_from_the_content_alone(site, pulse, cache):
    first = ask(cache).headers["ETag"]
    pulse.says(2)
    assert ask(cache).headers["ETag"] == first
    pulse.says(3)
    site.body += b"!"
    assert ask(cache).headers["ETag"] != first


def test_each_form_is_made_once_and_only_when_somebody_asks(cache, monkeypatch):
    made = []
    compress = brotli.compress
    monkeypatch.setattr(
        "ozgstatus.kept.brotli.compress",
        lambda body, quality: made.append(quality) or compress(body, quality=quality),
    )
    ask(cache)
    assert made == []
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ask(cache, HTTP_ACCEPT_ENCODING="br"), range(32)))
    assert made == [5]


def test_what_is_compressed_already_or_gets_larger_stays_as_it_is(site, cache):
    site.body = b"kurz"
    assert "Content-Encoding" not in ask(cache, HTTP_ACCEPT_ENCODING="br").headers
    site.headers[:] = [("Content-Type", "application/pdf")]
    site.body = PAGE
    answer = ask(cache, "/a.pdf", HTTP_ACCEPT_ENCODING="br")
    assert (answer.body, "Vary" in answer.headers) == (PAGE, False)


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
def test_what_the_visitor_has_is_not_sent_again(cache, coding):
    whole = ask(cache, HTTP_ACCEPT_ENCODING=coding)
    tag = whole.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"a", {tag}', f'"a, b" , W/{tag},"c"', " * "):
        answer = ask(cache, HTTP_ACCEPT_ENCODING=coding, HTTP_IF_NONE_MATCH=known)
        assert (answer.status, answer.body) == ("304 Not Modified", b"")
        assert answer.headers == {"Cache-Control": PUBLIC, "Vary": "Accept-Encoding", "ETag": tag}
    for other in ('"a"', tag.strip('"'), "", tag.replace('"', "'"), f'"{tag}"'[:-2]):
        assert ask(cache, HTTP_ACCEPT_ENCODING=coding, HTTP_IF_NONE_MATCH=other).status == "200 OK"


def test_the_tag_of_another_form_is_another_one(cache):
    tag = ask(cache, HTTP_ACCEPT_ENCODING="gzip").headers["ETag"]
    assert ask(cache, HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=tag).status == "200 OK"


def test_head_is_answered_like_get_without_the_page(site, cache):
    for headers in ({}, {"HTTP_ACCEPT_ENCODING": "br"}, {"HTTP_IF_NONE_MATCH": "*"}):
        head, get = ask(cache, method="HEAD", **headers), ask(cache, **headers)
        assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")
    assert [environ["REQUEST_METHOD"] for environ in site.asked] == ["GET"]
    site.status = "404 Not Found"
    assert ask(cache, "/nichts/", method="HEAD").body == b""


def test_a_data_file_keeps_its_own_tag_date_and_rule_in_every_form(site, cache):
    site.headers += [
        ("Cache-Control", "no-cache"),
        ("ETag", 'W/"abc"'),
        ("Last-Modified", "Fri, 27 Nov 2026 16:00:00 GMT"),
    ]
    for coding in ("identity", "br"):
        answer = ask(cache, HTTP_ACCEPT_ENCODING=coding)
        assert answer.headers["ETag"] == 'W/"abc"'
        assert answer.headers["Cache-Control"] == "no-cache"
    for known in (
        {"HTTP_IF_NONE_MATCH": 'W/"abc"'},
        {"HTTP_IF_MODIFIED_SINCE": "Fri, 27 Nov 2026 16:00:00 GMT"},
    ):
        assert ask(cache, **known).status == "304 Not Modified"
    for unknown in (
        {"HTTP_IF_MODIFIED_SINCE": "Fri, 27 Nov 2026 15:59:59 GMT"},
        {"HTTP_IF_MODIFIED_SINCE": "gestern"},
        # The tag alone counts where there are both.
        {"HTTP_IF_NONE_MATCH": '"x"', "HTTP_IF_MODIFIED_SINCE": "Fri, 27 Nov 2026 16:00:00 GMT"},
    ):
        assert ask(cache, **unknown).status == "200 OK"
    assert len(site.asked) == 1


def test_a_strong_tag_of_django_becomes_one_of_each_form(site, cache):
    site.headers.append(("ETag", '"of django"'))
    tags = {ask(cache, HTTP_ACCEPT_ENCODING=coding).headers["ETag"] for coding in ("identity", "gzip", "br")}
    assert len(tags) == 3
    assert '"of django"' not in tags


# --- how much ------------------------------------------------------------------------------------


def test_least_recently_used_pages_go_first_and_the_bound_is_kept(site, pulse):
    cache = PageCache(
        site, pulse, limit=160_000
    )  # 120,000 for pages: 20 of 1,803 bytes and what belongs to them
    for number in range(40):
        ask(cache, f"/{number}/", HTTP_ACCEPT_ENCODING="br")
        ask(cache, "/0/")
        assert cache._store.size <= 160_000
    assert len(site.asked) == 40
    ask(cache, "/0/")
    ask(cache, "/39/")
    assert len(site.asked) == 40
    ask(cache, "/1/")
    assert len(site.asked) == 41


def test_words_to_search_for_and_names_of_hosts_do_not_drive_out_pages(site, pulse):
    cache = PageCache(site, pulse, limit=160_000)
    ask(cache, "/leistungen/")
    for number in range(50):
        ask(cache, f"/suche/?q={number}")
        ask(cache, HTTP_HOST=f"localhost:{number}")
    ask(cache, "/leistungen/")
    assert len(site.asked) == 101
    assert cache._store.size <= 160_000


def test_a_page_that_would_drive_out_most_others_is_not_kept(site, pulse):
    cache = PageCache(site, pulse, limit=160_000)
    site.body = b"x" * 40_000
    ask(cache)
    ask(cache)
    assert len(site.asked) == 2
    assert cache._store.size == 0
    assert not cache._hot.forms


# --- by one request at a time --------------------------------------------------------------------


class Slow(Site):
    """Waits in the middle of a page until it is told to go on."""

    def __init__(self):
        super().__init__()
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.fails = False

    def __call__(self, environ, start_response):
        self.asked.append(environ)
        self.reached.set()
        assert self.go_on.wait(WAIT)
        self.asked.pop()
        if self.fails:
            self.asked.append(environ)
            raise RuntimeError("fails")
        return super().__call__(environ, start_response)


def waiting(cache):
    return sum(len(flight.landed._cond._waiters) for flight in list(cache._flights.values()))


def many(cache, slow, number=8):
    """The results of requests of which the first is on its way when the others come."""
    with ThreadPoolExecutor(number) as pool:
        requests = [pool.submit(ask, cache)]
        assert slow.reached.wait(WAIT)
        requests += [pool.submit(ask, cache) for _ in range(number - 1)]
        deadline = time.monotonic() + WAIT
        while not slow.go_on.is_set() and waiting(cache) < number - 1:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        slow.go_on.set()
        return [request.exception(WAIT) or request.result() for request in requests]


def test_a_page_is_rendered_once_however_many_ask(pulse):
    slow = Slow()
    cache = PageCache(slow, pulse, 10_000_000)
    assert [answer.body for answer in many(cache, slow)] == [PAGE] * 8
    assert len(slow.asked) == 1
    pulse.says(2)
    assert {answer.body for answer in many(cache, slow)} == {PAGE}
    assert len(slow.asked) == 2


def test_nobody_is_held_up_when_it_fails_or_cannot_be_kept(pulse):
    slow = Slow()
    slow.status = "404 Not Found"
    cache = PageCache(slow, pulse, 10_000_000)
    assert [answer.status for answer in many(cache, slow)] == ["404 Not Found"] * 8
    slow, slow.fails = Slow(), True
    slow.fails = True
    cache = PageCache(slow, pulse, 10_000_000)
    assert [str(error) for error in many(cache, slow)] == ["fails"] * 8
    slow.fails = False
    assert ask(cache).body == PAGE


def test_who_waits_for_a_database_that_is_gone_does_not_wait_a_second_time(pulse):
    slow = Slow()
    slow.status, slow.body = "503 Service Unavailable", [b"keine ", b"Datenbank"]
    cache = PageCache(slow, pulse, 10_000_000)
    assert {(answer.status, answer.body) for answer in many(cache, slow)} == {
        (slow.status, b"keine Datenbank")
    }
    assert len(slow.asked) == slow.closed == 1


def test_who_has_waited_long_enough_asks_django_himself(pulse, monkeypatch):
    monkeypatch.setattr("ozgstatus.pagecache.PATIENCE", 0.05)
    slow = Slow()
    cache = PageCache(slow, pulse, 10_000_000)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, cache)
        assert slow.reached.wait(WAIT)
        slow.reached.clear()
        second = pool.submit(ask, cache)
        assert slow.reached.wait(WAIT)
        slow.go_on.set()
        assert [first.result(WAIT).body, second.result(WAIT).body] == [PAGE, PAGE]


# --- without a database --------------------------------------------------------------------------

SINCE = {"Ozgstatus-Offline-Since": "Mon, 26 Oct 2026 07:33:20 GMT"}


def test_what_was_kept_is_shown_unchanged_and_says_since_when(site, pulse, cache):
    before = ask(cache)
    pulse.is_silent()
    site.status, site.body = "503 Service Unavailable", b"keine Datenbank"
    during = ask(cache)
    assert (during.status, during.body, during.headers) == ("200 OK", PAGE, before.headers | SINCE)
    known = ask(cache, HTTP_IF_NONE_MATCH=before.headers["ETag"])
    assert (known.status, known.headers["Ozgstatus-Offline-Since"]) == ("304 Not Modified", *SINCE.values())
    assert (ask(cache, "/andere/").status, ask(cache, "/andere/").body) == (
        "503 Service Unavailable",
        b"keine Datenbank",
    )
    site.status, site.body = "200 OK", PAGE
    pulse.says(1)
    assert ask(cache).headers == before.headers
    assert len(site.asked) == 3


def test_also_of_a_past_day_or_version(site, pulse):
    now = datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()
    cache = PageCache(site, pulse, 10_000_000, Calendar(lambda: now))
    ask(cache)
    pulse.says(2)
    pulse.is_silent()
    now += 86400
    assert ask(cache).body == PAGE
    assert len(site.asked) == 1
    pulse.says(2)
    ask(cache)
    assert len(site.asked) == 2


def test_but_not_what_was_kept_before_an_edition_was_withdrawn(site, pulse, cache):
    ask(cache)
    pulse.says(2, withdrawn=2)
    pulse.is_silent()
    site.status = "503 Service Unavailable"
    assert ask(cache).status == "503 Service Unavailable"


def test_what_is_gone_is_not_shown_again(site, pulse, cache):
    ask(cache)
    pulse.says(2)
    site.status = "404 Not Found"
    ask(cache)
    pulse.is_silent()
    assert ask(cache).status == "404 Not Found"


def test_before_the_outage_is_noticed_what_was_kept_is_shown_too(site, pulse, cache):
    before = ask(cache)
    pulse.says(2)
    site.status = "503 Service Unavailable"
    during = ask(cache)
    assert (during.status, during.headers) == ("200 OK", before.headers | SINCE)
    assert site.closed == 2
    site.status = "500 Internal Server Error"  # an error of ours is no outage
    assert ask(cache).status == "500 Internal Server Error"
    site.status = "503 Service Unavailable"
    assert ask(cache).body == PAGE


# --- with Django behind it -----------------------------------------------------------------------


@pytest.fixture
def whole(pulse, db):
    """With the transaction of the test left open when a request begins and ends, as Django's test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield PageCache(get_wsgi_application(), pulse, 10_000_000)
    for signal in signals:
        signal.connect(close_old_connections)


def test_a_real_page_is_kept_without_a_query_and_an_unknown_host_is_refused(whole, django_assert_num_queries):
    SiteFactory()
    PageFactory(slug="kontakt", title="Kontakt")
    first = ask(whole, "/kontakt/")
    with django_assert_num_queries(0):
        assert ask(whole, "/kontakt/", HTTP_IF_NONE_MATCH=first.headers["ETag"]).status == "304 Not Modified"
        again = ask(whole, "/kontakt/")
        assert "Kontakt" in again.body.decode()
        for host in ("boese.example", "ozgstatus.example.org.boese.example", "", "a b", "127.0.0.1@x"):
            assert ask(whole, "/kontakt/", HTTP_HOST=host).status == "400 Bad Request"
    for header in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
        known = ask(whole, "/kontakt/", HTTP_IF_NONE_MATCH="*")
        assert first.headers[header] == again.headers[header] == known.headers[header]


def test_an_editor_sees_django_and_bad_input_is_still_refused(whole, admin_client):
    SiteFactory()
    ServiceFactory(slug="eine")
    ask(whole, "/leistungen/eine/")
    cookie = f"sessionid={admin_client.cookies['sessionid'].value}"
    for address in ("/leistungen/eine/", "/admin/"):
        answer = ask(whole, address, HTTP_COOKIE=cookie)
        assert (answer.status, answer.headers["Cache-Control"]) == ("200 OK", "private, no-store")
    assert ask(whole, "/leistungen/?q=%00").status == "400 Bad Request"
    assert ask(whole, "/leistungen/?q=%ff").status == "400 Bad Request"
    assert ask(whole, "/leistungen/eine/", method="POST").status == "405 Method Not Allowed"
    moved = ask(whole, "/leistungen?q=a&x=y")
    assert (moved.status, moved.headers["Location"]) == ("301 Moved Permanently", "/leistungen/?q=a")
