"""Whole pages, kept by each process in front of Django: valid for one version of the content and one day.

Stands around Django as WSGI. Kept is what answers 200 to a visitor without a session, and nothing else: addresses that
answer 404 are without limit, and who was told 301 or 410 seldom asks again. While the database does not answer, what
was kept goes on being shown, with a header that says since when.
"""

import threading
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from operator import itemgetter
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import unquote_plus, urlsplit

from django.conf import settings
from django.utils.http import http_date

from .kept import Form, Kept, Store, coding_for
from .pulse import Beat, Calendar, Pulse

# Every parameter that a public page reads; Django sees no other one.
PARAMETERS = frozenset(
    {
        *("q", "art", "seite"),  # search, catalogue, authorities, Berichtigungen
        *("fuer", "zustand", "plattform"),  # catalogue
        "jahr",  # catalogue, archive of editions, data files
        *("landkreis", "groesse"),  # authorities
        "sort",  # a Stand of the roll-out
        "stand",  # the day on which a row was cited
        "umfang",  # all Stände and articles, not only the newest
        *("von", "bis"),  # two editions to compare
        *("leistung", "projekt", "kommune"),  # figures over time, data files
    }
)
NOT_KEPT_BELOW = ("/admin/", "/abonnement/", "/static/")
NOT_KEPT = ("/livez", "/readyz")
PUBLIC = ("Cache-Control", "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400")
PRIVATE = ("Cache-Control", "private, no-store")
OFFLINE_SINCE = "Ozgstatus-Offline-Since"
# What is larger is streamed and not kept.
LARGEST_WHOLE = 4 * 1024 * 1024
# How many different requests are remembered from one second to the next.
MOST_HOT = 4096
# As long as one request waits for another one that renders the same page.
PATIENCE = 10


class Key(NamedTuple):
    scheme: str
    host: str
    path: str
    query: str
    is_free: bool  # whether there is no end of such keys: words to search for, names of hosts


class Answer(NamedTuple):
    """What Django says, where it is not kept."""

    status: str
    headers: list[tuple[str, str]]
    parts: Iterable[bytes]


class Rest:
    """A body of which the beginning is read already."""

    def __init__(self, begun: bytes, parts: Iterator[bytes], close):
        self._parts = chain([begun], parts)
        self.close = close

    def __iter__(self) -> Iterator[bytes]:
        return self._parts


class Hot:
    """What was sent since the last beat of the pulse, by what the requests said: found without any other question.

    It is thrown away with the next beat, and whenever the store lets a page go, so that it holds none for longer.
    """

    def __init__(self, beat: Beat, until: float, stamp: tuple):
        self.beat, self.stamp = beat, stamp
        self.until = until  # by the monotonic clock
        self.forms: dict[tuple, tuple[Kept, Form]] = {}


class Flight:
    """A page that is being rendered, and those who wait for it."""

    def __init__(self):
        self.landed = threading.Event()
        self.answer: Kept | Answer | None = None  # what all of them may be told


class PageCache:
    def __init__(self, application, pulse=None, limit: int | None = None, calendar=None):
        self._application = application
        self._pulse = pulse or Pulse()
        self._hot = Hot(Beat(), 0, ())
        self._store = Store(settings.PAGE_CACHE_BYTES if limit is None else limit, self._cool)
        self._calendar = calendar or Calendar()
        self._flights: dict[Any, Flight] = {}
        self._lock = threading.Lock()
        # A header that Django does not trust must not make two pages of one.
        self._proxy_header = (settings.SECURE_PROXY_SSL_HEADER or [""])[0]
        self._own_host = urlsplit(settings.SITE_URL).netloc.lower()

    def __call__(self, environ, start_response):
        hot = self._hot
        if hot.beat is self._pulse.beat and monotonic() < hot.until:
            found = hot.forms.get(self._said(environ))
            if found:
                return _sent(*found, environ, start_response)
        return self._answer(environ, start_response)

    def _answer(self, environ, start_response):
        if _has_session(environ):
            return self._application(environ, _privately(environ, start_response))
        if not _is_public(environ):
            return self._application(environ, start_response)
        self._pulse.start()
        key, beat = self._key(environ), self._pulse.beat
        found = self._store.get(key)
        if not self._may_be_shown(found, beat):
            found = None
        if found and beat.is_offline:
            return self._send(found, environ, start_response, key, offline=beat)
        stamp = (beat.version, self._calendar.today())
        if found and (found.version, found.day) == stamp:
            self._keep_hot(found, beat, stamp, environ)
            return self._send(found, environ, start_response, key)
        answer = self._rendered(key, environ, stamp)
        if isinstance(answer, Kept):
            return self._send(answer, environ, start_response, key)
        if found and answer.status.startswith("503"):  # before the pulse has noticed
            _close(answer.parts)
            return self._send(found, environ, start_response, key, offline=beat)
        start_response(answer.status, answer.headers)
        if environ["REQUEST_METHOD"] == "HEAD":
            _close(answer.parts)
            return []
        return answer.parts

    def _key(self, environ) -> Key:
        host = environ.get("HTTP_HOST", "").lower()
        query = _known_parameters(environ.get("QUERY_STRING", ""))
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        return Key(_scheme(environ), host, path, query, bool(query) or host != self._own_host)

    @staticmethod
    def _may_be_shown(found: Kept | None, beat: Beat) -> bool:
        """What was kept before an edition was withdrawn may show it."""
        return bool(found and beat.version and found.version[0] >= beat.withdrawn)

    def _rendered(self, key: Key, environ, stamp) -> Kept | Answer:
        """By one request at a time; the others wait for it, and help themselves where it could not be kept."""
        if stamp[0] is None or not self._store.limit:
            return self._fetched(key, environ, stamp)
        own = Flight()
        with self._lock:
            flight = self._flights.setdefault((key, stamp), own)
        if flight is not own:
            flight.landed.wait(PATIENCE)
            return flight.answer or self._fetched(key, environ, stamp)
        try:
            found = self._store.get(key)  # another one may have landed meanwhile
            if found and (found.version, found.day) == stamp:
                flight.answer = found
                return found
            answer = self._fetched(key, environ, stamp)
            if isinstance(answer, Kept):
                flight.answer = answer
                self._store.put(key, answer)
            elif answer.status.startswith("503"):
                # The others wait no second time for a database that is gone.
                whole = answer._replace(parts=[b"".join(answer.parts)])
                _close(answer.parts)
                answer = flight.answer = whole
            elif not answer.status.startswith("5"):
                self._store.drop(key)
            return answer
        finally:
            with self._lock:
                del self._flights[key, stamp]
            flight.landed.set()

    def _fetched(self, key: Key, environ, stamp) -> Kept | Answer:
        """From Django, which learns nothing of the visitor that another one should not be answered with."""
        asked = {name: value for name, value in environ.items() if not name.startswith("HTTP_")}
        for name in ("HTTP_HOST", self._proxy_header):
            if name in environ:
                asked[name] = environ[name]
        asked |= {"REQUEST_METHOD": "GET", "QUERY_STRING": key.query}
        said: list[Any] = []
        parts = self._application(asked, lambda *status_and_headers: said.extend(status_and_headers[:2]))
        status, headers = said
        if not _may_be_kept(status, headers):
            return Answer(status, headers, parts)
        if not any(name.lower() == "cache-control" for name, _ in headers):
            headers = [*headers, PUBLIC]
        iterator, body = iter(parts), bytearray()
        for part in iterator:
            body += part
            if len(body) > LARGEST_WHOLE:
                return Answer(status, headers, Rest(bytes(body), iterator, partial(_close, parts)))
        _close(parts)
        return Kept(headers, bytes(body), *stamp)

    def _keep_hot(self, kept: Kept, beat: Beat, stamp, environ) -> None:
        hot = self._hot
        if hot.beat is not beat or hot.stamp != stamp or len(hot.forms) >= MOST_HOT:
            until = min(beat.until, monotonic() + self._calendar.seconds_left())
            hot = self._hot = Hot(beat, until, stamp)
        coding = coding_for(environ.get("HTTP_ACCEPT_ENCODING", ""))
        if kept.has(coding) and environ["REQUEST_METHOD"] == "GET" and "HTTP_COOKIE" not in environ:
            hot.forms[self._said(environ)] = kept, kept.form(coding)

    def _said(self, environ) -> tuple:
        """All of a request that decides which form of which page it gets, and whether it may get one."""
        get = environ.get
        return (
            environ["REQUEST_METHOD"],
            get("HTTP_HOST"),
            get("SCRIPT_NAME"),
            get("PATH_INFO"),
            get("QUERY_STRING"),
            get("HTTP_ACCEPT_ENCODING"),
            get("HTTP_COOKIE"),
            get("CONTENT_LENGTH"),
            get("HTTP_TRANSFER_ENCODING"),
            get("wsgi.url_scheme"),
            get(self._proxy_header),
        )

    def _cool(self) -> None:
        self._hot = Hot(Beat(), 0, ())

    def _send(self, kept: Kept, environ, start_response, key: Key, offline: Beat | None = None):
        coding = coding_for(environ.get("HTTP_ACCEPT_ENCODING", ""))
        is_made = kept.has(coding)
        form = kept.form(coding)
        if not is_made:
            self._store.weigh(key, kept)
        return _sent(kept, form, environ, start_response, offline)


def _sent(kept: Kept, form: Form, environ, start_response, offline: Beat | None = None):
    none_match, modified_since = environ.get("HTTP_IF_NONE_MATCH"), environ.get("HTTP_IF_MODIFIED_SINCE")
    is_known = (none_match or modified_since) and kept.is_known(form, none_match, modified_since)
    headers = form.short if is_known else form.headers
    # A server may add to the list that it gets.
    start_response(
        "304 Not Modified" if is_known else "200 OK",
        [*headers, (OFFLINE_SINCE, http_date(offline.since))] if offline else headers[:],
    )
    return [] if is_known or environ["REQUEST_METHOD"] == "HEAD" else [form.body]


def _has_session(environ) -> bool:
    cookies = environ.get("HTTP_COOKIE")
    return bool(cookies) and settings.SESSION_COOKIE_NAME in (
        cookie.partition("=")[0].strip() for cookie in cookies.split(";")
    )


def _privately(environ, start_response):
    """What is answered to an editor is nobody else's."""
    if environ.get("PATH_INFO", "").startswith(settings.STATIC_URL):
        return start_response

    def start(status, headers, exc_info=None):
        others = [(name, value) for name, value in headers if name.lower() != "cache-control"]
        return start_response(status, [*others, PRIVATE], exc_info)

    return start


def _is_public(environ) -> bool:
    path = environ.get("PATH_INFO", "")
    return (
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and not path.startswith(NOT_KEPT_BELOW)
        and path not in NOT_KEPT
        and environ.get("CONTENT_LENGTH", "") in ("", "0")
        and "HTTP_TRANSFER_ENCODING" not in environ
    )


def _scheme(environ) -> str:
    """As Django sees it (`HttpRequest.scheme`)."""
    header = settings.SECURE_PROXY_SSL_HEADER
    if header:
        name, secure = header
        if name in environ:
            return "https" if environ[name].split(",", 1)[0].strip() == secure else "http"
    return environ["wsgi.url_scheme"]


def _known_parameters(query: str) -> str:
    """Without those that no page reads, in the order of their names; values stay as they were typed."""
    if not query:
        return ""
    named = ((unquote_plus(part.partition("=")[0]), part) for part in query.split("&"))
    known = [(name, part) for name, part in named if name in PARAMETERS]
    return "&".join(part for _, part in sorted(known, key=itemgetter(0)))


def _may_be_kept(status: str, headers) -> bool:
    """Unless it is somebody's own, or a number that is used once."""
    named = {name.lower(): value for name, value in headers}
    control = named.get("cache-control", "")
    return (
        status.startswith("200 ")
        and "set-cookie" not in named
        and "no-store" not in control
        and "private" not in control
        and named.get("vary", "Accept-Encoding").lower() == "accept-encoding"
        and "'nonce-" not in named.get("content-security-policy", "")
    )


def _close(parts) -> None:
    """Django ends a request here, and gives its connection back."""
    if hasattr(parts, "close"):
        parts.close()
