"""What the web server answers by itself, where no request is there that Django could answer."""

from io import BytesIO

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from django.utils.http import http_date

from .middleware import PolicyMiddleware

TEXTS = {
    "411": "Diese Anfrage sagt nicht, wie lang sie ist. Bitte senden Sie sie mit Content-Length.",
    "414": "Die Adresse dieser Anfrage ist zu lang. Bitte prüfen Sie sie, oder beginnen Sie auf der Startseite.",
    "431": "Die Kopfzeilen dieser Anfrage sind zu lang. Bitte löschen Sie die Cookies dieser Website.",
    "4": "Diese Anfrage ist nicht zu verstehen. Bitte prüfen Sie die Adresse, oder beginnen Sie auf der Startseite.",
    "5": "Auf dem Server ist etwas schiefgegangen. Bitte versuchen Sie es später noch einmal.",
}
# In the order of the settings; the scheme of what cannot be read is not known, so it is that of the site.
LAYERS = (SecurityMiddleware, CSPMiddleware, PolicyMiddleware)


def refusal(status: str) -> bytes:
    """The last answer on a connection, with a status such as "400 Bad Request" and the headers of every other one."""
    text = next(text for beginning, text in TEXTS.items() if status.startswith(beginning))
    response = HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8")
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/",
            "wsgi.input": BytesIO(),
            "wsgi.url_scheme": "https" if settings.SECURE_HSTS_SECONDS else "http",
        }
    )
    for layer in LAYERS:
        response = layer(lambda request, inner=response: inner)(request)
    headers = {
        **response.headers,
        "Date": http_date(),
        "Cache-Control": "no-store",
        "Content-Length": len(response.content),
        "Connection": "close",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + response.content
