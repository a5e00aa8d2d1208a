from urllib.parse import unquote_to_bytes

import pghistory.middleware
from django.conf import settings
from django.http import HttpResponseNotAllowed
from django.shortcuts import render
from django.views.defaults import bad_request
from whitenoise.middleware import WhiteNoiseMiddleware

READING = ["GET", "HEAD"]
EDITORS = "/admin/"
# The only addresses below which forms are sent.
WITH_FORMS = (EDITORS, "/abonnement/")


class PolicyMiddleware:
    """What every answer tells a browser beside its policy of content, which django-csp writes."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
            "Cross-Origin-Resource-Policy": "cross-origin" if _is_for_others(request) else "same-origin",
            "Permissions-Policy": settings.PERMISSIONS_POLICY,
            "X-Frame-Options": settings.X_FRAME_OPTIONS,
        }.items():
            response.headers.setdefault(name, value)
        return response


def _is_for_others(request) -> bool:
    """Open data and feeds, which pages of other sites may read in a browser."""
    return request.path.startswith("/daten/") or request.path.endswith("/feed/")


class RequestSanityMiddleware:
    """Refuses what no page can answer, before anything is looked up in the database.

    Other pages only read. That is said here, as otherwise a POST would be told that its session has expired.
    NUL is a character that no text of PostgreSQL can hold.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in READING and not request.path.startswith(WITH_FORMS):
            return HttpResponseNotAllowed(READING)
        if _is_too_large(request):
            return render(request, "413.html", status=413)
        if _is_unreadable(request):
            return bad_request(request, exception=None)
        return self.get_response(request)


def _is_too_large(request) -> bool:
    """By what the request says of itself; without that, nothing of its body is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isdecimal() and (len(length) > 12 or int(length) > settings.LARGEST_REQUEST)


def _is_unreadable(request) -> bool:
    """Whether there is a NUL in what was asked for, or bytes that are no UTF-8."""
    # A server hands the query over with one character per byte (PEP 3333).
    query = unquote_to_bytes(request.META.get("QUERY_STRING", "").encode("latin-1"))
    try:
        texts = [request.path, query.decode(), *request.COOKIES.values()]
    except UnicodeDecodeError:
        return True
    return any("\x00" in text for text in texts)


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """A file whose name has a digest of its content never changes; caches keep it for a year."""

    FOREVER = 365 * 24 * 60 * 60


class HistoryMiddleware(pghistory.middleware.HistoryMiddleware):
    """Tells the history who changes something: the number of the account and nothing else.

    Public pages change nothing that has a history, and to look for their user would touch the session.
    """

    def __call__(self, request):
        if not request.path.startswith(EDITORS):
            return self.get_response(request)
        return super().__call__(request)

    def get_context(self, request):
        return {"user": super().get_context(request)["user"]}
