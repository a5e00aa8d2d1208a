"""Where a weakness of the site is reported: /.well-known/security.txt (RFC 9116)."""

import datetime

from django.conf import settings
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

WARNED_BEFORE = datetime.timedelta(days=30)


@require_safe
def security_txt(request):
    if not settings.SECURITY_CONTACT:
        raise Http404("Diese Website nennt keinen Kontakt.")
    return HttpResponse("\n".join(_lines()) + "\n", content_type="text/plain; charset=utf-8")


def _lines():
    yield from (f"Contact: {contact}" for contact in settings.SECURITY_CONTACT)
    yield f"Expires: {settings.SECURITY_EXPIRES:%Y-%m-%d}T23:59:59Z"
    yield f"Preferred-Languages: {settings.SECURITY_LANGUAGES}"
    yield f"Canonical: {settings.SITE_URL}/.well-known/security.txt"
    if settings.SECURITY_POLICY:
        yield f"Policy: {settings.SECURITY_POLICY}"


def warning(today: datetime.date) -> str:
    """What an operator should know from 30 days before the file expires; "" before, and where there is none."""
    expires = settings.SECURITY_EXPIRES
    if expires is None or expires - today > WARNED_BEFORE:
        return ""
    verb = "ist abgelaufen" if expires < today else "läuft ab"
    return f"security.txt {verb} ({expires:%d.%m.%Y}). Bitte Kontakt prüfen und SECURITY_EXPIRES neu setzen."
